"""Setup and teardown time of the pytest plugin's in-process mock."""

from __future__ import annotations

import subprocess

from ..budgets import FIRST_FIXTURE
from ..measure import in_turn
from ..peers import PYTHON, environment
from ..table import NotMeasured, TableRow

#: In a process of its own, as a test session has it: what is imported for the first fixture counts.
_FIRST = """
from time import perf_counter
import pytest
from segmind_mock import pytest_plugin
begin = perf_counter()
from segmind_mock.testing.fixtures import InProcessMocks, read_options
mocks = InProcessMocks()
with pytest.MonkeyPatch.context() as patch, mocks.mock(read_options({}), patch):
    print(perf_counter() - begin)
begin = perf_counter()
for _ in range(20):
    with pytest.MonkeyPatch.context() as patch, mocks.mock(read_options({}), patch):
        pass
print((perf_counter() - begin) / 20)
mocks.close()
"""


def in_process(what: str) -> TableRow:
    """The first fixture of a session; those after it are in the note."""
    later: list[float] = []

    def first() -> float:
        done = subprocess.run(
            [str(PYTHON), "-c", _FIRST], env=environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotMeasured(done.stderr.strip().splitlines()[-1])
        begin, each = map(float, done.stdout.split())
        later.append(each)
        return begin

    medians = in_turn({"ours": first}, 5)
    note = f"Each later one takes {min(later) * 1000:.1f} ms."
    return TableRow(what, "s", medians["ours"], (), FIRST_FIXTURE, note)
