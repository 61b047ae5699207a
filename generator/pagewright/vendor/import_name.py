"""The name by which a vendored package is imported, from where it is."""

from __future__ import annotations

from pathlib import Path

#: What the top of a project contains.
_TOPS = (".git", "pagewright.toml", "pyproject.toml", "setup.cfg", "setup.py")
#: Folders that are put on the import path, though nothing is imported by their name.
_ROOTS = ("src", "lib", "python")


def import_name(folder: Path) -> str:
    """Return the import name of the package at `folder`: its path below the project, or else below the current folder.

    The name depends on the place alone, so every machine gets the same one for the same repository.
    """
    place = folder.resolve()
    tops = [each for each in place.parents if any((each / name).exists() for name in _TOPS)]
    here = Path.cwd().resolve()
    top = tops[0] if tops else here if here in place.parents else place.parent
    parts = list(place.relative_to(top).parts)
    while len(parts) > 1 and (parts[0] in _ROOTS or not all(part.isidentifier() for part in parts)):
        del parts[0]
    return ".".join(parts)


def without_init(folder: Path, name: str) -> list[Path]:
    """Return the folders above the package, called `name`, that are no packages themselves: mypy finds its files twice."""
    above = folder.resolve().parents[: name.count(".")]
    return [each for each in reversed(above) if not (each / "__init__.py").is_file()]
