"""The address that a saved page says it has: put into the spec if that is safe, otherwise said."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from pagewright.transcribe.saved_address import address_in

from ..changes.test_other_forms import html

OWN = "https://www.segmind.com/models/acme-harbor/api"


def written(folder: Path, head: str) -> tuple[str, str]:
    """Return the pages of the spec that was written from a page with `head` before its markup, and what was told."""
    (folder / "pagewright.toml").write_text("", encoding="utf-8")
    page = folder / "acme-harbor.html"
    page.write_text(html().replace("<html>", f"{head}<html>").replace("<head>", f"<head>{head}"), encoding="utf-8")
    done = CliRunner(env={"PAGEWRIGHT_PAGES": ""}).invoke(
        main, ["--root", str(folder), "transcribe", str(page), "--write"]
    )
    spec = (folder / "specs/segmind/models/acme-harbor.yaml").read_text(encoding="utf-8")
    return next(line for line in spec.splitlines() if line.startswith("pages:")), done.output


@pytest.mark.parametrize(
    "head",
    [
        f"<!-- saved from url=(0048){OWN} -->",
        f'<link rel="canonical" href="{OWN}">',
        f'<link href="{OWN}#top" rel="canonical">',
    ],
)
def test_the_providers_own_address_is_kept(tmp_path: Path, head: str) -> None:
    pages, _ = written(tmp_path, head)
    assert OWN in pages and "name: acme-harbor" in pages and "#" not in pages


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/models/acme-harbor",
        "https://segmind.com.evil.example/models/acme-harbor",
        "https://notsegmind.com/models/acme-harbor",
        "https://www.segmind.com:8443/models/acme-harbor",
        "https://www.segmind.com/models/acme-harbor?token=1",
        "https://www.segmind.com/models/",
    ],
)
def test_an_address_that_is_not_plainly_the_models_is_only_said(tmp_path: Path, url: str) -> None:
    pages, output = written(tmp_path, f"<!-- saved from url=(0048){url} -->")
    assert pages == "pages: [acme-harbor]"
    assert f"says that its address is {url}" in output


@pytest.mark.parametrize(
    "text", ["", "file:///etc/passwd", "javascript:alert(1)", "https://user@segmind.com/x", "/models"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_in(f"<!-- saved from url=(0048){text} -->") == ""


def test_the_address_of_an_archive() -> None:
    assert address_in(f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {OWN}\r\nSubject: x\r\n".encode()) == OWN


def test_another_providers_page_says_how_to_add_one(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    (tmp_path / "pagewright.toml").write_text("", encoding="utf-8")
    page.write_text(html().replace("api.segmind.com", "api.zephyr.example"), encoding="utf-8")
    done = CliRunner().invoke(main, ["--root", str(tmp_path), "transcribe", str(page)])
    assert "another provider's page" in done.output and "docs/providers.md" in done.output
