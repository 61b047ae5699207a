"""Meta-schemas in a workspace, for editors: the first line of a spec names the one that describes it."""

from __future__ import annotations

from ..publishing.publish import write_whole
from .layers import Workspace


def write_schemas(workspace: Workspace, *, missing_only: bool = False) -> list[str]:
    """Write the installed meta-schemas beside the workspace's own specs, and return the names of the files written.

    With `missing_only`, those that exist stay as they are.
    """
    written: list[str] = []
    for source in sorted(workspace.schemas.glob("*.schema.json")):
        place = workspace.specs / "schema" / source.name
        if place.exists() and (missing_only or place.read_bytes() == source.read_bytes()):
            continue
        write_whole(place, source.read_bytes())
        written.append(workspace.origin(place))
    return written
