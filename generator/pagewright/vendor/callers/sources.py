"""The consumer's code: its parsed files, and the file or vendored package that an import leads to."""

from __future__ import annotations

import ast
import os
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..record import NAME

_NOT_THEIRS = frozenset({"__pycache__", "node_modules", "site-packages"})
#: Folders that are commonly put on the import path though nothing is imported by their name.
_ROOTS = frozenset({"src", "lib", "python"})

#: Levels of nesting that are followed. Python's own limit of recursion allows about twice as many.
_DEEPEST = 300
_TOO_DEEP = "an expression in it is nested too deeply"


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A file that was not read, and why."""

    path: Path
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class CalledPackage:
    """The vendored package, by the folder it is in or by the name it is imported under."""

    folder: Path | None = None
    name: str = ""

    def inside(self, importer: Path, module: str, level: int, sources: Sequence[Path]) -> str | None:
        """The path in the package that an import leads to ('' for its top), None if it leads elsewhere."""
        parts = tuple(module.split(".")) if module else ()
        if level:
            return self._below(importer.parent.joinpath(*[".."] * (level - 1), *parts))
        if self.name:
            wanted = tuple(self.name.split("."))
            return ".".join(parts[len(wanted) :]) if parts[: len(wanted)] == wanted else None
        if self.folder is None:
            return None
        own = self.folder.parts
        for length in range(_least_parts(self.folder, sources), min(len(own), len(parts) + 1)):
            if parts[:length] == own[-length:]:
                return ".".join(parts[length:])
        return None

    def _below(self, place: Path) -> str | None:
        if self.folder is None:
            return None
        place = Path(os.path.normpath(place))
        return ".".join(place.relative_to(self.folder).parts) if place.is_relative_to(self.folder) else None


@dataclass(slots=True)
class Sources:
    """All files to look at. Paths are absolute."""

    folders: Sequence[Path]
    trees: dict[Path, ast.Module] = field(default_factory=dict[Path, ast.Module])
    unparsed: list[Unparsed] = field(default_factory=list[Unparsed])

    def module(self, importer: Path, name: str, level: int) -> Path | None:
        """The file that an import leads to, if it is among these."""
        parts = name.split(".") if name else []
        if level:
            place = Path(os.path.normpath(importer.parent.joinpath(*[".."] * (level - 1), *parts)))
            return next((path for path in _files_of(place) if path in self.trees), None)
        if not parts:
            return None
        tail = tuple(parts)
        fitting = [path for path in self.trees if _dotted(path)[-len(tail) :] == tail]
        return min(fitting, key=lambda path: len(path.parts), default=None)


def read(folders: Sequence[Path], packages: Sequence[Path]) -> Sources:
    """Parse every Python file in `folders` (or those files themselves), except for those of the `packages`."""
    sources = Sources(folders)
    for path in _python_files(folders, packages):
        try:
            with tokenize.open(path) as file, warnings.catch_warnings(action="ignore"):
                tree = ast.parse(file.read(), str(path))
        except (SyntaxError, ValueError) as error:
            line = (error.lineno if isinstance(error, SyntaxError) else None) or 1
            why = error.msg if isinstance(error, SyntaxError) else str(error)
            sources.unparsed.append(Unparsed(path, line, f"no Python: {why}"))
        except (RecursionError, MemoryError):
            sources.unparsed.append(Unparsed(path, 1, _TOO_DEEP))
        else:
            deep = _too_deep(tree)
            if deep is None:
                sources.trees[path] = tree
            else:
                sources.unparsed.append(Unparsed(path, deep, _TOO_DEEP))
    return sources


def _too_deep(tree: ast.Module) -> int | None:
    """Return the line of an expression that is nested too deeply to be followed; None if there is none."""
    nodes = [*ast.iter_child_nodes(tree)]
    for _ in range(_DEEPEST):
        nodes = [inner for node in nodes for inner in ast.iter_child_nodes(node)]
    return next((getattr(node, "lineno", 1) for node in nodes), None)


def is_imported(package: CalledPackage, sources: Sources) -> bool:
    """Return whether one of the files imports the package or something of it."""
    for path, tree in sources.trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                modules = [(alias.name, 0) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                whole = [".".join(filter(None, [node.module, alias.name])) for alias in node.names]
                modules = [(module, node.level) for module in whole]
            else:
                continue
            if any(package.inside(path, module, level, sources.folders) is not None for module, level in modules):
                return True
    return False


def packages_near(sources: Sequence[Path], here: Path) -> list[Path]:
    """Every vendored package in the `sources` and, if one of those is in the folder `here`, in there; if there is none,
    in the git repositories around the sources. Paths are absolute."""
    inside = [here] if any(source.is_relative_to(here) for source in sources) else []
    return _packages_below([*sources, *inside]) or _packages_below(filter(None, map(_repository, sources)))


def _packages_below(folders: Iterable[Path]) -> list[Path]:
    """Each once, though folders may lie in one another."""
    found = [place for folder in folders if folder.is_dir() for place, names in _walk(folder) if NAME in names]
    return list(dict.fromkeys(found))


def _repository(place: Path) -> Path | None:
    # In a worktree or a submodule it is a file.
    return next((folder for folder in (place, *place.parents) if (folder / ".git").exists()), None)


def _python_files(folders: Sequence[Path], packages: Sequence[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in folders:
        if folder.is_file():
            found: Iterator[Path] = iter([folder])
        else:
            found = (place / name for place, names in _walk(folder, packages) for name in names if name.endswith(".py"))
        for path in found:
            if path not in seen:
                seen.add(path)
                yield path


def _walk(top: Path, leave: Sequence[Path] = ()) -> Iterator[tuple[Path, list[str]]]:
    """Folders and their files in order; environments, caches, and those to `leave` are passed over."""
    for place, folders, files in os.walk(top):
        here = Path(place)
        if here in leave or "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_THEIRS)
        yield here, sorted(files)


def _least_parts(folder: Path, sources: Sequence[Path]) -> int:
    """Return the least number of path parts at the end that make up the import name of a package."""
    parts = 1
    while (folder.parents[parts - 1] / "__init__.py").is_file():
        parts += 1
    root = folder.parents[parts - 1]
    on_path = root.name in _ROOTS or any(place == root or root in place.parents for place in sources)
    # In a folder that is no package itself and not on the path either, it is imported through that folder.
    return parts if on_path or parts > 1 else 2


def _files_of(module: Path) -> tuple[Path, Path]:
    return module.with_name(f"{module.name}.py"), module / "__init__.py"


def _dotted(path: Path) -> tuple[str, ...]:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts
