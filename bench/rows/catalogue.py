"""The catalogue at its real size: workspaces with invented models, and what is made from them measured."""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from time import perf_counter, sleep
from typing import TypeAlias

from scripts.synthetic_catalogue import known_slugs, make_workspace

from ..budgets import (
    CATALOGUE_FIRST_USE,
    CATALOGUE_MEMORY_MB,
    CATALOGUE_TYPE_CHECK,
    FEW,
    FULL,
    FULL_CATALOGUE,
    HELP_OVER_BARE_PYTHON,
    MOCK_START,
    NOTHING_CHANGED,
    ONE_SPEC_CHANGED,
    SMALL_CATALOGUE,
)
from ..measure import in_turn, peers_of, seconds_of
from ..peers import PYTHON, ROOT, environment, own_command
from ..table import Limit, NotMeasured, Peer, TableRow, Unit

Take: TypeAlias = Callable[..., float]
_CHANGED = "specs/segmind/models/tinysd1.5-txt2img.yaml"
_YAML = "python -c 'import yaml'"


def regeneration(what: str) -> TableRow:
    return _row(what, "s", full, FULL_CATALOGUE)


def one_changed(what: str) -> TableRow:
    return _row(what, "s", changed, ONE_SPEC_CHANGED)


def nothing_changed(what: str) -> TableRow:
    command = _press(workspace(FULL))
    medians = in_turn(
        {"ours": lambda: seconds_of(command), _YAML: lambda: seconds_of([str(PYTHON), "-c", "import yaml"])}, rounds=9
    )
    return TableRow(what, "s", medians["ours"], peers_of(medians), NOTHING_CHANGED)


def memory(what: str) -> TableRow:
    return _row(
        what, "MB", peak_memory, CATALOGUE_MEMORY_MB, "Shares of common pages counted once, child processes included."
    )


def first_use(what: str) -> TableRow:
    return _row(what, "s", import_over_bare, CATALOGUE_FIRST_USE, "What it is with four models, it may be with 500.")


def show_help(what: str) -> TableRow:
    return _row(what, "s", help_over_bare, HELP_OVER_BARE_PYTHON)


def type_check(what: str) -> TableRow:
    return _row(what, "s", mypy, CATALOGUE_TYPE_CHECK, "With pydantic's models, without a cache.")


def mock_start(what: str) -> TableRow:
    return _row(what, "s", start_mock, MOCK_START)


def _row(what: str, unit: Unit, measure: Callable[[int], float], limits: tuple[Limit, ...], note: str = "") -> TableRow:
    few = Peer(SMALL_CATALOGUE, measure(FEW))
    return TableRow(what, unit, measure(FULL), (few,), limits, note)


@cache
def workspace(models: int) -> Path:
    """A workspace with that many models, everything generated; gone when this process ends."""
    folder = Path(mkdtemp(prefix="pagewright-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    place = folder / "workspace"
    try:
        make_workspace(place, models, known_slugs())
    except SystemExit as error:
        raise NotMeasured(str(error)) from error
    seconds_of(_press(place))
    return place


def _press(root: Path) -> list[str]:
    return [str(PYTHON), "-m", "pagewright", "--root", str(root), "--quiet", "generate"]


def full(models: int, take: Take = seconds_of) -> float:
    """Seconds of generating everything into an empty folder."""
    return median(_from_nothing(models, take) for _ in range(3 if models < FULL else 1))


def peak_memory(models: int) -> float:
    """The most memory, in MB, that generating everything takes at any time."""
    return _from_nothing(models, _peak_of)


def _from_nothing(models: int, measure: Callable[[list[str]], float]) -> float:
    root = workspace(models)
    shutil.rmtree(root / "generated")
    return measure(_press(root))


def changed(models: int, take: Take = seconds_of) -> float:
    """Seconds of generating after one spec was changed."""
    root = workspace(models)
    spec = root / _CHANGED

    def once(number: int) -> float:
        text = spec.read_text(encoding="utf-8")
        spec.write_text(re.sub(r"(?m)^price_usd: .*$", f"price_usd: {number}.5", text), encoding="utf-8")
        if spec.read_text(encoding="utf-8") == text:
            raise NotMeasured(f"{_CHANGED} has no price to change")
        return take(_press(root))

    return median([once(number) for number in range(100, 106)][1:])


def unchanged(models: int, take: Take = seconds_of) -> float:
    """Seconds of generating with nothing to do."""
    root = workspace(models)
    return median(take(_press(root)) for _ in range(7))


def import_over_bare(models: int, take: Take = seconds_of) -> float:
    """Seconds that importing the client adds to the start of Python: the class itself, since the package alone loads
    nothing."""
    return _over_bare(models, take, "-c", "from segmind_client import SegmindClient")


def help_over_bare(models: int, take: Take = seconds_of) -> float:
    """Seconds that the command's `--help` adds to the start of Python."""
    return _over_bare(models, take, "-m", "segmind_client", "--help")


def _over_bare(models: int, take: Take, *arguments: str) -> float:
    variables = environment(PYTHONPATH=str(workspace(models) / "generated/segmind/python"))
    medians = in_turn(
        {
            "ours": lambda: take([sys.executable, *arguments], variables),
            "bare": lambda: take([sys.executable, "-c", "pass"], variables),
        },
        rounds=15,
    )
    return medians["ours"] - medians["bare"]


def mypy(models: int, take: Take = seconds_of) -> float:
    """Seconds of `mypy --strict` on the client."""
    package = workspace(models) / "generated/segmind/python/segmind_client"
    return take([own_command("mypy"), "--strict", "--config-file=", "--cache-dir=/dev/null", str(package)])


def start_mock(models: int) -> float:
    """Seconds from the start of the mock to its line that says where it listens."""
    variables = environment(PYTHONPATH=str(workspace(models) / "generated/segmind/python"))
    return median([_listening(variables) for _ in range(6)][1:])


def _listening(variables: dict[str, str]) -> float:
    begin = perf_counter()
    command = [sys.executable, "-m", "segmind_mock", "--port", "0"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as mock:
        assert mock.stdout
        line = mock.stdout.readline()
        taken = perf_counter() - begin
        mock.terminate()
    if not line.startswith("listening"):
        raise NotMeasured("the mock did not start")
    return taken


def _peak_of(command: list[str]) -> float:
    peak = 0.0
    with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, cwd=ROOT) as press:
        while press.poll() is None:
            peak = max(peak, _memory_of(press.pid))
            sleep(0.1)
    if press.returncode or not peak:
        raise NotMeasured(
            "generating failed" if press.returncode else "this system does not say what memory a process has"
        )
    return peak


def _memory_of(process: int) -> float:
    """Return the memory of a process and its children in MB; shared pages count in proportion."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        own = re.search(r"^Pss:\s+([0-9]+)", rollup, re.MULTILINE)
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0  # it has just ended
    return (int(own[1]) / 1024 if own else 0.0) + sum(_memory_of(int(child)) for child in children)
