"""Values of a parameter that are worth sending: on each bound, just inside, just outside, and of wrong types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from .spec.facts import MISSING, Parameter, types_of

#: Beyond any bound of a parameter for images.
_FAR = 10**18
_ODD_TEXT = "no-such-value"


class Value(NamedTuple):
    """A value to send. `rule` is the keyword that it tests, and `fits` says whether it is allowed.

    `silent` marks a value that the spec says nothing about; it is taken to be allowed.
    """

    value: Any
    rule: str
    description: str
    fits: bool
    silent: bool = False


def step_of(parameter: Parameter) -> Decimal:
    """Return the smallest difference between two values that matters."""
    if "multipleOf" in parameter.schema or parameter.type == "integer":
        return Decimal(str(parameter.schema.get("multipleOf", 1)))
    digits = max(-_exponent(parameter.schema.get(bound)) for rules in _BOUNDS for bound in rules[:2])
    return Decimal(1).scaleb(-max(digits, 0) - 1)


def boundary_values(parameter: Parameter) -> Iterator[Value]:
    """Yield values on both sides of each bound of numbers and lengths, and far values where there is no bound."""
    if parameter.enum:
        return
    if parameter.type in ("integer", "number"):
        yield from _numbers(parameter)
    elif parameter.type == "string" and not _is_address(parameter.schema):
        yield from _lengths(parameter)
    elif parameter.type == "array":
        yield from _counts(parameter)


def listed_values(parameter: Parameter) -> Iterator[Value]:
    """Yield each listed value, and some that are not listed."""
    for value in parameter.enum:
        yield Value(value, "enum", "is listed", True)
    for value in parameter.known_values:
        yield Value(value, "x-known-values", "is among the known values", True)
    if parameter.enum:
        for value in _unlisted(parameter):
            yield Value(value, "enum", "is not listed", False)
    elif parameter.known_values and parameter.type == "string":
        yield Value(_ODD_TEXT, "x-known-values", "is not among the known values of an open list", True, True)


def wrong_types(parameter: Parameter) -> Iterator[Value]:
    """Yield values of types that the parameter does not have."""
    kind = parameter.type
    if kind == "union":
        values: list[Any] = [value for of, value in _PLAIN.items() if not _allows(parameter.types, of)]
    else:
        values = [*([] if "null" in parameter.types else [None]), *_OTHERS[kind]]
    inside = small(parameter) or 1
    if kind in ("integer", "number"):
        if parameter.schema.get("x-accepts-text"):
            values.append("x")
        else:
            values.append(str(inside))
    if kind == "integer":
        # Within the bounds if possible: otherwise the bounds are the reason for the refusal.
        halves = [inside + 0.5, inside - 0.5]
        values.append(next((half for half in halves if _is_inside(Decimal(str(half)), parameter.schema)), halves[0]))
    for value in values:
        yield Value(value, "type", f"is not of type {' or '.join(parameter.types)}", False)


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


def plain_values(parameter: Parameter) -> Iterator[Value]:
    """Yield valid values of types that have neither bounds nor lists."""
    kind, schema = parameter.type, parameter.schema
    if "null" in parameter.types and (not parameter.enum or None in parameter.enum):
        yield Value(None, "type", "is null", True)
    if kind == "boolean":
        flags = parameter.enum or (True, False)
        yield from (Value(flag, "type", "is a boolean", True) for flag in flags if flag is not None)
    elif kind == "string" and not parameter.enum and not _is_address(schema) and "pattern" not in schema:
        low, high = schema.get("minLength", 0), schema.get("maxLength")
        text = 'Fog, "dawn" \u96fe\n'.ljust(low, ".")[:high]
        yield Value(text, "type", "is a string", True, bool(parameter.known_values))
    elif kind in ("array", "object") and not parameter.enum and (value := sample(schema)) is not None:
        yield Value(value, "type", f"is an {kind}", True)
    elif kind == "union":
        for option in schema["anyOf"]:
            value = sample(option)
            if value is not None:
                yield Value(value, "type", f"is one of {' or '.join(types_of(option))}", True)
    elif kind in ("integer", "number") and schema.get("x-accepts-text") and (inside := small(parameter)) is not None:
        yield Value(str(inside), "type", "is a string with the number, as in the sample on the page", True)


def small(parameter: Parameter) -> Any:
    """Return the smallest allowed value: small images are generated quickly."""
    if listed := [value for value in parameter.enum if value is not None]:
        return min(listed)
    for rule in ("minimum", "exclusiveMinimum"):
        if rule in parameter.schema:
            return _plain(parameter, _inmost(parameter, rule))
    return None if parameter.default is MISSING else parameter.default


def sample(schema: Mapping[str, Any], items: int | None = None) -> Any:
    """Return a value that fits this schema, with so many `items` if given. None if none can be derived.

    >>> sample({"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2})
    [3, 3]
    """
    if listed := schema.get("enum") or schema.get("x-known-values"):
        return next((value for value in listed if value is not None), None)
    if "anyOf" in schema:
        return next((value for option in schema["anyOf"] if (value := sample(option)) is not None), None)
    kind = types_of(schema)[0]
    if kind == "array":
        one = sample(schema.get("items", {"type": "string"}))
        many = max(schema.get("minItems", 0), min(1, schema.get("maxItems", 1))) if items is None else items
        return None if one is None and many else [one] * many
    if kind == "object":
        entries: Mapping[str, Any] = schema.get("properties", {})
        parts = {name: sample(entries.get(name, {"type": "string"})) for name in schema.get("required", ())}
        return None if None in parts.values() else parts
    if kind == "string":
        # A URL must lead to an image, and no page names one that always exists. Nor can a string be made from a pattern.
        unknown = _is_address(schema) or "pattern" in schema
        return schema.get("default") if unknown else "x" * max(1, schema.get("minLength", 1))
    if kind == "boolean":
        return True
    least = small(Parameter("", schema, False))
    return schema.get("multipleOf", 1) if least is None else least


def _plain(parameter: Parameter, number: Decimal) -> Any:
    return int(number) if parameter.type == "integer" or number == number.to_integral() else float(number)


#: The rules of each side of a range (with and without the bound itself), the word for values beyond it, and its sign.
_BOUNDS = (("minimum", "exclusiveMinimum", "below", 1), ("maximum", "exclusiveMaximum", "above", -1))


def _inmost(parameter: Parameter, rule: str) -> Decimal:
    """Return the last allowed value at a bound: the bound itself if possible, and always a multiple of `multipleOf`."""
    bound = Decimal(str(parameter.schema[rule]))
    is_low = rule in ("minimum", "exclusiveMinimum")
    last = bound
    if parameter.type == "integer" or "multipleOf" in parameter.schema:
        step = step_of(parameter)
        last = (bound / step).to_integral_value(ROUND_CEILING if is_low else ROUND_FLOOR) * step
    if rule.startswith("exclusive") and last == bound:
        last += step_of(parameter) if is_low else -step_of(parameter)
    return last


def _numbers(parameter: Parameter) -> Iterator[Value]:
    schema, step = parameter.schema, step_of(parameter)
    multiple = Decimal(str(schema["multipleOf"])) if "multipleOf" in schema else None
    for usual, exclusive, word, side in _BOUNDS:
        rule = exclusive if exclusive in schema else usual
        bound, inward = schema.get(rule), step * side
        if bound is None:
            far = int(_FAR // int(multiple) * int(multiple) if multiple and multiple >= 1 else _FAR)
            yield Value(-side * far, rule, f"is far {word}, and no {rule} is documented", True, True)
            continue
        last = _inmost(parameter, rule)
        if last == Decimal(str(bound)):
            standing = f"is the {rule}"
        elif rule == exclusive:
            standing = f"is the last value inside the {rule} {bound}"
        else:
            standing = f"is the last multiple inside the {rule} {bound}"
        if _is_inside(last, schema):
            yield Value(_plain(parameter, last), rule, standing, True)
        if _is_inside(last + inward, schema):
            yield Value(_plain(parameter, last + inward), rule, f"is just inside the {rule} {bound}", True)
        beyond = f"is the {rule}" if last - inward == Decimal(str(bound)) else f"is just {word} the {rule} {bound}"
        yield Value(_plain(parameter, last - inward), rule, beyond, False)
        if schema.get("x-accepts-text"):
            text = str(_plain(parameter, last - inward))
            yield Value(text, rule, f"{beyond}, as text", False)
    lows = [rule for rule in ("minimum", "exclusiveMinimum") if rule in schema]
    start = _inmost(parameter, lows[0]) if lows else Decimal(0)
    if parameter.type == "number":
        # A number that is not an integer: a fraction or, if it must be a multiple, the decimal point alone.
        inside, description = (start, "has a point") if multiple else (start + Decimal("0.5"), "is a fraction")
        if _is_inside(inside, schema):
            yield Value(float(inside), "type", description, True)
    if multiple is not None and multiple != 1:
        for part in sorted(
            {multiple / 2} if multiple < 1 else {Decimal(1), Decimal(int(multiple) // 2)} - {Decimal(0)}
        ):
            if _is_inside(start + part, schema) and part % multiple:
                yield Value(_plain(parameter, start + part), "multipleOf", f"is not a multiple of {multiple}", False)
        if _is_inside(start + multiple, schema):
            yield Value(_plain(parameter, start + multiple), "multipleOf", f"is a multiple of {multiple}", True)


def _is_inside(number: Decimal, schema: Mapping[str, Any]) -> bool:
    bounds = {rule: Decimal(str(schema[rule])) for rules in _BOUNDS for rule in rules[:2] if rule in schema}
    return (
        number >= bounds.get("minimum", number)
        and number <= bounds.get("maximum", number)
        and ("exclusiveMinimum" not in bounds or number > bounds["exclusiveMinimum"])
        and ("exclusiveMaximum" not in bounds or number < bounds["exclusiveMaximum"])
    )


def _counts(parameter: Parameter) -> Iterator[Value]:
    """Yield lists with the least and the greatest number of items, and with one fewer and one more."""
    low, high = parameter.schema.get("minItems"), parameter.schema.get("maxItems")
    for rule, bound, outward in (("minItems", low, -1), ("maxItems", high, 1)):
        if bound is None or sample(parameter.schema, bound) is None:
            continue
        yield Value(sample(parameter.schema, bound), rule, f"has {bound} items, the {rule}", True)
        if bound + outward >= 0:
            description = f"has {bound + outward} items, where the {rule} is {bound}"
            yield Value(sample(parameter.schema, bound + outward), rule, description, False)


def _lengths(parameter: Parameter) -> Iterator[Value]:
    low, high = parameter.schema.get("minLength"), parameter.schema.get("maxLength")
    if "pattern" in parameter.schema:
        return
    if low:
        yield Value("x" * low, "minLength", f"has the minimum length {low}", True)
        yield Value("x" * (low - 1), "minLength", f"is shorter than {low}", False)
    if high is not None:
        yield Value("x" * high, "maxLength", f"has the maximum length {high}", True)
        yield Value("x" * (high + 1), "maxLength", f"is longer than {high}", False)
    if not low and not parameter.required and not parameter.known_values:
        yield Value("", "minLength", "is empty, and no minLength is documented", True, True)


def _is_address(schema: Mapping[str, Any]) -> bool:
    """Return whether a string must be the URL of a file, or the file itself."""
    return not schema.keys().isdisjoint(("format", "x-accepts"))


def _unlisted(parameter: Parameter) -> list[Any]:
    if parameter.type == "string":
        texts = [value for value in parameter.enum if value is not None]
        return [_ODD_TEXT, *(f"{text}x" for text in texts if f"{text}x" not in texts)][:2]
    if parameter.type == "boolean":
        return [value for value in (True, False) if value not in parameter.enum]
    if parameter.type not in ("integer", "number"):
        return []
    listed = sorted(value for value in parameter.enum if value is not None)
    between = [(low + high) // 2 for low, high in pairwise(listed)]
    skipped = [(low + high) // 2 for low, high in zip(listed, listed[2:], strict=False)]
    wanted = (listed[0] - 1, *between, *skipped, listed[-1] + 1)
    return [value for value in dict.fromkeys(wanted) if value not in listed]


def _exponent(bound: Any) -> int:
    exponent = Decimal(str(bound if bound is not None else 1)).normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
