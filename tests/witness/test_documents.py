"""docs/witnesses.md and docs/drift.md say what is so."""

from __future__ import annotations

import re

from pagewright.specs.load import load
from pagewright.workspace import find_provider, open_workspace
from scripts import drift, witness
from tests.material import ROOT, page_of, pages
from tests.providers.conftest import INVENTED
from tests.witness import peers


def test_the_listed_differences_are_those_of_the_test() -> None:
    text = witness.DOCUMENT.read_text(encoding="utf-8")
    assert text.startswith(witness.told()), "run python -m scripts.witness --write"


def test_the_documented_run_covered_every_model_with_100000_bodies() -> None:
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    run = witness.DOCUMENT.read_text(encoding="utf-8").removeprefix(witness.told())
    rows = re.findall(r"^\| (\w+) \| `(.+?)` \| ([0-9,]+) \|", run, re.M)
    asked = {(provider, slug): int(number.replace(",", "")) for provider, slug, number in rows}
    own = {("segmind", model.slug) for model in catalog.models}
    invented = {("lumen", path.stem) for path in (ROOT / "tests/media/specs/models").glob("*.yaml")}
    for provider in INVENTED:
        folder = ROOT / "tests/providers/specs" / provider / "models"
        invented |= {(provider, path.relative_to(folder).with_suffix("").as_posix()) for path in folder.rglob("*.yaml")}
    assert asked.keys() == own | invented
    assert min(asked[subject] for subject in own) >= 100_000
    assert min(asked[subject] for subject in invented) >= 5_000
    assert all(f"| {program} |" in run for program in peers.NEEDED)


def test_the_table_of_drift_is_what_is_measured() -> None:
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    for model in catalog.models:
        for page in model.pages:
            page_of(page)
    found = drift.facts(pages())
    assert drift.unexplained(found) == []
    assert drift.table(found) == drift.TABLE.read_text(encoding="utf-8"), "run python -m scripts.drift --write"
    parting = [fact for fact in found if fact.parts]
    assert 0 < len(parting) < len(found) // 4
    assert drift.unexplained([parting[0]._replace(reason="")])
