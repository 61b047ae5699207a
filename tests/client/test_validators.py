"""The generated validators say the same as JSON Schema about the same `input` block, but for the differences below."""

from __future__ import annotations

import enum
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.load import load
from segmind_client.spec.catalog import SLUGS, get
from segmind_client.spec.facts import MISSING, Model, Parameter
from segmind_client.spec.violations import explain

ROOT = Path(__file__).parents[2]
EXAMPLES = 120
PAYLOADS_PER_EXAMPLE = 50  # times four models: 24 000 payloads

#: Every intended difference: a value, the type of parameter it is for, what JSON Schema says, what we say, and why.
DIFFERENCES = {
    "NaN": (math.nan, "number", True, False, "JSON has no NaN, and no comparison with a bound catches it"),
    "integral float": (25.0, "integer", True, False, "a service may well refuse 25.0 on the wire"),
}
#: What might be taken for differences, and is none: for infinity, JSON Schema's bounds refuse it where there are any.
AGREEMENTS = {
    "True for an integer": (True, "integer"),
    "False for a number": (False, "number"),
    "1 for a boolean": (1, "boolean"),
    "text of digits": ("25", "integer"),
    "null": (None, "string"),
    "half": (25.5, "integer"),
    "bytes": (b"x", "string"),
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Draft202012Validator]:
    loaded = load(ROOT)
    catalog, findings = loaded.catalog, loaded.findings
    assert catalog, findings
    return {model.slug: Draft202012Validator(dict(model.input_schema)) for model in catalog.models}


def _numbers_near(parameter: Parameter) -> list[Any]:
    bounds = [bound for bound in (parameter.minimum, parameter.maximum) if bound is not None]
    step = parameter.multiple_of or 1
    near = [bound + away for bound in bounds for away in (-step, -1, -0.5, 0, 0.5, 1, step)]
    return [int(x) if float(x).is_integer() else x for x in near]


def _likely(parameter: Parameter) -> list[Any]:
    """Values at the edge of what a parameter admits."""
    likely: list[Any] = [*parameter.enum, *parameter.known_values, *_numbers_near(parameter), "", "euler ", -1, 0, 1, 8]
    return likely if parameter.default is MISSING else [*likely, parameter.default]


def _values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that a parameter admits or nearly admits, and a few of every other type."""
    likely = st.sampled_from(_likely(parameter))
    anything = st.none() | st.booleans() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({"a": 1})
    return st.one_of(likely, likely, likely, st.integers(-10, 3000), st.integers(), _fractions(), anything)


def _fractions() -> st.SearchStrategy[float]:
    # Whole and endless ones are differences, and tested by name.
    return st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())


def _payloads(model: Model) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The example with up to three values changed and up to two left out, so that valid and invalid ones are frequent.

    Hypothesis draws two values for each parameter and a seed; mixing them into payloads is quicker than drawing those.
    """

    def mix(values: dict[str, tuple[Any, Any]], seed: int) -> list[dict[str, Any]]:
        chance = random.Random(seed)
        payloads = []
        for _ in range(PAYLOADS_PER_EXAMPLE):
            payload = dict(model.example)
            for name in chance.sample(names, chance.randint(0, 3)):
                payload[name] = chance.choice(values[name])
            for name in chance.sample(names, chance.randint(0, 2)):
                payload.pop(name, None)
            payloads.append(payload)
        return payloads

    names = sorted(model.parameters)
    values = st.fixed_dictionaries({name: st.tuples(*[_values(model.parameters[name])] * 2) for name in names})
    return st.builds(mix, values, st.integers(0, 2**32))


@pytest.mark.parametrize("slug", SLUGS)
def test_validators_agree_with_json_schema(slug: str, schemas: dict[str, Draft202012Validator]) -> None:
    model, schema = get(slug), schemas[slug]
    seen = {True: 0, False: 0}

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(_payloads(model))
    def agree(payloads: list[dict[str, Any]]) -> None:
        for payload in payloads:
            valid = schema.is_valid(payload)
            seen[valid] += 1
            assert (not model.validate(payload)) == valid, (payload, model.validate(payload))

    agree()
    assert sum(seen.values()) >= 5000 and min(seen.values()) > 500, seen


@pytest.mark.parametrize("slug", SLUGS)
def test_they_agree_at_every_edge(slug: str, schemas: dict[str, Draft202012Validator]) -> None:
    model = get(slug)
    for name, parameter in model.parameters.items():
        for value in _likely(parameter):
            payload = {**model.example, name: value}
            assert (not model.validate(payload)) == schemas[slug].is_valid(payload), (name, value)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_intended_difference(name: str, schemas: dict[str, Draft202012Validator]) -> None:
    value, kind, schema_admits, we_admit, _ = DIFFERENCES[name]
    tried = 0
    for slug in SLUGS:
        model = get(slug)
        for parameter in model.parameters.values():
            within = value != value or (parameter.minimum or 0) <= value <= (parameter.maximum or 100)
            steps = parameter.multiple_of and value % parameter.multiple_of
            if parameter.type == kind and within and not steps and not parameter.enum:
                tried += 1
                payload = {**model.example, parameter.name: value}
                assert schemas[slug].is_valid(payload) == schema_admits, parameter
                assert (not model.validate(payload)) == we_admit, parameter
    assert tried >= 3


