"""One connection to the mock: uvicorn's protocol, with limits it does not have itself, and two ways to break off.

uvicorn waits for ever for the rest of a request or for a client to read its answer, takes a head of any length, and ends
an idle connection without a word. Each is a cheap way to hold a server, or to lose a request.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import sys
import termios

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from .asgi import CONNECTION

#: How long a request may take to come in, and how long an answer may lie there without a byte of it being taken.
REQUEST_S = 10.0
HEAD_BYTES = 64 << 10
#: Requests that may wait behind one that is being answered. Whoever sends more has to send them again.
MOST_BEHIND = 100
#: How long a client has to notice that the connection was ended, before it is dropped.
FAREWELL_S = 2.0

#: To close a socket with this option set sends RST.
_RESET = struct.pack("ii", 1, 0)
#: In a body that comes in chunks of one byte, so many more bytes say how long each chunk is.
_FRAMING = 5
_TOO_MUCH_SAID = b"431 Request Header Fields Too Large"


class ConnectionsState(ServerState):
    """What the connections of one server share. While `leaving`, each further answer is the last on its connection."""

    leaving = False


class Connection(HttpToolsProtocol):
    """Serves one connection.

    `scope["extensions"]["provider_mock"]` holds two functions without arguments. Both send what was written and then end
    the connection: `abort` with RST, `close` with FIN. The application returns afterwards, whether or not it had begun
    its answer; what it still sends goes nowhere, and requests that wait behind this one are dropped.
    """

    server_state: ConnectionsState

    _since: float | None = None
    _in_head = True
    _head = 0
    _taken = 0
    _body = 0
    _unread = 0
    _unread_since = 0.0
    _deaf = False
    _ended = False
    _running: RequestResponseCycle | None = None
    _last: RequestResponseCycle | None = None

    @property
    def idle(self) -> bool:
        """Whether no request is under way, not even the beginning of one."""
        return self._head == 0 and not self._answering() and (self._since is None or self._running is None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch = self.loop.call_later(REQUEST_S, self._check)
        self._extensions: dict[str, dict[object, object]] = {CONNECTION: {"abort": self._abort, "close": self._close}}

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        self._unset_keepalive_if_required()
        self._detach()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._in_head:
            self._head += len(data)
            if self._head > HEAD_BYTES + len(data):
                self._refuse(_TOO_MUCH_SAID)
                return
        else:
            self._taken += len(data)
            if self._taken > HEAD_BYTES + len(data) + self._body * (1 + _FRAMING):
                # Trailers without end, or chunks that say more about themselves than they hold.
                self._refuse(_TOO_MUCH_SAID)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        if len(self.pipeline) == MOST_BEHIND:
            # The only way to stop the parser, which has got a quarter of a megabyte to read and no idea when to end.
            raise RuntimeError("too many requests at once")
        self._since = self.loop.time()
        self._in_head = True
        super().on_message_begin()
        self.scope["extensions"] = self._extensions

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head = self._taken = self._body = 0
        answering = self._answering()
        super().on_headers_complete()
        if not answering:
            self._running = self.cycle
        if self.server_state.leaving:
            self.leave()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._since = None
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.pipeline:
            self._running = self.pipeline[-1][0]
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no request. Where it stands behind one that is, that one's answer is the last thing said."""
        if self._behind():
            self._deaf = True
            self.leave()
        else:
            super().send_400_response(msg)

    def leave(self) -> None:
        """Makes the answer to the newest request say that it is the last one, unless it has begun already."""
        if not self._answering() or self.cycle.response_started:
            return
        if self._last is not None and self._last is not self.cycle and not self._last.response_started:
            # Another request has come in behind the one that was to be the last.
            self._last.keep_alive = True
        if self.cycle.keep_alive:
            self.cycle.keep_alive = False
            self._last = self.cycle

    def _answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def _check(self) -> None:
        # One timer for each connection, moved on when it rings, is cheaper than one for each request.
        now = self.loop.time()
        unread = self.transport.get_write_buffer_size()
        if unread != self._unread or unread == 0:
            self._unread, self._unread_since = unread, now
        elif now - self._unread_since >= REQUEST_S:
            self.transport.abort()
            return
        if self._since is not None and (self.flow.read_paused or self._behind()):
            # It is not the client who is slow.
            self._since = now
        left = REQUEST_S if self._since is None else self._since + REQUEST_S - now
        if left > 0 or self.transport.is_closing():
            self._watch = self.loop.call_later(left if left > 0 else REQUEST_S, self._check)
        else:
            self._refuse(b"408 Request Timeout")

    def _behind(self) -> bool:
        """Whether what is coming in stands behind a request that has not been answered yet."""
        return self._answering() and (self._in_head or self._running is not self.cycle)

    def _refuse(self, status: bytes) -> None:
        """Ends the connection, with an answer if that cannot be taken for a part of another one."""
        if not self.transport.is_closing():
            if not self._behind() and (self._in_head or not self.cycle.response_started):
                self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self._close()

    def _close(self) -> None:
        if self._detach():
            # Of this side only: closing a socket with something unread in it sends RST, and then the client may lose
            # what it has not read itself.
            self.transport.write_eof()
            self.flow.resume_reading()
            self._say_farewell()

    def _say_farewell(self, unread: int = -1) -> None:
        left = self.transport.get_write_buffer_size()
        if left != unread:
            self._watch = self.loop.call_later(FAREWELL_S, self._say_farewell, left)
        else:
            self.transport.abort()

    def _abort(self) -> None:
        if self._detach():
            self._reset(self.loop.time() + FAREWELL_S)

    def _reset(self, until: float) -> None:
        if self._unsent() and self.loop.time() < until:
            self._watch = self.loop.call_later(0.005, self._reset, until)
        elif not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()

    def _unsent(self) -> int:
        """How many of the bytes that were written have not arrived: RST would make the kernel forget its share."""
        waiting = self.transport.get_write_buffer_size()
        if waiting or self.transport.is_closing():
            return waiting
        said = bytearray(4)
        try:
            fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, said)
        except OSError:
            return 0
        return int.from_bytes(said, sys.byteorder)

    def _detach(self) -> bool:
        """Leaves those who still answer without a connection, which is no error to uvicorn; False if that is done."""
        if self._ended:
            return False
        self._ended = self._deaf = True
        self._watch.cancel()
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        for cycle in (self._running, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.waiting_for_100_continue = False
                cycle.message_event.set()
        self.flow.resume_writing()
        return not self.transport.is_closing()
