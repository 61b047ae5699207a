"""Wrong mocks of a model of any medium: each gives one wrong file, text or JSON, by the roles that the spec names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generated.segmind.contract.service.http import Response
from generated.segmind.contract.spec.facts import Model
from tests.contract.mutation.media_bodies import (
    SMALL_JPEG,
    answer,
    asking,
    bending,
    content_of_files,
    described,
    encoded,
    labelled,
    result,
    without,
)
from tests.contract.mutation.play import Mutation

#: The names under which JSON has a file of each medium: as base64, and described in a result.
_NAMES = {
    "image": ("image", "images"),
    "video": ("video", "video"),
    "audio": ("audio", "audio"),
    "model3d": ("image", ""),
}
_SMALL_GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
#: Roles of parameters that show in a file.
_ROLES = ("size_preset", "width", "height", "duration", "frames", "frame_rate", "format", "text", "prompt")
_HTML = Response(200, {"content-type": "text/html"}, b"<!doctype html><p>Busy")
_ERROR = Response(200, {"content-type": "application/json"}, b'{"error": "over quota"}')


def media_mocks(model: Model) -> Iterator[tuple[str, Mutation]]:
    """Yield the wrong mocks of a model with their names."""
    yield "an HTML page instead of the answer", bending(("/v1/",), lambda _: _HTML)
    yield "an error with 200", bending(("/v1/",), lambda _: _ERROR)
    yield "nothing", bending(("/v1/",), lambda one: one._replace(body=b""))
    yield from _asking(model)
    yield from _outputs()
    yield from _texts(model) if model.output["media"] in ("text", "json") else _files(model)


def _asking(model: Model) -> Iterator[tuple[str, Mutation]]:
    """Mocks that ignore a parameter: they always generate with another value."""
    for role in _ROLES:
        name = model.output.get(role)
        if name:
            yield f"{name} is ignored", asking(**{name: _other(model, name)})
    if "seed" in model.parameters:
        yield "the seed is ignored", asking(seed=5)
    if name := model.output.get("messages"):
        yield "the messages are ignored", asking(**{name: [{"role": "user", "content": "always the same"}]})
    if name := model.output.get("base64"):
        yield "base64 is ignored", asking(**{name: False})
        yield "every answer is base64", asking(**{name: True})


def _other(model: Model, name: str) -> object:
    """Return a valid value of a parameter that neither its default nor the example has."""
    schema = model.parameters[name].schema
    used = (model.example.get(name), schema.get("default"))
    if "enum" in schema:
        return next(value for value in reversed(schema["enum"]) if value not in used or len(schema["enum"]) < 3)
    if schema["type"] == "string":
        return "always the same"
    return next(value for value in range(schema["minimum"] + 2, schema["maximum"]) if value not in used)


def _outputs() -> Iterator[tuple[str, Mutation]]:
    yield "a result without output", result(lambda content: without(content, "output"))
    yield "a result whose output is null", result(lambda content: {**content, "output": None})
    yield "a result whose output is a number", result(lambda content: {**content, "output": 7})
    yield "a result whose output is empty", result(lambda content: {**content, "output": ""})
    yield "a result with one more key", result(lambda content: {**content, "one_more_key": 1})
    yield "a result without a status", result(lambda content: without(content, "status"))


def _files(model: Model) -> Iterator[tuple[str, Mutation]]:
    media = str(model.output["media"])
    other = _SMALL_GIF if media == "image" else SMALL_JPEG
    base64, description = _NAMES[media]
    yield "a file of another format", content_of_files(lambda _: other)
    yield "an empty file", content_of_files(lambda _: b"")
    yield "half of the file", content_of_files(lambda content: content[: len(content) // 2])
    yield "60 bytes of the file", content_of_files(lambda content: content[:60])
    yield "all but the last 100 bytes", content_of_files(lambda content: content[:-100])
    yield "bytes of no format", content_of_files(lambda _: b"\0\1\2\3 unknown")
    yield "the file as text", content_of_files(lambda content: content.hex().encode())
    for label in ("application/octet-stream", "application/json", "text/plain", "image/x-other"):
        yield f"the label {label}", labelled(label)
    yield "another file in the queue", _stored(lambda content: other)
    yield "an empty file in the queue", _stored(lambda content: b"")
    yield "half of the file in the queue", _stored(lambda content: content[: len(content) // 2])
    yield "another label in the queue", _relabelled()
    yield "the file is not there", bending(("/media/",), lambda one: one._replace(status=404))
    yield "a relative address", result(lambda content: {**content, "output": "/media/0.bin"})
    yield "an address of another host", result(lambda content: {**content, "output": "https://elsewhere.invalid/0"})
    yield "a list of one address", result(lambda content: {**content, "output": [content["output"]]})
    if "base64" in model.output:
        yield "another file in base64", encoded(base64, lambda _: other)
        yield "half of the file in base64", encoded(base64, lambda content: content[: len(content) // 2])
        yield "base64 under another name", answer(lambda content: _renamed(content, base64))
        yield "broken base64", answer(lambda content: {**content, base64: "iVBOR*"})
    if description in ("video", "audio"):
        yield from _descriptions(description)


def _stored(change: Any) -> Mutation:
    return bending(("/media/",), lambda one: one._replace(body=change(one.body)))


def _relabelled() -> Mutation:
    return bending(("/media/",), lambda one: one._replace(headers={**one.headers, "content-type": "text/plain"}))


def _renamed(content: Any, name: str) -> object:
    return {**without(content, name), "file": content[name]} if name in content else content


def _descriptions(name: str) -> Iterator[tuple[str, Mutation]]:
    yield "no description", result(lambda content: without(content, name))
    yield "a description with another size", described(name, file_size=7)
    yield "a description with another type", described(name, content_type="image/jpeg")
    yield "a description with another address", described(name, url="https://elsewhere.invalid/0")
    yield "a list of descriptions", result(lambda content: {**content, name: [content[name]]})
    yield "a description without an address", result(lambda content: {**content, name: without(content[name], "url")})


def _texts(model: Model) -> Iterator[tuple[str, Mutation]]:
    yield "an image instead of JSON", bending(("/v1/",), _as_image)
    yield "JSON that is said to be an image", labelled("image/jpeg")
    yield "JSON that is cut short", bending(("/v1/",), lambda one: one._replace(body=one.body[:-1]))
    yield "JSON as a string", answer(json.dumps)
    yield "a list", answer(lambda content: [content])
    if model.output["media"] == "text" or "schema" in model.output:
        yield "an object without keys", answer(lambda content: {})
    yield "an address as output", result(lambda content: {**content, "output": "https://elsewhere.invalid/0.json"})
    if model.output["media"] == "json":
        yield "JSON as a string in the queue", result(
            lambda content: {**content, "output": json.dumps(content["output"])}
        )
        if "schema" in model.output:
            yield from _by_schema()
        return
    yield "an object as output", result(lambda content: {**content, "output": json.loads(content["output"])})
    yield "JSON that is cut short as output", result(lambda content: {**content, "output": content["output"][:-1]})
    yield "texts are empty", bending(("/v1/",), lambda one: one._replace(body=_with_texts(one.body, " ")))
    yield "texts are numbers", bending(("/v1/",), lambda one: one._replace(body=_with_texts(one.body, 7)))
    yield "tokens are texts", answer(lambda content: {**content, "usage": dict.fromkeys(content["usage"], "7")})
    other = {"candidates": [{"content": {"parts": [{"text": "hello"}]}}]}
    yield "another chat format", answer(lambda content: other)


def _by_schema() -> Iterator[tuple[str, Mutation]]:
    yield "other keys", answer(lambda content: {f"{name}s": value for name, value in content.items()})
    yield "nulls", answer(lambda content: dict.fromkeys(content))
    yield "texts for all values", answer(lambda content: dict.fromkeys(content, "0.5"))
    yield "items without keys", answer(lambda content: {name: [{} for _ in value] for name, value in content.items()})


def _as_image(response: Response) -> Response:
    return response._replace(body=SMALL_JPEG, headers={**response.headers, "content-type": "image/jpeg"})


def _with_texts(body: bytes, text: object) -> bytes:
    """Return a chat answer with another text in each of its parts."""

    def changed(value: object, name: str = "") -> object:
        if isinstance(value, dict):
            return {key: changed(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [changed(inner, name) for inner in value]
        return text if name in ("content", "text") else value

    return json.dumps(changed(json.loads(body))).encode()
