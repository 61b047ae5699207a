"""The one place that connects to anything: requests to the service's own origin, and their bounded answers."""

from __future__ import annotations

import asyncio
import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from ..server.asgi import Request
from ..server.hosts import is_loopback
from ..spec.platform import PLATFORM
from ..state.redaction import SECRET_HEADERS
from ..urls import origin_of
from .headers import DRIFT, FINDINGS, HOP_BY_HOP, SOURCE

if TYPE_CHECKING:
    from httpx2 import AsyncClient

_LIMITS = PLATFORM.limits
#: Of requests: what the connection decides, what is secret, and what says to the service where its caller is.
_NOT_SENT = (
    HOP_BY_HOP
    | SECRET_HEADERS
    | {"accept-encoding", "content-length", "expect", "forwarded", "host", "origin", "prefer", "referer"}
)
#: Of answers: what the server adds itself, what is meant for the service's own host, and what would let web pages in.
_NOT_RETURNED = (
    HOP_BY_HOP
    | SECRET_HEADERS
    | {"alt-svc", "content-encoding", "content-length", "date", "server", "strict-transport-security"}
    | {DRIFT, FINDINGS, SOURCE}
)
#: Shorter than any server keeps an idle connection: one that is closed just as a request goes out is an error.
_IDLE_S = 4
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"


class Reply(NamedTuple):
    """What the service answered, whole; the headers with their names in lower case, in their order."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class UpstreamError(Exception):
    """There is no (whole) answer. `status` is the gateway error that says so, `code` the finding's."""

    def __init__(self, message: str, status: int = 502, code: str = "no-answer") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


def read_target(url: str) -> str:
    """The origin that a `--proxy` names. Raises ValueError for anything that is no plain origin of a service."""
    origin = origin_of(url)
    if origin is None:
        raise ValueError(f"{url!r} is no absolute URL of a service, such as {PLATFORM.base_url}")
    split = urlsplit(url)
    if split.path.rstrip("/") or split.query or split.fragment:
        raise ValueError(f"say {origin} alone, without a path: the spec has the paths")
    if split.scheme == "http" and not is_loopback(split.hostname or ""):
        raise ValueError(f"{origin} would get the API key unencrypted; http is for this machine only")
    return origin


class Upstream:
    """The service, as the proxy reaches it. `key` goes nowhere but to the origins that `send` is given: no redirect is
    ever followed, no proxy, cookie or password of the environment used."""

    def __init__(self, key: str, via: str) -> None:
        self._key = key
        self._via = via
        self._client: AsyncClient | None = None

    async def send(self, request: Request, origin: str, query: str, keyed: bool) -> Reply:
        """Sends a request on to `origin`, with our key if it is `keyed`. Raises NoAnswer."""
        import httpx2

        client = self._client = self._client or _make_client()
        path = quote(request.path, safe=_SAFE_IN_PATH) + (
            "?" + quote(query, safe=_SAFE_IN_PATH + "?%") if query else ""
        )
        url = httpx2.URL(origin).copy_with(raw_path=path.encode("ascii"))
        if origin_of(str(url)) != origin:
            raise UpstreamError("The path does not lead to the service.", 400)
        body = request.body if request.body or request.method not in ("GET", "HEAD", "OPTIONS") else None
        outgoing = client.build_request(request.method, url, headers=self._headers(request, keyed), content=body)
        try:
            async with asyncio.timeout(_LIMITS.total_timeout_s):
                response = await client.send(outgoing, stream=True)
                try:
                    chunks: list[bytes] = []
                    size = 0
                    async for chunk in response.aiter_bytes():
                        chunks.append(chunk)
                        size += len(chunk)
                        if size > _LIMITS.max_response_bytes:
                            message = f"The service's answer is longer than {_LIMITS.max_response_bytes} bytes."
                            raise UpstreamError(message, code="too-large")
                finally:
                    await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise UpstreamError(f"The service at {origin} cannot be reached: {_kind(error)}.") from None
        except (httpx2.TimeoutException, TimeoutError):
            raise UpstreamError("The service took too long; what was sent may have been billed.", 504) from None
        except httpx2.HTTPError as error:
            message = f"The service's answer broke off ({_kind(error)}); what was sent may have been billed."
            raise UpstreamError(message) from None
        if not 200 <= response.status_code < 600:
            raise UpstreamError(
                f"The service answered with the status {response.status_code}, which HTTP does not have."
            )
        headers = [(name.lower(), value) for name, value in response.headers.multi_items()]
        return Reply(response.status_code, headers, b"".join(chunks))

    def _headers(self, request: Request, keyed: bool) -> list[tuple[bytes, bytes]]:
        dropped = _NOT_SENT | _named(request.headers.get(b"connection", b"").decode("latin-1"))
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if (text := name.decode("latin-1").lower()) not in dropped
            and not text.startswith(("x-mock-", "x-forwarded-", "sec-"))
        ]
        # Asked for as it is, since what is inflated here would have to be bounded twice.
        headers.append((b"accept-encoding", b"identity"))
        headers.append((b"via", self._via.encode("ascii")))
        if keyed:
            headers.append((PLATFORM.auth.header.encode("ascii"), PLATFORM.auth.value(self._key).encode("ascii")))
        return headers

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def for_caller(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of an answer's headers that go on to the caller."""
    dropped = _NOT_RETURNED | _named(next((value for name, value in headers if name == "connection"), ""))
    return [(name, value) for name, value in headers if name not in dropped and not name.startswith("access-control-")]


def _make_client() -> AsyncClient:
    import httpx2

    # Below this, they log every URL, and the headers with the key.
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx2.Timeout(_LIMITS.read_timeout_s, connect=_LIMITS.connect_timeout_s, pool=_LIMITS.total_timeout_s),
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=_IDLE_S),
    )


def _named(connection: str) -> set[str]:
    """The headers that a Connection header declares as its own."""
    return {name.strip().lower() for name in connection.split(",")}


def _kind(error: Exception) -> str:
    """What went wrong, without the words of others: they may quote a header."""
    return type(error).__name__
