"""The names of `Literal` types in the modules of keyword arguments."""

from __future__ import annotations

import typing
from typing import Any, get_args

import pytest

from pagewright.rendering.names import Ident
from pagewright.rendering.schema_types import make_types
from pagewright.specs.document import Document
from pagewright.specs.spec import model_from
from tests.generator.hostile.packages import spec
from tests.material import reserved


def _module(name: str, properties: dict[str, object]) -> dict[str, object]:
    model = model_from(Document(f"specs/segmind/models/{name}.yaml", spec(name, properties), {}, {}))
    module: dict[str, Any] = {}
    exec(
        make_types("typed-dict", model, Ident(name), reserved()).replace("from .._flows.media_inputs", "from typing"),
        module,
    )
    return module


def _type_of(module: dict[str, object], name: str, field: str) -> str:
    return str(eval(module[name].__annotations__[field].__forward_arg__, module))


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "integer", "enum": [512, 1024]}, (512, 1024)),
        ({"type": "string", "enum": ["a", "b"]}, ("a", "b")),
        ({"type": ["string", "null"], "enum": ["a", None]}, ("a",)),
        ({"type": "string", "x-known-values": ["a", "é'\"\\"]}, ("a", "é'\"\\")),
        ({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}, ("a", "b")),
        ({"type": "integer", "enum": [1, 2], "x-accepts-text": True}, (1, 2)),
    ],
)
def test_each_list_of_values_has_a_name(schema: dict[str, object], values: tuple[object, ...]) -> None:
    module = _module("own", {"plain": {"type": "integer"}, "choice": schema, "other": {"type": "string"}})
    found = [name for name in module if name.startswith("Own") and name != "OwnInput"]
    assert found == ["OwnChoice"]
    assert tuple(value for value in get_args(module["OwnChoice"]) if value is not None) == values
    # The type of the field is the one with the name.
    assert "OwnChoice" in module["OwnInput"].__annotations__["choice"].__forward_arg__
    assert "Literal[" in _type_of(module, "OwnInput", "choice")


def test_names_that_are_the_same_get_numbers() -> None:
    choice = {"type": "integer", "enum": [1, 2]}
    module = _module(
        "type", {"alias": choice, "input": choice, "img_width": choice, "imgWidth": choice, "class": choice}
    )
    assert module["TypeAlias"] is typing.TypeAlias and isinstance(module["TypeInput"], type)
    for name in ("TypeAlias2", "TypeInput2", "TypeImgWidth", "TypeClass"):
        assert get_args(module[name]) == (1, 2), name
    fields = module["TypeInput"].__annotations__
    assert len(fields) == 5
    assert all("Literal[1, 2]" in _type_of(module, "TypeInput", field) for field in fields)


def test_a_model_without_lists_has_no_names() -> None:
    module = _module("own", {"plain": {"type": "integer"}})
    assert "TypeAlias" not in module and "OwnInput" in module
