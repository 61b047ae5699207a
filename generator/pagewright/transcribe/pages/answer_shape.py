"""The shape of an answer in JSON: the chat format that a page names, or the JSON Schema that it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...specs.values import is_list, is_mapping
from .page import Page
from .rows import Doubt

_API_FORMAT = re.compile(r"(?:^|(?<=[\s.:]))API Format[ \t]*:?\s*(?P<words>[^\n]{1,120})", re.MULTILINE | re.IGNORECASE)
#: Other names of the formats.
_ALIASES = {"claude": "anthropic", "google": "gemini", "chat completions": "openai", "messages api": "anthropic"}
_SCHEMA_TITLE = re.compile(
    r"\b(?:Response|Output|Answer|Result)(?: JSON)? Schema\b[^\n{]{0,80}\s*(?=\{)", re.IGNORECASE
)
#: The keywords that a spec can hold of a body.
_KEYWORDS = frozenset(
    {"type", "description", "const", "enum", "properties", "required", "items", "minItems", "maxItems", "anyOf"}
)
_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
#: Keywords that say nothing about a value.
_WITHOUT_MEANING = frozenset({"title", "$schema", "$id", "examples", "example", "additionalProperties", "default"})
_DEEPEST = 20


@dataclass(slots=True)
class AnswerShape:
    """`api_format` is one of the platform's chat formats, or "" if none is named; `schema` is the JSON Schema."""

    api_format: str = ""
    schema: dict[str, Any] | None = None
    doubts: list[Doubt] = field(default_factory=list[Doubt])


def read_answer_shape(page: Page, formats: Sequence[str]) -> AnswerShape:
    """Read what a page says of the shape of an answer; `formats` are the chat formats of the platform."""
    shape = AnswerShape()
    # Most pages say neither, and looking for the words is faster than for the patterns.
    if "api format" in page.text.lower() and (found := _API_FORMAT.search(page.text)):
        words = found["words"].strip()
        names = {name: name for name in formats} | {alias: name for alias, name in _ALIASES.items() if name in formats}
        named = {(words.lower().index(word), name) for word, name in names.items() if word in words.lower()}
        if named:
            shape.api_format = min(named)[1]
        else:
            shape.doubts.append(Doubt(found.start(), f"the API format {words[:60]!r} is not known", "/output"))
    if " schema" in page.code.lower() and (title := _SCHEMA_TITLE.search(page.code)):
        _read_schema(page, title.end(), shape)
    return shape


def _read_schema(page: Page, at: int, shape: AnswerShape) -> None:
    try:
        value, _ = json.JSONDecoder().raw_decode(page.code, at)
    except (ValueError, RecursionError):
        shape.doubts.append(Doubt(at, "the schema of the response can't be read", "/output"))
        return
    left_out: set[str] = set()
    schema = _known(value, left_out, 0)
    if schema is None or not schema.keys() & {"type", "properties", "anyOf"}:
        shape.doubts.append(Doubt(at, "what is headed as the schema of the response is no JSON Schema", "/output"))
        return
    shape.schema = schema
    if left_out:
        shape.doubts.append(
            Doubt(
                at,
                f"the schema of the response has parts that were left out: {', '.join(sorted(left_out))[:200]}",
                "/output",
            )
        )


def _known(value: Any, left_out: set[str], depth: int) -> dict[str, Any] | None:
    """Return the part of a schema that a spec can hold, and add the names of the rest to `left_out`."""
    if not is_mapping(value) or depth > _DEEPEST:
        return None
    kept: dict[str, Any] = {}
    for key, entry in value.items():
        inner: Any = entry
        if key in _WITHOUT_MEANING:
            continue
        if key == "items":
            inner = _known(entry, left_out, depth + 1)
        elif key == "anyOf" and is_list(entry):
            options = [_known(option, left_out, depth + 1) for option in entry]
            inner = options if len(options) > 1 and None not in options else None
        elif key == "properties" and is_mapping(entry):
            inner = {}
            for name, field_schema in entry.items():
                known = _known(field_schema, left_out, depth + 1)
                if known is not None and re.fullmatch(r"[A-Za-z0-9_.-]+", str(name)):
                    inner[name] = known
                else:
                    left_out.add(f"{str(name)[:40]}")
        elif key == "type":
            types = entry if is_list(entry) else [entry]
            inner = entry if types and all(each in _TYPES for each in map(str, types)) else None
        elif key == "description":
            inner = " ".join(str(entry).split()) or None
        if key in _KEYWORDS and inner is not None:
            kept[str(key)] = inner
        else:
            left_out.add(str(key)[:40])
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if name in kept.get("properties", {})]
    return kept
