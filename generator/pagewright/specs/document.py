"""Read the YAML of specs into plain data, with the line and column of every value.

The data is built from the parser's events instead of through PyYAML's constructors: so nothing but strings, numbers,
booleans, null, lists and string-keyed mappings can come out, duplicate keys, anchors and aliases are found where they
are, and plain scalars follow YAML 1.2's core schema (`9:16`, `no` and `2024-01-01` are strings, `1e3` is a number).

PyYAML has two parsers, libyaml's and its own, which read some texts differently: tabs, directives, `!` alone, and `?` within
brackets. None of these is needed in a spec, so they are refused, whichever parser is there.

The limits keep a file that is hostile or broken from taking the machine with it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml
from yaml.reader import ReaderError

from ..findings import Finding
from .pointers import token, tokens
from .values import is_list

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_KEYS = 5000
#: Positions are kept by pointer, so the length of keys and the number of values bound the memory a file can take.
MAX_VALUES = 50_000
MAX_KEY_LENGTH = 200
#: An integer of more digits is no JSON number that a reader can hold as a double.
MAX_DIGITS = 300

Position: TypeAlias = tuple[int, int]

#: libyaml's parser where PyYAML was built with it.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL_FLOAT = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Line ends that only YAML 1.1 knows, and marks that reorder what a reviewer sees: with them a comment could hide a key.
_HIDDEN = re.compile("\r(?!\n)|[\t\x85\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. Positions are looked up by JSON pointer, of the value or of the key that names it.

    `path` is what generated files call it; `origin` is the file that it was read from, if that has another name.
    """

    path: str
    data: Any
    values: dict[str, Position]
    keys: dict[str, Position]
    origin: str = ""

    def finding(self, pointer: str, code: str, name: str, message: str, *, at_key: bool = False) -> Finding:
        """Return a finding at `pointer`, or at the nearest parent that the file has."""
        places = self.keys if at_key else self.values
        while pointer not in places and pointer:
            pointer = pointer.rpartition("/")[0]
        line, column = places.get(pointer, (1, 1))
        return Finding(self.origin or self.path, line, column, code, name, message)

    def has(self, pointer: str) -> bool:
        """Return whether there is a value at a JSON pointer, which may be null."""
        return self.get(pointer, self) is not self

    def get(self, pointer: str, default: Any = None) -> Any:
        """Return the value at a JSON pointer."""
        value: Any = self.data
        for part in tokens(pointer):
            key: Any = int(part) if is_list(value) and _INDEX.fullmatch(part) else part
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return default
        return value


