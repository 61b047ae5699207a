"""`pagewright.toml`, or `[tool.pagewright]` in `pyproject.toml`: what a team says about its own repository.

Reading and checking only; `edit.py` writes the entries that commands add.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import UsageError
from ..specs.values import is_list, is_mapping

CONFIG = "pagewright.toml"
PYPROJECT = "pyproject.toml"
#: The table of `pyproject.toml` that stands for a whole `pagewright.toml`.
TABLE = "tool.pagewright"
#: As an entry of `templates`: all templates are the workspace's own.
EVERYTHING = "*"


class BadConfig(UsageError):
    """`pagewright.toml` says something that it can't; the message names the line, what was expected and what was got."""


@dataclass(frozen=True, slots=True)
class Vendored:
    """A package that `vendor add` wrote: its folder, relative to the workspace, and the target that it was made from."""

    path: str
    target: str = "python"


@dataclass(frozen=True, slots=True)
class Config:
    """`file` is where the settings stand; None if no file has any.

    `providers` are those that are taken from the installed specs (None: all of them); `specs` and `generated` are
    folders of the workspace, and `generated` is None where nobody asked for a generated tree; `templates` are the
    targets and files below `templates/` that are the workspace's own.
    """

    file: Path | None = None
    providers: tuple[str, ...] | None = None
    specs: str = "specs"
    templates: tuple[str, ...] = ()
    generated: str | None = None
    vendored: tuple[Vendored, ...] = ()


#: What a folder with `specs/` and `templates/` and no configuration is: everything in it is its own.
SELF_CONTAINED = Config(providers=(), templates=(EVERYTHING,), generated="generated")


def read_config(folder: Path) -> Config | None:
    """Return the configuration of the workspace at `folder`; None if the folder has none. `pagewright.toml` goes first.

    Raises:
        BadConfig: It can't be read, or has a wrong key or value.
    """
    own = folder / CONFIG
    if own.is_file():
        return _config(own, _parsed(own), "")
    shared = folder / PYPROJECT
    if shared.is_file() and b"pagewright" in shared.read_bytes():
        tools = _parsed(shared).get("tool", {})
        if is_mapping(tools) and "pagewright" in tools:
            return _config(shared, tools["pagewright"], f"{TABLE}.")
    return None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: not valid TOML: {error}.") from None
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}.") from None


def _config(path: Path, table: Any, prefix: str) -> Config:
    if not is_mapping(table):
        raise BadConfig(f"{path}: {prefix[:-1]} is {table!r}, expected a table.")
    reader = _Reader(path, prefix)
    reader.refuse_unknown(table, "", tuple(_KEYS))
    values = {key: read(reader, key, table[key]) for key, read in _KEYS.items() if key in table}
    return Config(path, **values)


class _Reader:
    """Checks values of one file; a refusal names the line of its key."""

    def __init__(self, path: Path, prefix: str) -> None:
        self._path = path
        self._prefix = prefix

    def fail(self, key: str, problem: str) -> BadConfig:
        name = re.split(r"[.\[]", key)[-1] if not key.endswith("]") else key.partition("[")[0]
        lines = self._path.read_text(encoding="utf-8").splitlines()
        found = (number for number, line in enumerate(lines, 1) if re.match(rf"\s*\[*(?:.*\.)?{name}\b", line))
        return BadConfig(f"{self._path}:{next(found, 1)}: {self._prefix}{key}: {problem}.")

    def refuse_unknown(self, table: Mapping[str, Any], where: str, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1, 0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
                raise self.fail(f"{where}{key}", f"unknown key; {hint}".removesuffix("."))

    def names(self, key: str, value: Any) -> tuple[str, ...]:
        names = list(value) if is_list(value) else [None]
        if not all(isinstance(item, str) and item for item in names):
            raise self.fail(key, f"expected a list of names, got {value!r}")
        return tuple(map(str, names))

    def folder(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise self.fail(key, f"expected a folder, got {value!r}")
        if not is_inside(value):
            raise self.fail(key, f"expected a folder inside the workspace, relative to it and with '/', got {value!r}")
        return str(PurePosixPath(value))

    def vendored(self, key: str, value: Any) -> tuple[Vendored, ...]:
        if not is_list(value) or not all(is_mapping(item) for item in value):
            raise self.fail(key, f"expected [[{self._prefix}{key}]] tables, got {value!r}")
        found: list[Vendored] = []
        for entry in value:
            assert is_mapping(entry)
            self.refuse_unknown(entry, f"{key}.", ("path", "target"))
            if "path" not in entry:
                raise self.fail(key, "an entry has no path")
            path = self.folder(f"{key}.path", entry["path"])
            target = entry.get("target", "python")
            if not isinstance(target, str):
                raise self.fail(f"{key}.target", f"expected a name, got {target!r}")
            if any(path == other.path for other in found):
                raise self.fail(f"{key}.path", f"{path!r} is there twice")
            found.append(Vendored(path, target))
        return tuple(found)


_KEYS: Mapping[str, Callable[[_Reader, str, Any], Any]] = {
    "providers": _Reader.names,
    "specs": _Reader.folder,
    "templates": _Reader.names,
    "generated": _Reader.folder,
    "vendored": _Reader.vendored,
}


def is_inside(path: str) -> bool:
    """Return whether `path` is relative, in POSIX form, and leads to something below the folder that it is relative to.

    >>> is_inside("acme/pictures"), is_inside("../acme"), is_inside("/acme"), is_inside("."), is_inside("a\\\\b")
    (True, False, False, False, False)
    """
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and "\\" not in path
