"""Tries 10,000 times to get code out of a spec's texts: `make hostile`.

Each time every free text of a provider's platform and models is hostile, all templates are rendered, and what comes out is parsed:
only the contents of literals and words may have changed. One time in a hundred what formatters and type makers add is
looked at as well. See tests/generator/hostile/.
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

from pagewright.rendering.children import end_with_parent
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from tests.generator.hostile.payloads import PAYLOADS
from tests.generator.hostile.poison import Poisoner, small_models
from tests.generator.hostile.rendering import Press, skeletons, try_to_break, try_to_disagree
from tests.media.conftest import write_lumen
from tests.providers.conftest import INVENTED, make_workspace

CHUNK = 100
#: One chunk in so many is of the repository's own models; the others are of small ones, which are quicker to render.
OWN = 20
#: The real provider and the invented ones, in turn. Lumen has models of every medium, of which a chunk has two.
PROVIDERS = ("segmind", *INVENTED, "lumen")


def attack(number: int, examples: int, seed: int) -> int:
    """One chunk, in a process of its own: how many catalogues were rendered."""
    name = PROVIDERS[number % len(PROVIDERS)]
    with TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        provider = write_lumen(root) if name == "lumen" else make_workspace(root, name).provider(name)
        catalog = load(provider).catalog
    assert catalog
    if name == "lumen":
        first = number // len(PROVIDERS) % (len(catalog.models) - 1)
        catalog = Catalog(catalog.platform, catalog.models[first : first + 2])
    if number % OWN and catalog.platform.data["name"] == "Segmind":
        # Acme's models on the real platform.
        catalog = Catalog(catalog.platform, small_models())
    press, poisoner = Press(), Poisoner(catalog)
    tried = try_to_break(press, poisoner, examples - 1, seed + number)
    clean = skeletons(press.files(catalog))
    hostile = skeletons(press.files(poisoner.poisoned(number % (2 * len(PAYLOADS)))))
    try_to_disagree(press, poisoner, 1, seed + number)
    assert hostile == clean, [path for path in clean if clean[path] != hostile[path]]
    return tried + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    begin, tried = time.monotonic(), 0
    chunks = range(-(-arguments.examples // CHUNK))
    with ProcessPoolExecutor(arguments.processes, get_context("spawn"), end_with_parent) as pool:
        for done in as_completed([pool.submit(attack, number, CHUNK, arguments.seed) for number in chunks]):
            tried += done.result()
            print(f"\r{tried} hostile catalogues", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{tried} hostile catalogues, nothing but literals and words changed; {len(PAYLOADS)} payloads,", end=" ")
    print(f"seed {arguments.seed}, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
