"""The OpenAPI document is understood by programs that we did not write, and calls made by what they make of it work.

They are no dependency of ours: `make bench-setup` installs them, as CI does first. schemathesis, which is one, is tested in
tests/mock/.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from pagewright.specs.spec import Model
from pagewright.workspace import find_provider, open_workspace
from segmind_mock import Pace, Running, Settings, serving
from segmind_mock.state.money import micros
from tests.material import ROOT, absent, reserved
from tests.witness import openapi_core, peers


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    for program, path in peers.NEEDED.items():
        if not path.exists():
            absent(f"{program} (make bench-setup)")


@pytest.fixture(scope="module")
def mock() -> Iterator[Running]:
    with serving(Settings(pace=Pace("polls", 0), credits=micros(10**6))) as running:
        yield running


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    named = catalog_names(catalog, reserved())
    return {str(named[model.slug]): model for model in catalog.models}


def test_a_client_of_openapi_python_client_works_on_the_mock(
    tmp_path: Path, mock: Running, models: dict[str, Model]
) -> None:
    assert "calls" in peers.by_openapi_python_client(tmp_path, mock.url, models)


def test_a_client_of_openapi_ts_works_on_the_mock(tmp_path: Path, mock: Running, models: dict[str, Model]) -> None:
    assert "answers" in peers.by_openapi_ts(tmp_path, mock.url, models)


def test_prism_and_the_mock_agree(tmp_path: Path, mock: Running, models: dict[str, Model]) -> None:
    assert "requests" in peers.by_prism(tmp_path, mock.url, models)


def test_openapi_core(tmp_path: Path, mock: Running, models: dict[str, Model]) -> None:
    assert "requests" in openapi_core.by_openapi_core(tmp_path, mock.url, models)
