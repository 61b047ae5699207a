"""Where the witnesses part on purpose: each place with its reason. Anywhere else they agree, or one of them is wrong.

A difference says which value a witness takes for what. The verdict expected of a witness is then that of JSON Schema on
the body in which each such value stands as the witness sees it. So a listed difference that does not occur is found as
well as one that is not listed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

SCHEMA, RUST, DOCUMENT, RUST_DOCUMENT = "schema", "schema-rs", "document", "document-rs"
VALIDATOR, PYDANTIC, MOCK = "validator", "pydantic", "mock"
#: Each witness by name, what it is, and who wrote it.
WITNESSES = {
    SCHEMA: "the spec's `input` block, read by jsonschema: the reference",
    RUST: "the same block, read by jsonschema-rs",
    DOCUMENT: "the generated OpenAPI document's schema, read by jsonschema",
    RUST_DOCUMENT: "the same schema, read by jsonschema-rs",
    VALIDATOR: "the generated validator",
    PYDANTIC: "the generated pydantic model, asked strictly",
    MOCK: "the generated mock's answer to v2, and to v1 where v2 refuses",
}

#: A value that no type of JSON Schema admits, and one that is not there.
REFUSED, ABSENT = object(), object()
#: The listed value to which a value is equal.
LISTED = object()
#: A listed value, whatever the value is.
FIRST_LISTED = object()
#: The multiple that is nearest to a value.
MULTIPLE = object()
#: The number in a text, and one that is admitted, whatever the number is.
NUMBER, ADMITTED = object(), object()
#: A text of more characters holds no number for the validator.
_LONGEST_NUMBER = 60
#: The difference that makes a whole body unreadable, wherever in it the value stands.
UNREADABLE = "not-finite-on-the-wire"


class Place(NamedTuple):
    """Where a value stands: its schema (None below a name that the spec has not), whether it has to be there, and
    whether it is an item of a list."""

    schema: Mapping[str, Any] | None
    required: bool
    item: bool = False

    @property
    def type(self) -> str | None:
        return None if self.schema is None else self.schema.get("type")

    @property
    def choices(self) -> list[object]:
        return [] if self.schema is None else self.schema.get("enum", [])


class Difference(NamedTuple):
    """The values that `applies` is true of, in words (`values`), and why each of `witnesses` takes them for something
    else: for `REFUSED`, `ABSENT`, `LISTED`, `FIRST_LISTED`, `MULTIPLE`, `NUMBER` or `ADMITTED`."""

    name: str
    values: str
    witnesses: frozenset[str]
    applies: Callable[[Place, Any], bool]
    seen_as: object
    why: str


def _is_not_finite(_: Place, value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _is_not_finite_number(place: Place, value: object) -> bool:
    return _is_not_finite(place, value) and place.type == "number"


def _is_not_finite_member(place: Place, value: object) -> bool:
    return _is_not_finite_number(place, value) and not place.item


def _equals_a_listed_value(place: Place, value: object) -> bool:
    return any(value == choice and type(value) is not type(choice) for choice in place.choices)


def _is_beyond_a_double(place: Place, value: object) -> bool:
    return isinstance(value, int) and place.type == "number" and abs(value) >= 2**1024


def _is_number_for_fractions(place: Place, value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and not _is_not_finite(place, value)
    return number and any(isinstance(choice, float) for choice in place.choices)


def _is_whole_float(place: Place, value: object) -> bool:
    return isinstance(value, float) and value.is_integer() and place.type == "integer"


def _is_unlisted_whole_float(place: Place, value: object) -> bool:
    return _is_whole_float(place, value) and not place.choices


def is_nearly_a_multiple(place: Place, value: object) -> bool:
    step = (place.schema or {}).get("multipleOf")
    if step is None or place.type != "number" or not isinstance(value, float) or not math.isfinite(value):
        return False
    return 0 < abs(math.remainder(value, step)) <= 1e-9


def _is_null_of_an_optional(place: Place, value: object) -> bool:
    return value is None and place.schema is not None and not place.required


def _has_half_a_character(value: object) -> bool:
    return isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value)


def _is_half_a_character_beside_a_list(place: Place, value: object) -> bool:
    return _has_half_a_character(value) and "x-known-values" in (place.schema or {})


def _is_half_a_character_to_be_counted(place: Place, value: object) -> bool:
    return _has_half_a_character(value) and not (place.schema or {}).keys().isdisjoint({"minLength", "maxLength"})


def _has_the_form_of_a_number(place: Place, value: Any) -> bool:
    """Return whether a number is taken as text too, and a text has the form of one."""
    if not isinstance(value, str) or not (place.schema or {}).get("x-accepts-text"):
        return False
    fraction = r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?" if place.type == "number" else ""
    return re.fullmatch(rf"-?(?:0|[1-9][0-9]*){fraction}", value) is not None


def _holds_a_number(place: Place, value: Any) -> bool:
    return _has_the_form_of_a_number(place, value) and len(value) <= _LONGEST_NUMBER and math.isfinite(float(value))


DIFFERENCES = (
    Difference(
        "number-as-text",
        '`"14"` for a number that the page\'s sample sends as text',
        frozenset({VALIDATOR, MOCK}),
        _holds_a_number,
        NUMBER,
        "The spec says so in a keyword of its own, `x-accepts-text`; JSON Schema sees only the number's type.",
    ),
    Difference(
        "any-number-as-text",
        "The same, within the bounds or not",
        frozenset({DOCUMENT, RUST_DOCUMENT, PYDANTIC}),
        _has_the_form_of_a_number,
        ADMITTED,
        "JSON Schema has no bounds for the number in a text, so the document and pydantic check its form only. The client's validator "
        "refuses to send a wrong one.",
    ),
    Difference(
        "whole-with-a-point",
        "A whole number with a point, `25.0` for an integer",
        frozenset({VALIDATOR, MOCK}),
        _is_whole_float,
        REFUSED,
        "JSON Schema counts it as an integer. On the wire it is `25.0`, and a service may well refuse that, so we do, and suggest `25`.",
    ),
    Difference(
        "whole-with-a-point-by-pydantic",
        "The same for an integer without a list of values",
        frozenset({PYDANTIC}),
        _is_unlisted_whole_float,
        REFUSED,
        "Strictly, pydantic takes a float for no integer.",
    ),
    Difference(
        "not-finite",
        "NaN or infinity for a number",
        frozenset({VALIDATOR, RUST, RUST_DOCUMENT}),
        _is_not_finite_number,
        REFUSED,
        "JSON has neither. In Python's own dialect of it no comparison with a bound catches NaN, so JSON Schema lets it pass.",
    ),
    Difference(
        "not-finite-by-pydantic",
        "NaN or infinity for a number that is no item of a list",
        frozenset({PYDANTIC}),
        _is_not_finite_member,
        REFUSED,
        "The same; within a list of numbers pydantic lets them through, and the client's validator then refuses to send them.",
    ),
    Difference(
        "beyond-a-double",
        "A whole number of more than 308 digits for a number",
        frozenset({PYDANTIC}),
        _is_beyond_a_double,
        REFUSED,
        "It is a number of JSON; Python's float, which pydantic makes of it, can't hold it.",
    ),
    Difference(
        "fractions-in-a-list",
        "Any number, where the list of values has a fraction in it",
        frozenset({PYDANTIC}),
        _is_number_for_fractions,
        FIRST_LISTED,
        "Python's `Literal` holds no fractions, so the type is `Literal[1] | float`. The client's validator refuses to send the number.",
    ),
    Difference(
        "nearly-a-multiple",
        "A fraction that is less than a billionth away from a multiple, where only multiples are allowed",
        frozenset({PYDANTIC}),
        is_nearly_a_multiple,
        MULTIPLE,
        "pydantic allows for rounding. The client's validator does not, and refuses to send the number.",
    ),
    Difference(
        "equal-to-a-listed-value",
        "What equals a listed value and is of another type, `1` for `true`, `false` for `0`, `512.0` for `512`",
        frozenset({PYDANTIC}),
        _equals_a_listed_value,
        LISTED,
        "pydantic compares as Python does, in its strict way too. What it then sends is the listed value.",
    ),
    Difference(
        UNREADABLE,
        "NaN or infinity anywhere, even under a name that no page knows",
        frozenset({MOCK}),
        _is_not_finite,
        REFUSED,
        "The body is no JSON: the mock refuses it whole.",
    ),
    Difference(
        "null-for-left-out",
        "Null for a parameter that may be left out",
        frozenset({PYDANTIC}),
        _is_null_of_an_optional,
        ABSENT,
        "In Python `None` is how a field is left out. `model_dump(exclude_none=True)` does not send it; the service gets no null.",
    ),
    Difference(
        "half-a-character",
        "Half a character (U+D800 to U+DFFF) for a parameter whose list of values is cut short",
        frozenset({RUST_DOCUMENT}),
        _is_half_a_character_beside_a_list,
        REFUSED,
        "JSON can spell it as an escape, UTF-8 can't hold it: jsonschema-rs reads no such text where it has to compare it.",
    ),
    Difference(
        "half-a-character-by-pydantic",
        "Half a character for a text whose length is bounded",
        frozenset({PYDANTIC}),
        _is_half_a_character_to_be_counted,
        REFUSED,
        "pydantic turns a text into UTF-8 before it counts its characters.",
    ),
)


_MINE = {name: [each for each in DIFFERENCES if name in each.witnesses] for name in WITNESSES}


def as_seen_by(witness: str, schema: Mapping[str, object], body: dict[str, object], met: set[str]) -> object:
    """`body` as `witness` takes it, and `body` itself where no difference applies; `met` gets the names of those that do."""
    mine = _MINE[witness]
    before = len(met)
    seen = _seen(mine, Place(schema, True), body, met) if mine else body
    return body if len(met) == before else REFUSED if UNREADABLE in met else seen


def _seen(mine: list[Difference], place: Place, value: object, met: set[str]) -> object:
    for difference in mine:
        if difference.applies(place, value):
            met.add(difference.name)
            return _stand_in(difference, place, value)
    if isinstance(value, dict):
        return dict(_members(mine, place, value, met))
    if isinstance(value, list):
        items = Place((place.schema or {}).get("items"), True, True)
        return [_seen(mine, items, item, met) for item in value]
    return value


def _stand_in(difference: Difference, place: Place, value: Any) -> object:
    if difference.seen_as is LISTED:
        return next(choice for choice in place.choices if choice == value)
    if difference.seen_as is NUMBER:
        return int(value) if place.type == "integer" else float(value)
    if difference.seen_as is ADMITTED and place.schema is not None:
        bounds = [place.schema[bound] for bound in ("minimum", "maximum") if bound in place.schema]
        return next(iter([*place.choices, *bounds]), 0)
    if difference.seen_as is MULTIPLE and place.schema is not None:
        step = place.schema["multipleOf"]
        return round(value / step) * step
    return place.choices[0] if difference.seen_as is FIRST_LISTED else difference.seen_as


def _members(
    mine: list[Difference], place: Place, value: dict[str, object], met: set[str]
) -> Iterator[tuple[str, object]]:
    schema = place.schema or {}
    properties, required = schema.get("properties", {}), schema.get("required", ())
    for name, member in value.items():
        seen = _seen(mine, Place(properties.get(name), name in required), member, met)
        if seen is not ABSENT:
            yield name, seen
