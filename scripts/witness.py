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
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from pagewright.rendering.parallel import end_with_parent
from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from pagewright.workspace import Provider, find_provider, open_workspace
from segmind_mock import Pace, Settings, serving
from tests.material import reserved
from tests.providers.conftest import INVENTED, make_workspace
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

What a request may hold is said in several ways, some of them not ours. They are asked about the same bodies: valid ones, nearly
valid ones, wrong types, nulls, further keys, huge numbers, NaN, odd texts. `make test` asks about some hundreds for each
model, for an invented one that has every keyword, at every edge too, and for those of the invented providers; `make witness`
about 100,000 for each model. This
page is made by it (`python -m scripts.witness --write`).

| witness | is |
|---|---|
{who}
## Where they part on purpose

Each witness says what JSON Schema says of the body, except that it takes these values for something else. A difference that is
not listed fails the test, and so does a listed one that does not occur.

| value | witnesses | take it | why |
|---|---|---|---|
{parts}
What pydantic takes in its lax way (`"25"` for an integer) it sends in the right type: whatever it makes of a body is admitted by
the validator. The validator names exactly the parameters that JSON Schema finds wrong, and the mock answers in its words, on v1
and on v2.
"""
RUN = """
## The last run of `make witness`

Seed {number}; nobody parted beyond the list.

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


@dataclass(frozen=True)
class Subject:
    """A model that the witnesses are asked about, and the workspace in which its provider was generated."""

    root: Path
    provider: str
    slug: str

    @property
    def title(self) -> str:
        return self.slug if self.root == ROOT else f"{self.slug} (of {self.provider}, invented)"


def subjects(invented: Path) -> list[Subject]:
    """Return every model of this repository, and those of the invented providers, which are generated in `invented`."""
    made = make_workspace(invented, *INVENTED)
    for name in INVENTED:
        made.generate(name)
    found = [find_provider(open_workspace(ROOT)), *map(made.provider, INVENTED)]
    return [Subject(each.root, each.name, model.slug) for each in found for model in _catalog(each).models]


def _catalog(provider: Provider) -> Catalog:
    catalog = load(provider).catalog
    assert catalog
    return catalog


def ask(subject: Subject, bodies: int, number: int) -> Tally:
    """Ask the witnesses about one chunk of bodies, in a process of its own."""
    generated = subject.root / "generated" / subject.provider
    if (python := str(generated / "python")) not in sys.path:
        sys.path.insert(0, python)
    catalog = _catalog(Provider(open_workspace(subject.root), subject.provider))
    model = next(model for model in catalog.models if model.slug == subject.slug)
    name = catalog_names(catalog, reserved())[subject.slug]
    packages = [f"{subject.provider}_{kind}" for kind in ("client", "mock")]
    with court(model, name, generated / "openapi/models", *packages) as witnesses:
        return hear(witnesses, bodies, number)


def verdicts(bodies: int, number: int, processes: int) -> dict[str, Tally]:
    """Return what the witnesses were asked about each model, by its title. Raises AssertionError where one differs."""
    with TemporaryDirectory() as folder:
        tallies = {subject: Tally() for subject in subjects(Path(folder) / "workspace")}
        work = [(subject, start) for start in range(0, bodies, CHUNK) for subject in tallies]
        with ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent) as pool:
            asked = {
                pool.submit(ask, subject, min(CHUNK, bodies - start), number + start): subject
                for subject, start in work
            }
            for done, future in enumerate(as_completed(asked), 1):
                tallies[asked[future]].add(future.result())
                print(f"\r{done * 100 // len(work)} % of the verdicts", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {subject.title: tally for subject, tally in tallies.items()}


def peers_heard() -> dict[str, str]:
    """What each program made of the document. Raises AssertionError where one could not; those not installed are left out."""
    catalog = _catalog(find_provider(open_workspace(ROOT)))
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
