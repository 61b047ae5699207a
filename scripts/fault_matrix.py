"""The fault matrix: each scenario of the mock, met by each kind of call of both clients, in process and on a virtual clock.

`--write` puts the table into docs/fault-matrix.md, `--check` fails where the document is not what is measured. Both fail
where what is measured is not what scripts/fault_promises.py says.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from scripts.fault_batch import play_batch, promised_line
from scripts.fault_machine import trouble
from scripts.fault_promises import (
    ASYNCIO_ALONE,
    AT_LEAST_ONCE,
    FINE,
    ON_THIS_MACHINE,
    OPERATIONS,
    PROMISES,
    CallOutcome,
    promised,
)
from segmind_client import AsyncSegmindClient, Budget, JobHandle, RequestOptions, SegmindClient, SegmindError
from segmind_client._config import Config
from segmind_mock import Clock, Pace, Settings, create_app
from segmind_mock.api.jobs import JobPlan
from segmind_mock.api.scenarios import Scenario, named
from segmind_mock.state.clock import SECOND
from segmind_mock.state.money import micros
from segmind_mock.testing import InProcessAdmin
from segmind_mock.testing.inprocess import InProcess, LoopThread
from segmind_mock.testing.transports import async_transport, transport

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "fault-matrix.md"
URL = "http://mock.test"
#: All keys of the matrix begin so: it must be found nowhere.
MARKER = "SG_marker_0123456789_"
SHELLS = ("sync", "async")
WANTED: dict[str, Any] = {"prompt": "A lighthouse in fog", "img_width": 512, "img_height": 512}
#: Seconds that a job is waited for, and between two questions, on the virtual clock: more than five retries take.
WAIT_S, INTERVAL_S = 10.0, 1.0
#: Seconds that a client really waits for an answer: where none is to come, and where one is.
IMPATIENT_S, PATIENT_S = 0.02, 30.0
PATIENT = RequestOptions(read_timeout=PATIENT_S)
_numbers = itertools.count(1)

HEAD = """# The fault matrix

The result of a call in each of the mock's scenarios (`/__mock/scenarios`), for `generate` (v1), `submit` (v2),
`wait` on a job that was submitted before, `resume` of its handle by another client, and a `batch` of one line on the
command line, which submits and waits.

Each cell has the result for the caller, the number of POSTs of the call that reached the server, and how many of them were billed,
according to the mock's journal: `image 1/1`. The job of a `wait` or `resume` was submitted and billed before; whatever these two
raise has its handle. For a batch, the cell has the state of the line in the batch state: `planned` and `accepted` continue when the
command is run again, `doubt` is reported and not sent again.

The blocking client and the asyncio client (which a batch uses) were measured and never differ, on a virtual clock
and with a wait of {wait:g} seconds. Each run of the tests compares the measurement with the guarantees of the client
([scripts/fault_promises.py](../scripts/fault_promises.py)). **No call is ever billed twice**, unless
`at_least_once` was set. `python scripts/fault_matrix.py --write` writes this page.
"""

HERE = """
## Errors on this machine

The request can't be sent: a variable for a proxy or certificates is wrong, a package is missing, or the machine has run out of
a resource. Nothing is sent, nothing counts as spent, nothing is in doubt. A batch stops and leaves its lines to do. Errors that you can
fix are raised at once. If the machine lacks a resource, the request is tried again.
"""


class Cell(NamedTuple):
    """One place of the matrix."""

    scenario: str
    operation: str
    how_often: str
    shell: str
    at_least_once: bool = False


class Stage:
    """The mock in this process, and clients whose time is the mock's."""

    def __init__(self, thread: LoopThread) -> None:
        self.clock = Clock()
        self.app = create_app(Settings(pace=Pace("polls", 0), credits=micros(100)), self.clock)
        self.mock = InProcess(thread, self.app)
        self.door = InProcessAdmin(self.mock)
        self.runner = asyncio.Runner()
        #: What the clients did, as far as it can be seen from outside: for whoever looks for the key.
        self.seen: list[str] = []

    def now(self) -> float:
        return self.clock.now() / SECOND

    def config_on_this_clock(self, config: Config) -> Config:
        config.clock = config.now = self.now
        config.skip = self.clock.advance
        return config

    def on_this_clock(self, client: Any) -> Any:
        self.config_on_this_clock(client._config)
        return client

    def client(self, key: str, options: RequestOptions) -> SegmindClient:
        inner = transport(httpx2, self.mock)
        client: SegmindClient = self.on_this_clock(SegmindClient(key, URL, options=options, transport=inner))
        return client

    def async_client(self, key: str, options: RequestOptions) -> AsyncSegmindClient:
        inner = async_transport(httpx2, self.mock)
        client: AsyncSegmindClient = self.on_this_clock(AsyncSegmindClient(key, URL, options=options, transport=inner))
        return client


