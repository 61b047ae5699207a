"""Values taken apart: what settles a reading, and which readings are ties."""

from __future__ import annotations

import pytest

from pagewright.specs.spec import ABSENT
from pagewright.transcribe.values.digits import Unreadable, split_default, split_list
from pagewright.transcribe.values.printed_values import one, read_default_and_values, read_values, unquoted


@pytest.mark.parametrize(
    ("text", "witnesses", "values"),
    [
        ("5127681024", [512], (512, 768, 1024)),
        ("1425", [14, "14"], (14, 25)),
        ("248", [2, "2"], (2, 4, 8)),
        ("12345678910", [1], (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
        ("80001600022050240004410048000", [24000], (8000, 16000, 22050, 24000, 44100, 48000)),
        ("090180270", [90], (0, 90, 180, 270)),
        ("-101", [0], (-1, 0, 1)),
        ("012", [1], (0, 1, 2)),
        ("0.250.50.751", [0.5], (0.25, 0.5, 0.75, 1)),
        ("0.50.7511.251.52", [1], (0.5, 0.75, 1, 1.25, 1.5, 2)),
        ("00.51", [0.5], (0, 0.5, 1)),
        ("97129161193", [97], (97, 129, 161, 193)),
        ("1024512768", [1024, 512], (1024, 512, 768)),
        ("1024", [1024], (1024,)),
        ("14", [4], (1, 4)),
        ("14", [14], (14,)),
    ],
)
def test_a_list_of_glued_numbers(text: str, witnesses: list[object], values: tuple[float, ...]) -> None:
    assert split_list(text, "number", witnesses).values == values


@pytest.mark.parametrize(
    ("text", "sent", "default", "values"),
    [
        ("5510", "5", 5, (5, 10)),
        ("2248", None, 2, (2, 4, 8)),
        ("7685127681024", 512, 768, (512, 768, 1024)),
        ("0.50.250.50.751", 0.75, 0.5, (0.25, 0.5, 0.75, 1)),
        ("98552302", 98552302, 98552302, None),
        ("1184522", 1184522, 1184522, None),
        ("30", 25, 30, None),
        ("-1", 77, -1, None),
        ("102415362048", 1536, ABSENT, (1024, 1536, 2048)),
        ("10241024", 1024, 1024, (1024,)),
    ],
)
def test_a_default_is_split_from_its_list(
    text: str, sent: object, default: object, values: tuple[float, ...] | None
) -> None:
    found, reading, _ = split_default(text, "number", sent)
    assert (found, reading.values if reading else None) == (default, values)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("112", None),  # the number, or 1 and the list 1, 2
        ("112", 50),  # the sample sends neither
        ("102415362048", None),  # a seed, or a list without a default
    ],
)
def test_a_tie_is_called_one(text: str, sent: object) -> None:
    assert split_default(text, "integer", sent)[2] is False


@pytest.mark.parametrize("text", ["1425", "12", "243060"])
def test_a_list_without_a_witness_is_sure_only_if_nothing_else_is_near(text: str) -> None:
    assert split_list(text, "integer", [99]).sure is False


@pytest.mark.parametrize("text", ["", "00", "1..2", "9" * 200, "a"])
def test_what_is_no_list_of_numbers(text: str) -> None:
    with pytest.raises(Unreadable):
        split_list(text, "integer", [])


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ('"a""b, c""it\'s"', "string", ["a", "b, c", "it's"]),
        ('"""a"', "string", ["", "a"]),
        ('"say \\"x\\"""b"', "string", ['say "x"', "b"]),
        ('"a"\n"b"\n"c"', "string", ["a", "b", "c"]),
        ('"auto"510', "string", ["auto", 5, 10]),
        ("14\n25", "integer", [14, 25]),
        ('"5""10"', "integer", ["5", "10"]),
        ("true\nfalse", "boolean", [True, False]),
    ],
)
def test_values_printed_in_a_row_are_split(text: str, kind: str, values: list[object]) -> None:
    assert read_values(text, kind, [5]).values == values


def test_how_many_were_left_out() -> None:
    found = read_values('"a""b"+16 more', "string", [])
    assert (found.values, found.more) == (["a", "b"], 16)
    assert read_values('"a""+1 more"', "string", []).values == ["a", "+1 more"]


def test_a_default_before_its_list() -> None:
    default, listed = read_default_and_values('"a""a""b"', "string", "b")
    assert (default, listed and listed.values) == ("a", ["a", "b"])
    assert read_default_and_values('"x "y" z"', "string", 'x "y" z') == ('x "y" z', None)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("null", "string", None),
        ("None", "integer", None),
        ('""', "string", ""),
        ("1", "boolean", True),
        ("0.5", "number", 0.5),
        ("7.0", "integer", 7),
        ("999999999999999", "integer", 999999999999999),
        ('["a", "b"]', "array", ["a", "b"]),
        ('{"a": 1}', "object", {"a": 1}),
        ("a, b", "string", "a, b"),
    ],
)
def test_a_single_value_is_read_in_its_type(text: str, kind: str, value: object) -> None:
    assert one(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"), [("x", "integer"), ("maybe", "boolean"), ("[1", "array"), ("1e999", "number")]
)
def test_a_value_of_another_type_is_refused(text: str, kind: str) -> None:
    with pytest.raises(Unreadable):
        one(text, kind)


def test_escapes_are_undone_only_where_they_are_jsons() -> None:
    assert unquoted('"a\\nb"') == "a\nb"
    assert unquoted('"C:\\Users"') == "C:\\Users"
