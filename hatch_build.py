"""Puts specs and templates into pagewright's wheel, for an installed `pagewright vendor`. An editable install reads them here."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "pagewright/_workspace"
INCLUDED = ("LICENSE", "requirements.lock", "specs", "templates")


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"].update({name: f"{PLACE}/{name}" for name in INCLUDED})