@contextmanager
def staged() -> Generator[Stage, None, None]:
    """A stage, as long as the block runs."""
    thread = LoopThread()
    stage = Stage(thread)
    try:
        yield stage
    finally:
        stage.runner.close()
        stage.mock.finish()
        thread.run(stage.app.close)
        thread.close()


def play(cell: Cell, stage: Stage, options: RequestOptions | None = None) -> CallOutcome:
    """Plays one cell, and says what became of the call."""
    key = f"{MARKER}{next(_numbers)}"
    read_timeout = IMPATIENT_S if cell.scenario == "latency:600" else PATIENT_S
    asked = (options or RequestOptions())._replace(read_timeout=read_timeout, at_least_once=cell.at_least_once)
    error: SegmindError | None = None
    gives = "ok"
    try:
        if cell.scenario in ON_THIS_MACHINE:
            gives = _play_here(cell, stage, key, asked)
        elif cell.operation == "batch":
            gives = _batch(cell, stage, key, read_timeout)
        elif cell.shell == "sync":
            _call(cell, stage, key, asked)
        else:
            stage.runner.run(_call_async(cell, stage, key, asked))
    except SegmindError as caught:
        error, gives = caught, type(caught).__name__
        stage.seen += [repr(caught), str(caught), repr(vars(caught)), _trace(caught)]
    if error is not None and cell.operation in ("wait", "resume"):
        assert error.handle is not None, f"{cell}: {gives} does not hold the job's handle"
    entries = stage.door.ask("GET", f"requests?key={key}&last=1000")["requests"]
    posts = [entry for entry in entries if entry["method"] == "POST"]
    elsewhere = [entry for entry in entries if entry["path"].startswith("/elsewhere/") and entry["key"]]
    assert not elsewhere, f"{cell}: the key was sent to another host"
    return CallOutcome(gives, len(posts), sum(entry["charged"] > 0 for entry in posts))


def _play_here(cell: Cell, stage: Stage, key: str, options: RequestOptions) -> str:
    """Plays a cell whose error is on this machine. The clients make their own connections, and nothing is to leave."""
    budget = Budget(max_usd=1.0)
    handle = None
    if cell.operation in ("wait", "resume"):
        with stage.client(key, options) as before:
            handle = before.tinysd1_5_txt2img.submit(**WANTED).handle
    own = options._replace(budget=budget)
    with trouble(cell.scenario) as url:
        try:
            if cell.operation == "batch":
                now, pass_time = stage.config_on_this_clock, stage.clock.advance
                state, said = play_batch(WANTED, key, url, None, now, pass_time, PATIENT_S, WAIT_S)
                stage.seen.append(said)
                return state
            if cell.shell == "sync":
                with stage.on_this_clock(SegmindClient(key, url, options=own)) as client:
                    if handle is not None:
                        client.resume(handle).wait(WAIT_S, INTERVAL_S)
                    getattr(client.tinysd1_5_txt2img, cell.operation)(**WANTED)
            else:
                stage.runner.run(_call_here(cell, stage, key, url, handle, own))
        finally:
            assert (budget.spent_usd, budget.reserved_usd) == (0.0, 0.0), f"{cell}: {budget}"
    return "ok"


async def _call_here(
    cell: Cell, stage: Stage, key: str, url: str, handle: JobHandle | None, options: RequestOptions
) -> None:
    async with stage.on_this_clock(AsyncSegmindClient(key, url, options=options)) as client:
        if handle is not None:
            await client.resume(handle).wait(WAIT_S, INTERVAL_S)
        await getattr(client.tinysd1_5_txt2img, cell.operation)(**WANTED)


