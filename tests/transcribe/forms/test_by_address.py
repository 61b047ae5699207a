"""`pagewright transcribe URL` and `-`: a page that is not a file gives the same spec, and each failure one line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pagewright.cli import main
from pagewright.specs.document import read_document
from tests.material import ROOT
from tests.page_server import PageServer, answer, page_server

CASES = ROOT / "tests" / "cases" / "transcribe-forms"
HTML = (CASES / "cards" / "page.html").read_bytes()


@pytest.fixture
def server() -> Iterator[PageServer]:
    with page_server({"/models/acme-lantern/api": answer(HTML)}) as running:
        yield running


def transcribe(page: str, *options: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--root", str(ROOT), "transcribe", page, *options], input=text)


def refusal(page: str) -> str:
    done = transcribe(page)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    return done.stderr


def test_a_fetched_page_gives_the_spec_of_the_saved_one(server: PageServer, tmp_path: Path) -> None:
    url = f"{server.url}/models/acme-lantern/api"
    saved = tmp_path / "acme-lantern.html"
    saved.write_bytes(HTML)
    fetched, read = transcribe(f"{url}#parameters"), transcribe(str(saved))
    assert fetched.exit_code == read.exit_code
    there, findings = read_document("x", fetched.stdout.encode())
    assert there and not findings
    here, _ = read_document("x", read.stdout.encode())
    assert here
    assert there.data["pages"] == [{"name": "acme-lantern", "url": url}]
    assert {**there.data, "pages": ["acme-lantern"]} == here.data


def test_a_page_from_standard_input_is_filed_under_its_slug() -> None:
    text = (CASES / "text-menu" / "page.txt").read_text(encoding="utf-8")
    done = transcribe("-", text=text)
    assert "pages: [acme-lantern]\n" in done.stdout
    assert refusal("-").startswith("pagewright: -: not a model's page: the page is empty")


def test_the_encoding_that_the_server_declares(server: PageServer) -> None:
    text = HTML.decode().replace("<h1>", "<h1>Größe ").encode("iso-8859-15")
    server.answers["/acme-lantern"] = answer(text, Content_Type="text/html; charset=iso-8859-15")
    assert "Größe" in transcribe(f"{server.url}/acme-lantern").stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"<!doctype html><title>x</title><div id=root></div><script src=a.js></script>",
            "it shows nothing until a script",
        ),
        (
            b"<!doctype html><h1>Acme</h1><p>Loading the parameters, please wait.</p>",
            "HTML without a table of parameters",
        ),
        (b'{"openapi": "3.1.0", "paths": {}}', "this is an OpenAPI document"),
        (b"openapi: 3.1.0\npaths: {}\n", "this is an OpenAPI document"),
        (b"# Acme\n\n- [One](https://a.example/1)\n- [Two](https://a.example/2)\n", "llms.txt"),
        (b"%PDF-1.7", "this is a PDF file"),
    ],
)
def test_what_is_no_page_says_what_to_save_instead(server: PageServer, content: bytes, says: str) -> None:
    server.answers["/x"] = answer(content)
    message = refusal(f"{server.url}/x")
    assert message.startswith(f"pagewright: {server.url}/x: not a model's page: ")
    assert says in message
    assert "save the" in message
    assert "pass that file" in message


def test_an_index_is_known_by_its_name(server: PageServer, tmp_path: Path) -> None:
    (tmp_path / "llms-full.txt").write_bytes(HTML)
    server.answers["/llms.txt"] = answer(HTML)
    for page in (f"{server.url}/llms.txt?v=1", str(tmp_path / "llms-full.txt")):
        assert "is an index for language models, not a model's page; save the model's page" in refusal(page)


def test_failures_of_the_address(server: PageServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server.answers["/loop"] = answer(b"", "302 Found", Location="/loop")
    assert refusal(f"{server.url}/gone") == f"pagewright: {server.url}/gone: it answers 404 Not Found.\n"
    assert "its redirects lead back to" in refusal(f"{server.url}/loop")
    assert "the connection was refused" in refusal(f"http://127.0.0.1:{port}/x")
    assert "file: is not fetched" in refusal("file:///etc/passwd")


def test_a_file_that_is_not_there_is_a_wrong_use() -> None:
    done = transcribe("pages/nothing.html")
    assert done.exit_code == 2
    assert "'pages/nothing.html' does not exist" in done.stderr
