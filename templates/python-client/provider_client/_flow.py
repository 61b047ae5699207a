"""Flows: the client's decisions as generators, and the messages between a flow and the driver that runs it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ._http import Request, Response, T

if TYPE_CHECKING:
    from ._journal import JournalEntry


class Pause(NamedTuple):
    """A request to the driver to wait for this many seconds."""

    seconds: float


class NotSent(Exception):
    """The service has not received the request. It is safe to send it again."""


class Misconfigured(Exception):
    """The request was not sent because of something that the user can fix."""


class BadURL(Exception):
    """The request was not sent because its URL can't be requested."""


class Interrupted(Exception):
    """The request, or part of it, was sent, and no complete response was received."""


class Oversized(Exception):
    """The response has a success status, but its body is larger than the limit."""


#: The exceptions that a driver throws into a flow instead of sending it a response.
DRIVER_ERRORS = (NotSent, Misconfigured, BadURL, Interrupted, Oversized)
#: A generator that talks to the service without doing any input or output. It yields a `Request`, a `Pause` or a
#: `JournalEntry`; is sent the response (None after the other two), or has one of `DRIVER_ERRORS` thrown in; and returns its
#: result.
Flow: TypeAlias = Generator["Request | Pause | JournalEntry", "Response | None", T]
