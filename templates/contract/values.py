"""Values of a parameter that are worth sending: on each bound, just inside, just outside, and of wrong types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, inf, nextafter
from typing import Any, NamedTuple

from .samples import MOST_CHARACTERS, NoSample, is_address, sample
from .spec.facts import Parameter, types_of
from .spec.validity import exact, is_inside, is_valid, number_of

#: Beyond any bound of a parameter for images.
_FAR = 10**18
_ODD_TEXT = "no-such-value"


class Value(NamedTuple):
    """A value to send. `rule` is the keyword that it tests, and `fits` says whether it is allowed.

    `silent` marks a value that the spec says nothing about; it is taken to be allowed. `unchecked` says why there is no
    value for a rule.
    """

    value: Any
    rule: str
    description: str
    fits: bool
    silent: bool = False
    unchecked: str = ""


def boundary_values(parameter: Parameter) -> Iterator[Value]:
    """Yield values on both sides of each bound of numbers and lengths, and far values where there is no bound."""
    if parameter.enum:
        return
    if parameter.type in ("integer", "number"):
        yield from _true(parameter, _numbers(parameter))
    elif parameter.type == "string" and not is_address(parameter.schema):
        yield from _true(parameter, _lengths(parameter))
    elif parameter.type == "array":
        yield from _true(parameter, _counts(parameter))


def listed_values(parameter: Parameter) -> Iterator[Value]:
    """Yield each listed value, and some that are not listed."""
    yield from _true(parameter, _listed(parameter))


def wrong_types(parameter: Parameter) -> Iterator[Value]:
    """Yield values of types that the parameter does not have."""
    types = " or ".join(parameter.types)
    wrong = (Value(value, "type", f"is not of type {types}", False) for value in _of_other_types(parameter))
    yield from _true(parameter, wrong)


def plain_values(parameter: Parameter) -> Iterator[Value]:
    """Yield valid values of types that have neither bounds nor lists."""
    yield from _true(parameter, _plain_values(parameter))


def small(parameter: Parameter) -> Any:
    """Return the smallest allowed value: small images are generated quickly. None if it is unknown."""
    if listed := [value for value in parameter.enum if value is not None]:
        return min(listed)
    for rule in ("minimum", "exclusiveMinimum"):
        if rule in parameter.schema and is_inside(
            parameter.schema, least := _plain(parameter, _inmost(parameter, rule))
        ):
            return least
    return number_of(parameter.schema, parameter.default) if is_valid(parameter.schema, parameter.default) else None


def _true(parameter: Parameter, values: Iterable[Value]) -> Iterator[Value]:
    """Yield the values that are as valid as they should be: a rule may forbid what another one allows."""
    for value in values:
        if value.unchecked or is_valid(parameter.schema, value.value) == value.fits:
            yield value


def _listed(parameter: Parameter) -> Iterator[Value]:
    for value in parameter.enum:
        yield Value(value, "enum", "is listed", True)
    for value in parameter.known_values:
        yield Value(value, "x-known-values", "is among the known values", True)
    if parameter.enum:
        for value in _unlisted(parameter):
            yield Value(value, "enum", "is not listed", False)
    elif parameter.known_values and parameter.type == "string":
        yield Value(_ODD_TEXT, "x-known-values", "is not among the known values of an open list", True, True)


def _of_other_types(parameter: Parameter) -> Iterator[Any]:
    kind = parameter.type
    if kind == "union":
        yield from (value for of, value in _PLAIN.items() if not _allows(parameter.types, of))
        return
    if "null" not in parameter.types:
        yield None
    yield from _OTHERS[kind]
    inside = small(parameter) or 1
    if kind in ("integer", "number"):
        yield "x" if parameter.schema.get("x-accepts-text") else str(inside)
    if kind == "integer":
        # Within the bounds if possible: otherwise the bounds are the reason for the refusal.
        halves = [inside + 0.5, inside - 0.5] if abs(inside) < 2**51 else [0.5]
        within = {rule: bound for rule, bound in parameter.schema.items() if rule != "multipleOf"}
        yield next((half for half in halves if is_inside(within, half)), halves[0])


#: Values of other types, by type; numbers are also sent as strings, and integers as fractions.
_OTHERS: dict[str, tuple[Any, ...]] = {
    "string": (7, True, ["x"]),
    "integer": (True,),
    "number": (True,),
    "boolean": ("true", 1),
    "array": ("x", {"0": "x"}),
    "object": ("x", ["x"]),
}
#: A value of each type.
_PLAIN: dict[str, Any] = {
    "null": None,
    "string": "x",
    "integer": 7,
    "boolean": True,
    "array": ["x"],
    "object": {"0": "x"},
}


def _allows(types: tuple[str, ...], kind: str) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


def _plain_values(parameter: Parameter) -> Iterator[Value]:
    kind, schema = parameter.type, parameter.schema
    if "null" in parameter.types and not parameter.enum:
        yield Value(None, "type", "is null", True)
    if kind == "boolean":
        yield from (Value(flag, "type", "is a boolean", True) for flag in (True, False))
    elif kind == "string" and not parameter.enum and not is_address(schema) and "pattern" not in schema:
        low, high = schema.get("minLength", 0), schema.get("maxLength")
        if low <= MOST_CHARACTERS:
            text = 'Fog, "dawn" \u96fe\n'.ljust(low, ".")[:high]
            silent = bool(parameter.known_values)
            yield Value(text, "x-known-values" if silent else "type", "is a string", True, silent)
    elif kind in ("array", "object") and not parameter.enum:
        yield from _sampled(schema, f"is an {kind}")
    elif kind == "union":
        for option in schema["anyOf"]:
            yield from _sampled(option, f"is one of {' or '.join(types_of(option))}")
    elif kind in ("integer", "number") and schema.get("x-accepts-text") and (inside := small(parameter)) is not None:
        yield Value(str(inside), "type", "is a string with the number, as in the sample on the page", True)


def _sampled(schema: Mapping[str, Any], description: str) -> Iterator[Value]:
    try:
        value = sample(schema)
    except NoSample as why:
        yield Value(None, "type", description, True, unchecked=str(why))
        return
    if value is not None:
        yield Value(value, "type", description, True)


def _plain(parameter: Parameter, number: Fraction) -> Any:
    return int(number) if parameter.type == "integer" or number.denominator == 1 else float(number)


#: The rules of each side of a range (with and without the bound itself), the word for values beyond it, and its sign.
_BOUNDS = (("minimum", "exclusiveMinimum", "below", 1), ("maximum", "exclusiveMaximum", "above", -1))


def step_of(parameter: Parameter) -> Fraction:
    """Return the smallest difference between two values that matters."""
    if "multipleOf" in parameter.schema or parameter.type == "integer":
        return exact(parameter.schema.get("multipleOf", 1))
    bounds = [exact(parameter.schema[rule]) for rules in _BOUNDS for rule in rules[:2] if rule in parameter.schema]
    unit = Fraction(1)
    while any(bound % unit for bound in bounds):
        unit /= 10
    return unit / 10


def _inmost(parameter: Parameter, rule: str) -> Fraction:
    """Return the last allowed value at a bound: the bound itself if possible, and always a multiple of `multipleOf`."""
    bound = exact(parameter.schema[rule])
    is_low = rule in ("minimum", "exclusiveMinimum")
    last, step = bound, step_of(parameter)
    if parameter.type == "integer" or "multipleOf" in parameter.schema:
        last = (ceil(bound / step) if is_low else floor(bound / step)) * step
    if rule.startswith("exclusive") and last == bound:
        return _next(parameter, last, step if is_low else -step)
    return last


def _next(parameter: Parameter, number: Fraction, by: Fraction) -> Fraction:
    """Return the number that is `by` away; if a float can't hold the difference, the next float."""
    moved = number + by
    if parameter.type == "integer" or "multipleOf" in parameter.schema or moved.denominator == 1:
        return moved
    if abs(number) >= 2**53:
        return number + (1 if by > 0 else -1)
    if float(moved) != float(number):
        return exact(float(moved))
    return exact(nextafter(float(number), inf if by > 0 else -inf))


