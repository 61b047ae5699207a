"""The values that the contract suite sends, compared with what lint says about them."""

from __future__ import annotations

from typing import Any

import pytest

from generated.segmind.contract.spec.facts import MISSING, Parameter
from generated.segmind.contract.values import boundary_values, listed_values, plain_values, sample, wrong_types
from pagewright.specs.violations import violations

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
def test_a_value_fits_if_lint_accepts_it(schema: dict[str, Any]) -> None:
    parameter = Parameter("p", schema, False)
    sent = [*boundary_values(parameter), *listed_values(parameter), *plain_values(parameter), *wrong_types(parameter)]
    for value in sent:
        wrong = [found for found in violations(schema, value.value) if not value.silent]
        assert value.fits == (not wrong), (value, wrong)
    assert {value.fits for value in sent} >= {False}


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_sample_fits_its_schema(schema: dict[str, Any]) -> None:
    if schema.get("type") in ("array", "object"):
        value = sample(schema)
        assert value is not MISSING
        assert value is None or not list(violations(schema, value))
    elif "format" in schema:
        assert sample(schema) is None, "no page names an image that always exists"
