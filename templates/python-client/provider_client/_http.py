"""HTTP requests and responses as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .spec.answers import as_object

if TYPE_CHECKING:
    from ._results.stored_content import FileContent

T = TypeVar("T")


class Request(NamedTuple):
    """A request to be sent: `method`, `url`, `headers` and `body` (None for a GET).

    `connect_timeout` and `read_timeout` are in seconds, for opening a connection and for each chunk of the response.
    `deadline` is the time on the client's clock at which the whole request has to be finished.

    The request never contains the API key. If `with_key` is True, the key is added when the request is sent, so no request
    that is printed, logged or found in a traceback holds it. `may_store` is True if a large response may go to a temporary
    file.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    connect_timeout: float
    read_timeout: float
    deadline: float
    with_key: bool
    may_store: bool = False

    def __repr__(self) -> str:
        # A body may be an image of many megabytes, and the caller's headers may be secrets.
        size = "" if self.body is None else f", {len(self.body)} bytes"
        return f"<Request {self.method} {self.url}{size}>"


class Headers(Mapping[str, str]):
    """Headers of a response. Names are stored in lower case; lookups ignore case."""

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[tuple[str, str]] = ()) -> None:
        self._values = {name.lower(): value for name, value in values}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values})"


class Response:
    """A response with its complete body.

    Attributes:
        status_code: The HTTP status.
        headers: The headers; lookups ignore case.
        body: The body: bytes, or a large file in a temporary file.
        url: The URL that was requested.
    """

    __slots__ = ("body", "headers", "status_code", "url")

    def __init__(self, status_code: int, headers: Mapping[str, str], content: FileContent, url: str) -> None:
        self.status_code = status_code
        self.headers = headers
        self.body = content
        self.url = url

    @property
    def content(self) -> bytes:
        """The body's bytes. Those of a large video or recording are read from a temporary file at each access."""
        return bytes(self.body)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300

    @property
    def media_type(self) -> str:
        """The `content-type` header without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body decoded as UTF-8; invalid bytes are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises:
            ValueError: The body is not valid JSON.
        """
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def json_object(self) -> dict[str, Any]:
        """Return the body parsed as a JSON object; {} if it is anything else."""
        try:
            return as_object(self.json()) or {}
        except ValueError:
            return {}

    def __repr__(self) -> str:
        return f"<Response {self.status_code} {self.media_type or 'untyped'}, {len(self.body)} bytes>"
