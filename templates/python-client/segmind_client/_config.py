"""What a client was told: key, addresses, times. And what a single call may say otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ._errors import ConfigurationError
from ._version import VERSION
from ._wire import origin_of
from .spec.platform import PLATFORM

#: Headers that the client alone sets: a caller's would break the message, or take the key elsewhere.
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade", PLATFORM.key_header}
)
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~")
#: Keys shorter than this are not looked for in texts of the service: they would be found in every other word.
_SHORTEST_SECRET = 6


class RequestOptions(NamedTuple):
    """How calls are made; None leaves it to the client, and there to the defaults. Never part of a model's parameters.

    Attributes:
        timeout: Seconds for a whole request, with all its attempts and pauses.
        connect_timeout: Seconds for making a connection.
        read_timeout: Seconds for each piece of an answer; a v1 answer comes in one piece, when the picture is drawn.
        max_attempts: How often a request may be sent where that cannot cost twice; 1 for never again.
        headers: Sent besides the client's own. They may replace `user-agent` and `accept`, and go to the service alone.
    """

    timeout: float | None = None
    connect_timeout: float | None = None
    read_timeout: float | None = None
    max_attempts: int | None = None
    headers: Mapping[str, str] | None = None


class Terms(NamedTuple):
    """How one call is made: the call's options over the client's over the defaults, checked."""

    timeout: float
    connect_timeout: float
    read_timeout: float
    max_attempts: int
    headers: Mapping[str, str]


class Config:
    """Everything that decides what a request looks like. The key stays out of `repr`.

    Raises:
        ConfigurationError: There is no key, or something that was given can't be used.
    """

    __slots__ = ("_key", "clock", "now", "origin", "random", "root", "terms")

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
        random: Callable[[], float] | None = None,
    ) -> None:
        limits = PLATFORM.limits
        self.root = _root(base_url or environ.get(PLATFORM.base_url_variable) or PLATFORM.base_url)
        #: Scheme, host and port: the only place that the key is sent to.
        self.origin = origin_of(self.root)
        self._key = _checked_key(api_key if api_key is not None else environ.get(PLATFORM.key_variable, ""))
        read = limits.read_timeout_s if timeout is None else timeout
        self.terms = _settled(
            options,
            Terms(
                max(limits.total_timeout_s, read),
                limits.connect_timeout_s,
                read,
                limits.max_attempts,
                {"user-agent": f"segmind-client-python/{VERSION}", "accept": "*/*"},
            ),
        )
        self.clock = clock
        self.now = now
        self.random = random or _even_random

    def settle(self, options: RequestOptions) -> Terms:
        """The terms of a call with these options.

        Raises:
            ConfigurationError: One of them can't be used.
        """
        return self.terms if options == _NO_OPTIONS else _settled(options, self.terms)

    def credentials(self) -> dict[str, str]:
        """The header with the key: for the service alone, and for no variable that a traceback could show."""
        return {PLATFORM.key_header: self._key}

    def without_key(self, text: str) -> str:
        """A text of the service for others to read: some services repeat a key that they refuse."""
        return text.replace(self._key, "[key]") if len(self._key) >= _SHORTEST_SECRET else text

    def __repr__(self) -> str:
        return f"<Config {self.root}>"


_NO_OPTIONS = RequestOptions()


def _settled(options: RequestOptions, base: Terms) -> Terms:
    seconds: list[float] = []
    for name in ("timeout", "connect_timeout", "read_timeout"):
        asked = getattr(options, name)
        value = getattr(base, name) if asked is None else asked
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
            raise ConfigurationError(f"{name} is a positive number of seconds, not {value!r}")
        seconds.append(value)
    attempts = base.max_attempts if options.max_attempts is None else options.max_attempts
    if type(attempts) is not int or attempts < 1:
        raise ConfigurationError(f"max_attempts is a whole number from 1, not {attempts!r}")
    headers = {**base.headers, **_checked_headers(options.headers)} if options.headers else base.headers
    return Terms(seconds[0], seconds[1], seconds[2], attempts, headers)


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for given, value in headers.items():
        name = str(given).lower()
        if not name or not _TOKEN.issuperset(name):
            raise ConfigurationError(f"{given!r} is no name of a header")
        if name in _OWN_HEADERS:
            raise ConfigurationError(f"the header {name} is the client's own")
        # The value is not shown: it may be a secret.
        if not _is_sendable(value):
            raise ConfigurationError(f"the value of the header {name} is no text that a header can carry")
        checked[name] = value
    return checked


def _checked_key(key: object) -> str:
    if not key:
        raise ConfigurationError(f"no API key: set {PLATFORM.key_variable}, or give api_key=")
    if not isinstance(key, str) or not _is_sendable(key) or " " in key:
        raise ConfigurationError("the API key holds a character that no header can carry (a line end?)")
    return key


def _is_sendable(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()


def _root(base_url: str) -> str:
    """The base URL without a trailing /v1 or /v2, which paths bring with them."""
    root = base_url.strip().rstrip("/")
    scheme, _, rest = root.partition("://")
    host = rest.partition("/")[0]
    port = host.rpartition("]")[2].partition(":")[2]
    if (
        scheme.lower() not in ("http", "https")
        or not host.removesuffix(f":{port}")
        or not root.isprintable()
        or any(c in rest for c in "?# @\\")
        or (port and not (port.isascii() and port.isdigit() and int(port) < 65536))
    ):
        raise ConfigurationError(f"base_url {root!r} is no http(s) address (and it can't hold user, query or fragment)")
    head, _, last = root.rpartition("/")
    return head if last in ("v1", "v2") and head != f"{scheme}:/" else root


def _even_random() -> float:
    # Only a retry needs it, and `random` takes 2 ms to import.
    from random import random

    return random()
