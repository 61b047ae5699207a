"""A connection pool of urllib3 whose connections lead into a mock in this process.

requests sends everything through such pools, so that its own retries, redirects and errors are tested. Only imported if
urllib3 is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.client import IncompleteRead, RemoteDisconnected, responses
from io import RawIOBase
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3._collections import HTTPHeaderDict
from urllib3.connection import HTTPConnection
from urllib3.util import SKIP_HEADER
from urllib3.util.request import body_to_chunks

from ..spec.origins import DEFAULT_PORTS
from .inprocess import CallFailed, ClientRequest, ConnectionClosed, InProcess, InProcessCall, TimedOut

#: Maps scheme, host, port and target of a request to the target for the mock.
Find: TypeAlias = Callable[[str, str, int | None, bytes], bytes | None]


def pool_into(mock: InProcess, scheme: str, host: str, port: int, find: Find) -> Any:
    """Return a pool for this origin."""

    class Connection(_MockConnection):
        leads = (mock, scheme, find)

    pool: Any = HTTPConnectionPool(host, port)
    pool.ConnectionCls = Connection
    # The caller's scheme. A real pool for https would need certificates.
    pool.scheme = scheme
    return pool


class _MockConnection(HTTPConnection):
    """A connection for urllib3: `request` sends to the mock, `getresponse` waits for the answer."""

    leads: tuple[InProcess, str, Find]
    _call: InProcessCall | None = None
    _sent: dict[str, Any]

    def connect(self) -> None:
        pass

    @property
    def is_connected(self) -> bool:
        return True

    @property
    def is_closed(self) -> bool:
        return False

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        mock, scheme, find = self.leads
        split = urlsplit(url)
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        chunks, length = body_to_chunks(body, method=method, blocksize=self.blocksize)
        content = b"".join(chunk.encode("utf-8") if isinstance(chunk, str) else bytes(chunk) for chunk in chunks or ())
        usual = self.port == DEFAULT_PORTS[scheme]
        sent = HTTPHeaderDict({"host": self.host if usual else f"{self.host}:{self.port}"})
        for name, value in (headers or {}).items():
            if value != SKIP_HEADER:
                sent[_text(name)] = _text(value)
        if (chunks is not None or length is not None) and "transfer-encoding" not in sent:
            sent["content-length"] = str(len(content))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
        target = path.encode("ascii", "replace")
        target = find(scheme, self.host, self.port, target) or target
        self._call = mock.send(ClientRequest(method, scheme, self.host, self.port or 80, target, raw, content))
        self._sent = {"request_method": method, "request_url": url, **options}

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        call = self._call
        assert call is not None
        timeout = _seconds(self.timeout)
        try:
            status, headers = call.head(call.take(timeout))
        except CallFailed as error:
            raise _translated(error) from None
        named = HTTPHeaderDict()
        for name, value in headers:
            named.add(name.decode("latin-1"), value.decode("latin-1"))
        sent = self._sent
        return HTTPResponse(
            body=_Body(call, timeout),
            headers=named,
            status=status,
            version=11,
            reason=responses.get(status),
            preload_content=sent.get("preload_content", True),
            decode_content=sent.get("decode_content", True),
            enforce_content_length=sent.get("enforce_content_length", True),
            request_method=sent["request_method"],
            request_url=sent["request_url"],
        )

    def close(self) -> None:
        """Do nothing: no socket is open."""


class _Body(RawIOBase):
    """The body of an answer as a stream."""

    def __init__(self, call: InProcessCall, timeout: float | None) -> None:
        self._call = call
        self._timeout = timeout
        self._rest: bytes | None = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            while self._rest == b"":
                self._rest = self._call.chunk(self._call.take(self._timeout))
        except CallFailed as error:
            raise _translated(error) from None
        if self._rest is None:
            return 0
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._call.hang_up()
        super().close()


def _translated(error: CallFailed) -> Exception:
    """Return the exception of http.client or the socket module, which urllib3 and requests translate."""
    if isinstance(error, TimedOut):
        return TimeoutError(str(error))
    if isinstance(error, ConnectionClosed):
        if error.answered:
            return IncompleteRead(b"", error.missing)
        return RemoteDisconnected("Remote end closed connection without response")
    return ConnectionResetError(104, "Connection reset by peer")


def _seconds(timeout: Any) -> float | None:
    return timeout if isinstance(timeout, (int, float)) else None


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
