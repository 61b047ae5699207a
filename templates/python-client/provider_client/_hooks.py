"""What a caller may watch: a function for each kind of event, and the log. Neither ever sees the key."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ._answers.job import JobHandle
from ._wire import Request, Response, inert

if TYPE_CHECKING:
    from logging import Logger

    from ._errors import ProviderError

#: Where everything is logged: the package's own name, also where it was copied to.
LOGGER = __package__ or "provider_client"
DEBUG, INFO, ERROR = 10, 20, 40
_logger: Logger | None = None


class Hooks(NamedTuple):
    """Functions to be called when something happens: `RequestOptions(hooks=Hooks(retry=print))`.

    They are called at once and in the caller's thread or event loop, so they should be quick; a coroutine function is
    none of them. An exception of `request` ends the call before that request is sent. An exception of the others, a
    warning that was turned into an error included, is logged as an error, and the call goes on: it must not cost an
    image that was paid for. The same holds for a `Budget` or a `Journal` of your own that raises once the request was
    sent, and for log handlers. `KeyboardInterrupt`, `SystemExit` and cancellation are never held up.

    Attributes:
        request: Called with each request before it is sent, also again. It holds no key.
        response: Called with a request and its response, of whatever status.
        retry: Called with a request that is about to be sent again, the failure, and the seconds until then.
        poll: Called with a job's handle and the body that says where it stands.
    """

    request: Callable[[Request], object] | None = None
    response: Callable[[Request, Response], object] | None = None
    retry: Callable[[Request, ProviderError, float], object] | None = None
    poll: Callable[[JobHandle, Mapping[str, Any]], object] | None = None


def call(hook: Callable[..., object] | None, *arguments: object) -> None:
    """Call code of the user that has no say in what follows: an image may have been paid for. None is no hook."""
    if hook is not None:
        try:
            hook(*arguments)
        except Exception as error:
            name = getattr(hook, "__qualname__", type(hook).__name__)
            log(ERROR, "%s raised %s and was ignored: %s", name, type(error).__name__, _text(error))


def _text(error: Exception) -> str:
    try:
        return inert(str(error))
    except Exception:
        return "an error without a message"


def log(level: int, message: str, *arguments: object) -> None:
    """Log, if anybody can have asked for it: `logging` takes longer to import than this whole package.

    What a handler or a filter raises is ignored: a log must not cost an image that was paid for.
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
    """Shows the log on standard error, as `PROVIDER_LOG` asks: `debug` or `info`; anything else asks for nothing.

    A handler that was there before, of this package or of the root, is left to do it.
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
    """Headers as a log may show them: a caller's own may be secrets, and so are cookies."""

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
    """A URL for a log: what follows the path may be a signature that opens it to anybody."""
    path, mark, _ = url.partition("?")
    return f"{path[:200]}?…" if mark else path[:200]
