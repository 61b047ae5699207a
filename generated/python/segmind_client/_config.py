"""What a client was told: key, addresses, times. And what a single call may say otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from random import random as even_random
from typing import NamedTuple

from ._errors import ConfigurationError
from ._version import VERSION
from .spec.platform import PLATFORM


class RequestOptions(NamedTuple):
    """How one call is made; None leaves it to the client. Never part of a model's parameters.

    Attributes:
        timeout: Seconds for the whole call, with all its attempts and pauses.
        connect_timeout: Seconds for making a connection.
        read_timeout: Seconds for each piece of an answer; a v1 answer comes in one piece, when the picture is drawn.
        max_attempts: How often a request may be sent where that cannot cost twice; 1 for never again.
        headers: Sent besides the client's own, which they can't replace.
    """

    timeout: float | None = None
    connect_timeout: float | None = None
    read_timeout: float | None = None
    max_attempts: int | None = None
    headers: Mapping[str, str] | None = None


class Config:
    """Everything that decides what a request looks like. The key stays out of `repr`."""

    __slots__ = ("_key", "clock", "connect_timeout", "max_attempts", "now", "random", "read_timeout", "root", "timeout")

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None,
        timeout: float | None,
        options: RequestOptions,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        random: Callable[[], float] = even_random,
    ) -> None:
        limits = PLATFORM.limits
        self._key = api_key if api_key is not None else environ.get(PLATFORM.key_variable, "")
        self.root = _root(base_url or environ.get(PLATFORM.base_url_variable) or PLATFORM.base_url)
        self.connect_timeout = _first(options.connect_timeout, limits.connect_timeout_s)
        self.read_timeout = _first(options.read_timeout, timeout, limits.read_timeout_s)
        self.timeout = max(_first(options.timeout, limits.total_timeout_s), timeout or 0.0)
        self.max_attempts = options.max_attempts or limits.max_attempts
        self.clock = clock
        self.now = now
        self.random = random

    @property
    def origin(self) -> str:
        """Scheme, host and port: the only place that the key is sent to."""
        return origin_of(self.root)

    def headers(self, *, with_key: bool) -> dict[str, str]:
        """The headers of every request.

        Raises:
            ConfigurationError: A key is needed, and there is none that a header can hold.
        """
        headers = {"user-agent": f"segmind-client-python/{VERSION}", "accept": "*/*"}
        if with_key:
            headers[PLATFORM.key_header] = self.key()
        return headers

    def key(self) -> str:
        """The API key, checked."""
        if not self._key:
            raise ConfigurationError(f"no API key: set {PLATFORM.key_variable}, or give api_key=")
        if not self._key.isascii() or not self._key.isprintable() or " " in self._key:
            raise ConfigurationError("the API key holds a character that no header can carry (a line end?)")
        return self._key

    def __repr__(self) -> str:
        return f"<Config {self.root}, key {'set' if self._key else 'missing'}>"


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, in lower case, with the scheme's own port left out."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].lower()
    scheme = scheme.lower()
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, ' '))}"


def _root(base_url: str) -> str:
    """The base URL without a trailing /v1 or /v2, which paths bring with them."""
    root = base_url.strip().rstrip("/")
    scheme, separator, rest = root.partition("://")
    if (
        scheme.lower() not in ("http", "https")
        or not separator
        or not rest
        or "@" in rest
        or any(c in rest for c in "?# ")
    ):
        raise ConfigurationError(f"base_url {root!r} is no http(s) address (and it can't hold user, query or fragment)")
    head, _, last = root.rpartition("/")
    return head if last in ("v1", "v2") else root


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)
