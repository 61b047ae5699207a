"""The configuration of a client, and the options of its calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ._budget import Budget
from ._credentials import Credentials, is_sendable
from ._errors import ConfigurationError
from ._hooks import Hooks
from ._http import Headers, Response
from ._journal import Journal
from ._network import call_time
from ._urls import api_root
from ._version import VERSION
from .spec.origins import origin_of
from .spec.platform import PLATFORM

#: Headers that callers can't set: they would break the request, or send the key to another host.
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade", PLATFORM.auth.header}
)
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~")


class RequestOptions(NamedTuple):
    """Options of calls. None means the client's option, or its default. Options are never sent as model parameters.

    Attributes:
        timeout: Seconds for a whole request, with all its attempts and pauses. A response to a POST, or a file, that has
            started to arrive by then gets up to 10 s more, since it may have been paid for. The blocking client can't interrupt
            the lookup of a host name, nor a wait inside a transport that is not one of httpx2.
        connect_timeout: Seconds for opening a connection.
        read_timeout: Seconds for each chunk of a response. A synchronous response arrives in one chunk, after the result was
            generated.
        max_attempts: How often a request may be sent if that can't cost twice; 1 for no retries.
        headers: Extra headers, sent to the service only. They may replace `user-agent` and `accept`.
        at_least_once: True also sends a POST again if it is unknown whether it was carried out, up to `max_attempts` times.
            **It may be billed each time.** False by default.
        budget: A limit on spending, checked before every POST; see `Budget`.
        journal: A `Journal` or the path of its file. Every POST and every accepted job is written to it.
        hooks: Functions that are called on events; see `Hooks`.
    """

    timeout: float | None = None
    connect_timeout: float | None = None
    read_timeout: float | None = None
    max_attempts: int | None = None
    headers: Mapping[str, str] | None = None
    at_least_once: bool | None = None
    budget: Budget | None = None
    journal: Journal | str | os.PathLike[str] | None = None
    hooks: Hooks | None = None


class CallSettings(NamedTuple):
    """The settings of one call: its options, else the client's, else the defaults. All are valid."""

    timeout: float
    connect_timeout: float
    read_timeout: float
    max_attempts: int
    headers: Mapping[str, str]
    at_least_once: bool = False
    budget: Budget | None = None
    journal: Journal | None = None
    hooks: Hooks = Hooks()


