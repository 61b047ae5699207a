"""The input schema of a document and the spec's own `input` block accept the same bodies."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.load import load
from generator.spec import Model, Parameter

CATALOG = load(Path(__file__).parents[2]).catalog
assert CATALOG
MODELS = pytest.mark.parametrize("model", CATALOG.models, ids=lambda model: model.slug)


@MODELS
def test_sample_is_valid(model: Model, platform_document: Any) -> None:
    Draft202012Validator(_schema(model, platform_document)).validate(model.example)


@MODELS
def test_cut_off_lists_are_open(model: Model, platform_document: Any) -> None:
    validator = Draft202012Validator(_schema(model, platform_document))
    for parameter in model.parameters:
        if parameter.is_open:
            assert validator.is_valid({**model.example, parameter.name: "one that the page does not show"})
            assert not validator.is_valid({**model.example, parameter.name: 7})
        elif parameter.enum:
            assert not validator.is_valid({**model.example, parameter.name: "one that the page does not show"})


@MODELS
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_both_accept_the_same_bodies(model: Model, platform_document: Any, data: st.DataObject) -> None:
    body = data.draw(_bodies(model))
    expected = Draft202012Validator(model.input_schema).is_valid(body)
    schema = _schema(model, platform_document)
    assert Draft202012Validator(schema).is_valid(body) == expected
    assert jsonschema_rs.is_valid(schema, body) == expected


def _schema(model: Model, document: Any) -> Any:
    operation = model.submit or model.sync
    assert operation
    content = document["paths"][operation.path]["post"]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]


def _bodies(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of which most are valid but for one or two parameters; some lack a required one or have one too many."""
    required = {parameter.name: _values(parameter) for parameter in model.parameters if parameter.required}
    optional = {parameter.name: _values(parameter) for parameter in model.parameters if not parameter.required}
    whole = st.fixed_dictionaries(required, optional=optional)
    partial = st.fixed_dictionaries({}, optional={**required, **optional, "unheard_of": st.integers()})
    return st.one_of(whole, whole, partial)


def _values(parameter: Parameter) -> st.SearchStrategy[Any]:
    schema = parameter.schema
    listed = [*parameter.enum, *parameter.known_values]
    if listed:
        usual: st.SearchStrategy[Any] = st.sampled_from(listed)
    elif parameter.type == "string":
        usual = st.text(max_size=20)
    elif parameter.type == "boolean":
        usual = st.booleans()
    else:
        low, high = schema.get("minimum", -(10**6)), schema.get("maximum", 10**6)
        step = schema.get("multipleOf", 1)
        edges = [low - step, low, low + step, high - step, high, high + step, low + 0.5]
        whole = st.integers(math.ceil(low / step), math.floor(high / step)).map(lambda number: number * step)
        usual = st.one_of(whole, st.sampled_from(edges))
        if parameter.type == "number":
            usual = st.one_of(usual, st.floats(low, high))
    unusual: st.SearchStrategy[Any] = st.sampled_from([None, True, "", "7", 7, 7.0, 7.5, -1, [], {}, 10**20])
    return st.one_of(usual, usual, usual, usual, usual, unusual)
