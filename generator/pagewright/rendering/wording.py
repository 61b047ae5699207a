"""The rules of a schema in words, for docstrings, references, help texts and forms: in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..specs.spec import accepts_of
from ..specs.values import types_of

_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "greater than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def rules_of(schema: Mapping[str, Any]) -> list[str]:
    """Return the rules of a schema, its type first.

    >>> rules_of({"type": "integer", "minimum": 4, "maximum": 70, "multipleOf": 2})
    ['integer', '4 to 70', 'in steps of 2']
    """
    return [kind_of(schema), *_limits(schema)]


def price_in_words(rate: Mapping[str, Any]) -> str:
    """Return an entry of a spec's `pricing` in words.

    >>> price_in_words({"unit": "second", "amount": 0.05, "of": "output"})
    '0.05 USD per second of output'
    >>> price_in_words({"unit": "token", "per": 1000, "minimum": 1, "maximum": 2, "average": True})
    'about 1 to 2 USD per 1000 tokens'
    >>> price_in_words({"unit": "token", "per": 1_000_000, "amount": 3, "currency": "EUR", "of": "input"})
    '3 EUR per 1 million tokens of input'
    """
    low, high = rate.get("minimum"), rate.get("maximum")
    if "amount" in rate:
        amount = f"{rate['amount']}"
    elif low is None or high is None:
        amount = f"at least {low}" if high is None else f"at most {high}"
    else:
        amount = f"{low} to {high}"
    per = rate.get("per", 1)
    counted = f"{per // 1_000_000} million" if per % 1_000_000 == 0 else per
    unit = rate["unit"] if per == 1 else f"{counted} {rate['unit']}s"
    of = f" of {rate['of']}" if "of" in rate else ""
    about = "about " if "average" in rate else ""
    return f"{about}{amount} {rate.get('currency', 'USD')} per {unit}{of}"


def kind_of(schema: Mapping[str, Any]) -> str:
    """Return the type of a schema in words.

    >>> kind_of({"type": ["array", "null"], "items": {"type": "integer"}}), kind_of({"type": "number", "x-accepts-text": True})
    ('array of integer or null', 'number, also as text')
    """
    if "anyOf" in schema:
        return " or ".join(", ".join(rules_of(option)) for option in schema["anyOf"])
    kind, *others = types_of(schema)
    if kind == "array" and "items" in schema:
        kind = f"array of {kind_of(schema['items'])}"
    return " or ".join([kind, *others]) + (", also as text" if schema.get("x-accepts-text") else "")


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from range_of(schema)
    if "multipleOf" in schema:
        yield f"in steps of {schema['multipleOf']}"
    for unit, least, most in (("characters", "minLength", "maxLength"), ("items", "minItems", "maxItems")):
        if schema.get(least) and most in schema:
            yield f"{schema[least]} to {schema[most]} {unit}"
        elif schema.get(least):
            yield f"at least {schema[least]} {unit}"
        elif most in schema:
            yield f"at most {schema[most]} {unit}"
    if "pattern" in schema:
        yield f"matches {schema['pattern']}"
    known = len(schema.get("x-known-values", ()))
    if schema.get("x-known-total", 0) > known:
        yield f"{known} of {schema['x-known-total']} values are known"
    elif known:
        # Values from elsewhere may fill up a list that the page cuts short, but nobody knows that they are the missing ones.
        yield "other values may be allowed"


def range_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the range of a number in words.

    >>> list(range_of({"minimum": 0, "maximum": 1})), list(range_of({"exclusiveMinimum": 0, "maximum": 1}))
    (['0 to 1'], ['greater than 0', 'at most 1'])
    """
    is_whole = "minimum" in schema and "maximum" in schema
    if is_whole:
        yield f"{schema['minimum']} to {schema['maximum']}"
    for keyword, words in _BOUNDS.items():
        if keyword in schema and not (is_whole and keyword in ("minimum", "maximum")):
            yield f"{words} {schema[keyword]}"


def file_of(schema: Mapping[str, Any]) -> str:
    """Return how a file is given and sent, in words; empty if none is asked for."""
    accepts = accepts_of(schema)
    if not accepts:
        return ""
    many = [kind == "array" for kind in types_of(schema) if kind != "null"]
    what = "a list of files" if all(many) else "a file or a list of them" if any(many) else "a file"
    ways = ["a URL, sent as it is"] if "url" in accepts else []
    encoded = "base64" if "base64" in accepts else "a data URL" if "data-url" in accepts else ""
    if encoded:
        ways.append(f"a path, bytes or a binary file, sent as {encoded}")
    return f"{what}: {'; or '.join(ways)}{'' if encoded else '; a file has to be uploaded first'}"
