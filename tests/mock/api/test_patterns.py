"""Regular expressions of rules: none can block the mock, whatever the prompt."""

from __future__ import annotations

import pytest

from segmind_mock import requirements
from segmind_mock.api.patterns import MOST_CHARACTERS, compile_pattern
from segmind_mock.api.rules import RuleError
from segmind_mock.api.rules_file import read_rules
from segmind_mock.spec.facts import Model
from tests.mock.api.conftest import WriteRules
from tests.mock.conftest import MakeMock, PayloadOf, submit_path

LONG = "a" * 50_000


@pytest.mark.parametrize(
    ("expression", "prompt", "found"),
    [
        ("(a+)+$", LONG + "!", False),
        ("(a+)+$", LONG, True),
        ("^(a|a)*$", LONG + "!", False),
        ("^(a|aa)+$", LONG + "!", False),
        (r"^(\w+\s?)*$", "word " * 10_000 + "!", False),
        ("a*a*a*a*a*b", LONG, False),
        ("(.*a){20}b", LONG, False),
        (r"\s+$", " " * 50_000 + "x", False),
        ("^.{200,}$", LONG, True),
    ],
)
def test_an_expression_that_could_take_for_ever_is_answered(
    make_mock: MakeMock,
    written: WriteRules,
    large: Model,
    payload: PayloadOf,
    expression: str,
    prompt: str,
    found: bool,
) -> None:
    """Python's own matcher does not end on most of these within the time limit of a test."""
    mock = make_mock(rules=written(f"- when: {{prompt~: '{expression}'}}\n  then: status-503\n"))
    answer = mock.post(submit_path(large), payload(large) | {"prompt": prompt})
    assert (answer.status_code == 503) is found


@pytest.mark.parametrize(
    "expression",
    [
        "(?=a)b",
        "(?<!a)b",
        r"(a)\1",
        "a{2000}",
        "(a{1,65535}){1,65535}",
        "a{999999999}",
        "[ab]{900}" * 3,
        "a" * 4001,
        "[",
        "*",
        "(?P<n>a",
        "\\",
    ],
)
def test_an_expression_that_is_not_supported_is_refused(written: WriteRules, expression: str) -> None:
    with pytest.raises(RuleError, match=r":1:3: prompt~: .* cannot be used as a regular expression: ") as error:
        read_rules(written(f"- when: {{prompt~: '{expression}'}}\n  then: stuck\n"))
    assert "\n" not in str(error.value)


def test_simple_expressions_need_no_further_package(monkeypatch: pytest.MonkeyPatch, written: WriteRules) -> None:
    monkeypatch.setitem(requirements.EXTRAS, "rules", {"no_such_module": "google-re2"})
    for expression, text in (("storm|gale", "a gale"), ("(?i)FOG$", "fog"), (r"^\w\w", "öl"), ("[0-9].", "7x")):
        assert compile_pattern(expression).matches(text)
        assert not compile_pattern(expression).matches("-")
    with pytest.raises(
        RuleError, match=r"prompt~: repetitions .* need RE2: google-re2 is missing.*segmind-client\[rules\]"
    ):
        read_rules(written("- when: {prompt~: 'fog+'}\n  then: stuck\n"))


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    for expression in ("fog", "fo+g"):
        pattern = compile_pattern(expression)
        assert pattern.matches("x" * (MOST_CHARACTERS - 3) + "fog")
        assert not pattern.matches("x" * (MOST_CHARACTERS - 2) + "fog")
        assert not pattern.matches("\ud800 half of a pair")


def test_a_long_list_of_words_is_no_large_expression() -> None:
    words = [f"{number:b}" for number in range(300)]
    assert compile_pattern("|".join(words)).matches("a 100101011")
    assert not compile_pattern(f"\\b({'|'.join(words)})\\b").matches("a 100101100")
