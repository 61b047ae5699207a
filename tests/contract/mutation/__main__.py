"""`python -m tests.contract.mutation [--write FILE] [WORDS]`: plays the mutants (whose names have these words).

Exit status 1 if a score is too low, or a survivor is not explained.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from pagewright.rendering.parallel import end_with_parent
from tests.contract.mutation.mocks import MUTATIONS
from tests.contract.mutation.play import MockFactory, Played, play_mock, play_spec, true_catalog
from tests.contract.mutation.score import as_markdown, as_text, failures
from tests.contract.mutation.specs import SpecMutant, spec_mutants


@cache
def _stage() -> MockFactory:
    return MockFactory()


def _play(mutant: SpecMutant | str) -> Played:
    if isinstance(mutant, str):
        return play_mock(_stage(), mutant, MUTATIONS[mutant]())
    return play_spec(_stage(), mutant)


def main() -> int:
    """Plays them in as many processes as there are cores."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.mutation")
    parser.add_argument("words", nargs="?", default="")
    parser.add_argument("--write", metavar="FILE", type=Path)
    wanted = parser.parse_args()
    mutants: list[SpecMutant | str] = [one for one in spec_mutants(true_catalog()) if wanted.words in one.name]
    mutants += [name for name in MUTATIONS if wanted.words in name]
    began = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count(), initializer=end_with_parent) as pool:
        played = list(pool.map(_play, mutants, chunksize=4))
    print("\n".join(as_text(played)))
    print(f"in {time.monotonic() - began:.0f} s")
    if wanted.write:
        wanted.write.write_text(as_markdown(played), encoding="utf-8")
    wrong = failures(played)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
