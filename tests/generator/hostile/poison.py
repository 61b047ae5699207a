"""A catalogue whose free texts are hostile.

Which texts are free is not a list to keep up: all are replaced, and those that the meta-schema then refuses are put back.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator

from pagewright.specs.document import Document, read_document
from pagewright.specs.metaschema import Checker
from pagewright.specs.spec import Catalog, Model, model_from, platform_from
from pagewright.workspace import open_workspace
from tests.generator.conftest import REPOSITORY

from .payloads import PAYLOADS

#: Where a text stands: the document's path, and the keys that lead there.
Place = tuple[str, tuple[str | int, ...]]
#: Free for the meta-schema, but names of something else in the spec.
REFERENCES = ("at", "page", "required", "output")


def small_models() -> tuple[Model, ...]:
    """Acme's two models, which are quick to render and have a text in every field."""
    folder = REPOSITORY / "tests/generator/acme"
    read = (
        read_document(path.relative_to(folder).as_posix(), path.read_bytes())[0]
        for path in sorted((folder / "specs/acme/models").glob("*.yaml"))
    )
    return tuple(model_from(document) for document in read if document)


class Poisoner:
    """Puts other texts into the free places of a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        validators = Checker(open_workspace(REPOSITORY))._validators
        self.catalog = catalog
        self._documents = {
            document.path: (document, validators[f"{kind}.schema.json"])
            for kind, documents in (
                ("platform", [catalog.platform.document]),
                ("model", [model.document for model in catalog.models]),
            )
            for document in documents
        }
        self.places: list[Place] = [
            (path, place)
            for path, (document, validator) in self._documents.items()
            for place in _free_in(document, validator)
            if _at(document.data, place)
        ]

    def poisoned(self, shift: int, texts: Mapping[Place, str] | None = None) -> Catalog:
        """The catalogue with a payload before or behind each text (`shift` turns the payloads on), or behind it the text
        that `texts` gives for its place. What was equal stays equal, since templates may say a thing once."""
        data = {path: copy.deepcopy(document.data) for path, (document, _) in self._documents.items()}
        numbers: dict[str, int] = {}
        given = {_at(data[path], place): text for (path, place), text in (texts or {}).items()}
        for path, place in self.places:
            old = _at(data[path], place)
            number = shift + numbers.setdefault(old, len(numbers))
            payload = PAYLOADS[number % len(PAYLOADS)]
            in_front = old not in given and number // len(PAYLOADS) % 2
            _put(data[path], place, payload + old if in_front else old + given.get(old, payload))
        changed = {path: replace(document, data=data[path]) for path, (document, _) in self._documents.items()}
        return Catalog(
            platform_from(changed[self.catalog.platform.document.path]),
            tuple(model_from(changed[model.document.path]) for model in self.catalog.models),
        )


def _free_in(document: Document, validator: Draft202012Validator) -> list[tuple[str | int, ...]]:
    data = copy.deepcopy(document.data)
    for place in _leaves(data):
        _put(data, place, f'"""\n{_at(data, place)}')
    refused = {tuple(error.absolute_path) for error in validator.iter_errors(data)}
    # Which media types an answer may have follows from the names of the picture formats, sizes from those of sizes.
    for key in ("format", "size_preset"):
        refused.add(("input", "properties", document.get(f"/output/{key}", ""), "enum"))
    return [
        place for place in _leaves(document.data) if not any(place[: len(path)] == path for path in refused if path)
    ]


def _leaves(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all texts that are no references."""
    if isinstance(data, str):
        yield path
    elif isinstance(data, dict):
        for key, value in data.items():
            if key not in REFERENCES:
                yield from _leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(value, (*path, index))


def _put(data: Any, path: tuple[str | int, ...], value: object) -> None:
    for part in path[:-1]:
        data = data[part]
    data[path[-1]] = value


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data
