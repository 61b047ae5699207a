"""The destination of a request of the code under test: the mock of the running test, the network, or nowhere."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from .addresses import Address, is_platform
from .guard import message
from .inprocess import InProcess
from .pauses import ClientPauses


class NotAnswered(Exception):
    """A request to a host of the provider that no mock answers. It must not be sent."""


class Destination:
    """The destination of requests to any of `addresses`: `mock`.

    Without `mock`, these requests are sent as usual, and pauses of the client that sends them advance the clock of `pauses`.
    """

    def __init__(
        self, mock: InProcess | None, addresses: Sequence[Address], pauses: ClientPauses | None = None
    ) -> None:
        self.mock = mock
        self.pauses = pauses
        self.pools: dict[tuple[str, str, int], Any] = {}
        self._addresses = addresses

    @contextmanager
    def active(self) -> Generator[None, None, None]:
        """Let requests find this destination while the block runs."""
        _ACTIVE.append(self)
        try:
            yield
        finally:
            _ACTIVE.remove(self)

    def find(self, scheme: str, host: str, port: int | None, target: bytes) -> bytes | None:
        """Return the target for the mock; None if the request is not ours."""
        for address in self._addresses:
            if address.covers(scheme, host, port, target):
                rest = target[len(address.prefix) :]
                return rest if rest.startswith(b"/") else b"/" + rest
        return None


class Route(NamedTuple):
    """The way of a request: to `mock` with the path `target`, or to the network if there is no mock."""

    destination: Destination
    target: bytes

    @property
    def mock(self) -> InProcess | None:
        """The mock that answers the request."""
        return self.destination.mock

    def announce_clock(self, extensions: Mapping[str, Any]) -> None:
        """Tell the client, if it asks for this with an extension, that its pauses advance the mock's clock."""
        if self.destination.pauses is not None:
            self.destination.pauses.announce(extensions)


#: The destinations of the running test, the newest last.
_ACTIVE: list[Destination] = []


def find_route(scheme: str, host: str, port: int | None, target: bytes) -> Route | None:
    """Return the way of a request; None if it has nothing to do with the platform. Raises NotAnswered."""
    for destination in reversed(_ACTIVE):
        found = destination.find(scheme, host, port, target)
        if found is not None:
            return Route(destination, found)
    if _ACTIVE and is_platform(host):
        raise NotAnswered(message(host))
    return None
