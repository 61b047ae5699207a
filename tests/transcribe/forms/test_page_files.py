"""Under which name a page is filed, and which file of a folder holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from pagewright.fetching import Fetched
from pagewright.transcribe.page_files import SUFFIXES, content_of, name_of_address, page_file, page_name
from tests.material import ROOT, pages


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_page_is_found_in_any_form(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"acme-1.5.spaced{suffix}"
    path.write_text("x")
    assert page_file(tmp_path, "acme-1.5.spaced") == path
    assert page_name(path) == page_name(path.with_suffix(suffix.upper())) == "acme-1.5.spaced"
    assert page_file(tmp_path, "acme-1.5") is None


def test_of_several_forms_the_one_that_keeps_the_most_counts(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        (tmp_path / f"acme{suffix}").write_text("x")
    assert page_file(tmp_path, "acme") == tmp_path / "acme.mhtml"
    (tmp_path / "acme.mhtml").unlink()
    (tmp_path / "acme.mhtml").mkdir()
    assert page_file(tmp_path, "acme") == tmp_path / "acme.webarchive"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://docs.acme.example/models/lantern-1.5", "lantern-1.5"),
        ("https://docs.acme.example/models/lantern-1.5/api?x=1#top", "lantern-1.5"),
        ("https://docs.acme.example/lantern.spaced.html", "lantern.spaced"),
        ("http://127.0.0.1:8000/a%20page.md", "a-page"),
        ("http://127.0.0.1:8000/../..", "page"),
        ("http://127.0.0.1:8000/-x-/%2e%2e", "x"),
        ("http://127.0.0.1:8000/docs/", "page"),
    ],
)
def test_a_fetched_page_is_named_by_its_address(url: str, name: str) -> None:
    assert name_of_address(url) == name


def test_the_encoding_that_a_server_declares() -> None:
    assert (
        content_of(Fetched("Malerei für 5 €".encode("windows-1252"), "u", charset="windows-1252")) == "Malerei für 5 €"
    )
    assert content_of(Fetched("für".encode(), "u", charset="iso-8859-1")) == "für"
    assert content_of(Fetched("für".encode(), "u", charset="UTF-8")) == "für".encode()


def test_the_alarm_finds_pages_in_any_form(tmp_path: Path) -> None:
    saved = [page for page in pages().glob("*.txt") if page.is_file()]
    assert saved
    for page in saved:
        (tmp_path / f"{page.stem}.md").write_bytes(page.read_bytes())
    done = CliRunner().invoke(main, ["--root", str(ROOT), "transcribe", "--check", "--pages", str(tmp_path)])
    assert (done.exit_code, done.output) == (0, "4 specs say what their 5 pages say, but for their errata.\n")
