"""The filters that print spec text: one for each context in which generated text is read.

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

#: Where layout may part words. No spec can hold it: `visible` spells it out.
SOFT_SPACE = "\ue000"
_DIRECTIVE = re.compile(
    r"(coding|fmt|type|noqa|nosec|pragma|mypy|pyright|ruff|isort|yapf|pylint|flake8)(?=[:=])", re.IGNORECASE
)


_ENCODE = json_module.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_UNSEEN = re.compile(r"[^\x20-\x7e\n]")
_MARKUP = re.compile("[<>&]")
#: Where doctest would take what follows for a statement, and run it.
_PROMPT = re.compile(">(?=>>)")


class Emitted(str):
    """Text that a filter made for its context."""

    __slots__ = ()


def py(value: Any) -> Emitted:
    """A Python literal; tuples for sequences, so that it can stand in a constant.

    >>> py(["a", 1, None, {"b": True}])
    '("a", 1, None, {"b": True})'
    """
    return Emitted(literal(unshield(value), tuples=True))


def py_json(value: Any) -> Emitted:
    """A Python literal of JSON data: lists stay lists; otherwise as `py`."""
    return Emitted(literal(unshield(value), tuples=False))


def pydoc(value: Any) -> Emitted:
    """Words inside a triple-quoted docstring. Layout parts them where their line would be too long."""
    text = docwords(_text(value)).replace("\\", "\\\\")
    text = text.replace('"', '\\"') if '""' in f'"{text}' or text.endswith('"') else text
    return Emitted(text.replace(" ", SOFT_SPACE))


def pydocvalue(value: Any) -> Emitted:
    """A value as it would be written in Python, inside a docstring."""
    return pydoc(literal(unshield(value), tuples=False))


def pycomment(value: Any) -> Emitted:
    """The rest of one `#` line. A comment that would steer a tool (`fmt: off`, `type: ignore`, `coding: …`) is parted
    from its colon, so that it steers none."""
    text = visible(_text(value))
    return Emitted(_DIRECTIVE.sub(r"\1 ", text))


def ident(value: Any) -> Emitted:
    """An identifier that the resolver made; anything else is refused."""
    if not isinstance(value, Ident):
        raise TypeError(f"{value!r} is no identifier: names come from names.py")
    return Emitted(value)


def ts(value: Any) -> Emitted:
    """A JavaScript or TypeScript literal that may stand in a script element too."""
    return json(value)


def json(value: Any) -> Emitted:
    """JSON on one line that is safe in script elements and has no invisible characters."""
    text = escape_json(_ENCODE(unshield(value)))
    return Emitted(_MARKUP.sub(_json_escape, text))


def escape_json(text: str) -> str:
    """JSON text in which every character that can't be seen, but for its own line ends, is an escape."""
    return _UNSEEN.sub(lambda match: match[0] if match[0].isprintable() else _json_escape(match), text)


def toml(value: Any) -> Emitted:
    """Words inside a basic string of TOML, on one line."""
    return Emitted(visible(_text(value)).replace("\\", "\\\\").replace('"', '\\"'))


def number(value: Any) -> Emitted:
    """The whole number that a mapping's key spells."""
    return Emitted(str(int(_text(value))))


def word(value: Any) -> Emitted:
    """A key that the meta-schema fixes; anything but a lower-case identifier is refused."""
    text = _text(value)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text) or keyword.iskeyword(text):
        raise ValueError(f"{text!r} is no plain word")
    return Emitted(text)


def classname(value: Any) -> Emitted:
    """The name of a class that the meta-schema fixes; anything but capitalised ASCII words is refused."""
    text = _text(value)
    if not re.fullmatch(r"[A-Z][A-Za-z]+", text) or keyword.iskeyword(text):
        raise ValueError(f"{text!r} is no name of a class")
    return Emitted(text)


def html_text(value: Any) -> Emitted:
    """Text or a quoted attribute value in HTML."""
    return Emitted(html.escape(_escape_unprintable(_text(value)), quote=True))


def md(value: Any) -> Emitted:
    """Words in Markdown, on one line: no markup, link, mention, HTML or table cell of theirs takes effect."""
    text = html.escape(visible(_text(value)), quote=False)
    text = re.sub(r"([\\`*_{}\[\]()#+!|~$=@-])", r"\\\1", text)
    text = re.sub(r"(?i):(?=//)|(?<=www)\.", r"\\\g<0>", text)
    text = re.sub(r"^([0-9]+)([.)])", r"\1\\\2", text)
    return Emitted(text)


def sh(value: Any) -> Emitted:
    """One word of a POSIX shell command."""
    text = _text(value)
    if all(character.isprintable() for character in text):
        return Emitted(shlex.quote(text))
    escaped = "".join(
        c if c.isprintable() and c not in "\\'" else "".join(f"\\x{b:02x}" for b in c.encode("utf-8", "replace"))
        for c in text
    )
    return Emitted(f"$'{escaped}'")


def argument(value: Any) -> Emitted:
    """What stands behind an option of the generated command, so that it takes just this value: not a file for a text that
    begins with @, nor another option for one that begins with a dash."""
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
    """What Jinja calls for each printed expression: lets through what can't be mistaken for code."""
    if isinstance(value, SpecText):
        str(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"{type(value).__name__} printed without a context: add |py, |json or another filter")
    return value


def _text(value: Any) -> str:
    plain = unshield(value)
    return plain if isinstance(plain, str) else json_module.dumps(plain, ensure_ascii=False)


def visible(text: str) -> str:
    """The words of `text` on one line, every character that can't be seen spelled out."""
    return _escape_unprintable(" ".join(text.split()))


def docwords(text: str) -> str:
    """The same for a docstring, in which doctest finds nothing to run."""
    return _PROMPT.sub("> ", visible(text))


def _escape_unprintable(text: str) -> str:
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
