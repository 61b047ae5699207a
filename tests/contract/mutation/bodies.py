"""Edit responses: headers, values in JSON bodies, and images."""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from io import BytesIO
from os import urandom
from typing import Any

from PIL import Image

from generated.segmind.contract.service.http import Response
from generated.segmind.contract.spec.answers import find, tokens


def with_headers(response: Response, headers: Mapping[str, str | None]) -> Response:
    """Return a response with other values of headers; None takes a header out."""
    found = {**response.headers, **headers}
    return response._replace(headers={name: value for name, value in found.items() if value is not None})


def with_content(response: Response, body: bytes) -> Response:
    """Return a response with another body."""
    return with_headers(response._replace(body=body), {"content-length": str(len(body))})


def changed(content: Any, pointer: str, value: object) -> object:
    """Return JSON content with another value at a pointer, in objects that are made if they are missing."""
    content = copy.deepcopy(content)
    holder, names = content, tokens(pointer)
    for name in names[:-1]:
        holder = holder.setdefault(name, {})
    holder[names[-1]] = value
    return content


def with_body(response: Response, pointer: str, value: object) -> Response:
    """Return a response with another value at a pointer of its JSON body."""
    content = response.json_object
    return (
        response if content is None else with_content(response, json.dumps(changed(content, pointer, value)).encode())
    )


def without(response: Response, pointer: str) -> Response:
    """Return a response without the value at a pointer of its JSON body."""
    content = copy.deepcopy(response.json_object)
    parent, _, name = pointer.rpartition("/")
    holder = find(content, parent)
    if not isinstance(holder, dict) or name not in holder:
        return response
    del holder[name]
    return with_content(response, json.dumps(content).encode())


def redrawn(
    response: Response,
    pointer: str | None,
    *,
    wider: int = 0,
    format: str = "",
    most: int | None = None,
    suffix: bool = False,
) -> Response:
    """Return a response with other bytes of its images, which are its body or base64 at a pointer."""

    def redraw(image: bytes) -> bytes:
        if most is not None:
            return image[:most]
        if suffix:
            return image + urandom(8)
        with Image.open(BytesIO(image)) as opened:
            made = opened.convert("RGB").resize((opened.width + wider, opened.height))
            out = BytesIO()
            made.save(out, format or opened.format)
        return out.getvalue()

    if pointer is None:
        return with_content(response, redraw(response.body))
    held = find(response.json_object, pointer)
    if isinstance(held, list):
        return with_body(response, pointer, [b64encode(redraw(b64decode(one))).decode() for one in held])
    return with_body(response, pointer, b64encode(redraw(b64decode(held))).decode())


def broken_base64(response: Response, pointer: str, how: str) -> Response:
    """Return a response whose base64 `is broken`, `is for URLs`, `is a data URL` or `is not padded`."""
    ways: dict[str, Callable[[str], str]] = {
        "is broken": lambda text: "iVBOR*",
        "is for URLs": lambda text: text.replace("/", "_").replace("+", "-"),
        "is a data URL": lambda text: f"data:image/png;base64,{text}",
        "is not padded": lambda text: text.rstrip("="),
    }
    held = find(response.json_object, pointer)
    return with_body(response, pointer, ways[how](held)) if isinstance(held, str) else response
