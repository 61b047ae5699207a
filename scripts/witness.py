"""Asks the independent witnesses, at length: `make witness`.

First the verdicts: 100,000 bodies for each model of Segmind, and 5,000 for each invented one (the catalogue of every medium in
tests/media, the two providers in tests/providers), drawn by Hypothesis from its spec, to every witness of
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
from typing import NamedTuple

from pagewright.rendering.parallel import end_with_parent
from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from pagewright.workspace import Provider, Workspace, find_installed, find_provider, open_workspace
from pagewright.workspace.config import SELF_CONTAINED
from segmind_mock import Pace, Settings, serving
from tests.material import reserved
from tests.media.conftest import make_lumen
from tests.providers.conftest import INVENTED, make_workspace
from tests.witness import openapi_core, peers
from tests.witness.agreement import Tally, court, hear
from tests.witness.differences import (
    ABSENT,
    ADMITTED,
    DIFFERENCES,
    FIRST_LISTED,
    LISTED,
    MULTIPLE,
    NUMBER,
    REFUSED,
    WITNESSES,
)

ROOT = Path(__file__).resolve().parent.parent
PEERS = {
    "openapi-python-client": peers.by_openapi_python_client,
    "@hey-api/openapi-ts": peers.by_openapi_ts,
    "Prism": peers.by_prism,
    "openapi-core": openapi_core.by_openapi_core,
}
DOCUMENT = ROOT / "docs" / "witnesses.md"
HEAD = """# Independent witnesses

Several programs, some of them independent of this project, judge whether the body of a request is valid. They are given the same
bodies: valid ones, almost valid ones, wrong types, nulls, unknown keys, huge numbers, NaN, odd strings. `make test` uses some hundreds of
bodies for each model and for an invented model with every keyword; `make witness` uses 100,000 for each model and 5,000 for each
invented one, of every medium and of three invented providers, and writes this page (`python -m scripts.witness --write`).

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

| provider | model | bodies | of them admitted |
|---|---|---|---|
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
    NUMBER: "for the number in it",
    ADMITTED: "for a number that is valid",
}

#: How many bodies one process asks about at a time.
CHUNK = 2500


class Asked(NamedTuple):
    """A provider whose models are asked about: `root` is its workspace."""

    name: str
    root: Path

    def catalog(self) -> Catalog:
        """Return its specs."""
        workspace = Workspace(self.root, find_installed(), SELF_CONTAINED)
        provider = find_provider(open_workspace(ROOT)) if self.root == ROOT else Provider(workspace, self.name)
        catalog = load(provider).catalog
        assert catalog
        return catalog

    def ask(self, slug: str, bodies: int, number: int) -> Tally:
        """Ask about one chunk of bodies. Call this in a process of its own."""
        generated = self.root / "generated" / self.name
        if str(generated / "python") not in sys.path:
            sys.path.insert(0, str(generated / "python"))
        catalog = self.catalog()
        model = next(model for model in catalog.models if model.slug == slug)
        name = catalog_names(catalog, reserved())[slug]
        with court(
            model, name, generated / "openapi" / "models", f"{self.name}_client", f"{self.name}_mock"
        ) as witnesses:
            return hear(witnesses, bodies, number)


#: A model by its provider and its slug.
Subject = tuple[str, str]


def invented(folder: Path) -> list[Asked]:
    """Return the invented providers, generated below `folder`."""
    make_lumen(folder / "lumen")
    others = make_workspace(folder / "others", *INVENTED)
    for name in INVENTED:
        others.generate(name)
    return [Asked("lumen", folder / "lumen"), *(Asked(name, others.root) for name in INVENTED)]


def verdicts(asked: dict[Asked, int], number: int, processes: int) -> dict[Subject, Tally]:
    """Return the number of bodies judged for each model. `asked` has the number for each model of a provider.

    Raises AssertionError if two witnesses disagree.
    """
    work = [
        (provider, model.slug, start, min(CHUNK, bodies - start))
        for provider, bodies in asked.items()
        for model in provider.catalog().models
        for start in range(0, bodies, CHUNK)
    ]
    tallies = {(provider.name, slug): Tally() for provider, slug, _, _ in work}
    with ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent) as pool:
        begun = {
            pool.submit(provider.ask, slug, bodies, number + start): (provider.name, slug)
            for provider, slug, start, bodies in work
        }
        for done, future in enumerate(as_completed(begun), 1):
            tallies[begun[future]].add(future.result())
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


def document(tallies: dict[Subject, Tally], heard: dict[str, str], number: int) -> str:
    """docs/witnesses.md after a run."""
    asked = [f"| {name} | `{slug}` | {t.asked:,} | {t.admitted:,} |\n" for (name, slug), t in tallies.items()]
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
    parser.add_argument("--bodies", type=int, default=100_000, help="for each model of Segmind (default: %(default)s)")
    parser.add_argument("--invented", type=int, default=5_000, help="for each invented model (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--write", action="store_true", help="write docs/witnesses.md")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    begin = time.monotonic()
    heard = peers_heard() if arguments.bodies else {}
    for program, words in heard.items():
        print(f"{program}: {words}")
    with TemporaryDirectory() as folder:
        asked = {Asked("segmind", ROOT): arguments.bodies}
        if arguments.invented:
            asked |= dict.fromkeys(invented(Path(folder)), arguments.invented)
        tallies = verdicts(asked, arguments.seed, arguments.processes)
    for (name, slug), tally in tallies.items():
        print(
            f"{name} {slug}: {tally.asked} bodies, {tally.admitted} of them admitted; no differences but the listed ones"
        )
    print(f"seed {arguments.seed}, {time.monotonic() - begin:.0f} s")
    if arguments.write:
        DOCUMENT.write_text(document(tallies, heard, arguments.seed), encoding="utf-8")


if __name__ == "__main__":
    main()
