"""What goes over the wire, as plain values: the core makes requests and reads responses without sending any."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeGuard, TypeVar

T = TypeVar("T")


class Request(NamedTuple):
    """A request to be sent. Times are in seconds; `read_timeout` bounds the wait for each piece of the answer,
    `deadline` (on the core's clock) the whole of it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    connect_timeout: float
    read_timeout: float
    deadline: float


class Pause(NamedTuple):
    """Wait so many seconds before going on."""

    seconds: float


class Response:
    """A response that was read to its end.

    Attributes:
        status_code: The HTTP status.
        headers: Names in lower case.
        content: The body's bytes.
        url: Where it came from.
    """

    __slots__ = ("content", "headers", "status_code", "url")

    def __init__(self, status_code: int, headers: Mapping[str, str], content: bytes, url: str) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = content
        self.url = url

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def media_type(self) -> str:
        """The declared content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are none are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.content)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; {} if it is anything else."""
        try:
            return as_object(json.loads(self.content)) or {}
        except ValueError:
            return {}

    def __repr__(self) -> str:
        return f"<Response {self.status_code} {self.media_type or 'untyped'}, {len(self.content)} bytes>"


def as_object(value: object) -> dict[str, Any] | None:
    """A JSON object, None for anything else."""
    return value if _is_object(value) else None


def as_list(value: object) -> list[Any] | None:
    """A JSON array, None for anything else."""
    return value if _is_list(value) else None


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


class NotSent(Exception):
    """A shell's word to the core: no connection was made, so the service has not seen the request."""


class Interrupted(Exception):
    """A shell's word to the core: the request, or a part of it, went out, and no whole answer came back."""


#: A conversation with the service. It yields what is to be done, is sent the response (None after a pause), gets
#: `NotSent` or `Interrupted` thrown in, and returns what came of it. Shells drive it; it never blocks.
Flow: TypeAlias = Generator["Request | Pause", "Response | None", T]
