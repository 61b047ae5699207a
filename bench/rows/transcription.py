"""The time to transcribe a saved page into a spec, after start-up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter

from pagewright.specs.load import load_platform
from pagewright.transcribe.draft import draft
from pagewright.transcribe.pages.page import NotAModelPage
from pagewright.transcribe.service import Service, service_of
from pagewright.transcribe.write import to_yaml
from pagewright.workspace import find_provider, open_workspace

from ..budgets import TRANSCRIBE_HTML, TRANSCRIBE_TEXT
from ..peers import ROOT
from ..table import Limit, TableRow

_ROUNDS = 20


def one_page(what: str) -> TableRow:
    """The real pages where they are at hand, else the invented one of the docs; the slowest page is in the note."""
    return _measured(what, sorted(_folder().rglob("*.txt")) or [ROOT / "docs/acme-lantern.txt"], TRANSCRIBE_TEXT)


def html_page(what: str) -> TableRow:
    """Measure pages in HTML and MHTML: the real ones where they are at hand, else those of the tests."""
    pages = [page for root in (_folder(), ROOT / "tests/cases/transcribe-forms") for page in root.rglob("*.*html")]
    return _measured(what, sorted(pages), TRANSCRIBE_HTML)


def _folder() -> Path:
    return Path(os.environ.get("PAGEWRIGHT_PAGES", "nowhere"))


def _measured(what: str, pages: Sequence[Path], budget: tuple[Limit, ...]) -> TableRow:
    texts = {f"{page.parent.name}/{page.stem}": page.read_bytes() for page in pages}
    platform = load_platform(find_provider(open_workspace(ROOT), "segmind")).platform
    assert platform is not None
    service = service_of(platform)
    times: dict[str, float] = {}
    for name, text in texts.items():
        # Among the saved pages there are some that are no model's, to be refused.
        with suppress(NotAModelPage):
            times[name] = median([_time(name, text, service) for _ in range(_ROUNDS + 1)][1:])
    slowest = max(times, key=lambda name: times[name])
    note = f"Median of {len(times)} pages; the slowest, {slowest}, takes {times[slowest] * 1000:.1f} ms."
    return TableRow(what, "s", median(times.values()), (), budget, note)


def _time(name: str, text: bytes, service: Service) -> float:
    begin = perf_counter()
    to_yaml(draft(text, name, service))
    return perf_counter() - begin
