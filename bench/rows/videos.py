"""Videos of the generated mock, and what a large one costs the client. The models are invented: tests/media has them."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from time import perf_counter
from typing import Any

from tests.media.conftest import make_lumen, order
from tests.media.fake_service import Service

from ..budgets import CLIENT_LARGE_FILE, MOCK_FIRST_VIDEO, MOCK_REPEATED_VIDEO
from ..load import Request, rate
from ..measure import in_turn
from ..peers import PYTHON, environment
from ..servers import Server, _running
from ..table import NotMeasured, TableRow
from .serving import _get, _post

_PATH = "/v1/sway"
#: 5 seconds of 1280 × 720.
_BODY: dict[str, Any] = {"image": "https://host.invalid/frame.png", "frames": 80, "fps": 16}
_SECONDS, _ROUNDS = 1.2, 3
_LARGE_MB = 500
_SAVE = """
import resource, sys
from lumen_client import LumenClient
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
url, small, large, folder = sys.argv[1:]
with LumenClient("key", url) as client:
    client.reel_1.generate(prompt=small).save(f"{folder}/small.mp4")
    before = peak()
    result = client.reel_1.generate(prompt=large)
    result.save(f"{folder}/large.mp4")
    print(peak() - before, result.files[0].size, result.duration_s)
"""


@cache
def _packages() -> Path:
    """Return the folder with the generated packages of the invented models; it is removed when this process ends."""
    folder = Path(mkdtemp(prefix="pagewright-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_lumen(folder / "workspace")
    return folder / "workspace" / "generated" / "lumen" / "python"


@contextmanager
def media_mock(*options: str) -> Iterator[Server]:
    """The mock of the invented models of every medium, with credits that no load uses up."""
    command = [str(PYTHON), "-m", "lumen_mock", "--port", "0", "--credits", "1000000000", *options]
    with _running(command, environment(PYTHONPATH=str(_packages()))) as server:
        yield server


def first_video(what: str) -> TableRow:
    """Measure videos that were not asked for before, one at a time, while the mock answers other requests."""
    with media_mock() as server:
        times, size = [], 0
        pauses: list[float] = []
        done = threading.Event()
        asking = threading.Thread(target=_ask_for_health, args=(server.url, pauses, done))
        asking.start()
        try:
            for number in range(8):
                begin = perf_counter()
                status, content = _post(server.url, _PATH, {**_BODY, "prompt": f"scene {number}"})
                times.append(perf_counter() - begin)
                if status != 200:
                    raise NotMeasured(f"the mock answered {status}: {content[:80]!r}")
                size = len(content)
        finally:
            done.set()
            asking.join()
    note = (
        f"{size / 1024:.0f} KiB; the very first, right after the start, took {times[0] * 1000:.0f} ms; other requests "
        f"took {max(pauses, default=0) * 1000:.0f} ms at most meanwhile."
    )
    return TableRow(what, "s", median(times[1:]), (), MOCK_FIRST_VIDEO, note)


def _ask_for_health(url: str, pauses: list[float], done: threading.Event) -> None:
    while not done.wait(0.01):
        begin = perf_counter()
        _get(url, "/__mock/health")
        pauses.append(perf_counter() - begin)


def repeated_video(what: str) -> TableRow:
    """Measure repeated requests for one video."""
    with media_mock() as server:
        size = len(_post(server.url, _PATH, _BODY)[1])
        medians = in_turn({"ours": lambda: rate(server.url, Request(_PATH, _BODY), _SECONDS)}, _ROUNDS)
    return TableRow(what, "/s", medians["ours"], (), MOCK_REPEATED_VIDEO, f"{size / 1024:.0f} KiB in an answer.")


def large_file(what: str) -> TableRow:
    """Measure the memory by which a process grows that receives, measures and saves a large video."""
    with TemporaryDirectory() as folder, Service() as service:
        thread = threading.Thread(target=service.serve_forever, daemon=True)
        thread.start()
        prompts = (order(file="clip.mp4"), order(megabytes=_LARGE_MB))
        begin = perf_counter()
        done = subprocess.run(
            [str(PYTHON), "-c", _SAVE, service.url, *prompts, folder],
            env=environment(PYTHONPATH=str(_packages())),
            capture_output=True,
            text=True,
            check=False,
        )
        taken = perf_counter() - begin
        service.shutdown()
        thread.join()
        if done.returncode:
            raise NotMeasured(done.stderr.strip().splitlines()[-1])
        grown, size, seconds = done.stdout.split()
        if Path(folder, "large.mp4").stat().st_size != int(size) or seconds != "1.0":
            raise NotMeasured(f"the file was not saved whole: {done.stdout}")
    return TableRow(what, "MB", float(grown), (), CLIENT_LARGE_FILE, f"{int(size) >> 20} MB in {taken:.1f} s.")
