"""Spec text never becomes code.

Every text that the meta-schemas leave free is replaced by hostile text, everything is rendered again in memory, and of
each Python file nothing may change but its constants, of each JSON file nothing but its values. Which texts are free is
not a list to keep up: all are replaced, and those that the meta-schema then refuses are put back.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.document import Document
from generator.metaschema import Checker
from generator.render import Renderer, plan
from generator.spec import Catalog, model_from, platform_from
from generator.target import load_targets
from tests.generator.conftest import REPOSITORY, Workspace

PAYLOADS = [
    '"""', "'''", '"', "'", "\\", "\\\\\\", "{", "}", "{{ 7*7 }}", "{% raw %}", "{#", "%s", "%(x)s", "\\N{", "\\x", "\\u",
    "\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x00", "\ufeff", "\x1b[31m",
    "\u202e", "\u2066", "\u2069", "（", "＂", "__import__('os').system('id')", '""";import os;"""', "\nimport os\n",
    "\n    pass\n", "*/", "-->", "</script>", "]]>", "$(id)", "`id`", "# type: ignore", "# fmt: off", "coding: utf-7",
    '"+str(1)+"', "',)", "|", "@", "<b>", "&lt;", " " * 300, "x" * 5000, "👩‍👩‍👧", "é\u0301", ":", "- ", "=\n=", "\t",
]  # fmt: skip
#: Free for the meta-schema, but names of something else in the spec.
REFERENCES = ("at", "page", "required", "output")


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all texts that are no references."""
    if isinstance(data, str):
        yield path
    elif isinstance(data, dict):
        for key, value in data.items():
            if key not in REFERENCES:
                yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*path, index))


def put(data: Any, path: tuple[str | int, ...], value: Any) -> None:
    for part in path[:-1]:
        data = data[part]
    data[path[-1]] = value


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


class Poisoner:
    """Gives a catalogue whose free texts are hostile."""

    def __init__(self, catalog: Catalog) -> None:
        validators = Checker(REPOSITORY)._validators
        self.catalog = catalog
        self._free = {
            document.path: self._free_in(document, validators[f"{kind}.schema.json"])
            for kind, documents in (
                ("platform", [catalog.platform.document]),
                ("model", [model.document for model in catalog.models]),
            )
            for document in documents
        }

    @property
    def count(self) -> int:
        return sum(map(len, self._free.values()))

    def poisoned(self, shift: int) -> Catalog:
        """Each text with another payload before or behind it; `shift` turns the payloads on."""
        number = shift
        documents = {}
        for path, free in self._free.items():
            document = next(d for d in self._documents() if d.path == path)
            data = copy.deepcopy(document.data)
            for place in free:
                number += 1
                payload, old = PAYLOADS[number % len(PAYLOADS)], at(data, place)
                put(data, place, payload + old if number // len(PAYLOADS) % 2 else old + payload)
            documents[path] = replace(document, data=data)
        return Catalog(
            platform_from(documents[self.catalog.platform.document.path]),
            tuple(model_from(documents[model.document.path]) for model in self.catalog.models),
        )

    def _documents(self) -> list[Document]:
        return [self.catalog.platform.document, *(model.document for model in self.catalog.models)]

    @staticmethod
    def _free_in(document: Document, validator: Any) -> list[tuple[str | int, ...]]:
        data = copy.deepcopy(document.data)
        for place in leaves(data):
            put(data, place, f'"""\n{at(data, place)}')
        refused = {tuple(error.absolute_path) for error in validator.iter_errors(data)}
        # Which media types an answer may have follows from the names of the picture formats.
        refused.add(("input", "properties", document.get("/output/format", ""), "enum"))
        return [
            place for place in leaves(document.data) if not any(place[: len(path)] == path for path in refused if path)
        ]


def skeleton(path: str, content: bytes) -> str:
    """What may not change: the tree of a Python file without its constants, the shape of a JSON file."""
    text = content.decode()
    if path.endswith(".json"):
        return repr(shape(json.loads(text)))
    tree = ast.parse(text)
    compile(tree, path, "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def shape(data: Any) -> Any:
    if isinstance(data, dict):
        # Some keys are texts of a spec themselves (the one that holds an error's message): only their number counts.
        return sorted((shape(value) for value in data.values()), key=repr)
    return [shape(item) for item in data] if isinstance(data, list) else type(data).__name__


def skeletons(catalog: Catalog) -> dict[str, str]:
    targets, findings = load_targets(REPOSITORY)
    assert not findings
    renderer = Renderer(REPOSITORY, catalog)
    return {
        output.path: skeleton(output.path, renderer.render(output))
        for output in plan(REPOSITORY, targets, catalog, "")
        if output.source.kind != "copy" and output.path.endswith((".py", ".json"))
    }


@pytest.fixture
def acme_models(acme: Workspace, repository: Workspace) -> Catalog:
    """Acme's models on the real platform, from which the templates expect more than the meta-schema does."""
    return Catalog(repository.catalog().platform, acme.catalog().models)


@pytest.fixture
def every_model(repository: Workspace) -> Catalog:
    return repository.catalog()


@pytest.mark.parametrize(("whose", "shifts"), [("acme_models", 10), ("every_model", 3)])
def test_nothing_but_constants_changes(whose: str, shifts: int, request: pytest.FixtureRequest) -> None:
    poisoner = Poisoner(request.getfixturevalue(whose))
    assert poisoner.count > 20 * len(poisoner.catalog.models)
    clean = skeletons(poisoner.catalog)
    for turn in range(shifts):
        hostile = skeletons(poisoner.poisoned(turn * (len(PAYLOADS) // shifts)))
        assert hostile.keys() == clean.keys()
        changed = [path for path in clean if clean[path] != hostile[path]]
        assert not changed, (turn, changed)


def test_the_proof_sees_text_that_becomes_code() -> None:
    clean = skeleton("x.py", b'"""Doc."""\nx = "a"\n')
    assert skeleton("x.py", b'"""Other."""\nx = "b"\n') == clean
    assert skeleton("x.py", b'"""Doc."""\nimport os\nx = "a"\n') != clean
    assert skeleton("x.json", b'{"a": ["x"]}') != skeleton("x.json", b'{"a": ["x", "y"]}')


def test_parameters_with_hostile_names_still_give_valid_files(acme_models: Catalog) -> None:
    document = acme_models.models[1].document
    data = copy.deepcopy(document.data)
    for payload in PAYLOADS:
        if payload.isprintable() and len(payload) < 100:
            data["input"]["properties"] |= {f"{payload}x": {"type": "string"}, f"x{payload}": {"type": "integer"}}
    assert len(data["input"]["properties"]) > 50
    model = model_from(replace(document, data=data))
    assert skeletons(Catalog(acme_models.platform, (model,)))  # which parses and compiles every file
