"""What of a generated file no text of a spec may change: everything but the contents of its literals and of its words.

Each kind of file is read by a parser of its language, not by ours. A kind without one is refused, so that a new target
can't slip by.
"""

from __future__ import annotations

import ast
import doctest
import io
import json
import re
import shlex
import tokenize
import tomllib
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

import yaml
from markdown_it import MarkdownIt

_STEERING = re.compile(
    r"coding[:=]|fmt:|type:|noqa|nosec|pragma|mypy:|pyright:|ruff:|isort:|yapf:|pylint:|flake8:", re.I
)
#: Elements that never have an end.
_VOID = {"meta", "link", "input", "br", "hr", "img"}
#: The attributes whose values are a spec's own text; those of others may not change.
_TEXTUAL = {"placeholder", "value", "href", "label", "title", "alt"}
_EXAMPLES = doctest.DocTestParser()
_DOUBLE = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def skeleton(path: str, content: bytes) -> Any:
    """What may not change of the file at `path`. Raises ValueError if it is not in its own language."""
    text = content.decode("utf-8")
    return _KINDS[PurePosixPath(path).suffix](text)


def _python(text: str) -> Any:
    """The tree without its constants; the comments, by whether they steer a tool."""
    tree = ast.parse(text)
    compile(tree, "generated", "exec")
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            assert not _EXAMPLES.get_examples(ast.get_docstring(node, clean=False) or ""), "doctest would run it"
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value, node.kind = "", None
    # A line end of Unicode's that Python does not know would be one for an editor.
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]", text)
    words = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [bool(_STEERING.search(token.string)) for token in words if token.type == tokenize.COMMENT]
    return ast.dump(tree), comments


def _json(text: str) -> Any:
    assert text.isascii() or all(sign.isprintable() or sign == "\n" for sign in text)
    return _shape(json.loads(text))


def _shape(data: Any) -> Any:
    if isinstance(data, dict):
        # Some keys are texts of a spec themselves (the one that holds an error's message): only their number counts.
        return sorted((_shape(value) for value in data.values()), key=repr)
    return [_shape(item) for item in data] if isinstance(data, list) else type(data).__name__


class _Page(HTMLParser):
    """The elements of a page, their attributes, and the samples of code in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Any] = []
        self.samples: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._sample: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice"
        self.parts.append((tag, [(name, _attribute(name, value)) for name, value in attrs]))
        if tag not in _VOID:
            self._open.append(tag)
        self._sample = dict(attrs).get("data-sample") or self._sample
        if dict(attrs).get("data-sample"):
            self.samples.append((str(self._sample), ""))
        if slot := dict(attrs).get("data-slot"):
            self._add(f"\0{slot}\0")

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open.pop() == tag, f"</{tag}> closes nothing"
        if tag == "pre":
            self._sample = None
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        assert all(sign.isprintable() or sign == "\n" for sign in data)
        self._add(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    def _add(self, text: str) -> None:
        if self._sample is not None:
            language, before = self.samples[-1]
            self.samples[-1] = language, before + text

    def close(self) -> None:
        super().close()
        assert not self._open, f"never closed: {self._open}"


def _attribute(name: str, value: str | None) -> Any:
    if name.startswith("data-") and value and value[0] in "{[":
        return _shape(json.loads(value))
    if name == "href" and value is not None:
        assert not re.match(r"\s*[a-z]+:(?!image/svg)", value, re.I) or value.startswith("data:image/svg+xml"), value
    return None if name in _TEXTUAL else value


def _html(text: str) -> Any:
    page = _Page()
    page.feed(text)
    page.close()
    return page.parts, [(language, _SAMPLES[language](code)) for language, code in page.samples]


def _sample_in_python(code: str) -> Any:
    return ast.dump(ast.parse(re.sub("\0[a-z]+\0", "", code)))


def javascript(code: str) -> str:
    """A JavaScript sample with its strings emptied; what is left may not change."""
    return _DOUBLE.sub('""', code)


def _words(code: str) -> Any:
    """How many words a shell makes of a command, and which of them are options or operators."""
    words = shlex.split(code.replace("\\\n", " "), posix=True)
    return [word if re.fullmatch(r"--[a-z-]+|[;&|<>]+", word) else "word" for word in words]


_SAMPLES = {"python": _sample_in_python, "javascript": javascript, "curl": _words, "command": _words}


def _markdown(text: str) -> Any:
    """The blocks and what stands in them, without the words."""

    def kinds(tokens: Any) -> Any:
        # Words next to each other are one text, however many escapes they hold.
        return [
            (t.type, t.tag, kinds(t.children or []))
            for t in tokens
            if t.type not in ("text", "text_special", "softbreak")
        ]

    return kinds(MarkdownIt("commonmark", {"html": True}).enable("table").parse(text))


def _yaml(text: str) -> Any:
    return _shape(yaml.safe_load(text))


def _toml(text: str) -> Any:
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    return _shape(tomllib.loads(text))


_KINDS = {
    ".py": _python,
    ".json": _json,
    ".toml": _toml,
    ".html": _html,
    ".md": _markdown,
    ".yaml": _yaml,
    ".yml": _yaml,
}
