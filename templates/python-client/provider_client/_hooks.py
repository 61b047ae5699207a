"""Hooks and the log: how users observe what the client does. Neither gets the API key."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ._http import Request, Response
from ._results.jobs import JobHandle
from ._text import printable

if TYPE_CHECKING:
    from logging import Logger

    from ._errors import ProviderError

#: The name of the logger: that of the package, also of a vendored copy.
LOGGER = __package__ or "provider_client"
DEBUG, INFO, ERROR = 10, 20, 40
_logger: Logger | None = None


class Hooks(NamedTuple):
    """Functions that are called on events: `RequestOptions(hooks=Hooks(retry=print))`.

    They are called synchronously in the caller's thread or event loop, so they should be fast. Coroutine functions are not
    supported. An exception of `request` ends the call before that request is sent. An exception of another hook is logged as an
    error and the call goes on, because a result that was paid for must not be lost; this includes warnings that are turned into
    errors. The same holds for a `Budget` or `Journal` subclass that raises after the request was sent, and for log handlers.
    `KeyboardInterrupt`, `SystemExit` and cancellation are never suppressed.

    Attributes:
        request: Called with each request before each attempt. The request does not contain the key.
        response: Called with a request and its response, whatever its status.
        retry: Called before a retry with the request, the failure, and the seconds until the retry.
        poll: Called after each poll with a job's handle and the body of its status.
    """

    request: Callable[[Request], object] | None = None
    response: Callable[[Request, Response], object] | None = None
    retry: Callable[[Request, ProviderError, float], object] | None = None
    poll: Callable[[JobHandle, Mapping[str, Any]], object] | None = None


def run_hook(hook: Callable[..., object] | None, *arguments: object) -> None:
    """Call a hook and log its exception instead of raising it, because a result may have been paid for. None does nothing."""
    if hook is not None:
        try:
            hook(*arguments)
        except Exception as error:
            name = getattr(hook, "__qualname__", type(hook).__name__)
            log(ERROR, "%s raised %s and was ignored: %s", name, type(error).__name__, _text(error))


def _text(error: Exception) -> str:
    try:
        return printable(str(error))
    except Exception:
        return "an error without a message"


def log(level: int, message: str, *arguments: object) -> None:
    """Write a log record, if the program has imported `logging`, which takes longer to import than this package.

    Exceptions of handlers and filters are ignored, because a result that was paid for must not be lost.
    """
    global _logger
    if _logger is None:
        logging = sys.modules.get("logging")
        if logging is None:
            return
        _logger = logger = logging.getLogger(LOGGER)
    else:
        logger = _logger
    with suppress(Exception):
        if logger.isEnabledFor(level):
            logger.log(level, message, *arguments)


def start_log(wanted: str) -> None:
    """Show the log on standard error if `wanted` (the value of `PROVIDER_LOG`) is `debug` or `info`.

    No handler is added if the package's logger or the root logger has one.
    """
    level = {"debug": DEBUG, "info": INFO}.get(wanted.strip().lower())
    if level is None:
        return
    import logging

    logger = logging.getLogger(LOGGER)
    logger.setLevel(level)
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        logger.addHandler(handler)


class ShownHeaders:
    """Headers for the log, formatted only when needed. Cookies and the caller's own headers may be secret and are hidden."""

    __slots__ = ("_headers", "_ours")

    def __init__(self, headers: Mapping[str, str], ours: frozenset[str] | None = None) -> None:
        self._headers = headers
        self._ours = ours

    def __str__(self) -> str:
        shown = {
            name: "…" if name == "set-cookie" or (self._ours is not None and name not in self._ours) else value
            for name, value in self._headers.items()
        }
        return str(shown)


def shown_url(url: str) -> str:
    """Return a URL for the log without its query, which may be a signature that gives access to the file."""
    path, mark, _ = url.partition("?")
    return f"{path[:200]}?…" if mark else path[:200]
