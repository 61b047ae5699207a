"""Changes that commands make to a workspace's configuration. Comments and order stay as people wrote them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Table

from ..lock import lock
from .config import CONFIG, PYPROJECT, Vendored, read_config
from .find import NotAWorkspace
from .layers import Workspace


def create(folder: Path, text: str) -> Path:
    """Write `pagewright.toml` to `folder` unless it is there, and return its path."""
    path = folder / CONFIG
    with lock(folder):
        if not path.exists():
            _replace(path, text)
    return path


def add_vendored(workspace: Workspace, entry: Vendored) -> bool:
    """Note a vendored package; return whether it was new."""

    def change(table: Any) -> bool:
        if any(each.get("path") == entry.path for each in table.get("vendored", ())):
            return False
        entries: Any = table.get("vendored")
        # People also write `vendored = [{path = "…"}]`.
        fields: Any = tomlkit.inline_table() if isinstance(entries, Array) else tomlkit.table()
        fields["path"] = entry.path
        if entry.target != "python":
            fields["target"] = entry.target
        if not isinstance(entries, Array | AoT):
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
