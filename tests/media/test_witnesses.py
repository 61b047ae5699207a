"""The independent witnesses agree about models of every medium, with messages in parts and files as base64."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest

from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from tests.material import reserved
from tests.media.conftest import HERE, write_lumen
from tests.witness.agreement import court, hear

#: Bodies for each model. At length: PAGEWRIGHT_WITNESS_BODIES=10000.
BODIES = int(os.environ.get("PAGEWRIGHT_WITNESS_BODIES", "150"))
SLUGS = sorted(path.stem for path in (HERE / "specs" / "models").glob("*.yaml"))


@pytest.mark.parametrize("slug", SLUGS)
def test_the_witnesses_agree_about_a_model(
    slug: str, python: Path, lumen: ModuleType, seed: int, tmp_path: Path
) -> None:
    catalog = load(write_lumen(tmp_path)).catalog
    assert catalog
    model = next(model for model in catalog.models if model.slug == slug)
    documents = python.parent / "openapi" / "models"
    with court(model, catalog_names(catalog, reserved())[slug], documents, "lumen_client", "lumen_mock") as witnesses:
        tally = hear(witnesses, BODIES, seed)
    print(f"{slug}: {tally.asked:,} bodies, {tally.admitted:,} admitted")
    assert min(tally.admitted, tally.asked - tally.admitted) > BODIES // 10, tally
