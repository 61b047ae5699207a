"""Changes that commands make to a workspace's configuration. Comments and order stay as people wrote them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from ..lock import lock
from .config import CONFIG, PYPROJECT, Vendored, read_config
from .find import NotAWorkspace
from .layers import Workspace

FIRST = """\
# The workspace of Pagewright: which models this repository uses, and where their generated packages are.
# Every key may be left out.

# Whose models to take from the specs that come with pagewright. Without this key: all of them; [] takes none.
{providers}

# Specs of your own: <specs>/<provider>/models/<slug>.yaml. They replace installed ones of the same slug.
# specs = "specs"

# Templates of your own, below templates/: a folder with a target.yaml, or a file that replaces an installed one.
# They run as code on the machine of whoever generates.
# templates = ["python-client/provider_client/README.md.jinja"]

# A folder for everything that `pagewright generate` makes. Packages of a few models need none: see `pagewright vendor add`.
# generated = "generated"

# What is vendored where; `pagewright vendor add` writes these entries.
# [[vendored]]
# path = "acme/pictures"
"""


def create(folder: Path, providers: list[str]) -> Path:
    """Write a short commented `pagewright.toml` to `folder`, which has none, and return its path."""
    names = ", ".join(f'"{name}"' for name in providers)
    path = folder / CONFIG
    with lock(folder):
        if path.exists():
            return path
        _replace(path, FIRST.format(providers=f"providers = [{names}]"))
    return path


def add_vendored(workspace: Workspace, entry: Vendored) -> bool:
    """Note a vendored package; return whether it was new."""

    def change(table: Any) -> bool:
        if any(each.get("path") == entry.path for each in table.get("vendored", ())):
            return False
        fields = tomlkit.table()
        fields["path"] = entry.path
        if entry.target != "python":
            fields["target"] = entry.target
        if not isinstance(table.get("vendored"), AoT):
            table["vendored"] = tomlkit.aot()
        table["vendored"].append(fields)
        return True

    return _edit(workspace, change)


def remove_vendored(workspace: Workspace, path: str) -> bool:
    """Take out the entry of a vendored package; return whether there was one."""

    def change(table: Any) -> bool:
        entries = table.get("vendored", ())
        for number, each in enumerate(entries):
            if each.get("path") == path:
                del entries[number]
                if not entries:
                    del table["vendored"]
                return True
        return False

    return _edit(workspace, change)


def _edit(workspace: Workspace, change: Callable[[Any], bool]) -> bool:
    """Change the table of settings under the workspace's lock; the file is read anew, so that no other run's entry is lost."""
    with lock(workspace.root):
        config = read_config(workspace.root)
        if config is None or config.file is None:
            raise NotAWorkspace(f"{workspace.root} has no {CONFIG}. Make it with `pagewright init`.")
        document = tomlkit.parse(config.file.read_text(encoding="utf-8"))
        table: Any = document
        if config.file.name == PYPROJECT:
            table = document["tool"]["pagewright"]
            assert isinstance(table, Table)
        if not change(table):
            return False
        _replace(config.file, tomlkit.dumps(document))
    return True


def _replace(path: Path, text: str) -> None:
    """Replace a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
