"""The question put to all witnesses: is each verdict what JSON Schema says of the body as that witness sees it?"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from pagewright.rendering import names
from pagewright.specs.spec import Model
from tests.drawn_examples import drawn
from tests.material import reserved

from .bodies import bodies
from .differences import VALIDATOR, Place, as_seen_by, is_nearly_a_multiple
from .witnesses import Admits, witnesses


@dataclass
class Tally:
    """What was asked: how many bodies, how many of them JSON Schema admits, and which witness met
    which difference how often."""

    asked: int = 0
    admitted: int = 0
    met: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def add(self, other: Tally) -> None:
        self.asked += other.asked
        self.admitted += other.admitted
        self.met.update(other.met)


@dataclass(frozen=True)
class Court:
    """One model and all its witnesses. `model` is the spec's, `facts` what was generated from it."""

    model: Model
    facts: Any
    inputs: Any
    witnesses: dict[str, Admits]

    @cached_property
    def reference(self) -> Draft202012Validator:
        return Draft202012Validator(dict(self.model.input_schema))

    def hear(self, body: dict[str, object], tally: Tally) -> None:
        """Asks every witness about one body. Raises AssertionError where one parts from what is expected of it."""
        right = self.reference.is_valid(body)
        tally.asked += 1
        tally.admitted += right
        for name, admits in self.witnesses.items():
            met: set[str] = set()
            seen = as_seen_by(name, self.model.input_schema, body, met)
            tally.met.update((name, difference) for difference in met)
            expected = right if seen is body else self.reference.is_valid(seen)
            assert admits(body) == expected, f"{name} parts from JSON Schema on {body!r}"
        met = set()
        seen = as_seen_by(VALIDATOR, self.model.input_schema, body, met)
        wrong = {_parameter(error) for error in self.reference.iter_errors(seen)}
        named = {violation.parameter.partition("/")[0] for violation in self.facts.validate(body)}
        assert named == wrong, f"the validator names {named}, JSON Schema {wrong} in {body!r}"
        if "not-finite" not in met:
            self._convert(body)

    def _convert(self, body: dict[str, object]) -> None:
        """What pydantic takes in its lax way (text of digits for a number) it sends as something that is admitted."""
        try:
            inputs = self.inputs.model_validate(body)
        except ValidationError:
            return
        sent = inputs.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
        for parameter in self.model.parameters:
            value = sent.get(parameter.name)
            # Three of the listed differences: what pydantic lets through, and the validator then refuses to send.
            is_text = isinstance(value, str) and parameter.schema.get("x-accepts-text")
            is_fraction = any(isinstance(choice, float) for choice in parameter.enum)
            if is_text or is_fraction or is_nearly_a_multiple(Place(parameter.schema, True), value):
                sent.pop(parameter.name, None)
        assert not self.facts.validate(sent), f"pydantic makes {sent!r} of {body!r}"


def _parameter(error: jsonschema.ValidationError) -> str:
    """The name of the parameter that an error of jsonschema is about."""
    if error.absolute_path:
        return str(error.absolute_path[0])
    required: Any = error.validator_value
    (name,) = [name for name in required if f"{name!r} is a required property" == error.message]
    return str(name)


@contextmanager
def court(
    model: Model, name: str, documents: Path, client: str = "segmind_client", mock: str = "segmind_mock"
) -> Iterator[Court]:
    """All witnesses for one model. `name` is the model's in generated code; `documents` is the folder of OpenAPI documents,
    `client` and `mock` are the names under which the generated packages can be imported."""
    facts = importlib.import_module(f"{client}.spec.models.{name}").MODEL
    inputs = getattr(
        importlib.import_module(f"{client}.pydantic_models.{name}"), f"{names.class_name(name, reserved())}Input"
    )
    document = json.loads((documents / f"{name}.openapi.json").read_text(encoding="utf-8"))
    with asyncio.Runner() as runner:
        package = importlib.import_module(mock)
        yield Court(model, facts, inputs, witnesses(model, facts, inputs, document, client, package, runner))


def hear(court: Court, examples: int, number: int) -> Tally:
    """Asks the witnesses of `court` about so many bodies, drawn with the seed `number`."""
    tally = Tally()

    @drawn(examples, number)
    @given(bodies(court.model))
    def ask(body: dict[str, object]) -> None:
        court.hear(body, tally)

    ask()
    return tally
