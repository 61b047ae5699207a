"""Put specs, the records of their pages, and templates into pagewright's wheel, for workspaces elsewhere.

An editable install reads them here.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "pagewright/_workspace"
INCLUDED = ("LICENSE", "pages", "requirements.lock", "specs", "templates")


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"].update({name: f"{PLACE}/{name}" for name in INCLUDED})


# Python has written this file in its compiled form. An installation leaves the checkout as it was.
if __spec__ is not None and __spec__.cached:
    with suppress(OSError):
        compiled = Path(__spec__.cached)
        compiled.unlink()
        compiled.parent.rmdir()
