"""One connection to the mock: uvicorn's protocol with additional limits and two ways to break the connection.

uvicorn waits without limit for the rest of a request and for a client to read its answer, accepts headers of any length,
and closes an idle connection without warning. Each is a cheap way to block a server or to lose a request.

It also loses the body of a request that offers an upgrade to another protocol: its parser takes all that follows the
headers for that protocol. Java's HttpClient offers h2c with each first request. A server may ignore such an offer (RFC 9110,
section 7.8), so the request is parsed again without it.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from contextlib import suppress

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from .asgi import CONNECTION

#: Seconds in which a request must arrive, and after which an answer that the client does not read is dropped.
REQUEST_S = 10.0
HEAD_BYTES = 64 << 10
#: Number of pipelined requests that may wait. A client that sends more has to repeat them.
MOST_BEHIND = 100
#: Seconds for a client to notice that the connection was closed, before it is dropped.
FAREWELL_S = 2.0

#: To copy fewer bytes is quicker than to hand over two pieces.
_SMALL_BODY = 4096
#: Closing a socket with this option sends RST.
_RESET = struct.pack("ii", 1, 0)
#: Bytes of chunk framing for each byte of a body that is sent in chunks of one byte.
_FRAMING = 5
_TOO_MUCH_SAID = b"431 Request Header Fields Too Large"


class ConnectionsState(ServerState):
    """State that the connections of one server share. While `leaving`, each answer is the last on its connection."""

    leaving = False


class AnswerTransport(asyncio.Transport):
    """The transport that answers are written to. It keeps their head back until the body follows, for one system call and
    one packet instead of two: the application always sends the two one after the other. Before a long body, the head is
    written by itself, since `writelines` of asyncio ignores how much is unsent (Python 3.12.0 to 3.12.8, 3.13.0 and 3.13.1).
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._head:
            head, self._head = self._head, b""
            if len(data) < _SMALL_BODY:
                self._transport.write(head + data)
            else:
                self._transport.write(head)
                self._transport.write(data)
        elif data[:9] == b"HTTP/1.1 " and data[9:10] != b"1":
            self._head = bytes(data)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Write a head that no body follows."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class Connection(HttpToolsProtocol):
    """The protocol of one connection.

    `scope["extensions"]["provider_mock"]` has two functions without arguments. Both send what was written and then end
    the connection: `abort` with RST, `close` with FIN. The application should return afterwards; anything it sends is
    ignored, and pipelined requests are dropped.
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
    _offers_upgrade = False
    _running: RequestResponseCycle | None = None
    _last: RequestResponseCycle | None = None

    @property
    def idle(self) -> bool:
        """Whether no request has begun or is being answered."""
        return self._head == 0 and not self._answering() and (self._since is None or self._running is None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch = self.loop.call_later(REQUEST_S, self._check)
        self._answers = AnswerTransport(transport)
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
                # Endless trailers, or chunks with more framing than content.
                self._refuse(_TOO_MUCH_SAID)
                return
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except HttpParserError:
            message = "Invalid HTTP request received."
            self.logger.warning(message)
            self.send_400_response(message)

    def _parse(self, data: bytes) -> None:
        """Pass data to the parser. A request that offers an upgrade is parsed again without the offer."""
        while True:
            try:
                self.parser.feed_data(data)
                return
            except HttpParserUpgrade as upgrade:
                if not self._offers_upgrade:
                    # CONNECT, after which the client would send bytes for another server.
                    self._deaf = True
                    self.leave()
                    return
                self._offers_upgrade = False
                data = self._head_without_offer() + data[upgrade.args[0] :]
                self.parser = _make_parser(self)

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode("ascii")
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def on_message_begin(self) -> None:
        if len(self.pipeline) == MOST_BEHIND:
            # An exception is the only way to stop the parser in the middle of its input.
            raise RuntimeError("too many requests at once")
        self._since = self.loop.time()
        self._in_head = True
        super().on_message_begin()
        self.scope["extensions"] = self._extensions

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._offers_upgrade = True
            return
        self._in_head = False
        self._head = self._taken = self._body = 0
        answering = self._answering()
        super().on_headers_complete()
        self.cycle.transport = self._answers
        if not answering:
            self._running = self.cycle
        if self.server_state.leaving:
            self.leave()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._offers_upgrade:
            return
        self._since = None
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._answers.flush()
        if self.pipeline:
            self._running = self.pipeline[-1][0]
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse malformed input. Behind a valid request, the answer to that request is sent as the last one."""
        if self._behind():
            self._deaf = True
            self.leave()
        else:
            super().send_400_response(msg)

    def leave(self) -> None:
        """Mark the answer to the newest request as the last one, unless it has begun."""
        if not self._answering() or self.cycle.response_started:
            return
        if self._last is not None and self._last is not self.cycle and not self._last.response_started:
            # Another request has arrived behind the one that was marked as the last.
            self._last.keep_alive = True
        if self.cycle.keep_alive:
            self.cycle.keep_alive = False
            self._last = self.cycle

    def _answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def _check(self) -> None:
        # One timer per connection, restarted when it fires, is cheaper than one per request.
        now = self.loop.time()
        unread = self.transport.get_write_buffer_size()
        if unread != self._unread or unread == 0:
            self._unread, self._unread_since = unread, now
        elif now - self._unread_since >= REQUEST_S:
            self.transport.abort()
            return
        if self._since is not None and (self.flow.read_paused or self._behind()):
            # The delay is not the client's.
            self._since = now
        left = REQUEST_S if self._since is None else self._since + REQUEST_S - now
        if left > 0 or self.transport.is_closing():
            self._watch = self.loop.call_later(left if left > 0 else REQUEST_S, self._check)
        else:
            self._refuse(b"408 Request Timeout")

    def _behind(self) -> bool:
        """Return whether the incoming data follows a request that has not been answered yet."""
        return self._answering() and (self._in_head or self._running is not self.cycle)

    def _refuse(self, status: bytes) -> None:
        """Close the connection, with an error if it cannot be taken for a part of another answer."""
        if not self.transport.is_closing():
            if not self._behind() and (self._in_head or not self.cycle.response_started):
                self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self._close()

    def _close(self) -> None:
        if self._detach():
            # Only half of the connection: closing a socket with unread data sends RST, with which the client may lose
            # what it has not read.
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
        """Return the number of written bytes that have not arrived. After RST the kernel would discard them."""
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
        """Disconnect the running request cycles, as uvicorn does itself; False if that was done before."""
        if self._ended:
            return False
        self._answers.flush()
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


def _make_parser(protocol: Connection) -> HttpRequestParser:
    """Return a parser with uvicorn's settings."""
    parser = HttpRequestParser(protocol)
    with suppress(AttributeError):  # httptools < 0.6.3
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser
