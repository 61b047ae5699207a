"""The values of a draft that are merged one by one, by pointer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...specs.pointers import parameter_pointer, token, tokens
from ...specs.values import is_mapping
from ..changes.page_facts import LISTS

_WORDS = ("description", "summary", "title")


def leaves(draft: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values of a draft that are merged as a whole, by pointer.

    A parameter is one of them for what it lacks or gains; its keywords are others.
    """
    for key in ("task", "title", "price_usd", "pricing"):
        if key in draft:
            yield f"/{key}", draft[key]
    for key in ("sync", "async", "output"):
        for name, value in draft.get(key, {}).items():
            yield f"/{key}/{token(name)}", value
    for key, value in draft.get("responses", {}).items():
        if is_mapping(value):
            yield from ((f"/responses/{key}/{token(name)}", inner) for name, inner in value.items())
        else:
            yield f"/responses/{key}", value
    for name, schema in draft["input"]["properties"].items():
        at = parameter_pointer(name)
        yield at, schema
        yield f"{at}/required", name in draft["input"].get("required", [])
        for key, value in schema.items():
            if key in LISTS:
                yield f"{at}/values", value
            elif key in ("items", "properties") and is_mapping(value):
                yield from _inside(f"{at}/{key}", value)
            elif key not in _WORDS:
                yield f"{at}/{key}", value
    for name, value in draft["example"].items():
        yield f"/example/{token(name)}", value


def _inside(at: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is inside of an array or an object, key by key."""
    for key, value in schema.items():
        if is_mapping(value):
            yield from _inside(f"{at}/{token(key)}", value)
        else:
            yield f"{at}/{token(key)}", value


def fields_in(pointers: Iterable[str]) -> Iterator[str]:
    """Yield the pointers of the fields inside of arrays and objects."""
    for at in pointers:
        parts = tokens(at)
        if len(parts) > 4 and parts[-1] == "type" and parts[-3] == "properties":
            yield at.rpartition("/")[0]
