"""Validation with the subset of JSON Schema that specs use: the rules that a value breaks, and where.

Differences from JSON Schema: 25.0 is not an integer, because a service may refuse `25.0`. `multipleOf` compares decimals: 0.3 is a
multiple of 0.1. A number with `x-accepts-text` may also be a string that contains it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, TypeGuard

from .similar import closest

_INFINITY = float("inf")
_SHOWN = 60
#: Longer strings are not read as numbers.
_LONGEST_NUMBER = 60

#: A keyword, the comparison that breaks it, and the text of the message.
_BOUNDS: tuple[tuple[str, Callable[[Any, Any], bool], str], ...] = (
    ("minimum", lt, "is below the minimum"),
    ("maximum", gt, "is above the maximum"),
    ("exclusiveMinimum", le, "is not greater than"),
    ("exclusiveMaximum", ge, "is not less than"),
)


#: The advice for null in place of an optional value.
LEAVE_OUT = "To use the service's default, leave it out"


class Fault(NamedTuple):
    """One broken rule. `path` is a JSON pointer from the parameter to the value; `rule` is the schema's keyword.

    `advice` is what to do if there is no `suggestion`.
    """

    path: str
    rule: str
    value: Any
    allowed: Any
    message: str
    suggestion: Any = None
    advice: str = ""


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows.

    >>> types_of({"type": ["string", "null"]}), types_of({"anyOf": [{"type": "string"}, {"type": "array"}]})
    (('string', 'null'), ('string', 'array'))
    """
    if "anyOf" in schema:
        return tuple(dict.fromkeys(kind for option in schema["anyOf"] for kind in types_of(option)))
    kinds = schema["type"]
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def accepts_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the forms in which a schema accepts a file (`url`, `base64`, `data-url`), itself or as an item; empty for none."""
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        if ways := accepts_of(inner):
            return ways
    usual = {"uri": ("url",), "base64": ("base64",)}.get(schema.get("format", ""), ())
    return tuple(schema.get("x-accepts", usual))


def faults(schema: Mapping[str, Any], value: Any, path: str = "") -> Iterator[Fault]:
    """Yield every rule of `schema` that `value` breaks.

    >>> [(fault.path, fault.message) for fault in faults({"type": "array", "items": {"type": "integer"}}, [1, "x"])]
    [('/1', "'x' is not an integer")]
    """
    if "anyOf" in schema:
        yield from _in_union(schema, value, path)
        return
    kinds = types_of(schema)
    judged = number_for(schema, value)
    if not any(is_a(kind, judged) for kind in kinds):
        message = f"{shown(value)} is not {_named(schema)}"
        meant = None if accepts_of(schema) else _if_allowed(schema, _converted(kinds[0], value))
        yield Fault(path, "type", value, schema["type"], message, meant)
        return
    if isinstance(judged, float) and not -_INFINITY < judged < _INFINITY:
        yield Fault(path, "finite", value, "a finite number", f"{value!r} can't be sent as JSON")
        return
    choices = tuple(schema.get("enum", ()))
    if choices and not any(_equal(judged, choice) for choice in choices):
        allowed = ", ".join(map(_json, choices))
        suggestion = closest(judged, choices) if isinstance(judged, str) else None
        yield Fault(path, "enum", value, choices, f"{shown(value)} is not one of {allowed}", suggestion)
    if isinstance(judged, (int, float)) and not isinstance(judged, bool):
        yield from _in_range(schema, judged, value, path)
    elif isinstance(judged, str):
        yield from _in_text(schema, judged, path)
    elif _is_array(judged):
        yield from _in_array(schema, judged, path)
    elif _is_object(judged):
        yield from _in_object(schema, judged, path)


def _in_range(schema: Mapping[str, Any], number: float, value: Any, path: str) -> Iterator[Fault]:
    for rule, is_beyond, words in _BOUNDS:
        if rule in schema and is_beyond(number, schema[rule]):
            yield Fault(path, rule, value, schema[rule], f"{shown(value)} {words} {schema[rule]}")
    step = schema.get("multipleOf")
    if step and not is_multiple(number, step):
        suggestion = _if_allowed(schema, *_multiples_beside(number, step))
        yield Fault(path, "multipleOf", value, step, f"{shown(value)} is not a multiple of {step}", suggestion)


def _in_text(schema: Mapping[str, Any], text: str, path: str) -> Iterator[Fault]:
    least, most, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if least is not None and len(text) < least:
        yield Fault(path, "minLength", text, least, f"is shorter than {least} characters")
    if most is not None and len(text) > most:
        yield Fault(path, "maxLength", text, most, f"is longer than {most} characters")
    if pattern is not None and not matches(pattern, text):
        yield Fault(path, "pattern", text, pattern, f"{shown(text)} does not match the pattern {pattern}")


def _in_array(schema: Mapping[str, Any], items: list[Any], path: str) -> Iterator[Fault]:
    for rule, is_beyond in (("minItems", lt), ("maxItems", gt)):
        if rule in schema and is_beyond(len(items), schema[rule]):
            yield Fault(path, rule, items, schema[rule], f"has {len(items)} items, {rule} is {schema[rule]}")
    if "items" in schema:
        for index, item in enumerate(items):
            yield from faults(schema["items"], item, f"{path}/{index}")


def _in_object(schema: Mapping[str, Any], entries: dict[str, Any], path: str) -> Iterator[Fault]:
    for name in schema.get("required", ()):
        if name not in entries:
            yield Fault(f"{path}/{token(name)}", "required", None, None, "is required")
    for name, inner in schema.get("properties", {}).items():
        if name in entries:
            found = faults(inner, entries[name], f"{path}/{token(name)}")
            is_left_out = entries[name] is None and name not in schema.get("required", ())
            yield from (fault._replace(advice=LEAVE_OUT) for fault in found) if is_left_out else found


def _in_union(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[Fault]:
    """Yield the faults of the first option that has the value's type, unless another option allows the value."""
    nearest: list[Fault] = []
    for option in schema["anyOf"]:
        found = list(faults(option, value, path))
        if not found:
            return
        if not nearest and not any(fault.rule == "type" and fault.path == path for fault in found):
            nearest = found
    yield from nearest or [
        Fault(path, "type", value, types_of(schema), f"{shown(value)} is not {_named(schema)}", None)
    ]