def _call(cell: Cell, stage: Stage, key: str, options: RequestOptions) -> None:
    with stage.client(key, options) as client, stage.client(key, options) as other:
        model = client.tinysd1_5_txt2img
        parameters, meet = _prepared(cell, stage, key)
        if cell.operation in ("generate", "submit"):
            meet()
            result = model.generate(**parameters) if cell.operation == "generate" else model.submit(**parameters)
            stage.seen.append(repr(result))
            return
        if (early := _belongs_to_the_job(cell.scenario)) is True:
            meet()
        # What comes before the cell's own call has time, however busy this machine is.
        handle = client.with_options(PATIENT).tinysd1_5_txt2img.submit(**parameters).handle
        if not early:
            meet()
        job = other.resume(handle.to_json()) if cell.operation == "resume" else client.resume(handle)
        stage.seen.append(repr(job.wait(WAIT_S, INTERVAL_S)))


def _batch(cell: Cell, stage: Stage, key: str, read_timeout: float) -> str:
    parameters, meet = _prepared(cell, stage, key)
    meet()
    mock, clock = stage.mock, stage.clock
    state, said = play_batch(
        parameters, key, URL, mock, stage.config_on_this_clock, clock.advance, read_timeout, WAIT_S
    )
    stage.seen.append(said)
    return state


async def _call_async(cell: Cell, stage: Stage, key: str, options: RequestOptions) -> None:
    async with stage.async_client(key, options) as client, stage.async_client(key, options) as other:
        model = client.tinysd1_5_txt2img
        parameters, meet = _prepared(cell, stage, key)
        if cell.operation in ("generate", "submit"):
            meet()
            call = model.generate if cell.operation == "generate" else model.submit
            stage.seen.append(repr(await call(**parameters)))
            return
        if (early := _belongs_to_the_job(cell.scenario)) is True:
            meet()
        handle = (await client.with_options(PATIENT).tinysd1_5_txt2img.submit(**parameters)).handle
        if not early:
            meet()
        job = other.resume(handle.to_json()) if cell.operation == "resume" else client.resume(handle)
        stage.seen.append(repr(await job.wait(WAIT_S, INTERVAL_S)))


def _prepared(cell: Cell, stage: Stage, key: str) -> tuple[dict[str, Any], Callable[[], None]]:
    """The parameters of the call, and what makes the next request meet the scenario."""
    scenario = named(cell.scenario)
    parameters: dict[str, Any] = dict(WANTED)
    if scenario.broken_base64:
        parameters["base64"] = True
    if scenario.lenient and cell.operation not in ("generate", "batch"):
        parameters["extra_parameters"] = {"guidance_scale": "much"}
    times = 1 if cell.how_often == "once" else 100

    def meet() -> None:
        stage.door.ask("POST", "scenarios", {"key": key, "scenario": cell.scenario, "times": times})

    return parameters, meet


def _belongs_to_the_job(name: str) -> bool:
    """Return whether a scenario bends the life of the job that is submitted under it; else it bends the answer to a poll."""
    scenario: Scenario = named(name)
    return scenario.plan != JobPlan() or scenario.urls != "own" or scenario.lenient or scenario.drains


