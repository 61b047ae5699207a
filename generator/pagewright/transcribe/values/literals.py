"""Literals as code samples write them: JSON, Python and JavaScript at once, from any place of a text.

A sample is read by no interpreter: it may be cut off in the middle, hold calls (`to_base64("…")`) where a value should
be, trailing commas, or the `false` of one language in a program of another.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"\s*")
#: A number of a line of code, where the line breaks were lost: before a name or a quote, or before what closes.
_LINE_NUMBER = re.compile(r"([0-9]{1,4})\s*(?=[\"'A-Za-z_})\]])")
#: The same before an item of a list, which may be a number itself.
_LINE_NUMBER_OF_ITEM = re.compile(r"([0-9]{1,4})(?:\s*(?=[\"'{\[])|\s+(?=[A-Za-z_]))")
_NUMBER = re.compile(r"[-+\u2212\u2013]?(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_$][\w$.]*")
_CONSTANTS = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "undefined": None,
}
_CONSTANT = re.compile(r"(?:true|false|null|undefined|True|False|None)(?![A-Za-z_$.(])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_MAX_DEPTH = 16
#: The name of a call that stands for a value whose end is not on the page.
CUT_OFF = "(cut off)"
_NEXT_KEY = re.compile(r"\n\s*[0-9]{0,4}\s*[\"'][A-Za-z_$][\w$.-]{0,99}[\"']\s*:")
_LONGEST_WRAPPED = 5000
_WRAP = re.compile(r"\n[ \t]*")
#: The part of a text that needs no second look: no quote, escape or line break.
_PLAIN_TEXT = re.compile(r"[^\"'`\\\n]+")
_AFTER_VALUE = re.compile(r"[ \t]*(?:,[ \t]*\n|\n?[ \t]*[0-9]{0,4}[ \t]*[}\])])")


@dataclass(frozen=True, slots=True)
class CallLiteral:
    """A call or a variable in place of a value; `argument` is its first literal text, if it has one."""

    name: str
    argument: str | None


@dataclass(slots=True)
class Arguments:
    """The arguments of a call, and the offset after it; `complete` is False if the text ends inside."""

    positional: list[Any] = field(default_factory=list[Any])
    keywords: dict[str, Any] = field(default_factory=dict[str, Any])
    end: int = 0
    complete: bool = False


class CutOff(Exception):
    """The text ends inside a literal; `value` is what could be read of it."""

    def __init__(self, value: Any, end: int) -> None:
        super().__init__("the text ends inside a literal")
        self.value = value
        self.end = end


class NoLiteral(Exception):
    """There is no literal at this offset."""

    def __init__(self, at: int) -> None:
        super().__init__(f"no literal at {at}")
        self.at = at


def read_literal(text: str, at: int, depth: int = 0) -> tuple[Any, int]:
    """Return the value at offset `at`, and the offset after it.

    Raises:
        NoLiteral: Something else stands there.
        CutOff: The text ends before the value does.
    """
    at = skip(text, at)
    if at >= len(text):
        raise CutOff(None, at)
    sign = text[at]
    if depth > _MAX_DEPTH:
        raise NoLiteral(at)
    if sign in "\"'`":
        return _read_text(text, at)
    if sign == "{":
        return _read_mapping(text, at, depth)
    if sign == "[":
        return _read_list(text, at, depth)
    if number := _NUMBER.match(text, at):
        if number.end() == len(text):
            raise CutOff(None, at)
        plain = number[0].replace("_", "").replace("\u2212", "-").replace("\u2013", "-")
        value = int(plain) if re.fullmatch(r"[-+]?[0-9]{1,30}", plain) else float(plain)
        if not math.isfinite(value):
            raise NoLiteral(at)
        return value, number.end()
    if (constant := _CONSTANT.match(text, at)) and constant.end() < len(text):
        return _CONSTANTS[constant[0]], constant.end()
    if word := _WORD.match(text, at):
        if word.end() == len(text):
            raise CutOff(None, at)
        return _read_call(text, word)
    raise NoLiteral(at)


def read_arguments(text: str, at: int) -> Arguments:
    """Return the arguments of a call whose `(` is at offset `at`.

    Raises:
        NoLiteral: One of them is nothing that can be read.
    """
    found = Arguments()
    numbers = _LineNumbers()
    at = numbers.skip(text, at + 1)
    try:
        while at < len(text) and text[at] != ")":
            if text.startswith("**", at):
                word = _WORD.match(text, at + 2)
                at = word.end() if word else at + 2
            elif (word := _WORD.match(text, at)) and text.startswith("=", skip(text, word.end())):
                found.keywords[word[0]], at = read_literal(text, skip(text, word.end()) + 1)
            else:
                value, at = read_literal(text, at)
                found.positional.append(value)
            at = numbers.skip(text, at)
            if text[at : at + 1] == ",":
                at = numbers.skip(text, at + 1)
            elif text[at : at + 1] != ")" and at < len(text):
                raise NoLiteral(at)
    except CutOff as cut:
        found.end = cut.end
        return found
    found.end = min(at + 1, len(text))
    found.complete = at < len(text)
    return found


def skip(text: str, at: int) -> int:
    """Return the offset of the next character that is neither white space nor part of a line comment."""
    while True:
        found = _SPACE.match(text, at)
        at = found.end() if found else at
        if text.startswith(("#", "//"), at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        else:
            return at


class _LineNumbers:
    """The numbers of lines of code inside a literal, where the line breaks were lost but the numbers kept."""

    def __init__(self) -> None:
        self.last: int | None = None

    def skip(self, text: str, at: int, *, to_item: bool = False) -> int:
        """`skip`, and a line's number after it; `to_item` of a list, which may begin with a number itself."""
        at = skip(text, at)
        number = (_LINE_NUMBER_OF_ITEM if to_item else _LINE_NUMBER).match(text, at)
        if number is None:
            return at
        self.last = int(number[1])
        return number.end()

    def unglued(self, text: str, value: Any) -> Any:
        """The last value before the closing brace, to which the number of the brace's own line may stick."""
        following = str(self.last + 1) if self.last is not None else ""
        if not following or isinstance(value, (str, bool)) or not text.endswith(following) or text == following:
            return value
        try:
            return read_literal(f"{text.removesuffix(following)}\n", 0)[0]
        except (CutOff, NoLiteral):
            return value