class Config:
    """The configuration of a client. The API key does not appear in its `repr`, nor in any traceback.

    Attributes:
        root: The base URL, without a version.
        queue_root: The base URL of the queue. If the caller sets a base URL, it is for the queue too.
        origins: The origins that the API key may be sent to.
        settings: The settings of a call without options.
        clock: Returns seconds, for deadlines.
        now: Returns seconds since the epoch, on the clock of the service if that is a mock in this process.
        random: Returns a random number in [0, 1).
        skip: Called instead of waiting for a pause; None to wait, or to advance the clock of a mock in this process.

    Raises:
        ConfigurationError: There is no API key, or an argument is invalid.
    """

    __slots__ = ("_key", "_roots", "clock", "now", "origins", "queue_root", "random", "root", "settings", "skip")

    def __init__(
        self,
        credentials: Credentials,
        timeout: float | None = None,
        options: RequestOptions | None = None,
        *,
        clock: Callable[[], float] = call_time.monotonic,
        now: Callable[[], float] = call_time.now,
        random: Callable[[], float] | None = None,
    ) -> None:
        limits = PLATFORM.limits
        self.root = "(not usable)"
        self.root = api_root(credentials.base_url or PLATFORM.base_url)

        self.queue_root = api_root(credentials.base_url or PLATFORM.queue.base_url or PLATFORM.base_url)
        self.origins = frozenset(filter(None, (origin_of(self.root), origin_of(self.queue_root))))
        self._roots = tuple(f"{origin}/" for origin in self.origins)
        self._key = credentials.key
        problem = credentials.key.problem()
        if problem:
            raise ConfigurationError(problem)
        read = limits.read_timeout_s if timeout is None else _seconds("timeout", timeout)
        self.settings = _merged(
            options or _NO_OPTIONS,
            CallSettings(
                max(limits.total_timeout_s, read),
                limits.connect_timeout_s,
                read,
                limits.max_attempts,
                {"user-agent": f"provider-client-python/{VERSION}", "accept": "*/*"},
            ),
        )
        self.clock = clock
        self.now = now
        self.random = random or _even_random

        self.skip: Callable[[float], None] | None = None

    def settings_for(self, options: RequestOptions) -> CallSettings:
        """The settings of a call with these options.

        Raises:
            ConfigurationError: One of them can't be used.
        """
        return self.settings if options == _NO_OPTIONS else _merged(options, self.settings)

    def with_options(self, options: RequestOptions) -> Config:
        """Return a copy with other default options."""
        other = object.__new__(Config)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        other.settings = self.settings_for(options)
        return other

    def admits(self, url: str) -> bool:
        """Return whether a URL is on one of the origins that the API key may be sent to."""
        return url.startswith(self._roots) or origin_of(url) in self.origins

    def key_header(self) -> dict[str, str]:
        """Return the header with the API key. Send it to the service only, and don't store it in a variable."""
        return self._key.header()

    def without_key(self, response: Response) -> Response:
        """Return the response with the API key replaced, because some services repeat it."""
        content = response.body
        # A file on disk is a video or a recording, in which nobody repeats a key.
        if isinstance(content, bytes):
            content = self._key.redact_bytes(content)
        if content is not response.body:
            response = Response(response.status_code, response.headers, content, response.url)
        if self._key.is_in(response.headers.values()):
            headers = Headers((name, self._key.redact(text)) for name, text in response.headers.items())
            return Response(response.status_code, headers, content, response.url)
        return response

    def __repr__(self) -> str:
        return f"<Config {self.root}>"


_NO_OPTIONS = RequestOptions()


def _merged(options: RequestOptions, base: CallSettings) -> CallSettings:
    seconds: list[float] = []
    for name in ("timeout", "connect_timeout", "read_timeout"):
        asked = getattr(options, name)
        seconds.append(getattr(base, name) if asked is None else _seconds(name, asked))
    attempts = base.max_attempts if options.max_attempts is None else options.max_attempts
    if type(attempts) is not int or attempts < 1:
        raise ConfigurationError(f"max_attempts must be an integer ≥ 1, got {attempts!r}")
    headers = {**base.headers, **_checked_headers(options.headers)} if options.headers else base.headers
    at_least_once = base.at_least_once if options.at_least_once is None else options.at_least_once
    if type(at_least_once) is not bool:
        raise ConfigurationError(f"at_least_once must be True or False, got {at_least_once!r}")
    return CallSettings(
        seconds[0],
        seconds[1],
        seconds[2],
        attempts,
        headers,
        at_least_once,
        base.budget if options.budget is None else options.budget,
        _journal(options.journal) or base.journal,
        options.hooks or base.hooks,
    )


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(f"{name} must be a number of seconds > 0, got {value!r}")
    return value


def _journal(given: Journal | str | os.PathLike[str] | None) -> Journal | None:
    return given if given is None or isinstance(given, Journal) else Journal(given)


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for given, value in headers.items():
        name = str(given).lower()
        if not name or not _TOKEN.issuperset(name):
            raise ConfigurationError(f"{given!r} is not a valid header name")
        if name in _OWN_HEADERS:
            raise ConfigurationError(f"the header {name} is set by the client and can't be replaced")
        # The value is not shown: it may be a secret.
        if not is_sendable(value):
            raise ConfigurationError(
                f"the value of the header {name} must be printable ASCII text without surrounding spaces"
            )
        checked[name] = value
    return checked


def _even_random() -> float:
    # Not `random`: it takes 2 ms to import, and a retry may be due because no file can be opened.
    return int.from_bytes(os.urandom(6), "big") / 2**48
