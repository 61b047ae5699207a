"""The stage: no request reaches another host, and a missing page or erratum is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagewright.specs.spec import Catalog
from tests import material
from tests.material import absent
from tests.samples.stage import Stage, erratum_of, sample_of


@pytest.mark.parametrize("library", ["requests", "httpx", "httpx2"])
def test_a_python_sample_reaches_no_other_host(stage: Stage, library: str) -> None:
    run = stage.python(f"import {library}\n{library}.get('https://api.segmind.com.acme.example/v1/x')\n", library)
    assert run.status == 1
    assert run.complained.splitlines()[-1] == "OtherHost: https://api.segmind.com.acme.example/v1/x"


@pytest.mark.parametrize("url", ["https://acme.example/", "http://api.segmind.com/"])
def test_a_node_sample_reaches_no_other_host(stage: Stage, url: str) -> None:
    run = stage.node(f"require('axios').get('{url}').then(console.log, (error) => console.log(error.message));")
    assert run.printed.startswith("the sample ")


def test_a_page_that_is_not_there_is_skipped_but_fails_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(material, "PAGES", tmp_path)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"missing: .*acme-paint\.txt"):
        sample_of("acme-paint")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="missing: paint"):
        absent("paint")


@pytest.mark.parametrize(
    ("named", "reason"), [(None, "PAGEWRIGHT_PAGES is not set"), (Path("nowhere"), "nowhere is not")]
)
def test_without_the_pages_every_test_that_reads_one_gives_the_same_reason(
    monkeypatch: pytest.MonkeyPatch, named: Path | None, reason: str
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(material, "PAGES", named)
    for read in (material.catalogue_slugs, lambda: material.page_of("a"), lambda: material.page_of("b")):
        with pytest.raises(pytest.skip.Exception, match=reason):
            read()


def test_a_sample_may_not_be_wrong_without_an_erratum(catalog: Catalog) -> None:
    page = "tinysd1.5-txt2img.spaced"
    assert erratum_of(catalog, page, "/example/scheduler").page == page
    with pytest.raises(pytest.fail.Exception, match="no erratum at /example/guidance_scale"):
        erratum_of(catalog, page, "/example/guidance_scale")
