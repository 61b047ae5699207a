"""What goes over the wire, as plain values: the core makes requests and reads responses without sending any."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard, TypeVar

if TYPE_CHECKING:
    from ._journal import Record

T = TypeVar("T")

_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


class Request(NamedTuple):
    """A request to be sent: `method`, `url`, `headers` and `body` (None for a GET). Times are in seconds; `connect_timeout`
    bounds the making of a connection, `read_timeout` bounds the wait for each piece of the answer,
    `deadline` (on the core's clock) the whole of it.

    The API key is not in here: where `with_key` says so, the shell adds it at the last moment, so that no request that
    is shown, logged or found in a traceback holds it.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    connect_timeout: float
    read_timeout: float
    deadline: float
    with_key: bool

    def __repr__(self) -> str:
        # A body may be a picture of many megabytes, and a caller's headers may be secrets.
        size = "" if self.body is None else f", {len(self.body)} bytes"
        return f"<Request {self.method} {self.url}{size}>"


class Pause(NamedTuple):
    """Wait so many seconds before going on."""

    seconds: float


class Headers(Mapping[str, str]):
    """A response's headers. Names are in lower case, and found in any."""

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
    """A response that was read to its end.

    Attributes:
        status_code: The HTTP status.
        headers: Names in any case.
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
        """Whether the status says that all is well."""
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
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; {} if it is anything else."""
        try:
            return as_object(self.json()) or {}
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


def inert(text: str) -> str:
    """Text of a stranger on one line, without anything that a terminal would obey."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def is_plain(text: str) -> bool:
    """Whether a text can stand in a URL as it is: visible ASCII."""
    return text.isascii() and text.isprintable() and " " not in text


def quoted(text: str) -> str:
    """Text as one segment of a URL's path."""
    return "".join(
        c if c in _UNRESERVED else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace")) for c in text
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, in lower case, with the scheme's own port left out."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].lower()
    scheme = scheme.lower()
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, ' '))}"


class NotSent(Exception):
    """A shell's word to the core: the service has not received the request, and may be asked again."""


class Unusable(Exception):
    """A shell's word to the core: the request was not sent, because of something that the user can fix."""


class BadURL(Exception):
    """A shell's word to the core: the request was not sent, because nothing can be requested from its URL."""


class Interrupted(Exception):
    """A shell's word to the core: the request, or a part of it, went out, and no whole answer came back."""


class Oversized(Exception):
    """A shell's word to the core: the service was content, but its answer is larger than anyone wants to hold."""


#: What a shell throws into a flow instead of a response.
SHELL_ERRORS = (NotSent, Unusable, BadURL, Interrupted, Oversized)
#: A conversation with the service. It yields what is to be done, is sent the response (None after a pause or a line of
#: a journal), gets one of `SHELL_ERRORS` thrown in, and returns what came of it. Shells drive it; it never blocks.
Flow: TypeAlias = Generator["Request | Pause | Record", "Response | None", T]
