"""The suite's options, its one fixture, and its summary.

Exit status, where pytest's own would be 0 or 1: 10 if the service drifted, 11 if nothing did but some of it was not
available. Another test's failure leaves pytest's own 1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .cases import Case
from .findings import DRIFT, UNAVAILABLE, UNCHECKED, Verdict
from .report import as_html, as_text
from .service.loop import judge
from .service.place import Misused, Place, Wishes, check, opened
from .suite import CONTRACT, conclude
from .tally import Record, Tally

DRIFTED, NOT_AVAILABLE = 10, 11
_LISTENER = "contract-listener"

_TALLY = pytest.StashKey[Tally]()
_VERDICT = pytest.StashKey["dict[str, Any]"]()
#: The letter and the word of each outcome that pytest has no own for.
_STATES = {DRIFT: ("D", "DRIFT"), UNAVAILABLE: ("N", "NOT AVAILABLE"), UNCHECKED: ("-", "NOT CHECKED")}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options. A short name may belong to another plugin; then only the one with `--contract-` is ours."""
    group = parser.getgroup("contract", "contract of the service")
    taken = _taken(parser)

    def add(name: str, short: str, **more: Any) -> None:
        names = [name] if short in taken else [name, short]
        group.addoption(*names, dest=name[2:].replace("-", "_"), **more)

    words = "the service to check; without it a mock in this process"
    add("--contract-url", "--base-url", metavar="URL", help=words)
    words = "what the calls may cost at most, by documented (else assumed) prices"
    add("--contract-max-usd", "--max-usd", metavar="AMOUNT", help=words)
    flags = {
        "free": "calls to the base URL cost nothing: it is a fake",
        "provoke": "the base URL is a provider-mock, which plays scenarios",
        "any-key": "the base URL takes any key, as a proxy with its own does",
        "strict-basis": "what is only assumed counts as documented",
    }
    for flag, words in flags.items():
        add(f"--contract-{flag}", f"--{flag}", action="store_true", help=words)
    group.addoption("--contract-html", metavar="FILE", help="write the summary as one page of HTML")


def _taken(parser: pytest.Parser) -> set[str]:
    """The options that others have added. pytest tells nobody, and a name that two have is an error of its own parser."""
    inside: Any = parser
    groups = [*getattr(inside, "_groups", ()), getattr(inside, "_anonymous", None)]
    return {name for group in groups for option in getattr(group, "options", ()) for name in option.names()}


def pytest_configure(config: pytest.Config) -> None:
    """Begins a tally."""
    config.stash[_TALLY] = Tally(CONTRACT)
    config.pluginmanager.register(_Listener(config.stash[_TALLY]), _LISTENER)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuses options that contradict each other, before anything is sent. Not in a run of other tests that comes upon
    this folder: there pytest reads this file late, and its tests are skipped where they can't be run.
    """
    try:
        check(CONTRACT.platform, _wishes(session.config), os.environ)
        _make_room(session.config.getoption("contract_html", None))
    except Misused as wrong:
        raise pytest.UsageError(str(wrong)) from None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where money is limited, what is worth most comes first."""
    if config.getoption("contract_max_usd", None) is not None:
        items.sort(key=_rank)


@pytest.fixture(scope="session")
def contract_place(pytestconfig: pytest.Config) -> Generator[Place, None, None]:
    """The service, for all cases."""
    with ExitStack() as stack:
        try:
            place = stack.enter_context(opened(CONTRACT.platform, _wishes(pytestconfig), os.environ))
        except Misused as wrong:
            pytest.skip(f"{UNCHECKED}: {wrong}")
        yield place


