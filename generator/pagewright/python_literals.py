"""Python literals of JSON data, written the way black writes them, so that black finds nothing to change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .values import is_list, is_mapping

#: The longest line of generated code.
WIDTH = 120
_STEP = 4


def literal(value: Any, *, tuples: bool, indent: int | None = None, first: int = 0) -> str:
    """`value` as Python source, with `tuples` for its sequences or with lists.

    Without `indent` it stands on one line. With it, a collection that does not fit on the line (`first` characters
    before it, a comma after it) has each of its entries on a line of its own.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} has no Python literal")
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value).replace("e+", "e")
    if isinstance(value, str):
        return quoted(str(value))
    if not is_list(value) and not is_mapping(value):
        raise TypeError(f"{type(value).__name__} has no Python literal")
    opening, closing = "{}" if is_mapping(value) else "()" if tuples else "[]"
    lone_tuple = opening == "(" and len(value) == 1
    line = ", ".join(f"{key}{literal(item, tuples=tuples)}" for key, item in _entries(value))
    line = f"{opening}{line}{',' if lone_tuple else ''}{closing}"
    if indent is None or not value or first + len(line) + 1 <= WIDTH:
        return line
    inner = indent + _STEP
    lines = [
        f"{' ' * inner}{key}{literal(item, tuples=tuples, indent=inner, first=inner + len(key))}"
        for key, item in _entries(value)
    ]
    # Black puts no comma after the only entry of a list or mapping.
    last = "," if len(value) > 1 or lone_tuple else ""
    return "\n".join((opening, ",\n".join(lines) + last, " " * indent + closing))


def quoted(text: str) -> str:
    """A string literal in double quotes, unless single ones need fewer backslashes.

    >>> print(quoted("it's"), quoted('say "fog"'))
    "it's" 'say "fog"'
    """
    plain = repr(text)
    if plain[0] == '"':
        return plain
    inner = plain[1:-1]
    doubled = inner.replace("\\'", "'").replace('"', '\\"')
    return f'"{doubled}"' if doubled.count("\\") <= inner.count("\\") else plain


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """What stands before each entry, and the entry."""
    if is_mapping(value):
        return ((f"{literal(key, tuples=True)}: ", item) for key, item in value.items())
    return (("", item) for item in value)
