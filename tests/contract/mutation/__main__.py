"""`python -m tests.contract.mutation`: plays every mutant, prints the score and each survivor."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.contract.mutation.play import Stage, play_spec, true_catalog
from tests.contract.mutation.specs import spec_mutants

if __name__ == "__main__":
    stage = Stage()
    began = time.time()
    fates = Counter()
    for m in spec_mutants(true_catalog()):
        if len(sys.argv) > 1 and sys.argv[1] not in m.name:
            continue
        p = play_spec(stage, m)
        fates[p.fate] += 1
        if p.fate == "survived" or (p.fate == "stillborn" and "-v" in sys.argv) or ("-a" in sys.argv):
            print(p.fate, p.name, p.words[:250])
    from tests.contract.mutation.mocks import MUTATIONS
    from tests.contract.mutation.play import play_mock

    print(fates, time.time() - began)
    fates = Counter()
    for name, make in MUTATIONS.items():
        p = play_mock(stage, name, make())
        fates[p.fate] += 1
        if p.fate == "survived" or "-m" in sys.argv:
            print(p.fate, p.name, p.words[:300])
    print(fates, time.time() - began)
    stage.close()
