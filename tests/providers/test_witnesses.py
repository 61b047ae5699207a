"""The independent witnesses agree about the models of the invented providers too, and others read their OpenAPI documents."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from tests.material import absent, reserved
from tests.providers.conftest import INVENTED, Workspace
from tests.witness import openapi_core
from tests.witness.agreement import court, hear
from tests.witness.peers import NEEDED

EXAMPLES = 150


@pytest.fixture
def imported(workspace: Workspace, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a provider's packages be imported during a test."""
    monkeypatch.syspath_prepend(str(workspace.python(name)))
    yield
    for module in [each for each in sys.modules if each.startswith(f"{name}_")]:
        del sys.modules[module]


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("name", INVENTED)
def test_the_witnesses_agree_about_an_invented_provider(workspace: Workspace, name: str, seed: int) -> None:
    catalog = load(workspace.provider(name)).catalog
    assert catalog
    for model in catalog.models:
        documents = workspace.root / "generated" / name / "openapi" / "models"
        module = catalog_names(catalog, reserved())[model.slug]
        with court(model, module, documents, f"{name}_client", f"{name}_mock") as witnesses:
            tally = hear(witnesses, EXAMPLES, seed)
        assert min(tally.admitted, tally.asked - tally.admitted) > EXAMPLES // 10, tally


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("name", INVENTED)
def test_openapi_core_finds_every_exchange_as_documented(workspace: Workspace, name: str, tmp_path: Path) -> None:
    """Also with another word before the key, parameters in an envelope, and a queue on another host."""
    if not NEEDED["openapi-core"].exists():
        absent("openapi-core (make bench-setup)")
    mock = importlib.import_module(f"{name}_mock")
    with mock.serving(mock.Settings(pace=mock.Pace("polls", 1))) as running:
        exchanges = list(openapi_core.Player(f"{name}_mock", running.url).play())
    document = workspace.root / "generated" / name / "openapi" / "platform.openapi.json"
    assert openapi_core.check(document, exchanges, tmp_path) == len(exchanges) > 3
