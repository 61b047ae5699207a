"""Data of frameworks that write it in a notation of their own in JSON, put back into plain values.

Nuxt writes each value once, in one list, and refers to it by its place; Astro writes a kind before each value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...specs.values import is_list, is_mapping

_MOST = 100_000
_DEEPEST = 60
_ASTRO_VALUE, _ASTRO_LIST = 0, 1


def revived(data: Any) -> Any:
    """Return plain values.

    >>> revived([{"name": 1, "size": 2}, "seed", 7])
    {'name': 'seed', 'size': 7}
    >>> revived({"rows": [1, [[0, {"name": [0, "seed"]}]]]})
    {'rows': [{'name': 'seed'}]}
    """
    if is_list(data) and len(data) > 1 and _refers(data):
        return _of_places(data)
    if is_mapping(data) and data and all(_is_astro(value) for value in data.values()):
        return _of_kinds([0, data], 0)
    return data


def _refers(data: Sequence[Any]) -> bool:
    """Return whether every part of the lists and mappings in a list is the place of another part of it."""
    first = data[0]
    if not is_mapping(first) and not is_list(first):
        return False
    parts = [value for value in data[:_MOST] if is_mapping(value) or is_list(value)]
    inner = [item for value in parts for item in (value.values() if is_mapping(value) else value)]
    places = [item for item in inner if isinstance(item, int) and not isinstance(item, bool) and item < len(data)]
    named = [item for item in inner if isinstance(item, str)]
    return bool(places) and len(places) + len(named) == len(inner) and len(named) * 4 <= len(inner)


def _of_places(data: Sequence[Any]) -> Any:
    left = [_MOST]

    def value_at(place: Any, depth: int) -> Any:
        left[0] -= 1
        if not isinstance(place, int) or not 0 <= place < len(data) or depth > _DEEPEST or left[0] < 0:
            return None
        value = data[place]
        if is_mapping(value):
            return {key: value_at(inner, depth + 1) for key, inner in value.items()}
        if is_list(value):
            # A name before a place says which class of the framework holds it.
            if len(value) == 2 and isinstance(value[0], str):
                return value_at(value[1], depth + 1)
            return [value_at(inner, depth + 1) for inner in value]
        return value

    return value_at(0, 0)


def _is_astro(value: Any) -> bool:
    return is_list(value) and len(value) == 2 and value[0] in range(12) and not isinstance(value[0], bool)


def _of_kinds(value: Any, depth: int) -> Any:
    if not _is_astro(value) or depth > _DEEPEST:
        return value
    kind, inner = value
    if kind == _ASTRO_LIST and is_list(inner):
        return [_of_kinds(item, depth + 1) for item in inner]
    if kind == _ASTRO_VALUE and is_mapping(inner):
        return {key: _of_kinds(item, depth + 1) for key, item in inner.items()}
    return inner