def is_a(kind: str, value: Any) -> bool:
    """Return whether `value` has the JSON type `kind`. A boolean is not a number."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "number":
        return isinstance(value, (int, float))
    if kind == "null":
        return value is None
    expected = {"string": str, "integer": int, "array": list, "object": dict}.get(kind)
    return expected is not None and isinstance(value, expected)


def is_multiple(number: float, step: float) -> bool:
    """Return whether `number` is a multiple of `step`, both compared as the decimals they are written as.

    >>> is_multiple(0.3, 0.1), is_multiple(0.35, 0.1), is_multiple(12, 8)
    (True, False, False)
    """
    if isinstance(number, int) and isinstance(step, int):
        return not number % step
    if not -_INFINITY < number < _INFINITY:
        return False
    (above, below), (step_above, step_below) = _ratio(number), _ratio(step)
    return not above * step_below % (below * step_above)


def _multiples_beside(number: float, step: float) -> list[float]:
    """Return the multiples below and above `number` that a float can represent, the nearer one first.

    >>> _multiples_beside(0.33, 0.05), _multiples_beside(0.32, 0.05), _multiples_beside(12, 8)
    ([0.35, 0.3], [0.3, 0.35], [8, 16])
    """
    (above, below), (step_above, step_below) = _ratio(number), _ratio(step)
    count, rest = divmod(above * step_below, below * step_above)
    counts = (count, count + 1) if 2 * rest <= below * step_above else (count + 1, count)
    beside = [_quotient(each * step_above, step_below) for each in counts]
    return [each for each in beside if is_multiple(each, step)]


def _quotient(above: int, below: int) -> float:
    if not above % below:
        return above // below
    try:
        return above / below
    except OverflowError:
        return _INFINITY


def _ratio(number: float) -> tuple[int, int]:
    if isinstance(number, int):
        return number, 1
    from decimal import Decimal

    return Decimal(repr(number)).as_integer_ratio()


def number_for(schema: Mapping[str, Any], value: Any) -> Any:
    """Return the number in a string if the schema accepts numbers as strings and this is one; else the value unchanged.

    >>> number_for({"type": "integer", "x-accepts-text": True}, "14"), number_for({"type": "string"}, "14")
    (14, '14')
    """
    if schema.get("x-accepts-text") and isinstance(value, str):
        number = number_in(value, types_of(schema)[0])
        return value if number is None else number
    return value


def number_in(text: str, kind: str) -> float | None:
    """Return the number in a string, in JSON notation; None if it is not a number of this type.

    >>> number_in("14", "integer"), number_in("0.5", "number"), number_in("0.5", "integer"), number_in(" 1", "number")
    (14, 0.5, None, None)
    """
    import re

    if len(text) > _LONGEST_NUMBER:
        return None
    if re.fullmatch(r"-?(?:0|[1-9][0-9]*)", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", text):
        number = float(text)
        return number if -_INFINITY < number < _INFINITY else None
    return None


def matches(pattern: str, text: str) -> bool:
    """Return whether a JSON Schema pattern (an ECMAScript regular expression) matches in `text`."""
    return _search(pattern)(text) is not None


@cache
def _search(pattern: str) -> Callable[[str], Any]:
    """Specs only allow syntax that both languages have; `$` and `.` mean something else in Python and are translated."""
    import re

    translated = re.sub(
        r"\\.|\[(?:\\.|[^\]\\])*\]|[$.]",
        lambda sign: {"$": r"\Z", ".": "[^\n\r\u2028\u2029]"}.get(sign[0], sign[0]),
        pattern,
        flags=re.DOTALL,
    )
    return re.compile(translated, re.ASCII).search


def token(name: str) -> str:
    """Return a name as part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _named(schema: Mapping[str, Any]) -> str:
    """Return the types of a schema with their articles, for a message."""
    kinds = types_of(schema)
    words = [kind if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}" for kind in kinds]
    return " or ".join([*words, *(["a text that contains one"] if schema.get("x-accepts-text") else [])])


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)


