"""Read values as pages print them: a single one, or several in a row, with or without separators.

Strings are in quotes if the page kept them; numbers and booleans are not. `""` between two strings separates them,
unless it is an empty string. Runs of digits are split by `digits`.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import is_list, is_mapping
from .digits import Unreadable, split_default, split_list
from .literals import CutOff, NoLiteral, read_literal

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})(?:[eE][-+]?[0-9]{1,3})?\Z")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_DIGITS = re.compile(r"[-+]?[0-9.](?:[0-9.]|(?<=[0-9.])-(?=[0-9])|[eE][-+]?[0-9]+(?![A-Za-z]))*")
#: Ways to write one number that no glued ones look like.
_UNGLUED = re.compile(r"\+[0-9]+\Z|-?(?:0|[1-9][0-9]*)?\.[0-9]*0\Z|-?[0-9.]+[eE][-+]?[0-9]+\Z|-?\.[0-9]+\Z")
_WORD = re.compile(r"true|false|null|None|True|False")
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_MORE = re.compile(r"\+[ \t\u00a0]*(\d{1,6})[ \t\u00a0]*more\b|\+\s*\d*\s*(?:m|mo|mor)?\Z")


@dataclass(slots=True)
class Values:
    """Several values in a row; `more` is how many the page says it left out, `doubts` are messages for the reviewer."""

    values: list[Any] = field(default_factory=list[Any])
    more: int | None = None
    doubts: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class _Digits:
    """A run of digits; unless it stands `apart` from what is around it, it may hold several numbers."""

    text: str
    apart: bool = False


def one(text: str, kind: str) -> Any:
    """A single value of type `kind` as a page prints it; a quoted text need not be of that type.

    Raises:
        Unreadable: It is none.
    """
    text = text.strip()
    if text in ("null", "None", "undefined"):
        return None
    if len(text) > 1 and text[0] == text[-1] == '"':
        return unquoted(text)
    if kind == "boolean":
        if text.lower() in ("true", "1"):
            return True
        if text.lower() in ("false", "0"):
            return False
        raise Unreadable(text)
    if kind in ("integer", "number"):
        return _number(text, kind)
    if kind in ("array", "object"):
        return _compound(text)
    return text


def unquoted(text: str) -> str:
    """Return the string inside the quotes, with JSON escapes decoded.

    >>> unquoted('"say: \\\\"a\\\\""'), unquoted('"a "b" c"')
    ('say: "a"', 'a "b" c')
    """
    if "\n" in text:
        text = re.sub(r"[ \t]*\n[ \t]*", " ", text)
    if "\\" in text:
        try:
            value = json.loads(text, strict=False)
        except ValueError:
            return text[1:-1]
        return value if isinstance(value, str) else text[1:-1]
    return text[1:-1]


def is_printed(text: str, value: Any) -> bool:
    """Return whether `text` is how a page prints the string `value`, with quotes, escaped or not."""
    return isinstance(value, str) and text[:1] == text[-1:] == '"' and value in (text[1:-1], unquoted(text))


def read_values(text: str, kind: str, witnesses: list[Any], *, cut: bool = False) -> Values:
    """Return every value in `text`, which holds nothing else. If the page ends in it, the last value may be incomplete.

    Raises:
        Unreadable: There is something else in it.
    """
    found, tokens = _tokens(text, kind, cut)
    apart = len(tokens) > 1 and all(token.apart for token in tokens if isinstance(token, _Digits))
    for token in tokens:
        if not isinstance(token, _Digits):
            found.values.append(token)
        elif apart and (number := _plain(token.text, kind)) is not None:
            found.values.append(number)
        else:
            reading = split_list(token.text, _numeric(kind), witnesses)
            found.values += reading.values
            if not reading.sure:
                found.doubts.append(f"the list {token.text!r} can be cut apart in more than one way")
    return found


def read_default_and_values(text: str, kind: str, sent: Any, *, cut: bool = False) -> tuple[Any, Values | None]:
    """Return a default, and the list after it if there is one, where no label separates the two.

    Raises:
        Unreadable: There is something else in it.
    """
    if is_printed(text.strip(), sent):
        return sent, None
    found, tokens = _tokens(text, kind, cut)
    if not tokens:
        raise Unreadable(text)
    if len(tokens) == 1 and isinstance(tokens[0], _Digits) and found.more is None:
        digits = tokens[0].text
        if _UNGLUED.match(digits):
            return _number(digits, _numeric(kind)), None
        default, reading, sure = split_default(digits, _numeric(kind), sent)
        if not sure:
            found.doubts.append(f"{digits!r} may be one number, or a default and its list")
        found.values = list(reading.values) if reading else []
        return default, found
    first, rest = _first_of(tokens, kind)
    witnesses = [sent] if isinstance(first, str) else [first, sent]
    values = read_values(rest, kind, witnesses, cut=cut) if isinstance(rest, str) else Values(rest)
    values.more = found.more
    if found.more is None and _rises(first, values.values):
        values.doubts.append("a list of numbers that rise: it was taken to have no default")
        return ABSENT, Values([first, *values.values], None, values.doubts)
    return first, values if values.values or values.more else None


def _rises(first: Any, values: list[Any]) -> bool:
    """Return whether the first value belongs to the list: separate numbers that grow by steps of one size."""
    numbers = [first, *values]
    if not values or not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in numbers):
        return False
    return all(low < high <= max(2 * low, low + 2) for low, high in pairwise(numbers))


def _first_of(tokens: list[Any], kind: str) -> tuple[Any, str | list[Any]]:
    """Return the first value and the rest; the rest is a string if its digits have yet to be split."""
    first, rest = tokens[0], tokens[1:]
    glued = [token for token in rest if isinstance(token, _Digits)]
    if isinstance(first, _Digits):
        if not first.apart and _holds_quoted(tokens):
            return _mixed_first(first.text, rest)
        plain = _plain(first.text, kind)
        if plain is None:
            return _mixed_first(first.text, rest)
        first = plain
    if not glued:
        return first, rest
    if len(rest) == 1 and isinstance(first, (int, float)) and _can_hold(rest[0].text, first):
        return first, rest[0].text
    if all(token.apart and _plain(token.text, kind) is not None for token in glued):
        return first, [_plain(token.text, kind) if isinstance(token, _Digits) else token for token in rest]
    return first, "".join(_printed(token) for token in rest)


def _mixed_first(digits: str, rest: list[Any]) -> tuple[Any, str]:
    """Numbers and texts mixed: `55"auto"10` is the default 5, and the list 5, "auto", 10 which repeats it."""
    for cut in range(len(digits), 0, -1):
        default = _number_or_none(digits[:cut], "number")
        runs = [digits[cut:], *(token.text for token in rest if isinstance(token, _Digits))]
        if default is not None and any(_can_hold(run, default) for run in runs if run):
            return default, digits[cut:] + "".join(_printed(token) for token in rest)
    default = _number_or_none(digits, "number")
    if default is None:
        raise Unreadable(digits)
    return default, "".join(_printed(token) for token in rest)


def _can_hold(run: str, number: float) -> bool:
    try:
        return number in split_list(run, "number", [number]).values
    except Unreadable:
        return False


def _numeric(kind: str) -> str:
    return kind if kind in ("integer", "number") else "number"


def _printed(token: Any) -> str:
    return token.text if isinstance(token, _Digits) else json.dumps(token)


def _holds_quoted(tokens: list[Any]) -> bool:
    return any(isinstance(token, str) for token in tokens)


def _tokens(text: str, kind: str, cut: bool) -> tuple[Values, list[Any]]:
    """Return the values of `text` with runs of digits not yet split, and how many the page says it left out."""
    found = Values()
    more = _MORE.search(text, max(0, len(text) - 40))
    if more and not (cut or more[1]):
        more = None
    if more and text[more.end() :].strip() == "":
        found.more = int(more[1]) if more[1] else None
        text = text[: more.start()]
    tokens: list[Any] = []
    at = 0
    while at < len(text):
        if text[at].isspace() or (text[at] == "," and tokens):
            at += 1
        elif text[at] == '"':
            texts, at = _quoted_run(text, at, cut)
            tokens += texts
        elif text[at] in "[{":
            try:
                value, at = read_literal(text + "\n", at)
            except (CutOff, NoLiteral):
                if cut:
                    break
                raise Unreadable(text) from None
            tokens.append(value)
        elif digits := _DIGITS.match(text, at):
            apart = not text[at - 1 : at].strip() and not text[digits.end() : digits.end() + 1].strip(" \t\n,")
            tokens.append(_Digits(digits[0], apart or (at == 0 and digits.end() == len(text))))
            at = digits.end()
        elif word := _WORD.match(text, at):
            tokens.append(_CONSTANTS[word[0]])
            at = word.end()
        else:
            raise Unreadable(text)
    return found, tokens


def _quoted_run(text: str, at: int, cut: bool) -> tuple[list[str], int]:
    """Return the quoted strings from offset `at` to the end of the line."""
    line_end = text.find("\n", at)
    line_end = len(text) if line_end < 0 else line_end
    texts: list[str] = []
    start = at
    while at < len(text) and text[at] == '"':
        found = _QUOTED.match(text, at)
        if found is None:
            if cut:
                return texts, len(text)
            break
        texts.append(unquoted(found[0]))
        at = found.end()
        if text[at : at + 1].isspace() or text[at : at + 1] == ",":
            return texts, at
    if at >= len(text) or text[at] in "\n[{+-" or text[at].isdigit():
        return texts, at
    # Quotes inside of a text: then only two quotes in a row can be a border.
    run = text[start:line_end].rstrip()
    if not run.endswith('"') or len(run) < 2 or run.count('"') % 2:
        if cut and texts:
            return texts, len(text)
        raise Unreadable(text)
    return run[1:-1].split('""'), line_end


def _plain(text: str, kind: str) -> float | None:
    return _number_or_none(text, _numeric(kind))


def _number_or_none(text: str, kind: str) -> float | None:
    try:
        number: float = _number(text, kind)
    except Unreadable:
        return None
    return number


def _number(text: str, kind: str) -> float:
    if _INTEGER.match(text):
        return int(text)
    if not _FLOAT.match(text):
        raise Unreadable(text)
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable(text)
    if kind == "integer" and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _compound(text: str) -> Any:
    try:
        value, end = read_literal(f"{text}\n", 0)
    except (CutOff, NoLiteral):
        raise Unreadable(text) from None
    if text[end:].strip() or not (is_list(value) or is_mapping(value)):
        raise Unreadable(text)
    return value