@pytest.fixture
def held_to_contract(request: pytest.FixtureRequest, contract_place: Place) -> Callable[[Case], None]:
    """Sends a case and judges what comes."""

    def hold(case: Case) -> None:
        __tracebackhide__ = True
        before = contract_place.budget.reserved
        verdict = judge(CONTRACT, contract_place, case)
        cost = contract_place.budget.reserved - before
        node: pytest.Item = request.node
        node.stash[_VERDICT] = Record.of(case, verdict, str(cost))._asdict()
        node.user_properties += _properties(case, verdict)
        conclude(verdict)

    return hold


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hands the verdict on with the report, which may go to another process."""
    report = yield
    if report.when == "call" and _VERDICT in item.stash:
        report.__dict__["contract"] = item.stash[_VERDICT]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, str] | None:
    """Drift and what was not available are outcomes of their own."""
    found = report.__dict__.get("contract")
    if found is None or found["outcome"] not in _STATES:
        return None
    letter, word = _STATES[found["outcome"]]
    # pytest counts failures by this name; the others are only listed.
    return ("failed" if found["outcome"] == DRIFT else found["outcome"], letter, word)


class _Listener:
    """Collects the verdicts of this process's tests and of all others'."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.others_failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes note of one report."""
        found = report.__dict__.get("contract")
        if found is not None:
            self.tally.add(Record(**found))
        elif report.failed:
            self.others_failed = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What can't be collected is no drift."""
        self.others_failed = self.others_failed or report.failed


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Gives JUnit's XML the coverage, and says by the exit status whether it was drift."""
    tally = session.config.stash[_TALLY]
    listener: Any = session.config.pluginmanager.get_plugin(_LISTENER)
    if hasattr(session.config, "workerinput"):
        return
    # Not by the fixture `record_testsuite_property`: with pytest-xdist fixtures are the workers', the file is not.
    coverage = tally.coverage() if tally.records else {}
    for plugin in session.config.pluginmanager.get_plugins():
        if record := getattr(plugin, "add_global_property", None):
            for kind, part in coverage.items():
                record(f"contract.{kind}", f"{len(part.covered)}/{len(part.all)}")
    if listener.others_failed:
        return
    if tally.count(DRIFT) and exitstatus == pytest.ExitCode.TESTS_FAILED:
        session.exitstatus = DRIFTED
    elif tally.count(UNAVAILABLE) and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = NOT_AVAILABLE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was found and what was covered, as text and, if asked for, as HTML."""
    tally = config.stash[_TALLY]
    if not tally.records:
        return
    where = config.getoption("contract_url", None) or "a mock in this process"
    terminalreporter.section("contract")
    most = config.getoption("contract_max_usd", None)
    for line in as_text(tally, where, most):
        terminalreporter.write_line(line)
    page = config.getoption("contract_html", None)
    if page:
        try:
            Path(page).write_text(as_html(tally, where, most), encoding="utf-8")
            terminalreporter.write_line(f"written: {page}")
        except OSError as error:
            terminalreporter.write_line(f"not written: {error}")


def _wishes(config: pytest.Config) -> Wishes:
    # A conftest that pytest finds late has added no options: then it is the mock.
    return Wishes(
        base_url=config.getoption("contract_url", None),
        max_usd=config.getoption("contract_max_usd", None),
        free=bool(config.getoption("contract_free", False)),
        strict=bool(config.getoption("contract_strict_basis", False)),
        provoke=bool(config.getoption("contract_provoke", False)),
        any_key=bool(config.getoption("contract_any_key", False)),
    )


def _make_room(page: str | None) -> None:
    """Makes the folder of the summary before anything is sent that costs money. Raises Misused."""
    if page is None:
        return
    place = Path(page)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misused(f"--contract-html: {error}") from None
    if place.is_dir() or not os.access(place if place.exists() else place.parent, os.W_OK):
        raise Misused(f"--contract-html: {page} can't be written")


def _rank(item: pytest.Item) -> int:
    specification = getattr(item, "callspec", None)
    case = specification.params.get("case") if specification is not None else None
    return case.rank if isinstance(case, Case) else 0


def _properties(case: Case, verdict: Verdict) -> list[tuple[str, object]]:
    """What JUnit's XML says about a test beside its outcome."""
    found = [("contract.outcome", verdict.outcome), ("contract.rests-on", str(case.source))]
    found += [("contract.doubt", str(doubt)) for doubt in verdict.doubts]
    return [*found, *(("contract.covers", item) for item in verdict.covers)]