def _numbers(parameter: Parameter) -> Iterator[Value]:
    schema, step = parameter.schema, step_of(parameter)
    for usual, exclusive, word, side in _BOUNDS:
        rule = exclusive if exclusive in schema else usual
        bound, inward = schema.get(rule), step * side
        if bound is None:
            unit = step if "multipleOf" in schema else Fraction(1)
            far = _plain(parameter, -side * (_FAR // unit) * unit)
            yield Value(far, rule, f"is far {word}, and no {rule} is documented", True, True)
            continue
        last = _inmost(parameter, rule)
        if last == exact(bound):
            standing = f"is the {rule}"
        elif rule == exclusive:
            standing = f"is the last value inside the {rule} {bound}"
        else:
            standing = f"is the last multiple inside the {rule} {bound}"
        yield Value(_plain(parameter, last), rule, standing, True)
        further = _plain(parameter, _next(parameter, last, inward))
        yield Value(further, rule, f"is just inside the {rule} {bound}", True)
        outside = exact(bound) if rule == exclusive and step_of(parameter) == step else _next(parameter, last, -inward)
        if parameter.type == "integer" or "multipleOf" in schema:
            outside = last - inward
        beyond = f"is the {rule}" if outside == exact(bound) else f"is just {word} the {rule} {bound}"
        yield Value(_plain(parameter, outside), rule, beyond, False)
        if schema.get("x-accepts-text"):
            yield Value(str(_plain(parameter, outside)), rule, f"{beyond}, as text", False)
    yield from _fractions(parameter)
    yield from _multiples(parameter)


def _start(parameter: Parameter) -> Fraction:
    lows = [rule for rule in ("minimum", "exclusiveMinimum") if rule in parameter.schema]
    return _inmost(parameter, lows[0]) if lows else Fraction(0)


def _fractions(parameter: Parameter) -> Iterator[Value]:
    """Yield a number that is not an integer: a fraction or, if it must be a multiple, the decimal point alone."""
    if parameter.type != "number":
        return
    start, multiple = _start(parameter), "multipleOf" in parameter.schema
    number, description = (start, "has a point") if multiple else (start + Fraction(1, 2), "is a fraction")
    if abs(number) < 2**51:
        yield Value(float(number), "type", description, True)


def _multiples(parameter: Parameter) -> Iterator[Value]:
    multiple = exact(parameter.schema.get("multipleOf", 1))
    if multiple == 1:
        return
    start = _start(parameter)
    parts = {multiple / 2} if multiple < 1 else {Fraction(1), Fraction(int(multiple) // 2)} - {Fraction(0)}
    within = {rule: bound for rule, bound in parameter.schema.items() if rule != "multipleOf"}
    for part in sorted(parts):
        # Within the bounds: otherwise the bounds are the reason for the refusal.
        off = _plain(parameter, start + part)
        if is_inside(within, off):
            yield Value(off, "multipleOf", f"is not a multiple of {parameter.schema['multipleOf']}", False)
    on = _plain(parameter, start + multiple)
    yield Value(on, "multipleOf", f"is a multiple of {parameter.schema['multipleOf']}", True)


def _counts(parameter: Parameter) -> Iterator[Value]:
    """Yield lists with the least and the greatest number of items, and with one fewer and one more."""
    for rule, outward in (("minItems", -1), ("maxItems", 1)):
        bound = parameter.schema.get(rule)
        if bound is None:
            continue
        for count, fits in ((bound, True), (bound + outward, False)):
            description = f"has {count} items, " + (f"the {rule}" if fits else f"where the {rule} is {bound}")
            if count < 0:
                continue
            try:
                value = sample(parameter.schema, count)
            except NoSample as why:
                yield Value(None, rule, description, fits, unchecked=str(why))
                break
            yield Value(value, rule, description, fits)


def _lengths(parameter: Parameter) -> Iterator[Value]:
    schema = parameter.schema
    if "pattern" in schema:
        for text in (_ODD_TEXT, "", "\u96fe"):
            if schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
                yield Value(text, "pattern", "does not match the pattern", False)
    for rule, outward, word in (("minLength", -1, "shorter"), ("maxLength", 1, "longer")):
        bound = schema.get(rule)
        if bound is None or (rule == "minLength" and not bound):
            continue
        limit = f"has the {'minimum' if outward < 0 else 'maximum'} length {bound}"
        for length, description, fits in ((bound, limit, True), (bound + outward, f"is {word} than {bound}", False)):
            if "pattern" in schema:
                why = "no text of this length that matches the pattern is known"
            elif length > MOST_CHARACTERS:
                why = f"texts of more than {MOST_CHARACTERS} characters are not sent"
            else:
                yield Value("x" * length, rule, description, fits)
                continue
            yield Value(None, rule, description, fits, unchecked=why)
            break
    if not schema.get("minLength") and not parameter.required and not parameter.known_values:
        yield Value("", "minLength", "is empty, and no minLength is documented", True, True)


def _unlisted(parameter: Parameter) -> list[Any]:
    if parameter.type == "string":
        texts = [value for value in parameter.enum if value is not None]
        return [_ODD_TEXT, *(f"{text}x" for text in texts if f"{text}x" not in texts)][:2]
    if parameter.type == "boolean":
        return [True, False]
    listed = sorted(value for value in parameter.enum if value is not None)
    if parameter.type not in ("integer", "number") or not listed:
        return []
    between = [(low + high) // 2 for low, high in pairwise(listed)]
    skipped = [(low + high) // 2 for low, high in zip(listed, listed[2:], strict=False)]
    return list(dict.fromkeys((listed[0] - 1, *between, *skipped, listed[-1] + 1)))
