"""Fetch a page by its address, within limits of time, size and redirects.

Only http and https are spoken, and only with the host that was named: a redirect to another origin is an error. No key,
cookie or credential is ever sent. This module knows nothing of pages; `transcribe` reads what it returns.
"""

from __future__ import annotations

import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urljoin, urlsplit

from . import __version__
from .errors import PagewrightError

_REDIRECTS = (301, 302, 303, 307, 308)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CHUNK = 65_536
_CUT = "the answer is cut off"
#: Characters that would break a message into lines, or that no address may hold.
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one fetch: seconds in all, bytes of the content (unpacked), and redirects."""

    seconds: float = 30.0
    size: int = 10_000_000
    redirects: int = 10


class NotFetched(PagewrightError):
    """An address could not be fetched. `address` is the one that was asked for, `reason` says why it failed."""

    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = printable(address), reason
        super().__init__(f"{self.address}: {reason}.")


@dataclass(frozen=True, slots=True)
class Validators:
    """The values of `ETag` and `Last-Modified`, for asking the server later whether the content has changed."""

    etag: str = ""
    last_modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to a fetch. With `not_modified`, `content` is empty and what was fetched before still holds.

    `url` is the address after redirects; `charset` is the one that the server declared, "" if none.
    """

    content: bytes
    url: str
    media_type: str = ""
    charset: str = ""
    validators: Validators = field(default_factory=Validators)
    not_modified: bool = False


