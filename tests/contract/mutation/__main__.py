"""Play the mutants: `python -m tests.contract.mutation [--provider NAME] [--write FILE] [WORDS]`.

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

from pagewright.rendering.children import end_with_parent
from tests.contract.mutation.play import MockFactory, Played, play_mock, play_spec
from tests.contract.mutation.registry import mock_mutants
from tests.contract.mutation.score import as_markdown, as_text, failures
from tests.contract.mutation.specs import SpecMutant, spec_mutants
from tests.contract.mutation.subjects import PROVIDERS, subject


@cache
def _mocks(provider: str) -> MockFactory:
    return MockFactory(provider)


def _play(entry: tuple[str, SpecMutant | str]) -> Played:
    provider, mutant = entry
    if isinstance(mutant, str):
        return play_mock(_mocks(provider), mutant, mock_mutants(provider)[mutant](), provider)
    return play_spec(_mocks(provider), mutant, provider)


def main() -> int:
    """Play them in as many processes as there are cores."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.mutation")
    parser.add_argument("words", nargs="?", default="", help="play the mutants whose names contain these words")
    parser.add_argument(
        "--provider", choices=PROVIDERS, action="append", help="play those of this provider (repeatable)"
    )
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the page of the documentation")
    wanted = parser.parse_args()
    entries: list[tuple[str, SpecMutant | str]] = []
    for provider in wanted.provider or PROVIDERS:
        entries += [(provider, one) for one in spec_mutants(subject(provider).catalog) if wanted.words in one.name]
        entries += [(provider, name) for name in mock_mutants(provider) if wanted.words in name]
    began = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count(), initializer=end_with_parent) as pool:
        played = list(pool.map(_play, entries, chunksize=4))
    print("\n".join(as_text(played)))
    print(f"in {time.monotonic() - began:.0f} s")
    if wanted.write:
        wanted.write.write_text(as_markdown(played), encoding="utf-8")
    wrong = failures(played)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
