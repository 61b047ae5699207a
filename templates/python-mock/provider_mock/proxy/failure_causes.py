"""The cause of a failed request to the service: a message that names the cause, and whether the request was sent."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Any, cast

import httpx2

from .upstream_route import UpstreamRoute

#: OpenSSL's codes for a chain that leads to no trusted certificate.
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21, 27})
_TRY_CA = "--upstream-ca FILE adds a certificate to trust"


class SendTracker:
    """Progress of a request. `sent` is whether a part of it may have left; it is not reset."""

    def __init__(self) -> None:
        self.sent = False
        self.tunnel = False
        self.tls = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take an event of httpx2's extension `trace`."""
        step = event.partition(".")[2]
        if step == "send_request_headers.started":
            if info["request"].method == b"CONNECT":
                self.tunnel = True
            else:
                self.sent = True
        elif step == "send_request_headers.failed" and type(info.get("exception")).__name__ == "LocalProtocolError":
            # The request cannot be written at all.
            self.sent = False
        elif step == "start_tls.started":
            self.tls = True


def explain(error: Exception, tracker: SendTracker, origin: str, route: UpstreamRoute, connect_s: float) -> str:
    """Return the cause as a sentence, without the message of the exception, which may quote a header."""
    if tracker.sent:
        return f"The service's answer is incomplete ({_interruption(error)}); the request may have been billed."
    return f"{_unsent_cause(error, tracker, origin, route, connect_s)}. Nothing was sent to the service."


def _unsent_cause(error: Exception, tracker: SendTracker, origin: str, route: UpstreamRoute, connect_s: float) -> str:
    place = origin.partition("://")[2]
    proxy = f"the proxy {route.proxy_name} ({route.source})" if route.proxy is not None else ""
    if isinstance(error, httpx2.ProxyError):
        status = _printable(str(error))
        hint = ": put its user name and password into its URL" if status.startswith("407") else ""
        return f"T{proxy[1:]} refused CONNECT {place} with {status}{hint}"
    if proxy and tracker.tunnel and not tracker.tls:
        what = "timed out" if _is_timeout(error) else f"broke off ({_interruption(error)})"
        return f"T{proxy[1:]} {what} before it answered CONNECT {place}"
    peer = proxy if proxy and not tracker.tunnel and not _plain_tunnel(tracker, route) else f"the service at {origin}"
    via = f" through {proxy}" if proxy and peer is not proxy else ""
    if isinstance(error, httpx2.PoolTimeout):
        return f"No connection to {peer}{via} was free: all are waiting for answers"
    if isinstance(error, httpx2.LocalProtocolError):
        return "The request has a header that HTTP/1.1 does not allow"
    return f"T{peer[1:]} is not reachable{via}: {_reason(error, tracker, connect_s)}"


def _plain_tunnel(tracker: SendTracker, route: UpstreamRoute) -> bool:
    """Return whether TLS began although no tunnel was asked for: with an http proxy it can only be the service's."""
    return tracker.tls and not (route.proxy or "").startswith("https:")


def _reason(error: Exception, tracker: SendTracker, connect_s: float) -> str:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = f"; {_TRY_CA}" if cause.verify_code in _UNKNOWN_ISSUER else ""
            return f"TLS: its certificate is not trusted ({_printable(cause.verify_message)}){hint}"
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return f"TLS: the handshake failed ({_printable(cause.reason or type(cause).__name__)})"
        if isinstance(cause, socket.gaierror):
            return f"DNS: its name has no address ({_printable(cause.strerror or '')})"
    if any(map(_is_timeout, causes)):
        return f"{'TLS: ' * tracker.tls}time-out, no connection within {connect_s:g} s"
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, OSError) and cause.errno:
            return _printable(os.strerror(cause.errno))
    if tracker.tls:
        return "TLS: the connection was closed during the handshake"
    return type(error).__name__


def _interruption(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno == errno.ECONNRESET:
            return "the connection was reset"
    return type(error).__name__


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, (httpx2.TimeoutException, TimeoutError))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it was raised from, also those of groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting += cast("tuple[BaseException, ...]", cause.exceptions)
        waiting += [other for other in (cause.__cause__, cause.__context__) if other is not None]


def _printable(text: str) -> str:
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text[:200])
