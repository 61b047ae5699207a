"""Mocks that answer other files, texts or JSON than were asked for, as functions between the suite and the correct mock."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from generated.segmind.contract.service.http import Request, Response, Send
from tests.contract.mutation.play import Mutation

SMALL_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4z"
    "NDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJx"
    "FDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z"
)


def asking(**changes: object) -> Mutation:
    """A mock that generates something else than was asked for, if the request is a valid one."""

    def mutation(request: Request, send: Send) -> Response:
        if request.method == "POST" and request.body[:1] == b"{":
            payload = json.loads(request.body)
            valid = all(
                isinstance(payload.get(name, value), (type(value), str, int)) for name, value in changes.items()
            )
            if valid and send(request).status == 200:
                return send(request._replace(body=json.dumps({**payload, **changes}).encode()))
        return send(request)

    return mutation


def bending(paths: tuple[str, ...], bend: Callable[[Response], Response]) -> Mutation:
    """A mock whose good answers below these paths are changed."""

    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        path = urlsplit(request.url).path
        meant = path.startswith(paths) and not path.endswith("/status")
        return bend(response) if meant and response.status == 200 else response

    return mutation


def content_of_files(change: Callable[[bytes], bytes]) -> Mutation:
    """A mock whose files are changed, synchronous or not."""

    def bend(response: Response) -> Response:
        if "json" in response.declared:
            return response
        return response._replace(body=change(response.body))

    return bending(("/v1/", "/media/"), bend)


def answer(change: Callable[[Any], Any]) -> Mutation:
    """A mock whose synchronous answer in JSON is changed."""
    return bending(("/v1/",), lambda response: with_json(response, change))


def result(change: Callable[[Any], Any]) -> Mutation:
    """A mock whose results are changed, once they have an output."""

    def changed(content: Any) -> object:
        return change(content) if "output" in content else content

    return bending(("/v2/requests/",), lambda response: with_json(response, changed))


def with_json(response: Response, change: Callable[[object], object]) -> Response:
    if "json" not in response.declared:
        return response
    return response._replace(body=json.dumps(change(json.loads(response.body))).encode())


def labelled(media_type: str) -> Mutation:
    return bending(
        ("/v1/",), lambda response: response._replace(headers={**response.headers, "content-type": media_type})
    )


def described(name: str, **changes: object) -> Mutation:
    """A mock that describes the file of a result wrongly."""
    return result(lambda content: {**content, name: {**content[name], **changes}})


def without(content: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in content.items() if key != name}


def encoded(name: str, change: Callable[[bytes], bytes]) -> Mutation:
    return answer(lambda content: {**content, name: b64encode(change(b64decode(content[name]))).decode()})
