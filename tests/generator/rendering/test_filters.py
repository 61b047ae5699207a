"""Each filter in the context it is for: what comes out means the value and nothing else."""

from __future__ import annotations

import argparse
import ast
import doctest
import html
import io
import json
import shlex
import shutil
import subprocess
import tokenize
import tomllib

import pytest

from pagewright.rendering import filters
from pagewright.rendering.names import Ident
from tests.generator.hostile.test_hostile_text import PAYLOADS
from tests.material import absent

TEXTS = [*PAYLOADS, *(f"a{payload}b" for payload in PAYLOADS), "\n' ; id\\", "\ud800", ""]
VALUES = [None, True, False, 0, -1, 1.5, -0.0, 1e22, [], [1], [[True], "a"], {"a": [1, None], "b'": {}}, 10**299]


@pytest.mark.parametrize("value", [*VALUES, *TEXTS], ids=ascii)
def test_python_literals_read_back_as_the_value(value: object) -> None:
    literal = filters.py_json(value)
    assert ast.literal_eval(literal) == value
    assert type(ast.literal_eval(literal)) is type(value)
    ast.literal_eval(filters.py(value))
    assert "\n" not in literal


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}], ids=["nan", "inf", "object", "set"])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        filters.py(value)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_docstring_stays_one_docstring(text: str) -> None:
    for source in (
        f'def f():\n    """{filters.pydoc(text)}"""\n',
        f'def f():\n    """About {filters.pydoc(text)}: {filters.pydoc(text)}.\n    """\n',
    ):
        tree = ast.parse(source)
        assert [type(node) for node in tree.body[0].body] == [ast.Expr]  # type: ignore[attr-defined]
        assert ast.get_docstring(tree.body[0]) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_words_in_toml_stay_one_line_of_one_string(text: str) -> None:
    (read,) = tomllib.loads(f'x = "a {filters.toml(text)}"\n').values()
    assert read == f"a {filters.visible(text)}" and "\n" not in read


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_comment_stays_one_comment_that_steers_nothing(text: str) -> None:
    source = f"x = 1  # {filters.pycomment(text)}\ny = 2\n"
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse("x = 1\ny = 2\n"))
    assert (
        len(
            [
                token
                for token in tokenize.generate_tokens(io.StringIO(source).readline)
                if token.type == tokenize.COMMENT
            ]
        )
        == 1
    )
    for directive in ("type:", "fmt:", "coding:", "coding="):
        assert directive not in source


def test_a_coding_comment_does_not_choose_the_encoding() -> None:
    source = f"# {filters.pycomment('-*- coding: utf-7 -*-')}\n".encode()
    assert tokenize.detect_encoding(io.BytesIO(source).readline)[0] == "utf-8"


@pytest.mark.parametrize("value", [*VALUES, *TEXTS], ids=ascii)
def test_json_reads_back_and_is_safe_in_a_page(value: object) -> None:
    for filter_ in (filters.json, filters.ts):
        text = filter_(value)
        assert json.loads(text) == value
        assert text.isprintable()
        assert not set("<>&") & set(text)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_html_is_text_only(text: str) -> None:
    made = filters.html_text(text)
    assert not set("<>\"'") & set(made)
    assert made.isprintable()
    assert html.unescape(made).replace("<U+", "") is not None


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a_b *c* `d`", r"a\_b \*c\* \`d\`"),
        ("[x](http://y)", r"\[x\]\(http\://y\)"),
        ("www.acme.example", r"www\.acme.example"),
        ("1. one", r"1\. one"),
        ("<b>|", r"&lt;b&gt;\|"),
        ("a\n\n# b", r"a \# b"),
        ("===", r"\=\=\="),
    ],
)
def test_markdown_is_escaped(text: str, made: str) -> None:
    assert filters.md(text) == made


@pytest.mark.parametrize("text", [text for text in TEXTS if "\x00" not in text and "\ud800" not in text], ids=ascii)
def test_a_text_is_one_word_for_a_shell(text: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        absent("bash")
    done = subprocess.run([bash, "-c", f"printf %s {filters.sh(text)}"], capture_output=True, check=True)
    assert done.stdout.decode() == text


@pytest.mark.parametrize("text", [text for text in TEXTS if "\x00" not in text and "\ud800" not in text], ids=ascii)
def test_an_option_takes_its_value_and_no_file(text: str) -> None:
    given = shlex.split(f"--x{filters.argument(text)}") if text.isprintable() else None
    if given is not None:
        parser = argparse.ArgumentParser()
        parser.add_argument("--x")
        taken = text if text == "--" else parser.parse_args(given).x
        assert taken == (f"@{text}" if text.startswith("@") else text)


@pytest.mark.parametrize("text", [">>> 1", ">>>> 1", "a >>> b", "\n>>>\t1/0"])
def test_doctest_finds_nothing_to_run(text: str) -> None:
    assert not doctest.DocTestParser().get_examples(filters.pydoc(text))


def test_identifiers_come_from_the_resolver_only() -> None:
    assert filters.ident(Ident("x")) == "x"
    with pytest.raises(TypeError):
        filters.ident("x")


@pytest.mark.parametrize("text", ["", "Class", "class", "a b", "a\n", "é", "1a", "__x"])
def test_a_word_with_other_characters_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        filters.word(text)


def test_printing_needs_a_context() -> None:
    for value in (1.5, True, None, ["a"], {"a": 1}):
        with pytest.raises(TypeError):
            filters.finalize(value)
    assert filters.finalize(filters.py("a")) == '"a"'
    assert filters.finalize(3) == 3
