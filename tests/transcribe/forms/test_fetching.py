"""Fetching a page by its address: what is asked, what is followed, and the one line that each failure gives."""

from __future__ import annotations

import gzip
import itertools
import socket
from collections.abc import Iterator

import pytest

from pagewright.commands.page_argument import is_address
from pagewright.fetching import Fetched, Limits, NotFetched, Validators, fetch, printable
from tests.page_server import PageServer, answer, page_server

PAGE = b"<!doctype html><title>Acme Lantern</title><p>A page of an invented model.</p>"


@pytest.fixture
def server() -> Iterator[PageServer]:
    with page_server({"/page": answer(PAGE, ETag='"7"', Last_Modified="Sun, 01 Nov 2026 10:00:00 GMT")}) as running:
        yield running


def refusal(url: str, limits: Limits | None = None) -> str:
    with pytest.raises(NotFetched) as caught:
        fetch(url, limits=limits)
    message = str(caught.value)
    assert "\n" not in message
    assert message == f"{caught.value.address}: {caught.value.reason}."
    return message


def test_the_content_and_what_the_server_says_of_it(server: PageServer) -> None:
    got = fetch(f"{server.url}/page#parameters")
    validators = Validators('"7"', "Sun, 01 Nov 2026 10:00:00 GMT")
    assert got == Fetched(PAGE, f"{server.url}/page", "text/html", "utf-8", validators)


def test_no_key_and_no_cookie_is_sent(server: PageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMIND_API_KEY", "SG_0123456789abcdef")
    server.answers["/"] = answer(b"", "302 Found", Location="/page", Set_Cookie="id=1")
    fetch(server.url)
    lines = [line for request in server.requests for line in request.split("\r\n")[1:] if line]
    names = {line.partition(":")[0].lower() for line in lines}
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert not any("SG_" in line for line in lines)


def test_an_unchanged_page_is_not_sent_again(server: PageServer) -> None:
    server.answers["/page"] = answer(b"", "304 Not Modified", ETag='"7"')
    got = fetch(f"{server.url}/page", validators=Validators('"7"', "then"))
    assert (got.not_modified, got.content) == (True, b"")
    assert 'If-None-Match: "7"\r\nIf-Modified-Since: then\r\n' in server.requests[0]


def test_a_304_that_nobody_asked_for_is_an_error(server: PageServer) -> None:
    server.answers["/page"] = answer(b"", "304 Not Modified")
    assert "it answers 304 Not Modified" in refusal(f"{server.url}/page")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("form", ["/page", "page", "//127.0.0.1:{port}/page", "http://127.0.0.1:{port}/page#top"])
def test_redirects_within_the_host_are_followed(server: PageServer, status: str, form: str) -> None:
    server.answers["/old"] = answer(b"", status, Location=form.format(port=server.port))
    got = fetch(f"{server.url}/old")
    assert (got.content, got.url) == (PAGE, f"{server.url}/page")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("https://docs.acme.example/page", "redirects to another host, https://docs.acme.example/page; pass that"),
        ("http://127.0.0.1:1/page", "redirects to another host, http://127.0.0.1:1/page"),
        ("http://127.0.0.1.acme.example/page", "redirects to another host"),
        ("https://127.0.0.1/page", "redirects to another host"),
        ("file:///etc/passwd", "redirects to file:///etc/passwd, and file: is not fetched"),
        ("data:text/html,x", "and data: is not fetched"),
        ("http://[::1", "it is not a valid address"),
        ("http://user:secret@127.0.0.1/", "it holds a user name or a password"),
        ("/a", "its redirects lead back to"),
        ("/b", "its redirects lead back to"),
        ("", "it answers 302 without the address to go to"),
    ],
)
def test_redirects_that_are_not_followed(server: PageServer, location: str, says: str) -> None:
    server.answers["/a"] = answer(b"", "302 Found", Location=location)
    server.answers["/b"] = answer(b"", "302 Found", Location="/a")
    message = refusal(f"{server.url}/a")
    assert message.startswith(f"{server.url}/a: ")
    assert says in message
    assert "secret" not in message


def test_redirects_without_an_end(server: PageServer) -> None:
    for number in range(20):
        server.answers[f"/{number}"] = answer(b"", "302 Found", Location=f"/{number + 1}")
    assert "it redirects more than 10 times" in refusal(f"{server.url}/0")
    assert len(server.requests) == 11


@pytest.mark.parametrize(
    "status", ["404 Not Found", "401 Unauthorized", "503 Busy", "204 No Content", "206 Part", "999 x"]
)
def test_any_other_status_is_an_error(server: PageServer, status: str) -> None:
    server.answers["/page"] = answer(PAGE, status)
    assert f"it answers {status[:3]}" in refusal(f"{server.url}/page")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content_Length": "99999999999999999999"}, {"Content_Length": "no number", "Connection": "close"}],
    ids=["true", "announced", "unknown"],
)
def test_more_than_the_limit_is_not_read(server: PageServer, headers: dict[str, str]) -> None:
    server.answers["/page"] = answer(b"x" * 2001, **headers)
    assert "it is larger than 0.002 MB" in refusal(f"{server.url}/page", Limits(size=2000))
    server.answers["/page"] = answer(b"x" * 2000)
    assert len(fetch(f"{server.url}/page", limits=Limits(size=2000)).content) == 2000


