"""Requests to the service. This is the only module of the mock that opens connections."""

from __future__ import annotations

import asyncio
import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ..api.exchange import sent_key
from ..server.asgi import Request
from ..server.hosts import is_loopback
from ..spec.origins import origin_of
from ..spec.platform import PLATFORM
from ..state.redaction import SECRET_HEADERS, SHORTEST_KEY
from .headers import DRIFT, FINDINGS, HOP_BY_HOP, SOURCE
from .paths import target_of
from .upstream_route import UpstreamRoute

if TYPE_CHECKING:
    from httpx2 import AsyncClient

    from .failure_causes import SendTracker

_LIMITS = PLATFORM.limits
#: Request headers that are not forwarded: those of the connection, secrets, those that reveal the caller, and those with
#: which some servers replace the method or path that was checked.
_NOT_SENT = (
    HOP_BY_HOP
    | SECRET_HEADERS
    | {"accept-encoding", "content-length", "expect", "forwarded", "host", "origin", "prefer", "referer"}
    | {"x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url"}
)
#: Answer headers that are not returned: those that our server adds, those for the service's own host, and secrets.
_NOT_RETURNED = (
    HOP_BY_HOP
    | SECRET_HEADERS
    | {"alt-svc", "content-encoding", "content-length", "date", "server", "strict-transport-security"}
    | {DRIFT, FINDINGS, SOURCE}
)
#: Shorter than servers keep idle connections, since a connection that closes during a request is an error.
_IDLE_S = 4


class Reply(NamedTuple):
    """A whole answer of the service. Header names are in lower case and in their original order."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class UpstreamError(Exception):
    """There is no complete answer. `status` is the gateway error for the caller, `code` that of the finding."""

    def __init__(self, message: str, status: int = 502, code: str = "no-answer") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


def read_target(url: str) -> str:
    """Return the origin for `--proxy`. Raises ValueError for anything but an origin."""
    origin = origin_of(url)
    if origin is None:
        raise ValueError(f"--proxy: expected an absolute URL such as {PLATFORM.base_url}, got {url!r}")
    split = urlsplit(url)
    if split.path.rstrip("/") or split.query or split.fragment:
        raise ValueError(f"--proxy: expected {origin} without a path, since the paths come from the spec")
    if split.scheme == "http" and not is_loopback(split.hostname or ""):
        raise ValueError(f"--proxy: {origin} would receive the API key unencrypted; use https, or http to this machine")
    return origin


class Upstream:
    """A client of the service. `key` is only sent to the origins passed to `send`.

    Redirects are not followed, and cookies and passwords of the environment are not used. Its proxies and certificates are
    those of the route.
    """

    def __init__(self, key: str, via: str, route: UpstreamRoute) -> None:
        self._key = key
        self._via = via
        self._route = route
        self._client: AsyncClient | None = None

    async def send(self, request: Request, origin: str, query: str, keyed: bool, tracker: SendTracker) -> Reply:
        """Forward a request to `origin`, with our key if `keyed`. Raises UpstreamError; `tracker` knows if it was sent."""
        import httpx2

        from .failure_causes import explain

        client = self._client = self._client or _make_client(self._route)
        target = target_of(request.path, query)
        url = httpx2.URL(origin).copy_with(raw_path=target)
        if origin_of(str(url)) != origin or url.raw_path != target:
            raise UpstreamError("The path does not lead to the service as it was checked. Nothing was sent.", 400)
        body = request.body if request.body or request.method not in ("GET", "HEAD", "OPTIONS") else None
        outgoing = client.build_request(
            request.method,
            url,
            headers=self._headers(request, keyed),
            content=body,
            extensions={"trace": tracker.trace},
        )
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
        except (httpx2.HTTPError, TimeoutError) as error:
            late = isinstance(error, (httpx2.TimeoutException, TimeoutError))
            if late and tracker.sent:
                raise UpstreamError("The service timed out; the request may have been billed.", 504) from None
            message = explain(error, tracker, origin, self._route, _LIMITS.connect_timeout_s)
            raise UpstreamError(message, 504 if late else 502) from None
        if not 200 <= response.status_code < 600:
            raise UpstreamError(f"The service answered with the invalid HTTP status {response.status_code}.")
        headers = [(name.lower(), value) for name, value in response.headers.multi_items()]
        return Reply(response.status_code, headers, b"".join(chunks))

    def _headers(self, request: Request, keyed: bool) -> list[tuple[bytes, bytes]]:
        dropped = _NOT_SENT | _named(request.headers.get(b"connection", b"").decode("latin-1"))
        key = (sent_key(request.headers) or "").encode("latin-1")
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if (text := name.decode("latin-1").lower()) not in dropped
            and not text.startswith(("x-mock-", "x-forwarded-", "sec-"))
            and not (len(key) >= SHORTEST_KEY and key in value)
        ]
        # Uncompressed, since a decompressed body would need a second limit.
        headers.append((b"accept-encoding", b"identity"))
        headers.append((b"via", self._via.encode("ascii")))
        if keyed:
            headers.append((PLATFORM.auth.header.encode("ascii"), PLATFORM.auth.value(self._key).encode("ascii")))
        return headers

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def for_caller(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of an answer that are forwarded to the caller."""
    dropped = _NOT_RETURNED | _named(next((value for name, value in headers if name == "connection"), ""))
    return [(name, value) for name, value in headers if name not in dropped and not name.startswith("access-control-")]


def _make_client(route: UpstreamRoute) -> AsyncClient:
    import httpx2

    # At lower levels these libraries log every URL, and headers with the key.
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    proxy = None
    if route.proxy is not None:
        context = route.certificates if route.proxy.startswith("https:") else None
        proxy = httpx2.Proxy(route.proxy, ssl_context=context)
    return httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        verify=route.certificates or True,
        proxy=proxy,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx2.Timeout(_LIMITS.read_timeout_s, connect=_LIMITS.connect_timeout_s, pool=_LIMITS.total_timeout_s),
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=_IDLE_S),
    )


def _named(connection: str) -> set[str]:
    """Return the headers that a Connection header lists as hop-by-hop."""
    return {name.strip().lower() for name in connection.split(",")}
