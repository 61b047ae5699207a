"""What a client was told: key, addresses, times. And what a single call may say otherwise."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ._budget import Budget
from ._errors import ConfigurationError
from ._given import Given, is_sendable, root_of
from ._hooks import Hooks
from ._journal import Journal
from ._version import VERSION
from ._wire import Headers, Response, origin_of
from .spec.platform import PLATFORM

#: Headers that the client alone sets: a caller's would break the message, or take the key elsewhere.
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade", PLATFORM.auth.header}
)
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~")


class RequestOptions(NamedTuple):
    """How calls are made; None leaves it to the client, and there to the defaults. Never part of a model's parameters.

    Attributes:
        timeout: Seconds for a whole request, with all its attempts and pauses. An answer to a POST, or a picture, that
            has begun to arrive by then may take up to 10 s longer, since it may have been paid for. A client that blocks
            can't break off the look-up of a host's name, nor a wait inside a transport that is not httpx2's own.
        connect_timeout: Seconds for making a connection.
        read_timeout: Seconds for each piece of an answer; a synchronous answer comes in one piece, when the image is made.
        max_attempts: How often a request may be sent where that cannot cost twice; 1 for never again.
        headers: Sent besides the client's own. They may replace `user-agent` and `accept`, and go to the service alone.
        at_least_once: True sends a POST again also if nobody can tell whether the first was carried out, up to
            `max_attempts` times. **It may be billed each time.** False by default.
        budget: Asked before every POST, and told afterwards; see `Budget`.
        journal: The path of a file, or a `Journal`, in which every POST and every accepted job is noted.
        hooks: Called when something happens; see `Hooks`.
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


class Terms(NamedTuple):
    """How one call is made: the call's options over the client's over the defaults, checked."""

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
    """Everything that decides what a request looks like. The key stays out of `repr`, and out of every traceback.

    Raises:
        ConfigurationError: There is no key, or something that was given can't be used.
    """

    __slots__ = ("_key", "clock", "now", "origins", "queue_root", "random", "root", "skip", "terms")

    def __init__(
        self,
        given: Given,
        timeout: float | None = None,
        options: RequestOptions | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        random: Callable[[], float] | None = None,
    ) -> None:
        limits = PLATFORM.limits
        self.root = "(not usable)"
        self.root = root_of(given.base_url or PLATFORM.base_url)
        #: Where the queue is: at an address that was given there is everything.
        self.queue_root = root_of(given.base_url or PLATFORM.queue.base_url or PLATFORM.base_url)
        #: Scheme, host and port: the only places that the key is sent to.
        self.origins = frozenset({origin_of(self.root), origin_of(self.queue_root)})
        self._key = given.key
        flaw = given.key.flaw()
        if flaw:
            raise ConfigurationError(flaw)
        read = limits.read_timeout_s if timeout is None else _seconds("timeout", timeout)
        self.terms = _settled(
            options or _NO_OPTIONS,
            Terms(
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
        #: Lets time pass on a clock that is not the machine's; None where pauses are waited for.
        self.skip: Callable[[float], None] | None = None

    def settle(self, options: RequestOptions) -> Terms:
        """The terms of a call with these options.

        Raises:
            ConfigurationError: One of them can't be used.
        """
        return self.terms if options == _NO_OPTIONS else _settled(options, self.terms)

    def with_options(self, options: RequestOptions) -> Config:
        """A copy whose calls are made with these options."""
        other = object.__new__(Config)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        other.terms = self.settle(options)
        return other

    def credentials(self) -> dict[str, str]:
        """The header with the key: for the service alone, and for no variable that a traceback could show."""
        return self._key.header()

    def cleaned(self, response: Response) -> Response:
        """The response without the key, which some services repeat."""
        content = self._key.strike_bytes(response.content)
        if content is not response.content:
            response = Response(response.status_code, response.headers, content, response.url)
        if self._key.is_in(response.headers.values()):
            headers = Headers((name, self._key.strike(text)) for name, text in response.headers.items())
            return Response(response.status_code, headers, content, response.url)
        return response

    def __repr__(self) -> str:
        return f"<Config {self.root}>"


_NO_OPTIONS = RequestOptions()


def _settled(options: RequestOptions, base: Terms) -> Terms:
    seconds: list[float] = []
    for name in ("timeout", "connect_timeout", "read_timeout"):
        asked = getattr(options, name)
        seconds.append(getattr(base, name) if asked is None else _seconds(name, asked))
    attempts = base.max_attempts if options.max_attempts is None else options.max_attempts
    if type(attempts) is not int or attempts < 1:
        raise ConfigurationError(f"max_attempts is a whole number from 1, not {attempts!r}")
    headers = {**base.headers, **_checked_headers(options.headers)} if options.headers else base.headers
    at_least_once = base.at_least_once if options.at_least_once is None else options.at_least_once
    if type(at_least_once) is not bool:
        raise ConfigurationError(f"at_least_once is True or False, not {at_least_once!r}")
    return Terms(
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
        raise ConfigurationError(f"{name} is a positive number of seconds, not {value!r}")
    return value


def _journal(given: Journal | str | os.PathLike[str] | None) -> Journal | None:
    return given if given is None or isinstance(given, Journal) else Journal(given)


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for given, value in headers.items():
        name = str(given).lower()
        if not name or not _TOKEN.issuperset(name):
            raise ConfigurationError(f"{given!r} is no name of a header")
        if name in _OWN_HEADERS:
            raise ConfigurationError(f"the header {name} is the client's own")
        # The value is not shown: it may be a secret.
        if not is_sendable(value):
            raise ConfigurationError(f"the value of the header {name} is no text that a header can carry")
        checked[name] = value
    return checked


def _even_random() -> float:
    # Only a retry needs it. `random` takes 2 ms to import, and a retry may be due because files can't be opened.
    return int.from_bytes(os.urandom(6), "big") / 2**48
