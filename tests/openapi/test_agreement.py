"""The input schema of a document compared with the spec. tests/witness/ tests that both accept the same values."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pagewright.specs.load import load
from pagewright.specs.spec import Model
from pagewright.workspace import find_provider, open_workspace
from tests.openapi.conftest import Document

CATALOG = load(find_provider(open_workspace(Path(__file__).parents[2]))).catalog
assert CATALOG
MODELS = pytest.mark.parametrize("model", CATALOG.models, ids=lambda model: model.slug)


@MODELS
def test_the_example_is_valid_by_the_documents_schema(model: Model, platform_document: Document) -> None:
    Draft202012Validator(_schema(model, platform_document)).validate(model.example)


@MODELS
def test_cut_off_lists_of_values_are_open_in_the_schema(model: Model, platform_document: Document) -> None:
    validator = Draft202012Validator(_schema(model, platform_document))
    for parameter in model.parameters:
        if parameter.is_open:
            assert validator.is_valid({**model.example, parameter.name: "one that the page does not show"})
            assert not validator.is_valid({**model.example, parameter.name: 7})
        elif parameter.enum:
            assert not validator.is_valid({**model.example, parameter.name: "one that the page does not show"})


def _schema(model: Model, document: Document) -> Document:
    operation = model.submit or model.sync
    assert operation
    content = document["paths"][operation.path]["post"]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]
