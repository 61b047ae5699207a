"""The values that the contract suite sends, compared with what lint says about them."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from generated.segmind.contract.samples import NoSample, sample
from generated.segmind.contract.spec.facts import Parameter
from generated.segmind.contract.values import boundary_values, listed_values, plain_values, wrong_types
from pagewright.specs.bounds import contradictions
from pagewright.specs.violations import violations
from tests.contract.inventing import invent_schema

SCHEMAS: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 1, "maximum": 70},
    {"type": "integer", "minimum": 5, "maximum": 5},
    {"type": "integer", "minimum": 0.5, "maximum": 3.5},
    {"type": "integer", "minimum": 100, "maximum": 2050, "multipleOf": 8},
    {"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 8},
    {"type": "integer", "multipleOf": 3},
    {"type": "number", "minimum": 0.1, "maximum": 25},
    {"type": "number", "minimum": 0, "maximum": 0.25},
    {"type": "number", "minimum": 1, "maximum": 9, "multipleOf": 2},
    {"type": "number", "minimum": 0, "maximum": 5, "multipleOf": 1},
    {"type": "integer", "enum": [512, 768, 1024]},
    {"type": "number", "enum": [0.5, 1, 1.5]},
    {"type": "integer", "x-known-values": [1, 2]},
    {"type": "boolean"},
    {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.1},
    {"type": "number", "multipleOf": 2.5},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.25},
    {"type": "integer", "exclusiveMinimum": 0, "maximum": 3},
    {"type": "integer", "exclusiveMaximum": 8, "multipleOf": 8},
    {"type": ["integer", "null"], "minimum": 1},
    {"type": ["string", "null"], "maxLength": 3},
    {"type": ["string", "null"], "enum": ["a", None]},
    {"type": ["number", "null"], "enum": [0.5, 2]},
    {"type": "integer", "minimum": 14, "maximum": 25, "x-accepts-text": True},
    {"type": "number", "enum": [1, 2.5], "x-accepts-text": True},
    {"type": ["integer", "null"], "maximum": 25, "x-accepts-text": True, "default": "14"},
    {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
    {"anyOf": [{"type": "string", "minLength": 2}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
    {"type": "string", "minLength": 30, "maxLength": 40},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "uri", "maxLength": 100},
    {"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 1, "maxItems": 4},
    {"type": "array", "items": {"type": "string", "format": "uri"}, "maxItems": 2},
    {"type": "array", "maxItems": 0},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "enum": ["x"]}}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_value_fits_if_lint_accepts_it(schema: dict[str, object]) -> None:
    parameter = Parameter("p", schema, False)
    found = [*boundary_values(parameter), *listed_values(parameter), *plain_values(parameter), *wrong_types(parameter)]
    sent = [value for value in found if not value.unchecked]
    for value in sent:
        wrong = [found for found in violations(schema, value.value) if not value.silent]
        assert value.fits == (not wrong), (value, wrong)
    assert {value.fits for value in sent} >= {False}


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_sample_fits_its_schema(schema: dict[str, Any]) -> None:
    inner = schema.get("items", schema)
    if "format" in inner or "pattern" in inner:
        with pytest.raises(NoSample, match="the spec names no"):
            sample(schema)
    else:
        assert not list(violations(schema, sample(schema)))


def test_every_value_of_a_random_schema_fits_if_lint_accepts_it() -> None:
    """Also bounds of 17 digits, fractions as steps, exclusive bounds, nested schemas and lists of huge lengths."""
    seen = 0
    for number in range(600):
        schema = invent_schema(Random(f"schema {number}"))
        if list(contradictions(schema)):
            continue
        parameter = Parameter("p", schema, False)
        for value in (
            *boundary_values(parameter),
            *listed_values(parameter),
            *plain_values(parameter),
            *wrong_types(parameter),
        ):
            if not value.unchecked:
                wrong = [found for found in violations(schema, value.value) if found.keyword != "x-known-values"]
                assert value.fits == (not wrong), (schema, value, wrong)
                seen += value.fits
    assert seen > 800


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 2**31 - 1},
        {"type": "string", "minLength": 2**31},
        {"type": "string", "minLength": 2**31, "pattern": "^a*$"},
        {"type": "array", "minItems": 2**31, "maxItems": 2**32},
        {"type": "array", "minItems": 2**20, "items": {"type": "array", "minItems": 2**20}},
        {
            "type": "array",
            "minItems": 200,
            "items": {"type": "array", "minItems": 200, "items": {"type": "array", "minItems": 200}},
        },
        {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 2**31}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 2**31}}},
        {"anyOf": [{"type": "string", "minLength": 2**31}, {"type": "array", "minItems": 2**31}]},
    ],
    ids=str,
)
def test_huge_lengths_and_counts_are_not_sent_and_say_why(schema: dict[str, object]) -> None:
    parameter = Parameter("p", schema, False)
    values = [*boundary_values(parameter), *plain_values(parameter)]
    assert sum(len(json.dumps(value.value)) for value in values) < 1_000_000
    assert any("not sent" in value.unchecked or "is known" in value.unchecked for value in values)
