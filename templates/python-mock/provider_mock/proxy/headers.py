"""Header names that the proxy, its recordings and its replays share, in lower case."""

from __future__ import annotations

#: Number of drifts in an exchange, of the client or the service: `x-mock-drift: 1`.
DRIFT = "x-mock-drift"
#: Codes of all findings in an exchange: `x-mock-findings: wrong-size`.
FINDINGS = "x-mock-findings"
#: Origin of an answer: `service`, `proxy` or `recording`.
SOURCE = "x-mock-source"
#: Headers of one connection, which are never forwarded.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
#: Headers that a server computes for each message, which a recording neither stores nor replays.
PER_MESSAGE = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
