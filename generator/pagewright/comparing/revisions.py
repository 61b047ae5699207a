"""Read one revision of the specs, to compare it with another: a file, a folder or a git revision."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import PagewrightError, UsageError
from ..specs.document import content_of, read_document
from ..specs.values import is_mapping
from .old_platform_format import is_old_format, moved

_PLATFORM = "platform"


class BadRevision(PagewrightError):
    """A file can't be read as a spec; the message says where and why."""


def read_pair(root: Path, old: str, new: str, specs: str = "specs") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both revisions, as the content of `platform` and of each slug. Two files are compared as one spec each,
    whatever their names. In a git revision, the specs are in the folder `specs` of the workspace at `root`.

    Raises:
        UsageError: One of them is not a file, folder or revision, or one is a file and the other is not.
        BadRevision: A spec in them can't be read.
    """
    first, second = Path(old), Path(new)
    if first.is_file() != second.is_file():
        raise UsageError(f"{old} and {new}: compare two files, or two folders or revisions.")
    if first.is_file():
        before, after = _parsed(old, content_of(first)), _parsed(new, content_of(second))
        owner = _PLATFORM if "base_url" in after else str(after.get("slug", second.stem))
        return {owner: before}, {owner: after}
    return _revision(root, old, specs), _revision(root, new, specs)


def _revision(root: Path, name: str, inside: str) -> dict[str, Any]:
    folder = Path(name)
    if folder.is_dir():
        specs = folder / inside if (folder / inside).is_dir() else folder
        files = sorted(specs.rglob("*.yaml"))
        if not files:
            raise UsageError(f"{name}: there is no spec (*.yaml) in it.")
        return _owned((path.as_posix(), content_of(path)) for path in files if path.is_file())
    listing = _git(root, "ls-tree", "-r", "--name-only", "-z", name, "--", inside)
    if listing is None:
        raise UsageError(f"{name}: no such file, folder or git revision.")
    paths = [path for path in listing.decode("utf-8", "replace").split("\0") if path.endswith(".yaml")]
    if not paths:
        raise UsageError(f"{name}: that revision has no specs.")
    return _owned((f"{name}:{path}", _git(root, "show", f"{name}:./{path}") or b"") for path in paths)


def _owned(files: Iterable[tuple[str, bytes]]) -> dict[str, Any]:
    """Return the content of each file by its owner. With several providers, the provider's folder precedes the owner."""
    edition: dict[tuple[str, str], Any] = {}
    for path, content in files:
        data = _parsed(path, content)
        place = PurePosixPath(path)
        if place.name == f"{_PLATFORM}.yaml":
            edition[place.parent.name, _PLATFORM] = data
        else:
            slug = str(data.get("slug", place.stem))
            above = path.removesuffix(f"/models/{slug}.yaml") if path.endswith(f"/models/{slug}.yaml") else ""
            edition[PurePosixPath(above).name, slug] = data
    several = len({provider for provider, owner in edition if owner == _PLATFORM}) > 1
    return {f"{provider}/{owner}" if several else owner: data for (provider, owner), data in edition.items()}


def _parsed(path: str, content: bytes) -> dict[str, Any]:
    document, findings = read_document(path, content)
    if document is None or findings:
        raise BadRevision("\n".join(map(str, findings)))
    data: dict[str, Any] = dict(document.data) if is_mapping(document.data) else {}
    is_model = isinstance(document.get("/input/properties"), dict) and isinstance(document.get("/output"), dict)
    if not is_model and "base_url" not in data:
        raise BadRevision(f"{path}:1:1: this is neither a model's spec nor the platform's.")
    return moved(data) if is_old_format(data) else data


def _git(root: Path, *arguments: str) -> bytes | None:
    """Return the output of git, or None if it fails. Names that begin with a dash are refused: git would read them as options."""
    if any(argument.startswith("-") and argument not in ("-r", "--name-only", "-z", "--") for argument in arguments):
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
