"""What is wrong with a payload, in words: the slow half of the validators.

The generated modules test each value with one straight-line expression. Only a value that fails it comes here, where
the rule it broke is found again from the `Parameter` and put into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from .facts import Parameter

_INFINITY = float("inf")
_SHOWN = 60


class Violation(NamedTuple):
    """One thing wrong with one parameter.

    `parameter` is its name on the wire. `rule` is the JSON Schema keyword that was broken (`required`, `type`, `enum`,
    `minimum`, …), or one of those that JSON Schema has no word for: `finite`, `known-value`, `unknown-parameter`, `json`,
    `name`, `picture` and `twice`. `value` is what was given, `allowed` what the rule admits, `message` what is wrong in
    words, `source` the page or erratum it rests on, `suggestion` a likely meant value or name, if there is one.
    """

    parameter: str
    rule: str
    value: Any
    allowed: Any
    message: str
    source: str = ""
    suggestion: Any = None

    def __str__(self) -> str:
        hint = "" if self.suggestion is None else f" Did you mean {shown(self.suggestion)}?"
        source = f" [{self.source}]" if self.source else ""
        return f"{self.parameter}: {self.message}.{hint}{source}"


def missing(parameter: Parameter) -> Violation:
    """A required parameter was left out."""
    return Violation(parameter.name, "required", None, None, "is required", parameter.source)


def explain(parameter: Parameter, value: Any) -> list[Violation]:
    """Every rule of `parameter` that `value` breaks; empty if it breaks none.

    >>> [str(v) for v in explain(Parameter("steps", "steps", "integer", minimum=4, maximum=70), 100)]
    ['steps: 100 is above the maximum 70.']
    """
    return list(_broken(parameter, value))


def advise_value(parameter: Parameter, value: Any) -> list[Violation]:
    """A doubt about a value that is allowed, but not among those that the page shows of a longer list."""
    if not isinstance(value, str) or value in parameter.known_values:
        return []
    count, total = len(parameter.known_values), parameter.known_total
    of_all = f" of {total}" if total else ""
    message = f"{shown(value)} is not among the {count} known{of_all} values; it is sent as it is"
    suggestion = closest(value, parameter.known_values)
    return [
        Violation(parameter.name, "known-value", value, parameter.known_values, message, parameter.source, suggestion)
    ]


def advise_unknown(payload: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> list[Violation]:
    """A doubt about each name that the page does not document."""
    return [
        Violation(
            str(name),
            "unknown-parameter",
            value,
            tuple(parameters),
            "is not a documented parameter; it is sent as it is",
            "",
            closest(str(name), tuple(parameters)),
        )
        for name, value in payload.items()
        if name not in parameters
    ]


def closest(word: str, choices: tuple[Any, ...]) -> Any:
    """The choice most like `word`, if any is like it at all."""
    from difflib import get_close_matches

    words = [choice for choice in choices if isinstance(choice, str)]
    if len(word) > 2 * max(map(len, words), default=0):
        # Nothing so long can be so like, and to find that out by comparing a megabyte would take half a second.
        return None
    matches = get_close_matches(word, words, 1, 0.75)
    return matches[0] if matches else None


def _broken(parameter: Parameter, value: Any) -> Iterator[Violation]:
    def broken(rule: str, allowed: Any, message: str, suggestion: Any = None) -> Violation:
        return Violation(parameter.name, rule, value, allowed, message, parameter.source, suggestion)

    kind = parameter.type
    if not _is_a(kind, value):
        article = "an" if kind[0] in "aio" else "a"
        message = f"{shown(value)} is not {article} {kind}"
        yield broken("type", kind, message, _if_allowed(parameter, _converted(kind, value)))
        return
    if isinstance(value, float) and not -_INFINITY < value < _INFINITY:
        yield broken("finite", "a finite number", f"{value!r} cannot be sent as JSON")
        return
    if parameter.enum and not any(_equal(value, choice) for choice in parameter.enum):
        allowed = ", ".join(map(ascii, parameter.enum))
        suggestion = closest(value, parameter.enum) if isinstance(value, str) else None
        yield broken("enum", parameter.enum, f"{shown(value)} is not one of {allowed}", suggestion)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if parameter.minimum is not None and value < parameter.minimum:
            message = f"{shown(value)} is below the minimum {parameter.minimum}"
            yield broken("minimum", parameter.minimum, message)
        if parameter.maximum is not None and value > parameter.maximum:
            message = f"{shown(value)} is above the maximum {parameter.maximum}"
            yield broken("maximum", parameter.maximum, message)
        if parameter.multiple_of and value % parameter.multiple_of:
            step = parameter.multiple_of
            below = int(value // step) * step
            message = f"{shown(value)} is not a multiple of {step}"
            yield broken("multipleOf", step, message, _if_allowed(parameter, below, below + step))
    if isinstance(value, str):
        if parameter.min_length is not None and len(value) < parameter.min_length:
            yield broken("minLength", parameter.min_length, f"is shorter than {parameter.min_length} characters")
        if parameter.max_length is not None and len(value) > parameter.max_length:
            yield broken("maxLength", parameter.max_length, f"is longer than {parameter.max_length} characters")
    if _is_array(value):
        yield from _in_array(parameter, value)
    if _is_object(value):
        yield from _in_object(parameter, value)


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)


def _in_array(parameter: Parameter, value: list[Any]) -> Iterator[Violation]:
    schema = parameter.schema
    for bound, is_beyond in (("minItems", len(value).__lt__), ("maxItems", len(value).__gt__)):
        if bound in schema and is_beyond(schema[bound]):
            message = f"has {len(value)} items, {bound} is {schema[bound]}"
            yield Violation(parameter.name, bound, value, schema[bound], message, parameter.source)
    if "items" in schema:
        for index, member in enumerate(value):
            yield from _broken(_child(parameter, f"{parameter.name}/{index}", schema["items"]), member)


def _in_object(parameter: Parameter, value: dict[str, Any]) -> Iterator[Violation]:
    schema = parameter.schema
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield missing(_child(parameter, f"{parameter.name}/{name}", properties.get(name, {"type": "string"})))
    for name, child in properties.items():
        if name in value:
            yield from _broken(_child(parameter, f"{parameter.name}/{name}", child), value[name])


def _child(parent: Parameter, name: str, schema: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        keyword=name,
        type=schema["type"],
        enum=tuple(schema.get("enum", ())),
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        multiple_of=schema.get("multipleOf"),
        min_length=schema.get("minLength"),
        max_length=schema.get("maxLength"),
        schema=schema,
        source=parent.source,
    )


def _is_a(kind: str, value: Any) -> bool:
    """JSON Schema's types, but for one: 25.0 is no integer, since a service may well refuse `25.0` on the wire."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "string":
        return isinstance(value, str)
    if kind == "integer":
        return isinstance(value, int)
    if kind == "number":
        return isinstance(value, (int, float))
    if kind == "array":
        return isinstance(value, list)
    if kind == "object":
        return isinstance(value, dict)
    return False


def _equal(value: Any, choice: Any) -> bool:
    return value == choice and isinstance(value, bool) == isinstance(choice, bool)


def _if_allowed(parameter: Parameter, *candidates: Any) -> Any:
    """The first of the candidates that breaks no rule itself: no other is worth suggesting."""
    return next((each for each in candidates if each is not None and not explain(parameter, each)), None)


def _converted(kind: str, value: Any) -> Any:
    """The same value in the right type, where there is no doubt about it: "25" or 25.0 for the integer 25."""
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
    """A value on one line, escaped and shortened: pictures in base64 run to megabytes."""
    if isinstance(value, str) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]!a}… ({len(value)} characters)"
    if isinstance(value, (bytes, bytearray)):
        return f"{type(value).__name__} of length {len(value)}"
    try:
        text = ascii(value)
    except Exception:
        # A whole number of more digits than Python converts, a structure too deep, or somebody's own __repr__.
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
