"""Which values of a parameter are worth sending: at each bound, just inside, just outside, and of wrong types."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from .facts import MISSING, Parameter

#: Farther than any bound of a parameter for pictures.
_FAR = 10**18
_ODD_TEXT = "no-such-value"
_FOG = 'Fog, "dawn" \u96fe\n'


class Value(NamedTuple):
    """A value to send. `rule` is the keyword it is about, `words` say how it stands to that; `fits` if it is allowed."""

    value: Any
    rule: str
    words: str
    fits: bool
    silent: bool = False
    """Whether the spec says nothing at all about it: it is taken to be allowed."""


def step_of(parameter: Parameter) -> Decimal:
    """The smallest difference between two values that makes one."""
    if parameter.type == "integer":
        return Decimal(parameter.schema.get("multipleOf", 1))
    digits = max(-_exponent(parameter.schema.get(bound)) for bound in ("minimum", "maximum"))
    return Decimal(1).scaleb(-max(digits, 0) - 1)


def boundary_values(parameter: Parameter) -> Iterator[Value]:
    """For numbers and lengths: both sides of each bound, and far values where there is none."""
    if parameter.type in ("integer", "number"):
        yield from _numbers(parameter)
    elif parameter.type == "string" and not parameter.enum:
        yield from _lengths(parameter)


def listed_values(parameter: Parameter) -> Iterator[Value]:
    """For lists: each value, and some that are not in it."""
    for value in parameter.enum:
        yield Value(value, "enum", "is listed", True)
    for value in parameter.known_values:
        yield Value(value, "x-known-values", "is among the known values", True)
    if parameter.enum:
        for value in _unlisted(parameter):
            yield Value(value, "enum", "is not listed", False)
    elif parameter.known_values:
        yield Value(_ODD_TEXT, "x-known-values", "is not among the known values of an open list", True, True)


def odd_text(parameter: Parameter) -> Iterator[Value]:
    """For a text of any words: what a sloppy service would trip over. An address has to lead somewhere instead."""
    low, high = parameter.schema.get("minLength", 0), parameter.schema.get("maxLength", len(_FOG))
    if parameter.type == "string" and not parameter.enum and not _is_address(parameter):
        text = (_FOG * (low // len(_FOG) + 1))[: max(low, min(high, len(_FOG)))]
        if text:
            yield Value(text, "type", "is a text", True, bool(parameter.known_values))


def wrong_types(parameter: Parameter) -> Iterator[Value]:
    """Values of other types than the parameter's own."""
    kind = parameter.type
    values: list[Any] = [None, *_OTHERS[kind]]
    if kind in ("integer", "number"):
        inside = small(parameter) or 1
        values += [str(inside), *([inside + 0.5] if kind == "integer" else [])]
    for value in values:
        yield Value(value, "type", f"is no {kind}", False)


#: What is of another type, by type; numbers are tried as texts, too, and integers as halves.
_OTHERS: dict[str, tuple[Any, ...]] = {
    "string": (7, True, ["x"]),
    "integer": (True,),
    "number": (True,),
    "boolean": ("true", 1),
    "array": ("x", {"0": "x"}),
    "object": ("x", ["x"]),
}


def small(parameter: Parameter) -> Any:
    """The smallest value that the parameter takes: small pictures are quick."""
    if parameter.enum:
        return min(parameter.enum)
    return parameter.schema.get("minimum", None if parameter.default is MISSING else parameter.default)


def _numbers(parameter: Parameter) -> Iterator[Value]:
    if parameter.enum:
        return
    schema, step = parameter.schema, step_of(parameter)
    low, high, multiple = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")

    def plain(number: Decimal) -> Any:
        return int(number) if parameter.type == "integer" or number == number.to_integral() else float(number)

    for rule, bound, outward in (("minimum", low, -step), ("maximum", high, step)):
        word = "below" if rule == "minimum" else "above"
        if bound is None:
            far = _FAR // int(multiple or 1) * int(multiple or 1)
            yield Value(far if outward > 0 else -far, rule, f"is far {word}, and no {rule} is documented", True, True)
            continue
        at = Decimal(str(bound))
        yield Value(bound, rule, f"is the {rule}", True)
        if low != high:
            yield Value(plain(at - outward), rule, f"is just inside the {rule} {bound}", True)
        yield Value(plain(at + outward), rule, f"is just {word} the {rule} {bound}", False)
    if parameter.type == "number":
        half = Decimal(str(low if low is not None else 0)) + Decimal("0.5")
        if high is None or half <= high:
            yield Value(float(half), "type", "is no whole number", True)
    if multiple is not None:
        start = Decimal(str(low if low is not None else 0))
        for part in sorted({Decimal(1), Decimal(multiple) / 2} - {Decimal(multiple)}):
            if part == part.to_integral():
                yield Value(plain(start + part), "multipleOf", f"is no multiple of {multiple}", False)
        yield Value(plain(start + multiple), "multipleOf", f"is a multiple of {multiple}", True)


def _lengths(parameter: Parameter) -> Iterator[Value]:
    low, high = parameter.schema.get("minLength"), parameter.schema.get("maxLength")
    if low:
        yield Value("x" * low, "minLength", f"has the least length, {low}", True)
        yield Value("x" * (low - 1), "minLength", f"is shorter than {low}", False)
    if high is not None:
        yield Value("x" * high, "maxLength", f"has the greatest length, {high}", True)
        yield Value("x" * (high + 1), "maxLength", f"is longer than {high}", False)
    if not low and not parameter.required and not parameter.known_values and not _is_address(parameter):
        yield Value("", "minLength", "is empty, and no least length is documented", True, True)


def _is_address(parameter: Parameter) -> bool:
    """Whether a text has to be the address of a file, or the file itself."""
    return not parameter.schema.keys().isdisjoint(("format", "x-accepts"))


def _unlisted(parameter: Parameter) -> list[Any]:
    if parameter.type == "string":
        return [_ODD_TEXT, str(parameter.enum[0]) + "x"]
    if parameter.type == "boolean":
        return [value for value in (True, False) if value not in parameter.enum]
    listed = sorted(parameter.enum)
    between = [(low + high) // 2 for low, high in pairwise(listed)]
    skipped = [(low + high) // 2 for low, high in zip(listed, listed[2:], strict=False)]
    wanted = (listed[0] - 1, *between, *skipped, listed[-1] + 1)
    return [value for value in dict.fromkeys(wanted) if value not in listed]


def _exponent(bound: Any) -> int:
    exponent = Decimal(str(bound if bound is not None else 1)).normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
