"""YAML as specs use it: plain data in which every value knows its line and column.

The data is built from the parser's events instead of through PyYAML's constructors: so nothing but strings, numbers,
booleans, null, lists and string-keyed mappings can come out, duplicate keys and aliases are seen where they stand, and
plain scalars follow YAML 1.2's core schema (`9:16`, `no` and `2024-01-01` are strings, `1e3` is a number).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from .findings import Finding

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_KEYS = 5000

Position: TypeAlias = tuple[int, int]

#: libyaml's parser where PyYAML was built with it; both give the same events and marks.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL_FLOAT = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. Positions are looked up by JSON pointer, of the value or of the key that names it."""

    path: str
    data: Any
    values: dict[str, Position]
    keys: dict[str, Position]

    def finding(self, pointer: str, code: str, name: str, message: str, *, at_key: bool = False) -> Finding:
        """A finding at `pointer`, or at the nearest place above it that the file has."""
        places = self.keys if at_key else self.values
        while pointer not in places and pointer:
            pointer = pointer.rpartition("/")[0]
        line, column = places.get(pointer, (1, 1))
        return Finding(self.path, line, column, code, name, message)

    def get(self, pointer: str, default: Any = None) -> Any:
        """The value at a JSON pointer."""
        value = self.data
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return default
        return value


def token(part: object) -> str:
    """One part of a JSON pointer, escaped."""
    return str(part).replace("~", "~0").replace("/", "~1")


def read_document(path: str, content: bytes) -> tuple[Document | None, list[Finding]]:
    """Parses one file. On a syntax error there is no document; other findings leave what could be read."""
    if len(content) > MAX_BYTES:
        return None, [Finding(path, 1, 1, "Y002", "too-large", f"{len(content)} bytes; a spec has at most {MAX_BYTES}.")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        return None, [Finding(path, line, column, "Y003", "not-utf-8", "Save the file as UTF-8.")]
    builder = _Builder(path)
    try:
        data = builder.build(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = f" ({error.context})" if error.context else ""
        finding = Finding(path, line, column, "Y001", "not-yaml", f"{error.problem or 'broken'}{context}.")
        return None, [*builder.findings, finding]
    except yaml.YAMLError as error:
        return None, [Finding(path, 1, 1, "Y001", "not-yaml", " ".join(str(error).split()))]
    except _Unreadable as error:
        return None, [*builder.findings, error.finding]
    return Document(path, data, builder.values, builder.keys), builder.findings


class _Unreadable(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Builder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.values: dict[str, Position] = {}
        self.keys: dict[str, Position] = {}
        self.findings: list[Finding] = []
        self._count = 0

    def build(self, events: Iterator[Any]) -> Any:
        self._events = events
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._unreadable(event, "Y008", "several-documents", "A spec file holds one document.")
                data = self._value(next(events), "", 0)
        if not documents:
            raise _Unreadable(Finding(self.path, 1, 1, "Y009", "empty", "The file holds no spec."))
        return data

    def _value(self, event: Any, pointer: str, depth: int) -> Any:
        self.values[pointer] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            raise self._unreadable(event, "Y005", "alias", f"*{event.anchor}: write the value out; specs have no aliases.")
        if depth > MAX_DEPTH:
            raise self._unreadable(event, "Y006", "too-deep", f"Nested deeper than {MAX_DEPTH} levels.")
        if event.tag is not None and event.tag != "!":
            self._add(event, "Y007", "tag", f"{event.tag}: write the plain value; specs have no tags.")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(pointer, depth)
        return self._mapping(pointer, depth)

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
            if not isinstance(event, yaml.ScalarEvent):
                raise self._unreadable(event, "Y010", "key", "A key is one word or a quoted text.")
            self._count += 1
            if self._count > MAX_KEYS:
                raise self._unreadable(event, "Y006", "too-many-keys", f"More than {MAX_KEYS} keys.")
            key = event.value
            child = f"{pointer}/{token(key)}"
            if key in mapping:
                line, column = self.keys[child]
                message = f"{key!r} stands at {line}:{column} already. Remove one of the two."
                self._add(event, "Y004", "duplicate-key", message)
            self.keys[child] = (event.start_mark.line + 1, event.start_mark.column + 1)
            mapping[key] = self._value(next(self._events), child, depth + 1)
        return mapping

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            return text
        if _NULL.match(text):
            return None
        if _TRUE.match(text) or _FALSE.match(text):
            return text.lower() == "true"
        try:
            if _INTEGER.match(text):
                return int(text)
            if _BASED.match(text):
                return int(text, 0)
        except ValueError:
            self._add(event, "Y011", "number", "More digits than a number can have.")
            return 0
        if _SPECIAL_FLOAT.match(text) or _FLOAT.match(text):
            number = math.inf if _SPECIAL_FLOAT.match(text) else float(text)
            if not math.isfinite(number):
                self._add(event, "Y011", "number", f"{text} is no number that JSON has.")
                return 0.0
            return number
        return text

    def _add(self, event: Any, code: str, name: str, message: str) -> None:
        mark = event.start_mark
        self.findings.append(Finding(self.path, mark.line + 1, mark.column + 1, code, name, message))

    def _unreadable(self, event: Any, code: str, name: str, message: str) -> _Unreadable:
        mark = event.start_mark
        return _Unreadable(Finding(self.path, mark.line + 1, mark.column + 1, code, name, message))