@pytest.mark.parametrize("name", AGREEMENTS)
def test_no_difference(name: str, schemas: dict[str, Draft202012Validator]) -> None:
    value, kind = AGREEMENTS[name]
    for slug in SLUGS:
        model = get(slug)
        for parameter in model.parameters.values():
            if parameter.type == kind:
                payload = {**model.example, parameter.name: value}
                assert not schemas[slug].is_valid(payload)
                assert [v.parameter for v in model.validate(payload)] == [parameter.name]


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_refused_with_or_without_bounds(value: float) -> None:
    for slug in SLUGS:
        model = get(slug)
        for parameter in model.parameters.values():
            if parameter.type == "number":
                assert [v.rule for v in model.validate({**model.example, parameter.name: value})] == ["finite"]
                bare = parameter._replace(minimum=None, maximum=None)
                assert [v.rule for v in explain(bare, value)] == ["finite"]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_fast_expression_says_what_explain_says(slug: str) -> None:
    """Values of one parameter alone, odd ones too: `validate` is a fast way to the answer of `explain`."""
    model = get(slug)
    odd = st.sampled_from([math.nan, math.inf, -math.inf, 25.0, -0.0, 1e308, 10**400, True, False, None, b"", (), 1j])

    @settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries({name: _values(p) | odd for name, p in model.parameters.items()}))
    def same(payload: dict[str, Any]) -> None:
        expected = [v for name, p in model.parameters.items() for v in explain(p, payload[name])]
        assert list(map(repr, model.validate(payload))) == list(map(repr, expected))

    same()


def test_every_violation_comes_at_once(large: Model) -> None:
    found = large.validate({"scheduler": "karas", "steps": 9, "width": "1024", "guidance_scale": True})
    assert [(v.parameter, v.rule) for v in found] == [
        ("prompt", "required"),
        ("sampler", "required"),
        ("scheduler", "enum"),
        ("guidance_scale", "type"),
        ("steps", "minimum"),
        ("width", "type"),
    ]


def test_a_violation_says_what_is_allowed_on_which_page_and_what_may_have_been_meant(large: Model) -> None:
    (violation,) = large.validate({**large.example, "scheduler": "karas"})
    assert violation.allowed == large.parameters["scheduler"].enum
    assert violation.suggestion == "karras"
    assert "stable-diffusion-3.5-large-txt2img.spaced" in violation.source
    assert "Did you mean 'karras'?" in str(violation)


@pytest.mark.parametrize(
    ("name", "value", "suggestion"),
    [
        ("steps", "25", 25),
        ("steps", 25.0, 25),
        ("steps", "9999", None),
        pytest.param("steps", "1" * 5000, None, id="text of more digits than Python converts"),
        ("base64", "False", False),
        ("guidance_scale", "5.5", 5.5),
        ("guidance_scale", "nan", None),
        ("prompt", 5, "5"),
        pytest.param("prompt", 10**5000, None, id="more digits than Python converts"),
    ],
)
def test_a_suggestion_is_the_same_value_in_the_right_type_if_that_is_allowed(
    large: Model, name: str, value: Any, suggestion: Any
) -> None:
    (violation,) = large.validate({**large.example, name: value})
    assert violation.suggestion == suggestion
    assert len(str(violation)) < 400


@pytest.mark.parametrize(("value", "suggestion"), [(511, 512), (513, 512), (2049, 2048)])
def test_a_suggested_multiple_is_within_the_bounds(value: int, suggestion: int) -> None:
    parameter = Parameter("width", "width", "integer", minimum=512, maximum=2048, multiple_of=8)
    (violation,) = [v for v in explain(parameter, value) if v.rule == "multipleOf"]
    assert violation.suggestion == suggestion


def test_subclasses_of_text_and_numbers_pass(large: Model) -> None:
    class Scheduler(enum.StrEnum):
        KARRAS = "karras"

    class Steps(enum.IntEnum):
        MANY = 60

    assert not large.validate({**large.example, "scheduler": Scheduler.KARRAS, "steps": Steps.MANY})


def test_a_list_that_the_page_cut_short_advises_but_does_not_refuse(large: Model) -> None:
    payload = {**large.example, "sampler": "euler_ancestrall"}
    assert not large.validate(payload)
    (doubt,) = large.advise(payload)
    assert (doubt.rule, doubt.suggestion) == ("known-value", "euler_ancestral")


def test_an_unknown_name_is_doubted_not_refused(large: Model) -> None:
    payload = {**large.example, "negativ_prompt": "x"}
    assert not large.validate(payload)
    (doubt,) = large.advise(payload)
    assert (doubt.rule, doubt.suggestion) == ("unknown-parameter", "negative_prompt")


@pytest.mark.parametrize("slug", SLUGS)
def test_the_pages_own_example_is_valid(slug: str) -> None:
    assert not get(slug).validate(get(slug).example)
