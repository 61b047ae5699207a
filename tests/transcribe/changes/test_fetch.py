"""`transcribe --check --fetch`: pages are fetched from the addresses in specs, and what can't be had is a finding."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .aurora import PAGE, copy_of, page_of, run, spec_of
from .edits import EDITS


class Site(ThreadingHTTPServer):
    """A server of pages by path; `seen` are the paths that were asked for, with the validator that came along."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes, str]] = {}
        self.seen: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        validator = self.headers.get("If-None-Match", "")
        self.server.seen.append((self.path, validator))
        status, content, etag = self.server.pages.get(self.path, (404, b"gone", ""))
        if etag and validator == etag:
            status, content = 304, b""
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def workspace(original: Path, tmp_path: Path, site: Site) -> Path:
    """The workspace with a spec that names the address of its page, and no saved page."""
    folder = copy_of(original, tmp_path / "workspace")
    spec = spec_of(folder).read_text(encoding="utf-8")
    entry = f"pages: [{{name: acme-aurora, url: '{site.url}/aurora'}}]"
    spec_of(folder).write_text(spec.replace("pages: [acme-aurora]", entry), encoding="utf-8")
    page_of(folder).unlink()
    site.pages["/aurora"] = (200, PAGE.encode(), '"1"')
    return folder


def check(workspace: Path) -> tuple[int, str]:
    done = run(workspace, "transcribe", "--check", "--fetch", "--pages", str(workspace / "saved"))
    return done.exit_code, done.output


def test_a_page_is_fetched_once_and_then_only_if_it_changed(workspace: Path, site: Site) -> None:
    code, output = check(workspace)
    assert code == 0, output
    saved = workspace / "saved/acme-aurora.txt"
    assert saved.read_text(encoding="utf-8") == PAGE
    assert check(workspace)[0] == 0
    assert site.seen == [("/aurora", ""), ("/aurora", '"1"')]
    page = next(edit for edit in EDITS if edit.name == "the price rises").page
    site.pages["/aurora"] = (200, page.encode(), '"2"')
    code, output = check(workspace)
    assert code == 1 and "price rose from 0.006 to 0.009 USD per image" in output
    assert saved.read_text(encoding="utf-8") == page


def test_a_saved_page_that_was_edited_is_fetched_anew(workspace: Path, site: Site) -> None:
    check(workspace)
    (workspace / "saved/acme-aurora.txt").write_text("edited", encoding="utf-8")
    assert check(workspace)[0] == 0
    assert site.seen[-1] == ("/aurora", "")


def test_a_fetched_page_takes_the_place_of_the_saved_one(workspace: Path) -> None:
    (workspace / "saved").mkdir()
    for suffix in (".html", ".md"):
        (workspace / f"saved/acme-aurora{suffix}").write_text("an older form", encoding="utf-8")
    assert check(workspace)[0] == 0
    assert [path.name for path in (workspace / "saved").glob("acme-*")] == ["acme-aurora.txt"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone(workspace: Path, site: Site, status: int) -> None:
    site.pages["/aurora"] = (status, b"gone", "")
    code, output = check(workspace)
    assert code == 1 and output.endswith("1 finding.\n")
    assert f"{site.url}/aurora: the page is gone" in output and "the model may be retired" in output


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (500, b"oops", "it answers 500"),
        (200, b"", "the answer is empty"),
        (200, b"<html>Hello</html>", "no longer the page of a model"),
    ],
)
def test_a_page_that_cannot_be_had_is_a_finding_and_the_saved_one_stays(
    workspace: Path, site: Site, status: int, content: bytes, words: str
) -> None:
    check(workspace)
    site.pages["/aurora"] = (status, content, "")
    code, output = check(workspace)
    assert code == 1 and output.endswith("1 finding.\n"), output
    assert f"{site.url}/aurora: " in output and words in output
    assert (workspace / "saved/acme-aurora.txt").read_text(encoding="utf-8") == PAGE


def test_the_other_pages_are_checked_all_the_same(workspace: Path, site: Site) -> None:
    other = (
        spec_of(workspace)
        .read_text(encoding="utf-8")
        .replace("acme-aurora", "acme-borealis")
        .replace("/aurora", "/borealis")
    )
    spec_of(workspace).with_name("acme-borealis.yaml").write_text(other, encoding="utf-8")
    site.pages["/borealis"] = (
        200,
        PAGE.replace("acme-aurora", "acme-borealis").replace("Range: 10 - 40", "Range: 10 - 20").encode(),
        "",
    )
    site.pages["/aurora"] = (404, b"", "")
    code, output = check(workspace)
    assert code == 1
    assert "the page is gone" in output and "the maximum of `num_inference_steps` fell from 40 to 20" in output


def test_pages_without_an_address_are_named(workspace: Path, original: Path, tmp_path: Path) -> None:
    assert "no address" not in check(workspace)[1]
    code, output = check(copy_of(original, tmp_path / "another"))
    assert "1 page has no address and was not fetched: acme-aurora." in output
    assert "`pages: [{name: acme-aurora, url: https://…}]`" in output and code == 1
