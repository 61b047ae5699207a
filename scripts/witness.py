"""Asks the independent witnesses, at length: `make witness`.

First the verdicts: 100,000 bodies for each model, drawn by Hypothesis from its spec, to every witness of
`tests/witness/differences.py`. Then the programs that others wrote and `make bench-setup` installed: each reads the
generated OpenAPI documents, and what it makes of them is called against the mock. `--write` puts what differs, and what this
run came to, into docs/witnesses.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from generator.load import load
from generator.views import catalog_names
from tests.witness.agreement import Tally, court, hear

ROOT = Path(__file__).resolve().parent.parent
#: How many bodies one process asks about at a time.
CHUNK = 2500


def ask(slug: str, bodies: int, number: int) -> tuple[str, Tally]:
    """One chunk, in a process of its own."""
    catalog = load(ROOT).catalog
    assert catalog
    model = next(model for model in catalog.models if model.slug == slug)
    with court(model, catalog_names(catalog)[slug], ROOT / "generated/openapi/models") as witnesses:
        return slug, hear(witnesses, bodies, number)


def verdicts(bodies: int, number: int, processes: int) -> dict[str, Tally]:
    """What the witnesses were asked about each model. Raises AssertionError where one parts."""
    catalog = load(ROOT).catalog
    assert catalog
    tallies = {model.slug: Tally() for model in catalog.models}
    work = [(slug, start) for start in range(0, bodies, CHUNK) for slug in tallies]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        asked = [pool.submit(ask, slug, min(CHUNK, bodies - start), number + start) for slug, start in work]
        for done, future in enumerate(as_completed(asked), 1):
            slug, tally = future.result()
            tallies[slug].add(tally)
            print(f"\r{done * 100 // len(work)} % of the verdicts", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000, help="for each model (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    begin = time.monotonic()
    for slug, tally in verdicts(arguments.bodies, arguments.seed, arguments.processes).items():
        print(
            f"{slug}: {tally.asked} bodies, {tally.admitted} of them admitted; nobody parts beyond the listed differences"
        )
    print(f"seed {arguments.seed}, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
