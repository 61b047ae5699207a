"""Bodies to ask the witnesses about, as Hypothesis strategies made from a model's spec.

Most are valid but for one or two values, since those tell apart where a bound lies; a value is one that the schema admits,
one at the edge of it, or one of another type: null, text of digits, numbers that no double holds, half a character.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from pagewright.specs.spec import Model

#: What takes a parameter out of a body.
LEFT_OUT = object()

_WORDS = st.text(max_size=12)
_ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "7",
        "25.0",
        "true",
        "null",
        "NaN",
        "\x00",
        "\ud800",
        "\U0001f469\u200d\U0001f467",
        "e\u0301",
        "\u202e",
        "x" * 3000,
    ]
)
ODD_NUMBERS = st.sampled_from(
    [0, -0.0, 1.0, 25.0, 7.5, -1, 512.0, 2**31, 2**53 + 1, 2**63, 2**64, 10**20, 1e20, 10**400, 5e-324, 1e308,
     math.nan, math.inf, -math.inf]
)  # fmt: skip
_SCALARS = st.one_of(st.none(), st.booleans(), _ODD_TEXTS, ODD_NUMBERS, st.integers(), st.floats(), _WORDS)
#: Anything that JSON can say, and what Python's own writer says beyond it.
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    _SCALARS, _SCALARS, st.lists(_SCALARS, max_size=3), st.dictionaries(_WORDS, _SCALARS, max_size=2)
)


def bodies(model: Model) -> st.SearchStrategy[dict[str, object]]:
    """Bodies for `model`: its example with up to four changes, or every parameter drawn anew."""
    schemas = model.input_schema["properties"]
    drawn = {name: values(schema) for name, schema in schemas.items()}
    example = dict(model.example)
    changes = [st.tuples(st.just(name), value) for name, value in drawn.items()]
    changes += [st.tuples(st.just(name), st.just(LEFT_OUT)) for name in drawn]
    strange = st.one_of(_WORDS, st.sampled_from(["", "\0", "__proto__", *map(str.upper, drawn)]))
    changes.append(st.tuples(strange.filter(lambda name: name not in schemas), ANYTHING))
    required = set(model.input_schema.get("required", ()))
    usual = {name: _usual(schema) for name, schema in schemas.items()}
    whole = st.fixed_dictionaries(
        {name: value for name, value in usual.items() if name in required},
        optional={name: value for name, value in usual.items() if name not in required},
    )
    changed = st.lists(st.one_of(changes), max_size=3).map(lambda drawn: _changed(example, drawn))
    return st.one_of(changed, changed, changed, changed, whole)


def _changed(example: Mapping[str, object], changes: list[tuple[str, object]]) -> dict[str, object]:
    body = {**example, **dict(changes)}
    return {name: value for name, value in body.items() if value is not LEFT_OUT}


def edges(schema: Mapping[str, Any]) -> list[object]:
    """Every value at an edge of what a schema without members admits."""
    listed = [*schema.get("enum", ()), *schema.get("x-known-values", ())]
    lengths = [schema[bound] + away for bound in ("minLength", "maxLength") if bound in schema for away in (-1, 0, 1)]
    near = [
        *listed,
        *_beside(listed),
        *("\U0001f469" * length for length in lengths if length >= 0),
        *_numbers_at(schema),
    ]
    return near if "default" not in schema else [*near, schema["default"]]


def values(schema: Mapping[str, object]) -> st.SearchStrategy[object]:
    """Values of which five in seven are admitted or nearly so."""
    usual = _usual(schema)
    return st.one_of(usual, usual, usual, usual, usual, ANYTHING, ODD_NUMBERS)


def _beside(listed: list[Any]) -> list[object]:
    """What is like a listed value, and is not one: another case, a space more, the same number with a point."""
    texts = [near for value in listed if isinstance(value, str) for near in (value.upper(), f"{value} ")]
    return texts + [float(value) for value in listed if not isinstance(value, str)]


def _usual(schema: Mapping[str, Any]) -> st.SearchStrategy[object]:
    if "anyOf" in schema:
        return st.one_of([_usual(option) for option in schema["anyOf"]])
    kind = schema["type"]
    listed = [*schema.get("enum", ()), *schema.get("x-known-values", ())]
    if listed:
        admitted = st.sampled_from(listed)
        return st.one_of(admitted, admitted, admitted, st.sampled_from(_beside(listed)))
    if kind == "string":
        return _texts(schema)
    if kind == "boolean":
        return st.booleans()
    if kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
        items = values(schema["items"]) if "items" in schema else ANYTHING
        return st.lists(items, min_size=max(least - 1, 0), max_size=most + 1)
    if kind == "object":
        members = {name: values(member) for name, member in schema.get("properties", {}).items()}
        return st.fixed_dictionaries({}, optional={**members, "unheard of": ANYTHING})
    return _numbers(schema, kind)


def _texts(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    sizes = [schema[bound] + away for bound in ("minLength", "maxLength") if bound in schema for away in (-1, 0, 1)]
    # A character beyond the first 65,536 is one, however many units it takes where strings are UTF-16.
    long = [st.sampled_from([sign * size for sign in "a\u00e9\U0001f469"]) for size in sizes if size >= 0]
    return st.one_of(_WORDS, *long)


def _numbers(schema: Mapping[str, Any], kind: str) -> st.SearchStrategy[object]:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf", 1)
    first = math.ceil((low if low is not None else -(10**6)) / step)
    last = math.floor((high if high is not None else 10**6) / step)
    whole = st.integers(first, last).map(lambda number: number * step)
    ways: list[st.SearchStrategy[Any]] = [whole, whole]
    if near := _numbers_at(schema):
        ways.append(st.sampled_from(near))
    if kind == "number":
        ways.append(st.floats(low, high))
    if schema.get("x-accepts-text"):
        ways += [way.map(str) for way in ways]
    return st.one_of(ways)


def _numbers_at(schema: Mapping[str, Any]) -> list[float]:
    """Numbers at the bounds of a schema, as near as floats come, and a step away."""
    step = schema.get("multipleOf", 1)
    bounds = [schema[name] for name in ("minimum", "maximum") if name in schema]
    away = [bound + distance for bound in bounds for distance in (-step, -1, -0.5, 0, 0.5, 1, step)]
    return away + [math.nextafter(bound, toward) for bound in bounds for toward in (-math.inf, math.inf)]