def _read_text(text: str, at: int) -> tuple[str, int]:
    quote, start = text[at], at
    parts: list[str] = []
    at += 1
    while at < len(text):
        if plain := _PLAIN_TEXT.match(text, at):
            parts.append(plain[0])
            at = plain.end()
            continue
        sign = text[at]
        if sign == quote:
            return "".join(parts), at + 1
        if sign == "\\" and at + 1 < len(text):
            code = text[at + 1]
            if code == "u" and re.match(r"[0-9a-fA-F]{4}", text[at + 2 : at + 6]):
                parts.append(chr(int(text[at + 2 : at + 6], 16)))
                at += 6
                continue
            parts.append(_ESCAPES.get(code, code))
            at += 2
            continue
        if sign == "\n" and quote != "`":
            if not _is_wrapped(text, at, quote):
                break
            wrapped = _WRAP.match(text, at)
            parts = ["".join(parts).rstrip(" "), " "]
            at = wrapped.end() if wrapped else at + 1
            continue
        parts.append(sign)
        at += 1
    raise CutOff(None, start)


def _is_wrapped(text: str, at: int, quote: str) -> bool:
    """Return whether a text continues on the next line, because long lines were wrapped when the page was saved."""
    end = text.find(quote, at, at + _LONGEST_WRAPPED)
    return end >= 0 and text[end - 1] != "\\" and _AFTER_VALUE.match(text, end + 1) is not None


def _read_list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    numbers = _LineNumbers()
    at = numbers.skip(text, at + 1, to_item=True)
    while at < len(text):
        if text[at] == "]":
            return items, at + 1
        try:
            value, at = read_literal(text, at, depth + 1)
        except CutOff as cut:
            raise CutOff(items, cut.end) from None
        items.append(value)
        at = numbers.skip(text, at)
        if text[at : at + 1] == ",":
            at = numbers.skip(text, at + 1, to_item=True)
        elif text[at : at + 1] not in ("]", ""):
            raise NoLiteral(at)
    raise CutOff(items, at)


def _read_mapping(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    mapping: dict[str, Any] = {}
    numbers = _LineNumbers()
    at = numbers.skip(text, at + 1)
    while at < len(text):
        if text[at] == "}":
            return mapping, at + 1
        try:
            if word := _WORD.match(text, at):
                key, at = word[0], word.end()
            else:
                key, at = read_literal(text, at, depth + 1)
            at = skip(text, at)
            if at >= len(text):
                break
            if text[at] != ":" or not isinstance(key, str):
                raise NoLiteral(at)
            start = skip(text, at + 1)
            value, at = _read_value(text, start, depth + 1)
        except CutOff as cut:
            raise CutOff(mapping, cut.end) from None
        mapping[key] = numbers.unglued(text[start:at], value) if text[at : at + 1] == "}" else value
        at = numbers.skip(text, at)
        if text[at : at + 1] == ",":
            at = numbers.skip(text, at + 1)
        elif text[at : at + 1] not in ("}", "") and not _is_cut(value):
            raise NoLiteral(at)
    raise CutOff(mapping, at)


def _is_cut(value: Any) -> bool:
    return isinstance(value, CallLiteral) and value.name == CUT_OFF


def _read_value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """Read the value of a key. A text cut off at the margin of a print is left out if the next line has another key."""
    try:
        return read_literal(text, at, depth)
    except CutOff:
        end = text.find("\n", at)
        if text[at : at + 1] not in "\"'" or end < 0 or not _NEXT_KEY.match(text, end):
            raise
        return CallLiteral(CUT_OFF, None), end


def _read_call(text: str, word: re.Match[str]) -> tuple[CallLiteral, int]:
    at = skip(text, word.end())
    if text[at : at + 1] != "(":
        return CallLiteral(word[0], None), word.end()
    arguments = read_arguments(text, at)
    if not arguments.complete:
        raise CutOff(None, arguments.end)
    first = next((value for value in arguments.positional if isinstance(value, str)), None)
    return CallLiteral(word[0], first), arguments.end
