"""Python literals of JSON data, on one line; the formatter breaks long lines."""

from __future__ import annotations

import math
from typing import Any

from ..specs.values import is_list, is_mapping


def literal(value: Any, *, tuples: bool) -> str:
    """Return `value` as Python source, its sequences as tuples or as lists.

    Raises:
        TypeError, ValueError: It has no literal.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} has no Python literal")
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value).replace("e+", "e")
    if isinstance(value, str):
        return quoted(str(value))
    if is_mapping(value):
        entries = (f"{literal(key, tuples=True)}: {literal(item, tuples=tuples)}" for key, item in value.items())
        return f"{{{', '.join(entries)}}}"
    if not is_list(value):
        raise TypeError(f"{type(value).__name__} has no Python literal")
    items = ", ".join(literal(item, tuples=tuples) for item in value)
    if not tuples:
        return f"[{items}]"
    return f"({items},)" if len(value) == 1 else f"({items})"


def quoted(text: str) -> str:
    """Return a string literal in double quotes, unless single ones need fewer backslashes.

    >>> print(quoted("it's"), quoted('say "fog"'))
    "it's" 'say "fog"'
    """
    plain = repr(text)
    if plain[0] == '"':
        return plain
    inner = plain[1:-1]
    doubled = inner.replace("\\'", "'").replace('"', '\\"')
    return f'"{doubled}"' if doubled.count("\\") <= inner.count("\\") else plain