def _equal(value: Any, choice: Any) -> bool:
    return value == choice and isinstance(value, bool) == isinstance(choice, bool)


def _json(choice: Any) -> str:
    return "null" if choice is None else ascii(choice)


def _if_allowed(schema: Mapping[str, Any], *candidates: Any) -> Any:
    """Return the first candidate that the schema allows; None if there is none."""
    return next((each for each in candidates if each is not None and not any(faults(schema, each))), None)


def _converted(kind: str, value: Any) -> Any:
    """Return the value converted to the type `kind` if that is unambiguous: 25 for "25" or 25.0 as an integer."""
    if isinstance(value, bool):
        return None
    try:
        if kind == "integer" and isinstance(value, float):
            return int(value) if value.is_integer() else None
        if kind in ("integer", "number") and isinstance(value, str):
            return int(value) if kind == "integer" else float(value)
        if kind == "string" and isinstance(value, (int, float)):
            return str(value)
    except ValueError:
        return None
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind == "array" and _is_tuple(value):
        return list(value)
    return None


def shown(value: Any) -> str:
    """Return a value on one line, escaped and shortened: base64 images have megabytes."""
    if isinstance(value, str) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]!a}… ({len(value)} characters)"
    if isinstance(value, (bytes, bytearray)):
        return f"{type(value).__name__} of length {len(value)}"
    try:
        text = ascii(value)
    except Exception:
        # An integer with too many digits, a structure that is nested too deeply, or a __repr__ that raises.
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
