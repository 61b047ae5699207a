"""Times, taken turn about so that whatever else the machine does falls on all sides alike."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter

from .peers import ROOT, environment
from .table import NotMeasured, Peer


def seconds_of(command: Sequence[str], variables: Mapping[str, str] | None = None) -> float:
    """Return the seconds that a process takes from start to end. Raises NotMeasured with its last words if it fails."""
    begin = perf_counter()
    done = subprocess.run(
        command, env=variables or environment(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    taken = perf_counter() - begin
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise NotMeasured(f"{Path(command[0]).name} failed: {words[-1]}")
    return taken


def processor_seconds_of(command: Sequence[str], variables: Mapping[str, str] | None = None) -> float:
    """Return the CPU seconds of a process and its children, which hardly depend on other load."""
    before = getrusage(RUSAGE_CHILDREN)
    seconds_of(command, variables)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turn(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each side's values over `rounds` rounds, after one round that does not count."""
    values: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, take in sides.items():
            value = take()
            if number:
                values[name].append(value)
    return {name: median(taken) for name, taken in values.items()}


def peers_of(medians: Mapping[str, float]) -> tuple[Peer, ...]:
    """Every side but `ours`."""
    return tuple(Peer(name, value) for name, value in medians.items() if name != "ours")
