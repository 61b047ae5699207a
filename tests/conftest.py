"""Rules for every test: no wait is endless, and a failure of a property test can be repeated.

A test has three limits. A wait for a socket or an HTTP response ends after `LIMIT_S`. pytest-timeout fails a test that
goes on longer. Where even that does not help, because a test cleans up for ever, faulthandler ends the process. They are set
here and not in pyproject.toml, which also holds for the contract suite; `--timeout 0` lifts the last two.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import socket
import threading
from collections import Counter
from collections.abc import Generator

import httpx2
import pytest
from hypothesis import HealthCheck, settings

from tests.waiting import LIMIT_S

#: Seconds for a test, far above what the slowest takes on a busy machine, and how many more for its process.
TEST_LIMIT_S, CLEANING_S = 300.0, 100.0
_STDERR = pytest.StashKey[int]()
#: The seed of property tests in CI. Elsewhere each run has another one.
_CI_SEED = 20261121

# Hypothesis measures time in two places: per example, and while it generates. Both depend on how busy the machine is.
settings.register_profile(
    "pagewright",
    parent=settings.get_profile("default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pagewright")

# A shell's background job has Ctrl-C ignored, and so would the commands have that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed before Hypothesis reads it, and the limits before pytest-timeout does."""
    if config.getoption("--hypothesis-seed") is None:
        seed = _CI_SEED if os.environ.get("CI") == "true" else random.randrange(2**32)
        config.option.hypothesis_seed = str(seed)
    if config.getoption("--timeout") is None:
        config.option.timeout = TEST_LIMIT_S
    # The real one: later on, pytest puts a file in its place.
    config.stash[_STDERR] = os.dup(2)
    socket.setdefaulttimeout(LIMIT_S)
    for limit in ("connect", "read", "write", "pool"):
        setattr(httpx2._config.DEFAULT_TIMEOUT_CONFIG, limit, LIMIT_S)


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[_STDERR])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """End the process, with the traceback of each thread, if a test does not end after it has failed."""
    if not (limit := float(item.config.getoption("--timeout"))):
        return (yield)
    faulthandler.dump_traceback_later(limit + CLEANING_S, exit=True, file=item.config.stash[_STDERR])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run, for tests that draw their examples in a process of their own or with a seed of their own."""
    return int(request.config.getoption("--hypothesis-seed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was skipped, by reason, and the seed, so that a failure can be repeated."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.getreports("skipped"))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} skipped, {reason.removeprefix('Skipped: ')}")
    seed = config.getoption("--hypothesis-seed")
    terminalreporter.write_line(f"Seed of the property tests: {seed} (to repeat a run: --hypothesis-seed={seed})")
