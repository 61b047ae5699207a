"""Jinja filters that print spec text: one for each context in which generated text is read.

Each takes any value of a spec and gives text that means that value and nothing else in its context: no quote, line
end, comment end, tag or control character of the value gets through as such.
"""

from __future__ import annotations

import html
import json as json_module
import keyword
import re
import shlex
from collections.abc import Callable
from typing import Any

from .names import Ident
from .python_literals import literal
from .text import SpecText, unshield

#: Where the formatter may break a line. No spec text can hold it, since `visible` escapes it.
SOFT_SPACE = "\ue000"
_DIRECTIVE = re.compile(
    r"(coding|fmt|type|noqa|nosec|pragma|mypy|pyright|ruff|isort|yapf|pylint|flake8)(?=[:=])", re.IGNORECASE
)


_ENCODE = json_module.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_UNSEEN = re.compile(r"[^\x20-\x7e\n]")
_MARKUP = re.compile("[<>&]")
#: The prompt of a doctest, which would run what follows.
_PROMPT = re.compile(">(?=>>)")


class Emitted(str):
    """Text that a filter made for its context."""

    __slots__ = ()


def py(value: Any) -> Emitted:
    """Return a Python literal, with tuples for sequences, so that it can be a constant.

    >>> py(["a", 1, None, {"b": True}])
    '("a", 1, None, {"b": True})'
    """
    return Emitted(literal(unshield(value), tuples=True))


def py_json(value: Any) -> Emitted:
    """Return a Python literal as `py` does, but with lists for lists."""
    return Emitted(literal(unshield(value), tuples=False))


def pydoc(value: Any) -> Emitted:
    """Return text for a triple-quoted docstring. The formatter breaks lines between its words."""
    text = docwords(_text(value)).replace("\\", "\\\\")
    text = text.replace('"', '\\"') if '""' in f'"{text}' or text.endswith('"') else text
    return Emitted(text.replace(" ", SOFT_SPACE))


def pydocvalue(value: Any) -> Emitted:
    """Return a Python literal for a docstring."""
    return pydoc(literal(unshield(value), tuples=False))


def pycomment(value: Any) -> Emitted:
    """Return text for a `#` comment, on one line. The colon is removed from directives to tools (`fmt: off`, `type: ignore`,
    `coding: …`)."""
    text = visible(_text(value))
    return Emitted(_DIRECTIVE.sub(r"\1 ", text))


def ident(value: Any) -> Emitted:
    """Return an identifier that `names` made; refuse anything else."""
    if not isinstance(value, Ident):
        raise TypeError(f"{value!r} is not an identifier: names come from names.py")
    return Emitted(value)


def ts(value: Any) -> Emitted:
    """Return a JavaScript or TypeScript literal that is safe in script elements too."""
    return json(value)


def json(value: Any) -> Emitted:
    """Return JSON on one line that is safe in script elements and has no invisible characters."""
    text = escape_json(_ENCODE(unshield(value)))
    return Emitted(_MARKUP.sub(_json_escape, text))


def escape_json(text: str) -> str:
    """Return JSON text with every invisible character escaped, except for line breaks between tokens."""
    return _UNSEEN.sub(lambda match: match[0] if match[0].isprintable() else _json_escape(match), text)


def toml(value: Any) -> Emitted:
    """Return text for a basic string of TOML, on one line."""
    return Emitted(visible(_text(value)).replace("\\", "\\\\").replace('"', '\\"'))


def number(value: Any) -> Emitted:
    """Return the integer in a mapping's key."""
    return Emitted(str(int(_text(value))))


def word(value: Any) -> Emitted:
    """Return a key that the meta-schema fixes; refuse anything but a lower-case identifier."""
    text = _text(value)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text) or keyword.iskeyword(text):
        raise ValueError(f"{text!r} is not a lower-case word")
    return Emitted(text)


def classname(value: Any) -> Emitted:
    """Return a class name that the meta-schema fixes; refuse anything but capitalised ASCII words."""
    text = _text(value)
    if not re.fullmatch(r"[A-Z][A-Za-z]+", text) or keyword.iskeyword(text):
        raise ValueError(f"{text!r} is not a class name")
    return Emitted(text)


def html_text(value: Any) -> Emitted:
    """Return text for HTML, also for a quoted attribute value."""
    return Emitted(html.escape(_escape_unprintable(_text(value)), quote=True))


def md(value: Any) -> Emitted:
    """Return text for Markdown, on one line, with markup, links, mentions, HTML and table cells escaped."""
    text = html.escape(visible(_text(value)), quote=False)
    text = re.sub(r"([\\`*_{}\[\]()#+!|~$=@-])", r"\\\1", text)
    text = re.sub(r"(?i):(?=//)|(?<=www)\.", r"\\\g<0>", text)
    text = re.sub(r"^([0-9]+)([.)])", r"\1\\\2", text)
    return Emitted(text)


def sh(value: Any) -> Emitted:
    """Return one word of a POSIX shell command."""
    text = _text(value)
    if all(character.isprintable() for character in text):
        return Emitted(shlex.quote(text))
    escaped = "".join(
        c if c.isprintable() and c not in "\\'" else "".join(f"\\x{b:02x}" for b in c.encode("utf-8", "replace"))
        for c in text
    )
    return Emitted(f"$'{escaped}'")


def argument(value: Any) -> Emitted:
    """Return the value of an option of the generated command. Text that begins with @ is not read as the name of a file, and
    text that begins with a dash is not read as another option."""
    text = _text(value)
    word = sh(f"@{text}" if text.startswith("@") else text)
    return Emitted(f"={word}" if text.startswith("-") else f" {word}")


FILTERS: dict[str, Callable[..., Emitted]] = {
    "py": py,
    "py_json": py_json,
    "pydoc": pydoc,
    "pydocvalue": pydocvalue,
    "pycomment": pycomment,
    "ident": ident,
    "ts": ts,
    "json": json,
    "toml": toml,
    "number": number,
    "word": word,
    "classname": classname,
    "html": html_text,
    "md": md,
    "sh": sh,
    "argument": argument,
}


def finalize(value: Any) -> Any:
    """Return `value` if it can't be mistaken for code. Jinja calls this for each printed expression."""
    if isinstance(value, SpecText):
        str(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"{type(value).__name__} printed without a context: add |py, |json or another filter")
    return value


def _text(value: Any) -> str:
    plain = unshield(value)
    return plain if isinstance(plain, str) else json_module.dumps(plain, ensure_ascii=False)


def visible(text: str) -> str:
    """Return `text` on one line, with every invisible character written as `<U+XXXX>`."""
    return _escape_unprintable(" ".join(text.split()))


def docwords(text: str) -> str:
    """Return `visible` text in which doctest finds no statement to run."""
    return _PROMPT.sub("> ", visible(text))


def _escape_unprintable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