def fetch(
    url: str,
    *,
    limits: Limits | None = None,
    validators: Validators | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Fetched:
    """Return what is at an address. With `validators` of an earlier fetch, the answer may be that nothing has changed.

    Raises:
        NotFetched: With the address and the reason, whatever it is.
    """
    limits = limits or Limits()
    start = _checked(url, url)
    fetching = _Fetching(url, limits, clock, (validators or Validators()).headers)
    # A thread, because neither the look-up of a host nor a server that sends a byte now and then can be timed out.
    thread = threading.Thread(target=fetching.run, args=(start,), name="fetch", daemon=True)
    thread.start()
    if not fetching.done.wait(limits.seconds):
        fetching.abandon()
        raise fetching.too_late()
    return fetching.outcome()


class _Fetching:
    """One fetch, with its redirects. It runs in a thread of its own and leaves its result or its error."""

    def __init__(self, address: str, limits: Limits, clock: Callable[[], float], headers: Mapping[str, str]) -> None:
        self.address, self.limits, self.clock, self.headers = address, limits, clock, headers
        self.deadline = clock() + limits.seconds
        self.done = threading.Event()
        self.socket: socket.socket | None = None
        self.result: Fetched | None = None
        self.error: BaseException | None = None

    def run(self, url: SplitResult) -> None:
        try:
            self.result = self._follow(url)
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def outcome(self) -> Fetched:
        if self.result is not None:
            return self.result
        assert self.error is not None
        if isinstance(self.error, NotFetched) or not isinstance(self.error, (OSError, HTTPException, ValueError)):
            raise self.error
        raise NotFetched(self.address, _reason(self.error, self.limits)) from None

    def abandon(self) -> None:
        """End the connection, and with it the thread that waits for it."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def too_late(self) -> NotFetched:
        return NotFetched(self.address, f"no complete answer within {self.limits.seconds:g} seconds")

    def _follow(self, url: SplitResult) -> Fetched:
        seen = {url.geturl()}
        while True:
            answer = self._ask(url)
            if isinstance(answer, Fetched):
                return answer
            there = _checked(urljoin(url.geturl(), answer), self.address, "it redirects to ")
            if not _is_within(url, there):
                raise NotFetched(
                    self.address,
                    f"it redirects to another host, {printable(there.geturl())}; pass that address if it is the page's",
                )
            if there.geturl() in seen:
                raise NotFetched(self.address, f"its redirects lead back to {printable(there.geturl())}")
            if len(seen) > self.limits.redirects:
                raise NotFetched(self.address, f"it redirects more than {self.limits.redirects} times")
            seen.add(there.geturl())
            url = there

    def _ask(self, url: SplitResult) -> Fetched | str:
        """Return the answer to one request, or the address that it redirects to."""
        connection, target = _connection(url, max(0.001, self.limits.seconds))
        with closing(connection):
            connection.connect()
            self.socket = connection.sock
            connection.request("GET", target, headers=self._request_headers())
            with connection.getresponse() as response:
                return self._read(url, response)

    def _read(self, url: SplitResult, response: HTTPResponse) -> Fetched | str:
        """Return the content of an answer, or the address that it redirects to."""
        validators = Validators(response.getheader("ETag", ""), response.getheader("Last-Modified", ""))
        if response.status == HTTPStatus.NOT_MODIFIED and self.headers:
            return Fetched(b"", url.geturl(), validators=validators, not_modified=True)
        if response.status in _REDIRECTS:
            location = response.getheader("Location", "").strip()
            if not location:
                raise NotFetched(self.address, f"it answers {response.status} without the address to go to")
            return _as_utf8(location)
        if response.status != HTTPStatus.OK:
            raise NotFetched(self.address, f"it answers {_status(response)}")
        content = b"".join(self._unpacked(response))
        if not content:
            raise NotFetched(self.address, "the answer is empty")
        declared = response.getheader("Content-Type", "")
        charset = _CHARSET.search(declared)
        return Fetched(
            content,
            url.geturl(),
            media_type=declared.partition(";")[0].strip().lower(),
            charset=charset[1] if charset else "",
            validators=validators,
        )

    def _request_headers(self) -> dict[str, str]:
        return {
            "User-Agent": f"pagewright/{__version__}",
            "Accept": "text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.8, */*;q=0.1",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **self.headers,
        }

    def _unpacked(self, response: HTTPResponse) -> Iterator[bytes]:
        """Yield the content in parts, unpacked if the server packed it all the same, up to the limit of its size."""
        encoding = response.getheader("Content-Encoding", "identity").strip().lower()
        is_packed = encoding in ("gzip", "x-gzip", "deflate")
        if not is_packed and encoding not in ("", "identity"):
            raise NotFetched(self.address, f"its content is encoded as {encoding[:40]!r}, which was not asked for")
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        size = 0
        for packed in self._parts(response):
            try:
                part = unpacker.decompress(packed, self.limits.size + 1) if is_packed else packed
            except zlib.error:
                raise NotFetched(self.address, f"its content is not the {encoding} that it is said to be") from None
            size += len(part)
            if size > self.limits.size:
                raise NotFetched(self.address, f"it is larger than {_megabytes(self.limits.size)}")
            yield part
        if is_packed and not unpacker.eof:
            raise NotFetched(self.address, _CUT)

    def _parts(self, response: HTTPResponse) -> Iterator[bytes]:
        announced = response.getheader("Content-Length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:15]) > self.limits.size:
            raise NotFetched(self.address, f"it is larger than {_megabytes(self.limits.size)}")
        while part := response.read(_CHUNK):
            if self.clock() > self.deadline:
                raise self.too_late()
            yield part
        if response.length:
            raise NotFetched(self.address, _CUT)


def _reason(error: BaseException, limits: Limits) -> str:
    """Return in words why a connection or a request failed."""
    import ssl
    from http.client import IncompleteRead, InvalidURL, RemoteDisconnected

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return f"no complete answer within {limits.seconds:g} seconds"
    said = {
        ssl.SSLError: "a secure connection is not possible; does the address begin with http://?",
        socket.gaierror: "the host is not known",
        ConnectionRefusedError: "the connection was refused",
        RemoteDisconnected: "the server closed the connection without an answer",
        ConnectionError: "the server closed the connection",
        IncompleteRead: _CUT,
        InvalidURL: "it is not a valid address",
        HTTPException: "the answer is not HTTP",
        UnicodeError: "it is not a valid address",
        ValueError: "it is not a valid address",
    }
    for kind, reason in said.items():
        if isinstance(error, kind):
            return reason
    return _CONTROL.sub(" ", getattr(error, "strerror", None) or str(error) or type(error).__name__)


def printable(address: str) -> str:
    """Return an address on one line, without the password that may be in it."""
    without_password = re.sub(r"(?<=://)[^/?#@\s]*@", "", address[:500])
    return _CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", without_password)


def _checked(url: str, address: str, before: str = "") -> SplitResult:
    """Return the parts of an address, without its fragment.

    Raises:
        NotFetched: It has no host, or can't be fetched over HTTP.
    """
    what = f"{before}{printable(url)}, and " if before else ""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna")
    except ValueError:
        raise NotFetched(address, f"{what}it is not a valid address") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise NotFetched(address, f"{what}{parts.scheme}: is not fetched, only http: and https: are")
    if not host or port == 0 or _CONTROL.search(url):
        raise NotFetched(address, f"{what}it is not a valid address")
    if parts.username is not None or parts.password is not None:
        raise NotFetched(address, f"{what}it holds a user name or a password; pages are fetched without")
    return parts._replace(fragment="")


def _is_within(here: SplitResult, there: SplitResult) -> bool:
    """Return whether an address is on the same host: of the same origin, or of the secure one of the same host."""
    if here.hostname != there.hostname:
        return False
    if here.scheme == there.scheme:
        return _port(here) == _port(there)
    return (here.scheme, _port(here), _port(there)) == ("http", 80, 443)


def _port(url: SplitResult) -> int:
    return url.port or _DEFAULT_PORTS[url.scheme]


def _connection(url: SplitResult, seconds: float) -> tuple[HTTPConnection, str]:
    """Return a connection to the host, or to the proxy that the environment names for it, and the target to request."""
    from http.client import HTTPSConnection
    from urllib.parse import quote

    path = quote(url.path or "/", safe="/%:@!$&'()*+,;=~")
    target = f"{path}?{quote(url.query, safe='/%?:@!$&()*+,;=~')}" if url.query else path
    host, port = url.hostname or "", _port(url)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    proxy = _proxy(url.scheme, host, port)
    if proxy is None:
        return kind(host, port, timeout=seconds), target
    connection = kind(*proxy, timeout=seconds)
    if url.scheme == "http":
        return connection, f"http://{url.netloc}{target}"
    connection.set_tunnel(host, port)
    return connection, target


def _proxy(scheme: str, host: str, port: int) -> tuple[str, int] | None:
    from urllib.request import getproxies, proxy_bypass

    named = getproxies().get(scheme, "")
    if not named or _is_loopback(host) or proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    return (parts.hostname, parts.port or 80) if parts.scheme == "http" and parts.hostname else None


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _as_utf8(header: str) -> str:
    """Return the value of a header as UTF-8, which servers send although http.client reads ISO-8859-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _status(response: HTTPResponse) -> str:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    return f"{response.status} {phrase}".strip()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:g} MB"
