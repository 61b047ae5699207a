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
from tempfile import TemporaryDirectory

from pagewright.rendering.parallel import end_with_parent
from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from pagewright.workspace import find_provider, open_workspace
from segmind_mock import Pace, Settings, serving
from tests.material import reserved
from tests.witness import peers
from tests.witness.agreement import Tally, court, hear
from tests.witness.differences import ABSENT, DIFFERENCES, FIRST_LISTED, LISTED, MULTIPLE, REFUSED, WITNESSES

ROOT = Path(__file__).resolve().parent.parent
PEERS = {
    "openapi-python-client": peers.by_openapi_python_client,
    "@hey-api/openapi-ts": peers.by_openapi_ts,
    "Prism": peers.by_prism,
}
DOCUMENT = ROOT / "docs" / "witnesses.md"
HEAD = """# Independent witnesses

Several programs, some of them independent of this project, judge whether the body of a request is valid. They are given the same
bodies: valid ones, almost valid ones, wrong types, nulls, unknown keys, huge numbers, NaN, odd strings. `make test` uses some hundreds of
bodies for each model and for an invented model with every keyword; `make witness` uses about 100,000 for each model and writes this
page (`python -m scripts.witness --write`).

| witness | is |
|---|---|
{who}
## Intended differences

Each witness agrees with JSON Schema, except for these values. A difference that is not listed fails the test, and so does a
listed one that does not occur.

| value | witnesses | take it | why |
|---|---|---|---|
{parts}
If pydantic converts a value in its lax mode (`"25"` for an integer), the validator accepts the converted value. The validator names
exactly the parameters that JSON Schema rejects, and the mock returns the validator's messages, on v1 and on v2.
"""
RUN = """
## The last run of `make witness`

Seed {number}; no other differences.

| model | bodies | of them admitted |
|---|---|---|
"""
PROGRAMS = """
Programs that others wrote were given `generated/segmind/openapi/platform.openapi.json`; what they make of it called the mock:

| program | |
|---|---|
"""
SEEN = {
    REFUSED: "as wrong",
    ABSENT: "as left out",
    LISTED: "for the listed value",
    FIRST_LISTED: "for a listed value",
    MULTIPLE: "for the multiple",
}

#: How many bodies one process asks about at a time.
CHUNK = 2500


def ask(slug: str, bodies: int, number: int) -> tuple[str, Tally]:
    """One chunk, in a process of its own."""
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    model = next(model for model in catalog.models if model.slug == slug)
    with court(model, catalog_names(catalog, reserved())[slug], ROOT / "generated/segmind/openapi/models") as witnesses:
        return slug, hear(witnesses, bodies, number)


def verdicts(bodies: int, number: int, processes: int) -> dict[str, Tally]:
    """Return the number of bodies judged for each model. Raises AssertionError if two witnesses disagree."""
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    tallies = {model.slug: Tally() for model in catalog.models}
    work = [(slug, start) for start in range(0, bodies, CHUNK) for slug in tallies]
    with ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent) as pool:
        asked = [pool.submit(ask, slug, min(CHUNK, bodies - start), number + start) for slug, start in work]
        for done, future in enumerate(as_completed(asked), 1):
            slug, tally = future.result()
            tallies[slug].add(tally)
            print(f"\r{done * 100 // len(work)} % of the verdicts", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return tallies


def peers_heard() -> dict[str, str]:
    """Return the result of each program that reads the document. Raises AssertionError if one fails; programs that are not installed are left out."""
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    models = {str(name): model for model in catalog.models for name in [catalog_names(catalog, reserved())[model.slug]]}
    heard: dict[str, str] = {}
    with serving(Settings(pace=Pace("instant"), credits=10**12)) as mock, TemporaryDirectory() as folder:
        for program, hear_it in PEERS.items():
            place = Path(folder) / str(len(heard))
            place.mkdir(exist_ok=True)
            if peers.NEEDED[program].exists():
                heard[program] = hear_it(place, mock.url, models)
            else:
                print(f"{program} is not installed (make bench-setup)", file=sys.stderr)
    return heard


def document(tallies: dict[str, Tally], heard: dict[str, str], number: int) -> str:
    """docs/witnesses.md after a run."""
    asked = [f"| `{slug}` | {t.asked:,} | {t.admitted:,} |\n" for slug, t in tallies.items()]
    programs = [f"| {program} | {words} |\n" for program, words in heard.items()]
    return f"{told()}{RUN.format(number=number)}{''.join(asked)}{PROGRAMS}{''.join(programs)}"


def told() -> str:
    """The part of the document that a run does not change."""
    who = "".join(f"| {name} | {words} |\n" for name, words in WITNESSES.items())
    parts = "".join(
        f"| {each.values} | {', '.join(sorted(each.witnesses))} | {SEEN[each.seen_as]} | {each.why} |\n"
        for each in DIFFERENCES
    )
    return HEAD.format(who=who, parts=parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000, help="for each model (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--write", action="store_true", help="write docs/witnesses.md")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    begin = time.monotonic()
    heard = peers_heard()
    for program, words in heard.items():
        print(f"{program}: {words}")
    tallies = verdicts(arguments.bodies, arguments.seed, arguments.processes)
    for slug, tally in tallies.items():
        print(
            f"{slug}: {tally.asked} bodies, {tally.admitted} of them admitted; nobody parts beyond the listed differences"
        )
    print(f"seed {arguments.seed}, {time.monotonic() - begin:.0f} s")
    if arguments.write:
        DOCUMENT.write_text(document(tallies, heard, arguments.seed), encoding="utf-8")


if __name__ == "__main__":
    main()