def content_of(path: Path) -> bytes:
    """Return the content of a spec file; of a file that is too large, enough to see that."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def read_document(path: str, content: bytes) -> tuple[Document | None, list[Finding]]:
    """Parse one file. After a syntax error there is no document; with other findings there is."""
    if len(content) > MAX_BYTES:
        return None, [Finding(path, 1, 1, "Y002", "too-large", f"A spec has at most {MAX_BYTES} bytes.")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        return None, [Finding(path, line, column, "Y003", "not-utf-8", "Save the file as UTF-8.")]
    hidden = _HIDDEN.search(text)
    if hidden:
        return None, [_hidden_character(path, text, hidden.start())]
    builder = _Builder(path, text)
    try:
        data = builder.build(yaml.parse(text, Loader=_Loader))
    except _Unreadable as error:
        return None, [*builder.findings, error.finding]
    except yaml.YAMLError as error:
        return None, [*builder.findings, _syntax_error(path, text, error)]
    return Document(path, data, builder.values, builder.keys), builder.findings


def _syntax_error(path: str, text: str, error: yaml.YAMLError) -> Finding:
    line, column, problem = 1, 1, " ".join(str(error).split())
    if isinstance(error, yaml.MarkedYAMLError):
        mark = cast(Any, error.problem_mark or error.context_mark)
        if mark:
            line, column = mark.line + 1, mark.column + 1
        problem = f"{error.problem or 'broken'}{f' ({error.context})' if error.context else ''}"
    elif isinstance(error, ReaderError):
        # The parsers count positions differently (libyaml in bytes), but both name the character.
        character = chr(error.character) if isinstance(error.character, int) else str(error.character)
        return _hidden_character(path, text, text.find(character))
    return Finding(path, line, column, "Y001", "not-yaml", f"{problem}.")


def _hidden_character(path: str, text: str, offset: int) -> Finding:
    before = text[:offset]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    what = (
        "a tab is read differently by YAML parsers"
        if text[offset] == "\t"
        else f"U+{ord(text[offset]):04X} is invisible"
    )
    message = f"{what[0].upper()}{what[1:]}. Use a space, or write an escape in double quotes."
    return Finding(path, line, column, "Y012", "hidden-character", message)


class _Unreadable(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Builder:
    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._lines = re.split(r"\r?\n", text)
        self._flow = 0
        self.values: dict[str, Position] = {}
        self.keys: dict[str, Position] = {}
        self.findings: list[Finding] = []
        self._count = 0
        self._events: Iterator[Any] = iter(())

    def build(self, events: Iterator[Any]) -> Any:
        self._events = events
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._unreadable(event, "Y008", "several-documents", "A spec file holds one document.")
                if event.version or event.tags or self._lines[0].startswith("%"):
                    raise self._unreadable(event, "Y013", "directive", "Remove the line that begins with %.")
                data = self._value(next(events), "", 0)
        if not documents:
            raise _Unreadable(Finding(self.path, 1, 1, "Y009", "empty", "The file holds no spec."))
        return data

    def _value(self, event: Any, pointer: str, depth: int) -> Any:
        self.values[pointer] = _place(event)
        if isinstance(event, yaml.AliasEvent):
            raise self._unreadable(
                event, "Y005", "alias", f"*{event.anchor}: write the value out; specs have no aliases."
            )
        if depth > MAX_DEPTH:
            raise self._unreadable(event, "Y006", "too-deep", f"Nested deeper than {MAX_DEPTH} levels.")
        if len(self.values) > MAX_VALUES:
            raise self._unreadable(event, "Y006", "too-many-values", f"More than {MAX_VALUES} values.")
        self._refuse_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        # A collection within a flow collection is one itself.
        flow = bool(event.flow_style)
        self._flow += flow
        value = (self._sequence if isinstance(event, yaml.SequenceStartEvent) else self._mapping)(pointer, depth)
        self._flow -= flow
        return value

    def _sequence(self, pointer: str, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event, f"{pointer}/{len(items)}", depth + 1))
        return items

    def _mapping(self, pointer: str, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if isinstance(event, yaml.AliasEvent):
                raise self._unreadable(
                    event, "Y005", "alias", f"*{event.anchor}: write the key out; specs have no aliases."
                )
            if not isinstance(event, yaml.ScalarEvent) or len(event.value) > MAX_KEY_LENGTH:
                message = f"A key is one word or a quoted text, of at most {MAX_KEY_LENGTH} characters."
                raise self._unreadable(event, "Y010", "key", message)
            self._refuse_properties(event)
            self._refuse_ambiguous(event)
            self._count += 1
            if self._count > MAX_KEYS:
                raise self._unreadable(event, "Y006", "too-many-keys", f"More than {MAX_KEYS} keys.")
            key = event.value
            child = f"{pointer}/{token(key)}"
            if key in mapping:
                line, column = self.keys[child]
                message = f"{key!r} stands at {line}:{column} already. Remove one of the two."
                self._add(event, "Y004", "duplicate-key", message)
            self.keys[child] = _place(event)
            mapping[key] = self._value(next(self._events), child, depth + 1)
        return mapping

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        self._refuse_ambiguous(event)
        if _SURROGATE.search(text):
            self._add(
                event, "Y012", "hidden-character", "Half a character (U+D800 to U+DFFF) means nothing. Remove it."
            )
            return _SURROGATE.sub("", text)
        if not event.implicit[0]:
            return text
        if _NULL.match(text):
            return None
        if _TRUE.match(text) or _FALSE.match(text):
            return text.lower() == "true"
        if _INTEGER.match(text) or _BASED.match(text):
            if len(text) > MAX_DIGITS:
                self._add(event, "Y011", "number", f"A number has at most {MAX_DIGITS} digits.")
                return 0
            whole = int(text, 0 if _BASED.match(text) else 10)
            # Digits of base 16 are worth more than those that are counted.
            if abs(whole) > sys.float_info.max:
                self._add(event, "Y011", "number", "A number is at most 1.7e308, what a reader of JSON can hold.")
                return 0
            return whole
        if _SPECIAL_FLOAT.match(text) or _FLOAT.match(text):
            number = math.inf if _SPECIAL_FLOAT.match(text) else float(text)
            if not math.isfinite(number):
                self._add(event, "Y011", "number", f"{text} is not a JSON number.")
                return 0.0
            return number
        return text

    def _refuse_properties(self, event: Any) -> None:
        mark = event.start_mark
        is_marked = mark.line < len(self._lines) and self._lines[mark.line].startswith("!", mark.column)
        if event.tag is not None or (is_marked and isinstance(event, yaml.ScalarEvent)):
            self._add(event, "Y007", "tag", f"{event.tag or '!'}: write the plain value; specs have no tags.")
        if event.anchor is not None:
            self._add(event, "Y005", "anchor", f"&{event.anchor}: remove it; specs have no aliases.")

    def _refuse_ambiguous(self, event: Any) -> None:
        """Refuse `?` or a lone dash within brackets, which may be text or the mark of a key or an item."""
        if not self._flow:
            return
        mark = event.start_mark
        before = self._lines[mark.line][: mark.column].rstrip() if mark.line < len(self._lines) else ""
        if before.endswith("?") or (not event.style and ("?" in event.value or event.value == "-")):
            message = "YAML parsers read this text differently within brackets. Put it into double quotes."
            self._add(event, "Y014", "ambiguous", message)

    def _add(self, event: Any, code: str, name: str, message: str) -> None:
        self.findings.append(self._unreadable(event, code, name, message).finding)

    def _unreadable(self, event: Any, code: str, name: str, message: str) -> _Unreadable:
        return _Unreadable(Finding(self.path, *_place(event), code, name, message))


def _place(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1
