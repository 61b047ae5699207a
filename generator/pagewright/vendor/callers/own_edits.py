"""Calls in the vendored package itself: its files are not looked at, and those with calls of the user's own are named."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from ..record import Record, plain, read_base, text_digest


def edited_files_with_calls(folder: Path, record: Record, names: Collection[str]) -> Iterator[Path]:
    """Yield the files of the package at `folder` that the user edited or added, and that have more calls of methods called
    `names` than what was written."""
    base: dict[str, bytes] | None = None
    for path in sorted(folder.rglob("*.py")):
        inner, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if text_digest(content) == record.files.get(inner):
            continue
        base = read_base(folder, record) if base is None else base
        if _calls(plain(content), names) > _calls(base.get(inner, b""), names):
            yield path


def _calls(content: bytes, names: Collection[str]) -> int:
    """Return the number of calls; of a file that is not Python, none."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sum(isinstance(function, ast.Attribute) and function.attr in names for function in calls)
