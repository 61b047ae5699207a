"""A literal means its value, and the formatter has only line ends to add."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from pagewright.rendering.formatting import lay_out_code
from pagewright.rendering.python_literals import literal, quoted

WORDS = st.text(st.sampled_from("abc xyz0129_-.,:'\"\\{}()#%\n\té“–中\u0301"), max_size=90)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text("abcdefgh_'\"", max_size=12), inner, max_size=6)
    ),
    max_leaves=25,
)


@settings(max_examples=300)
@given(VALUES)
def test_a_literal_means_its_value(value: object) -> None:
    assert ast.literal_eval(literal(value, tuples=False)) == value


def in_tuples(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(in_tuples, value))
    return {key: in_tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


@settings(max_examples=300)
@given(VALUES)
def test_a_literal_of_one_value_is_a_tuple_too(value: object) -> None:
    """`x in ("abc")` would be true of every part of it."""
    assert ast.literal_eval(literal([value], tuples=True)) == in_tuples([value])


def test_short_literals_stay_as_they_are() -> None:
    """All strings of up to four characters of the kinds that decide about quotes, in one run of the formatter."""
    alphabet = "a'\"\\\n"
    texts = [""]
    for _ in range(4):
        texts += [text + sign for text in texts for sign in alphabet if len(text) < 4]
    values = [*dict.fromkeys(texts), 1e22, -0.0, 10**20, ["only"], [], {}, {"a": [True, None]}]
    lines = [f"x = {literal(value, tuples=True)}" for value in values]
    assert all(ast.literal_eval(quoted(text)) == text for text in texts)
    laid_out = lay_out_code({"x.py": "\n".join(lines)})["x.py"]
    assert laid_out.splitlines() == lines
