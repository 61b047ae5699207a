"""The violations that the generated validators report. tests/witness/ compares them with JSON Schema."""

from __future__ import annotations

import enum
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmind_client.spec.catalog import SLUGS, get
from segmind_client.spec.facts import MISSING, Model, Parameter
from segmind_client.spec.violations import explain


def _numbers_near(parameter: Parameter) -> list[object]:
    bounds = [bound for bound in (parameter.minimum, parameter.maximum) if bound is not None]
    step = parameter.schema.get("multipleOf", 1)
    near = [bound + away for bound in bounds for away in (-step, -1, -0.5, 0, 0.5, 1, step)]
    return [int(x) if float(x).is_integer() else x for x in near]


def _likely(parameter: Parameter) -> list[object]:
    """Values at the limits of a parameter."""
    likely: list[Any] = [*parameter.enum, *parameter.known_values, *_numbers_near(parameter), "", "euler ", -1, 0, 1, 8]
    return likely if parameter.default is MISSING else [*likely, parameter.default]


def _values(parameter: Parameter) -> st.SearchStrategy[object]:
    """Values that are valid or nearly valid for a parameter, and some of every other type."""
    likely = st.sampled_from(_likely(parameter))
    anything = st.none() | st.booleans() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({"a": 1})
    return st.one_of(likely, likely, likely, st.integers(-10, 3000), st.integers(), _fractions(), anything)


def _fractions() -> st.SearchStrategy[float]:
    # 25.0 and infinity differ from JSON Schema and have tests of their own.
    return st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_refused_with_or_without_bounds(value: float) -> None:
    for slug in SLUGS:
        model = get(slug)
        for parameter in model.parameters.values():
            if parameter.type == "number":
                assert [v.rule for v in model.validate({**model.example, parameter.name: value})] == ["finite"]
                bare = parameter._replace(schema={"type": "number"})
                assert [v.rule for v in explain(bare, value)] == ["finite"]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_fast_expression_says_what_explain_says(slug: str) -> None:
    """`validate` agrees with `explain` for normal and odd values of each parameter."""
    model = get(slug)
    odd = st.sampled_from([math.nan, math.inf, -math.inf, 25.0, -0.0, 1e308, 10**400, True, False, None, b"", (), 1j])

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries({name: _values(p) | odd for name, p in model.parameters.items()}))
    def same(payload: dict[str, object]) -> None:
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
    large: Model, name: str, value: object, suggestion: object
) -> None:
    (violation,) = large.validate({**large.example, name: value})
    assert violation.suggestion == suggestion
    assert len(str(violation)) < 400


@pytest.mark.parametrize(("value", "suggestion"), [(511, 512), (513, 512), (2049, 2048)])
def test_a_suggested_multiple_is_within_the_bounds(value: int, suggestion: int) -> None:
    parameter = Parameter("width", "width", {"type": "integer", "minimum": 512, "maximum": 2048, "multipleOf": 8})
    (violation,) = [v for v in explain(parameter, value) if v.rule == "multipleOf"]
    assert violation.suggestion == suggestion


@pytest.mark.parametrize(
    ("value", "suggestion"), [(0.33, 0.35), (0.32, 0.3), (0.325, 0.3), (0.99, 1.0), (0.01, 0.05), (0.06, 0.05)]
)
def test_the_nearest_multiple_is_suggested(value: float, suggestion: float) -> None:
    parameter = Parameter("p", "p", {"type": "number", "minimum": 0.05, "maximum": 1, "multipleOf": 0.05})
    (violation,) = [v for v in explain(parameter, value) if v.rule == "multipleOf"]
    assert violation.suggestion == suggestion


def test_none_for_an_optional_value_says_to_leave_it_out() -> None:
    box = {
        "type": "object",
        "required": ["x"],
        "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}, "z": {"type": ["integer", "null"]}},
    }
    optional, required = Parameter("seed", "seed", {"type": "integer"}), Parameter(
        "n", "n", {"type": "integer"}, required=True
    )
    assert "leave it out" in str(*explain(optional, None)) and "leave it out" not in str(*explain(required, None))
    assert "leave it out" not in str(*explain(optional, "7"))
    found = explain(Parameter("box", "box", box), {"x": None, "y": None, "z": None})
    assert [(v.parameter, "leave it out" in str(v)) for v in found] == [("box/x", False), ("box/y", True)]


def test_a_number_is_not_turned_into_the_text_of_a_file() -> None:
    (violation,) = explain(Parameter("image", "image", {"type": "string", "format": "uri"}), 42)
    assert violation.suggestion is None


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
