"""The documents under test, rendered in memory from the specs and templates of this clone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from pagewright.workspace import find_provider, open_workspace

ROOT = Path(__file__).parents[2]
#: An OpenAPI document, or a part of one.
Document: TypeAlias = dict[str, Any]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    loaded = load(find_provider(open_workspace(ROOT)))
    assert loaded.catalog and not loaded.findings, loaded.findings
    return loaded.catalog


def render_openapi(root: Path) -> dict[str, bytes]:
    """The target `openapi` of the clone at `root`: each document's bytes by its path below `generated/segmind/openapi/`."""
    loaded = load(find_provider(open_workspace(root)))
    assert loaded.catalog and not loaded.findings, loaded.findings
    targets, findings = load_targets(open_workspace(root))
    assert not findings
    names = ProviderNames(targets, loaded.catalog.platform.names)
    outputs = plan(
        open_workspace(root), [target for target in targets if target.name == "openapi"], loaded.catalog, names, ""
    )
    made = render_all(Renderer(open_workspace(root), loaded.catalog, names), outputs)
    return {path.removeprefix("openapi/"): content for path, content in made.items()}


@pytest.fixture(scope="session")
def render() -> Callable[[Path], dict[str, bytes]]:
    return render_openapi


@pytest.fixture(scope="session")
def texts() -> dict[str, bytes]:
    return render_openapi(ROOT)


@pytest.fixture(scope="session")
def documents(texts: dict[str, bytes]) -> dict[str, Document]:
    return {path: json.loads(text) for path, text in texts.items()}


@pytest.fixture(scope="session")
def platform_document(documents: dict[str, Document]) -> Document:
    return documents["platform.openapi.json"]
