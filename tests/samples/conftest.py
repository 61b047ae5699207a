"""Fixtures of the sample tests: one mock for all of them, the specs, and a stage per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from pagewright.workspace import find_provider, open_workspace
from tests.samples.mock import Mock, running_mock
from tests.samples.stage import ROOT, Stage


@pytest.fixture(scope="session")
def mock() -> Iterator[Mock]:
    """A mock whose jobs are pending for one poll, so that polling samples really poll."""
    with running_mock("--queue", "polls:1") as mock:
        yield mock


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The specs of this repository."""
    loaded = load(find_provider(open_workspace(ROOT)))
    catalog, findings = loaded.catalog, loaded.findings
    assert catalog is not None, findings
    return catalog


@pytest.fixture
def stage(mock: Mock, tmp_path: Path) -> Stage:
    """A new stage."""
    mock.reset()
    return Stage(mock, tmp_path)
