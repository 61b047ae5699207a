"""The independent witnesses agree about the models of the invented providers too."""

from __future__ import annotations

import sys

import pytest

from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from tests.material import reserved
from tests.providers.conftest import INVENTED, Workspace
from tests.witness.agreement import court, hear

EXAMPLES = 150


@pytest.mark.parametrize("name", INVENTED)
def test_the_witnesses_agree_about_an_invented_provider(
    workspace: Workspace, name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = load(workspace.provider(name)).catalog
    assert catalog
    monkeypatch.syspath_prepend(str(workspace.python(name)))
    try:
        for model in catalog.models:
            documents = workspace.root / "generated" / name / "openapi" / "models"
            module = catalog_names(catalog, reserved())[model.slug]
            with court(model, module, documents, f"{name}_client", f"{name}_mock") as witnesses:
                tally = hear(witnesses, EXAMPLES, seed)
            assert min(tally.admitted, tally.asked - tally.admitted) > EXAMPLES // 10, tally
    finally:
        for imported in [each for each in sys.modules if each.startswith(f"{name}_")]:
            del sys.modules[imported]
