"""YAML in, plain data with positions out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pagewright.specs import document
from pagewright.specs.document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_KEY_LENGTH,
    MAX_KEYS,
    MAX_VALUES,
    read_document,
)
from tests.material import absent


def read(text: str) -> Any:
    read_in, findings = read_document("x.yaml", text.encode())
    assert read_in and not findings, findings
    return read_in.data


def codes(content: str | bytes) -> list[tuple[int, int, str]]:
    _, findings = read_document("x.yaml", content.encode() if isinstance(content, str) else content)
    return [(finding.line, finding.column, finding.code) for finding in findings]


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers of PyYAML, since a machine may have one without the other."""
    if request.param == "python":
        monkeypatch.setattr(document, "_Loader", yaml.SafeLoader)
    elif not hasattr(yaml, "CSafeLoader"):
        absent("libyaml in PyYAML")


STRINGS = [
    "9:16",
    "no",
    "No",
    "on",
    "off",
    "yes",
    "y",
    "n",
    "12:30:45",
    "2024-01-01",
    "1_000",
    "=",
    "<<",
    "0b11",
    "1e",
    ".e3",
]


@pytest.mark.parametrize("text", STRINGS)
def test_what_yaml_1_1_would_turn_into_something_else_stays_text(text: str) -> None:
    assert read(f"ratio: {text}") == {"ratio": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("010", 10), ("0o10", 8), ("0x1F", 31), ("1e3", 1000.0), ("-.5", -0.5), ("+7", 7), ("~", None), ("", None),
     ("true", True), ("False", False), ("null", None), ("'true'", "true"), ('"1"', "1"), ("1.0", 1.0)],
)  # fmt: skip
def test_values_are_read_by_the_core_schema_of_yaml(text: str, value: object) -> None:
    found = read(f"key: {text}")["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_always_text() -> None:
    assert read("404: a\ntrue: b\n9:16: c\n~: d") == {"404": "a", "true": "b", "9:16": "c", "~": "d"}


def test_positions_of_keys_and_values() -> None:
    text = "a: 1\nb:\n  - x\n  - {c/d: é, e: 2}\n"
    read_in, _ = read_document("x.yaml", text.encode())
    assert read_in
    assert read_in.values == {"": (1, 1), "/a": (1, 4), "/b": (3, 3), "/b/0": (3, 5), "/b/1": (4, 5),
                              "/b/1/c~1d": (4, 11), "/b/1/e": (4, 17)}  # fmt: skip
    assert read_in.keys["/b/1/e"] == (4, 14)
    assert read_in.get("/b/1/c~1d") == "é"
    assert read_in.get("/b/01") is read_in.get("/b/²") is read_in.get("/a/x") is None


@pytest.mark.parametrize("text", ["a: 1\r\nb: no\r\n", "\ufeffa: 1\nb: no\n"])
def test_windows_line_ends_and_byte_order_mark_change_nothing(text: str) -> None:
    read_in, findings = read_document("x.yaml", text.encode())
    assert read_in and not findings
    assert (read_in.data, read_in.keys["/b"]) == ({"a": 1, "b": "no"}, (2, 1))


def test_a_top_level_that_is_no_mapping_is_read() -> None:
    assert read("- 1\n- 2") == [1, 2]


@pytest.mark.parametrize("hidden", ["\r", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\x07", "\x00"])
def test_what_cannot_be_seen_must_be_written_as_an_escape(hidden: str) -> None:
    assert codes(f"a: 1\nb: x{hidden}y") == [(2, 5, "Y012")]
    assert read(f'b: "x\\u{ord(hidden):04x}y"') == {"b": f"x{hidden}y"}


@pytest.mark.parametrize(
    "tag", ["!!python/name:os.system", "!!python/object/apply:os.system", "!!binary", "!!set", "!own"]
)
@pytest.mark.parametrize("text", ["a: {tag} x", "a: {tag} [x]", "a: {tag} {{x: y}}", "{tag} a: x"])
def test_tags_are_refused_wherever_they_stand(tag: str, text: str) -> None:
    assert [code for _, _, code in codes(text.format(tag=tag))] == ["Y007"]


def test_documents_beyond_a_limit_are_refused() -> None:
    assert codes(b"#" * (MAX_BYTES + 1)) == [(1, 1, "Y002")]
    assert codes("#" * (MAX_BYTES - 4) + "\na: 1"[:4]) != [(1, 1, "Y002")]
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert codes("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))[0][2] == "Y006"
    assert len(read("\n".join(f"k{n}: 1" for n in range(MAX_KEYS)))) == MAX_KEYS
    assert codes("\n".join(f"k{n}: 1" for n in range(MAX_KEYS + 1))) == [(MAX_KEYS + 1, 1, "Y006")]
    assert codes(f"[{'0,' * (MAX_VALUES + 1)}]")[0][2] == "Y006"
    assert codes("k" * (MAX_KEY_LENGTH + 1) + ": 1") == [(1, 1, "Y010")]
    assert codes("a: 1" + "0" * MAX_DIGITS) == [(1, 4, "Y011")]
    assert codes("a: 0x" + "f" * MAX_DIGITS) == [(1, 4, "Y011")]
    assert codes("a: 1e400") == [(1, 4, "Y011")]


def test_a_bomb_of_aliases_is_refused_at_its_first_one() -> None:
    bomb = "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 9))
    assert codes(bomb) == [(1, 5, "Y005"), (2, 5, "Y005"), (2, 10, "Y005")]


def test_half_a_character_is_refused() -> None:
    assert {code for _, _, code in codes('a: "\\ud800"')} <= {"Y001", "Y012"} != set()


def test_all_duplicates_are_reported() -> None:
    assert codes("a: 1\na: 2\nb: {c: 1, c: 2}\n") == [(2, 1, "Y004"), (3, 11, "Y004")]


def test_reading_imports_no_constructor_of_objects() -> None:
    code = "from pagewright.specs.document import read_document as r; r('x', b'a: !!python/object/apply:os.abort []')"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


#: Pieces of YAML that its parsers might read differently, alone or together.
PIECES = st.sampled_from(["a", "b", "1", ": ", ":", "- ", "-", "? ", "?", "!", "! ", "!x ", "&", "&a ", "*a", "%", "%YAML 1.2\n",
                          "---\n", "...\n", "\n", "\n  ", " ", "\t", "{", "}", "[", "]", ", ", ",", "#", " #", "'", '"', "|\n  ",
                          ">-\n  ", "@", "`", "\\", "é", "="])  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
@example("{ ?foo: bar }\n")
@example("[what is it?, b]\n")
@example("key: &an:chor value\n")
@example("- ! 12\n")
@example("- \tx: 1\n")
@example("%FOO x\n---\na: 1\n")
def test_both_parsers_read_the_same_or_refuse(text: str) -> None:
    readings: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        for loader in (yaml.CSafeLoader, yaml.SafeLoader):
            patch.setattr(document, "_Loader", loader)
            read_in, findings = read_document("x.yaml", text.encode())
            # An empty value has a place of its own in each parser.
            readings.append("refused" if findings or read_in is None else read_in.data)
    assert readings[0] == readings[1]
