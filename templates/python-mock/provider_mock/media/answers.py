"""Answers of text and JSON models: values that fit the documented shape, the same for the same request."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, cast

from ..api.generation_request import GenerationRequest
from ..platform.bodies import kinds, schema_at
from ..spec import catalog
from ..spec.answers import made, tokens
from ..spec.platform import PLATFORM
from ..spec.service import ChatFormat

#: The words of invented answers.
_WORDS = [
    "the",
    "quiet",
    "harbour",
    "keeps",
    "its",
    "light",
    "while",
    "a",
    "small",
    "boat",
    "crosses",
    "over",
    "calm",
    "water",
    "and",
    "gulls",
    "follow",
    "home",
]
_CHARACTERS_PER_TOKEN = 4
#: The most values in an invented answer, and how deep it goes.
_MOST_VALUES, _MOST_DEPTH = 100_000, 12
_ROUND = 6


def answer(generation: GenerationRequest) -> bytes:
    """Return the answer to a request as JSON."""
    model = catalog.get(generation.slug)
    rng = _random(generation)
    if generation.media == "text" and PLATFORM.chat_formats:
        usual = next(iter(PLATFORM.chat_formats.values()))
        value: Any = _chat(PLATFORM.chat_formats.get(model.output.api_format or "", usual), generation, rng)
    else:
        value = Values(rng).make(model.output.schema or {"type": "object"})
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def tokens_of(generation: GenerationRequest) -> tuple[int, int]:
    """Return the number of tokens in a chat and in its answer, as the answer states them."""
    return _tokens(generation.characters), _tokens(len(_text(generation, _random(generation))))


def _random(generation: GenerationRequest) -> Random:
    return Random(f"{generation.digest} {generation.seed}")


def _text(generation: GenerationRequest, rng: Random) -> str:
    said = " ".join(rng.choice(_WORDS) for _ in range(rng.randrange(8, 24))).capitalize() + "."
    return f"You wrote '{generation.prompt}'. {said}" if generation.prompt else said


def _chat(chat: ChatFormat, generation: GenerationRequest, rng: Random) -> Any:
    said = _text(generation, rng)
    asked, answered = _tokens(generation.characters), _tokens(len(said))
    facts: dict[str, Any] = {chat.text: _text_as(schema_at(chat.body, chat.text) or {}, said)}
    facts |= dict(_named(chat, {"id": f"mock-{generation.digest}", "model": generation.slug}))
    counts = ((chat.input_tokens, asked), (chat.output_tokens, answered), (chat.total_tokens, asked + answered))
    facts |= {pointer: count for pointer, count in counts if pointer}
    if chat.finish_reason:
        facts[chat.finish_reason] = chat.finished
    return _with_lists(chat.body, facts)


def _named(chat: ChatFormat, values: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Return those values whose name is a property of the body, with their pointers."""
    return [(f"/{name}", value) for name, value in values.items() if name in chat.body.get("properties", {})]


def _text_as(schema: Mapping[str, Any], text: str) -> Any:
    """Return a text alone, or as the only part of a list."""
    admitted = kinds(schema)
    if "array" not in admitted or "string" in admitted:
        return text
    part: Mapping[str, Any] = schema.get("items", {})
    if kinds(part) == ("string",):
        return [text]
    has_type = "type" in part.get("properties", {})
    return [{"type": "text", "text": text} if has_type else {"text": text}]


def _with_lists(schema: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    """Return an object that fits a schema with these facts, whose pointers may lead through lists."""
    places: dict[str, Any] = {}
    within: dict[str, dict[str, Any]] = {}
    for pointer, value in facts.items():
        names = tokens(pointer)
        at = next((place for place, name in enumerate(names) if name == "0"), None)
        if at is None:
            places[pointer] = value
        else:
            outer, inner = names[:at], names[at + 1 :]
            within.setdefault("/" + "/".join(outer), {})["/" + "/".join(inner)] = value
    for pointer, inside in within.items():
        items = (schema_at(schema, pointer) or {}).get("items", {})
        places[pointer] = [_with_lists(items, inside)]
    return made(schema, places)


def _tokens(characters: int) -> int:
    return max(1, characters // _CHARACTERS_PER_TOKEN)


class Values:
    """Invented values that fit schemas, within a number of values in total."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left = _MOST_VALUES

    def make(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """Return a value that fits the schema."""
        self._left -= 1
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._rng.choice(cast("list[Any]", schema["enum"]))
        if "anyOf" in schema:
            return self.make(schema["anyOf"][0], depth)
        admitted = kinds(schema)
        kind = (
            admitted[0]
            if admitted
            else "object" if "properties" in schema else "array" if "items" in schema else "string"
        )
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._list(schema, depth)
        return self._plain(kind, schema)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        parts: Mapping[str, Any] = schema.get("properties", {})
        if depth > _MOST_DEPTH:
            parts = {name: parts.get(name, {}) for name in required}
        return {name: self.make(part, depth + 1) for name, part in parts.items()}

    def _list(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        count = max(least, 1 if most is None else min(most, 1))
        items = schema.get("items", {})
        made: list[Any] = []
        while len(made) < count and (self._left > 0 or len(made) < least):
            made.append(self.make(items, depth + 1))
        return made

    def _plain(self, kind: str, schema: Mapping[str, Any]) -> Any:
        if kind == "string":
            if schema.get("format") == "uri":
                return f"https://files.invalid/{self._rng.getrandbits(32):08x}"
            text = " ".join(self._rng.choice(_WORDS) for _ in range(4))
            return b64encode(text.encode("ascii")).decode("ascii") if "contentEncoding" in schema else text
        if kind == "number":
            return round(self._rng.uniform(-1, 1), _ROUND)
        return {"integer": self._rng.randrange(10), "boolean": True, "null": None}[kind]
