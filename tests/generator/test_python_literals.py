"""Literals as black writes them: what is laid out here is what black would make of it."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagewright.formatting import format_text, is_settled
from pagewright.python_literals import literal, quoted

WORDS = st.text(st.sampled_from("abc xyz0129_-.,:'\"\\{}()#%\n\té“–中\u0301"), max_size=90)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6)
    | st.dictionaries(st.text("abcdefgh_'\"", max_size=12), inner, max_size=6),
    max_leaves=25,
)


def in_a_call(value: Any, *, tuples: bool) -> str:
    laid_out = literal(value, tuples=tuples, indent=4, first=12)
    return f"thing = Thing(\n    example={laid_out},\n    other=1,\n)\n"


@settings(max_examples=300, deadline=None)
@given(VALUES, st.booleans())
def test_black_leaves_what_is_settled_as_it_is(value: Any, tuples: bool) -> None:
    text = in_a_call(value, tuples=tuples)
    if is_settled(text):
        assert format_text("black", "thing.py", text) == text


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_a_literal_means_its_value(value: Any) -> None:
    assert ast.literal_eval(literal(value, tuples=False)) == value
    assert ast.literal_eval(literal(value, tuples=False, indent=4, first=12)) == value


def in_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(in_tuples, value))
    return {key: in_tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_a_literal_of_one_value_is_a_tuple_too(value: Any) -> None:
    """`x in ("abc")` would be true of every part of it."""
    for laid_out in (literal([value], tuples=True), literal([value], tuples=True, indent=4, first=12)):
        assert ast.literal_eval(laid_out) == in_tuples([value])


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("a'\"\\\n"), max_size=8))
def test_quotes_are_those_of_black(text: str) -> None:
    line = f"x = {quoted(text)}\n"
    assert ast.literal_eval(quoted(text)) == text
    assert format_text("black", "x.py", line) == line


@pytest.mark.parametrize(
    ("value", "settled"),
    [
        (["a" * 50, "b" * 50], True),
        ([{"key": "a" * 60, "other": "b" * 60}], True),
        (["only"], True),
        ({}, True),
        ("long " * 60, True),
        (["中" * 50], False),
    ],
)
def test_which_literals_need_no_black(value: Any, settled: bool) -> None:
    """So that the property above is not true of nothing."""
    text = in_a_call(value, tuples=True)
    assert is_settled(text) is settled
    assert not settled or format_text("black", "thing.py", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x = f(" + "a, " * 50 + "a)\n",
        "thing = Thing(\n)\n",
        f"if value in ({', '.join(['1234567'] * 20)}):\n    pass\n",
        "x = 'wide 中'\n",
    ],
)
def test_what_black_may_change_is_never_settled(text: str) -> None:
    assert not is_settled(text)
