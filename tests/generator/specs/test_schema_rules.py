"""The rules of a parameter's schema: lint and the generated client say the same, and what JSON Schema says.

The published JSON-Schema-Test-Suite runs on both, for every keyword of our specs; its schemas are put into our subset, in
which each schema names its types.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validators

from pagewright.specs import patterns
from pagewright.specs.bounds import contradictions
from pagewright.specs.values import is_a
from pagewright.specs.violations import violations
from segmind_client.spec.schema import faults

SUITE = Path(__file__).parents[2] / "json_schema_test_suite"
FILES = sorted(SUITE.glob("*.json"))
KEYWORDS = {path.stem for path in FILES}
TYPES = ("string", "number", "boolean", "array", "object", "null")
_META = {"$schema", "$comment", "description"}
#: Where we mean to differ, and why.
DIFFERENT = {
    "a float with zero fractional part is an integer": "a service may refuse 25.0 on the wire",
}


def _ours(schema: object) -> dict[str, object] | None:
    """Return the schema in our subset, or None if it uses a keyword outside the subset."""
    if not isinstance(schema, dict):
        return None
    rules = {key: value for key, value in schema.items() if key not in _META}
    if not rules.keys() <= KEYWORDS or ("anyOf" in rules and len(rules) > 1):
        return None
    if any(isinstance(value, (list, dict)) for value in rules.get("enum", ())):
        return None
    if "pattern" in rules and not _is_allowed(rules["pattern"]):
        return None
    for key, entry in rules.get("properties", {}).items():
        rules["properties"] = {**rules["properties"], key: _ours(entry)}
        if rules["properties"][key] is None:
            return None
    if "items" in rules and (inner := _ours(rules["items"])) is None:
        return None
    if "items" in rules:
        rules["items"] = inner
    if "anyOf" in rules:
        options = [_ours(option) for option in rules["anyOf"]]
        return None if None in options else {"anyOf": options}
    kinds = rules.pop("type", TYPES)
    if isinstance(kinds, str):
        return {"type": kinds, **rules}
    return {"anyOf": [{"type": kind, **rules} for kind in kinds]}


def _is_allowed(pattern: str) -> bool:
    try:
        patterns.check(pattern)
    except patterns.BadPattern:
        return False
    return True


def _suite() -> Iterator[Any]:
    for path in FILES:
        for group in json.loads(path.read_text(encoding="utf-8")):
            schema = _ours(group["schema"])
            for test in group["tests"] if schema is not None else ():
                name = f"{path.stem}: {group['description']}: {test['description']}"
                if test["description"] not in DIFFERENT:
                    yield pytest.param(schema, test["data"], test["valid"], id=name)


@pytest.mark.parametrize(("schema", "value", "valid"), list(_suite()))
def test_lint_and_client_pass_the_json_schema_test_suite(schema: dict[str, object], value: object, valid: bool) -> None:
    assert (not list(violations(schema, value))) == valid
    assert (not list(faults(schema, value))) == valid


def test_the_suite_runs_cases_of_each_keyword() -> None:
    run = Counter(str(parameters.id).partition(":")[0] for parameters in _suite())
    assert run.keys() == KEYWORDS
    assert min(run.values()) >= 2, run
    assert run.total() >= 200, run


def _is_multiple(_: object, step: float, number: object, __: object) -> Iterator[ValidationError]:
    if is_a("number", number) and Decimal(repr(number)) % Decimal(repr(step)):
        yield ValidationError(f"{number} is not a multiple of {step}")


#: jsonschema with our two differences: integers are written without a point, and multiples are exact.
Reference: Any = cast(Any, validators).extend(
    Draft202012Validator,
    {"multipleOf": _is_multiple},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: is_a("integer", value)),
)

_NUMBERS = st.integers(-20, 20) | st.sampled_from([0.1, 0.25, 0.3, 0.5, 0.7, 1.0, 2.5, -0.1, 1e-7, 1e16])
_TEXTS = st.sampled_from(["", "a", "b", "ab", "#0f", "14", "-1", "0.5", "1e2", "01", " 1", "x" * 9, "é"])
_SCALARS = _NUMBERS | _TEXTS | st.booleans() | st.none()
VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b/c", "d~"]), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def _typed(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, object]]) -> dict[str, object]:
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "array", "object"]))
    numbers: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBERS),
        "multipleOf": st.sampled_from([0.1, 0.25, 2, 3, 7]),
        "x-accepts-text": st.just(True),
        "enum": st.lists(_NUMBERS, min_size=1, max_size=3),
    }
    others: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "string": {
            "minLength": st.integers(0, 3),
            "maxLength": st.integers(0, 3),
            "pattern": st.sampled_from(["^a", "^[a-z#]+$", "b$"]),
        },
        "array": {"items": inner, "minItems": st.integers(0, 2), "maxItems": st.integers(0, 2)},
        "object": {
            "required": st.lists(st.sampled_from(["a", "b/c"]), max_size=2, unique=True),
            "properties": st.dictionaries(st.sampled_from(["a", "b/c", "d~"]), inner, max_size=2),
        },
        "boolean": {},
    }
    rules = others.get(kind, numbers)
    schema = {key: draw(rule) for key, rule in rules.items() if draw(st.integers(0, 2)) == 0}
    return {"type": [kind, "null"] if draw(st.booleans()) else kind, **schema}


SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _typed(st.just({"type": "string"})),
    lambda inner: _typed(inner) | st.lists(inner, min_size=2, max_size=3).map(lambda options: {"anyOf": options}),
    max_leaves=5,
)


@settings(max_examples=500, database=None, deadline=None)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=8))
@example({"type": "number", "multipleOf": 0.1}, [0.3, 0.35, 3, 1e16])
@example({"type": "integer", "minimum": 14, "maximum": 25, "x-accepts-text": True}, ["14", "13", "14.0", "x", 14])
@example({"type": ["integer", "null"], "maximum": 25, "x-accepts-text": True}, ["14", "26", "x", "", "null", None])
def test_lint_client_and_json_schema_agree(schema: dict[str, object], values: list[object]) -> None:
    for value in values:
        lint = Counter((violation.pointer, violation.keyword) for violation in violations(schema, value))
        client = Counter((fault.path, fault.rule) for fault in faults(schema, value))
        assert lint == client, value
        if "x-accepts-text" not in json.dumps(schema):
            assert (not lint) == Reference(schema).is_valid(value), value


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("^(a+)+$", "may take itself"),
        ("^.*\\.png$", "may take itself"),
        ("^(?:[0-9]+,)*[0-9]+$", "may take itself"),
        ("^(?:a|a)*$", "begin with the same"),
        ("^(?:a?b?)+$", "may be empty"),
        ("a+b", "does not begin with \\^"),
        ("(?:a{1000}){1000}", "does not begin with \\^"),
        ("^(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)$", "too many ways"),
        ("^a|b$", "need a group"),
        ("^\\s+$", "does not mean the same"),
        ("^a\\-b$", "does not mean the same"),
        ("(?i)a", "not allowed"),
        ("^(?=a)b", "not allowed"),
        ("^a+?$", "not allowed"),
        ("^[[a]$", "needs a backslash"),
        ("^[b-a]$", "lower character"),
        ("^a{2,1}$", "not a count"),
        ("(", "ends too early"),
        ("[a", "ends too early"),
        ("a)", "closes nothing"),
        ("^a*b" + "a" * 1000, "characters"),
    ],
)
def test_patterns_that_are_refused(pattern: str, why: str) -> None:
    with pytest.raises(patterns.BadPattern, match=why):
        patterns.check(pattern)


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("^#[0-9a-f]{6}$", ["#00ff7f"], ["#00ff7", "#00ff7f\n", "00ff7f"]),
        (r"^\d+x\d+$", ["512x512"], ["٣x٣", "x"]),
        ("^(?:jpg|jpeg)$", ["jpg", "jpeg"], ["jpe", "jpg\n"]),
        ("^https?://", ["http://a", "https://"], ["ftp://"]),
        ("^.*$", ["", "fog"], ["a\u2028b", "a\nb", "a\rb"]),
        (r"^[^\]$.]+$", ["a"], ["$", ".", "]"]),
        (r"^\$\.$", ["$."], ["$x"]),
        ("é", ["café"], ["cafe"]),
    ],
)
def test_patterns_mean_the_same_everywhere(pattern: str, fits: list[str], fails: list[str]) -> None:
    patterns.check(pattern)
    for text in (*fits, *fails):
        schema = {"type": "string", "pattern": pattern}
        assert patterns.matches(pattern, text) == (text in fits), text
        assert (not list(faults(schema, text))) == (text in fits), text


def test_what_is_not_an_allowed_pattern_refuses_nothing_in_lint() -> None:
    assert not list(violations({"type": "string", "pattern": "("}, "a"))


CONTRADICTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "integer", "minimum": 5, "maximum": 4}, ["minimum"]),
    ({"type": "number", "exclusiveMinimum": 1, "maximum": 1}, ["exclusiveMinimum"]),
    ({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1}, ["exclusiveMinimum"]),
    ({"type": "number", "minimum": 1, "maximum": 1}, []),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, []),
    ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, ["exclusiveMinimum"]),
    ({"type": "integer", "minimum": 0.2, "maximum": 0.8}, ["minimum"]),
    ({"type": "number", "minimum": 0, "exclusiveMinimum": 0}, ["exclusiveMinimum"]),
    ({"type": "number", "minimum": 0.31, "maximum": 0.39, "multipleOf": 0.1}, ["multipleOf"]),
    ({"type": "number", "minimum": 0.3, "maximum": 0.3, "multipleOf": 0.1}, []),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1, "multipleOf": 0.1}, ["multipleOf"]),
    ({"type": "integer", "multipleOf": 0.5}, ["multipleOf"]),
    ({"type": "string", "x-accepts-text": True}, ["x-accepts-text"]),
    ({"type": "integer", "pattern": "^a"}, ["pattern"]),
    ({"type": ["string", "null"], "minimum": 1}, ["minimum"]),
    ({"type": "string", "enum": ["a", None]}, ["enum/1"]),
    ({"type": ["string", "null"], "enum": ["a", None]}, []),
    ({"type": "number", "multipleOf": 0.1, "enum": [0.3, 0.35]}, ["enum/1"]),
    ({"type": "integer", "x-accepts-text": True, "enum": ["14"]}, ["enum/0"]),
    ({"anyOf": [{"type": "string"}, {"type": ["string", "null"]}]}, ["anyOf/1"]),
    ({"anyOf": [{"type": "string"}, {"type": "array"}]}, []),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 5e-324}, ["exclusiveMinimum"]),
    ({"type": "number", "minimum": 0, "exclusiveMaximum": 5e-324}, []),
    ({"type": "number", "exclusiveMinimum": 2**53, "exclusiveMaximum": 2**53 + 2}, []),
    ({"type": "number", "exclusiveMinimum": 10**400, "exclusiveMaximum": 10**400 + 1}, ["exclusiveMinimum"]),
    ({"type": "string", "pattern": "^[a-z]{3}$", "minLength": 4}, ["pattern"]),
    ({"type": "string", "pattern": "^[a-z]{3}$", "maxLength": 2}, ["pattern"]),
    ({"type": "string", "pattern": "^[a-z]{3}$", "minLength": 3, "maxLength": 3}, []),
    ({"type": "string", "pattern": "a{3}", "maxLength": 2}, ["pattern"]),
    ({"type": "string", "pattern": "^a{3}", "minLength": 9}, []),
    ({"type": "string", "pattern": "^(?:ab)+$", "minLength": 3, "maxLength": 3}, ["pattern"]),
    ({"type": "string", "pattern": "^(?:ab)+c?$", "minLength": 3, "maxLength": 3}, []),
    ({"type": "string", "pattern": "^(?:[a-z]{3,9}-){2,90}[0-9]+$", "minLength": 5, "maxLength": 7}, ["pattern"]),
    ({"type": "string", "pattern": r"^[^\d\D]$"}, ["pattern"]),
    ({"type": "string", "pattern": r"^[^\d]$"}, []),
    ({"type": "string", "pattern": "^a*$", "minLength": 2**31}, []),
    ({"type": "string", "pattern": "^(?:ab)*$", "minLength": 2001, "maxLength": 2001}, ["pattern"]),
    ({"type": "string", "format": "uri", "maxLength": 7}, ["maxLength"]),
    ({"type": "string", "format": "uri", "maxLength": 8}, []),
    ({"type": "string", "format": "uri", "x-accepts": ["url", "base64"], "maxLength": 7}, []),
]


@pytest.mark.parametrize(("schema", "places"), CONTRADICTIONS, ids=str)
def test_contradictory_rules_are_found(schema: dict[str, object], places: list[str]) -> None:
    assert [place for place, _ in contradictions(schema)] == places