def _trace(error: BaseException) -> str:
    """The traceback with all variables, from the client's first frame on: those before are this script's own."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_globals["__name__"].startswith("segmind_client"):
        trace = trace.tb_next
    error.__traceback__ = trace
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def cells() -> Iterator[Cell]:
    """Every cell of the matrix."""
    for scenario, operation, how_often, shell in itertools.product(PROMISES, OPERATIONS, ("once", "always"), SHELLS):
        yield Cell(scenario, operation, how_often, shell)
    for scenario, how_often in itertools.product(PROMISES, ("once", "always")):
        yield Cell(scenario, "batch", how_often, "async")
    for scenario, operation, shell in itertools.product(AT_LEAST_ONCE, ("generate", "submit"), SHELLS):
        yield Cell(scenario, operation, "once", shell, at_least_once=True)
    for scenario, operation in itertools.product(ON_THIS_MACHINE, (*OPERATIONS, "batch")):
        for shell in SHELLS:
            if shell == "async" or (operation != "batch" and scenario not in ASYNCIO_ALONE):
                yield Cell(scenario, operation, "always", shell)


def expected(cell: Cell) -> CallOutcome:
    """Return what the documentation promises for a cell."""
    if cell.at_least_once:
        return AT_LEAST_ONCE[cell.scenario]
    if cell.operation != "batch":
        return promised(*cell[:3])
    if cell.scenario in ON_THIS_MACHINE:
        return CallOutcome("planned", 0, 0)
    if cell.scenario == "late-validation":
        # The command line checks what it sends, so nothing is wrong with it.
        return CallOutcome("done", 1, 1)
    # A scenario that meets one request meets the POST, and is over when the job is asked for, unless it is the job's own.
    post = promised(cell.scenario, "submit", cell.how_often)
    spent = cell.how_often == "once" and not _belongs_to_the_job(cell.scenario)
    return promised_line(post, FINE if spent else promised(cell.scenario, "wait", cell.how_often))


def measure(stage: Stage) -> tuple[dict[Cell, CallOutcome], list[str]]:
    """Return the outcome of each cell's call, and a message for each that differs from the promise."""
    measured = {cell: play(cell, stage) for cell in cells()}
    broken = [
        f"{cell}: {measured[cell]}, promised {expected(cell)}" for cell in measured if measured[cell] != expected(cell)
    ]
    return measured, broken


def document(measured: dict[Cell, CallOutcome]) -> str:
    """The whole document."""
    text = HEAD.format(wait=WAIT_S)
    for how_often, title in (("once", "Met by one request"), ("always", "Met by every request")):
        text += (
            f"\n## {title}\n\n| scenario | {' | '.join(OPERATIONS)} | batch |\n|---{'|---' * len(OPERATIONS)}|---|\n"
        )
        for scenario in PROMISES:
            found = [_shown(measured[Cell(scenario, each, how_often, "sync")], each) for each in OPERATIONS]
            found.append(_shown(measured[Cell(scenario, "batch", how_often, "async")], "batch"))
            text += f"| `{scenario}` | {' | '.join(found)} |\n"
    text += "\n## With `at_least_once`, met by one request\n\nWhere it makes a difference; each POST may be billed.\n\n"
    text += "| scenario | generate | submit |\n|---|---|---|\n"
    for scenario in AT_LEAST_ONCE:
        row = [Cell(scenario, each, "once", "sync", at_least_once=True) for each in ("generate", "submit")]
        text += f"| `{scenario}` | {' | '.join(_shown(measured[cell], cell.operation) for cell in row)} |\n"
    text += HERE + f"\n| error | {' | '.join(OPERATIONS)} | batch |\n|---{'|---' * len(OPERATIONS)}|---|\n"
    for scenario in ON_THIS_MACHINE:
        row = [Cell(scenario, each, "always", "async") for each in (*OPERATIONS, "batch")]
        text += f"| {_named(scenario)} | {' | '.join(_shown(measured[cell], cell.operation) for cell in row)} |\n"
    return text


def _named(error: str) -> str:
    name = f"`{error}`" if "=" in error else error
    return f"{name}, under asyncio" if error in ASYNCIO_ALONE else name


def _shown(fate: CallOutcome, operation: str) -> str:
    good = {"generate": "image", "submit": "job"}.get(operation, "result")
    return f"{good if fate.gives == 'ok' else fate.gives} {fate.posts}/{fate.billed}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/fault-matrix.md instead of printing")
    parser.add_argument("--check", action="store_true", help="fail if docs/fault-matrix.md is not what is measured")
    asked = parser.parse_args()
    with staged() as stage:
        measured, broken = measure(stage)
    made = document(measured)
    if broken:
        print(*broken, sep="\n", file=sys.stderr)
        return 1
    if asked.check:
        if made != DOCUMENT.read_text(encoding="utf-8"):
            print("docs/fault-matrix.md is not what is measured: run this with --write", file=sys.stderr)
            return 1
    elif asked.write:
        DOCUMENT.write_text(made, encoding="utf-8")
    else:
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