def test_packed_content_is_unpacked_up_to_the_limit(server: PageServer) -> None:
    server.answers["/page"] = answer(gzip.compress(PAGE), Content_Encoding="gzip")
    assert fetch(f"{server.url}/page").content == PAGE
    server.answers["/page"] = answer(gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip")
    assert "it is larger than 10 MB" in refusal(f"{server.url}/page")
    server.answers["/page"] = answer(gzip.compress(PAGE)[:-9], Content_Encoding="gzip")
    assert "the answer is cut off" in refusal(f"{server.url}/page")
    server.answers["/page"] = answer(PAGE, Content_Encoding="gzip")
    assert "its content is not the gzip that it is said to be" in refusal(f"{server.url}/page")
    server.answers["/page"] = answer(PAGE, Content_Encoding="br")
    assert "encoded as 'br', which was not asked for" in refusal(f"{server.url}/page")


def test_an_answer_cut_off_at_any_byte(server: PageServer) -> None:
    whole = answer(PAGE)
    for end in range(len(whole)):
        server.answers["/page"] = whole[:end]
        assert "answer" in refusal(f"{server.url}/page")


def test_an_answer_in_chunks_cut_off_at_any_byte(server: PageServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = head + b"4\r\n<p>a\r\n3\r\n</p\r\n0\r\n"
    server.answers["/page"] = whole + b"\r\n"
    assert fetch(f"{server.url}/page").content == b"<p>a</p"
    for end in range(len(head), len(whole) - 3):
        server.answers["/page"] = whole[:end]
        assert "answer" in refusal(f"{server.url}/page")


def test_an_answer_that_is_not_http_is_reported(server: PageServer) -> None:
    server.answers["/page"] = b"SSH-2.0-OpenSSH_9.6\r\n"
    assert "the answer is not HTTP" in refusal(f"{server.url}/page")


def test_a_server_without_tls(server: PageServer) -> None:
    assert f"https://127.0.0.1:{server.port}/: a secure connection is not possible" in refusal(
        f"https://127.0.0.1:{server.port}/"
    )


def test_a_refused_connection_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert refusal(f"http://127.0.0.1:{port}/page") == f"http://127.0.0.1:{port}/page: the connection was refused."


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refusal("https://docs.acme.example/") == "https://docs.acme.example/: the host is not known."


@pytest.mark.parametrize(
    "beginning", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<p>"], ids=["none", "part"]
)
def test_no_answer_in_time(server: PageServer, beginning: bytes | None) -> None:
    server.answers["/page"] = beginning
    assert "no complete answer within 0 seconds" in refusal(f"{server.url}/page", Limits(seconds=0))


def test_a_server_that_sends_too_slowly(server: PageServer) -> None:
    times = itertools.chain([0.0], itertools.repeat(31.0))
    with pytest.raises(NotFetched, match="no complete answer within 30 seconds"):
        fetch(f"{server.url}/page", clock=lambda: next(times))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("file:///etc/passwd", "file: is not fetched, only http: and https: are"),
        ("ftp://docs.acme.example/page", "ftp: is not fetched"),
        ("http://", "it is not a valid address"),
        ("http:///page", "it is not a valid address"),
        ("http://docs.acme.example:99999/", "it is not a valid address"),
        ("http://docs.acme.example:0/", "it is not a valid address"),
        ("http://docs.acme.example/a b", "it is not a valid address"),
        ("http://docs.acme.example/a\r\nx-api-key: 1", "it is not a valid address"),
        ("http://[::1/", "it is not a valid address"),
        ("http://" + "a" * 70 + ".example/", "it is not a valid address"),
        ("https://me:secret@docs.acme.example/", "it holds a user name or a password"),
    ],
)
def test_addresses_that_are_not_fetched(url: str, says: str) -> None:
    message = refusal(url)
    assert says in message
    assert "secret" not in message


def test_a_proxy_is_asked_but_not_for_loopback(server: PageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    server.answers["http://docs.acme.example/page?a=1"] = answer(PAGE)
    assert fetch("http://docs.acme.example/page?a=1").content == PAGE
    assert "Host: docs.acme.example\r\n" in server.requests[0]
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert fetch(f"{server.url}/page").content == PAGE


def test_what_counts_as_an_address() -> None:
    assert all(map(is_address, ["http://a", "HTTPS://a/b", "file:/etc/passwd", "file:///x", "ftp://a", "s3://a/b"]))
    assert not any(map(is_address, ["page.html", "./http/page.html", "C:/page.html", "-", "a:b.txt"]))


def test_an_address_is_printed_on_one_line_without_its_password() -> None:
    assert printable("http://me:pw@host/a\nb") == "http://host/a%0Ab"
