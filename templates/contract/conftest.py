"""Options, fixtures and summary of the contract suite.

Exit status instead of pytest's 0 or 1: 10 for drift, 11 if there is no drift but something was not available, or failed at
random. It stays 1 if another test fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from .cases import Case
from .findings import DOUBT, DRIFT, UNAVAILABLE, UNCHECKED, Verdict
from .report import as_html, as_json, as_text
from .results import CaseResult, RunResults
from .service.environment import (
    InvalidOptions,
    RunOptions,
    ServiceUnderTest,
    check_models,
    check_options,
    open_service,
)
from .service.runner import run_case
from .suite import CONTRACT, choose, chosen, finish_test

DRIFTED, NOT_AVAILABLE = 10, 11
_LISTENER = "contract-listener"

_RESULTS = pytest.StashKey[RunResults]()
_VERDICT = pytest.StashKey["dict[str, Any]"]()
#: Letter and word of each outcome that pytest does not have.
_STATES = {
    DOUBT: ("?", "IN DOUBT"),
    DRIFT: ("D", "DRIFT"),
    UNAVAILABLE: ("N", "NOT AVAILABLE"),
    UNCHECKED: ("-", "NOT CHECKED"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options. If another plugin has a short name, only the long one with `--contract-` is added."""
    group = parser.getgroup("contract", "contract of the service")
    taken = _taken(parser)

    def add(name: str, short: str, **more: Any) -> None:
        names = [name] if short in taken else [name, short]
        group.addoption(*names, dest=name[2:].replace("-", "_"), **more)

    description = "the service to check; by default a mock in this process"
    add("--contract-url", "--base-url", metavar="URL", help=description)
    description = "limit for the cost of all requests, by documented or assumed prices"
    add("--contract-max-usd", "--max-usd", metavar="AMOUNT", help=description)
    flags = {
        "free": "requests to the base URL cost nothing, because it is a fake",
        "provoke": "the base URL is a provider-mock, which has scenarios",
        "any-key": "the base URL accepts any key, as a proxy with its own key does",
        "strict-basis": "treat assumptions like documented facts",
    }
    for flag, description in flags.items():
        add(f"--contract-{flag}", f"--{flag}", action="store_true", help=description)
    description = "check the model with this slug only; may be given several times"
    add("--contract-model", "--model", metavar="SLUG", action="append", default=[], help=description)
    description = "write the findings by cause to FILE.html or FILE.json; may be given twice"
    add("--contract-report", "--report", metavar="FILE", action="append", default=[], help=description)
    group.addoption("--contract-html", metavar="FILE", help="the same as --contract-report, always as an HTML page")


def _taken(parser: pytest.Parser) -> set[str]:
    """Return the options of other plugins. pytest has no public way to list them, and adding one twice is an error."""
    inside: Any = parser
    groups = [*getattr(inside, "_groups", ()), getattr(inside, "_anonymous", None)]
    return {name for group in groups for option in getattr(group, "options", ()) for name in option.names()}


def pytest_configure(config: pytest.Config) -> None:
    """Choose the models, before the tests are collected, and create the results of the run."""
    choose(_models(config))
    config.stash[_RESULTS] = RunResults(chosen() if chosen().models else CONTRACT)
    config.stash[_RESULTS].is_mock = config.getoption("contract_url", None) is None
    config.pluginmanager.register(_Listener(config.stash[_RESULTS]), _LISTENER)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse invalid options before anything is sent.

    If pytest finds this folder in a run of other tests, it reads this file too late for this hook. The fixture then
    skips the tests that can't run.
    """
    try:
        check_models(CONTRACT, _models(session.config))
        check_options(CONTRACT.platform, _run_options(session.config), os.environ)
        for option, name, _ in _reports(session.config):
            _prepare_report(option, name)
    except InvalidOptions as wrong:
        raise pytest.UsageError(str(wrong)) from None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the models that were not chosen, and run the most important cases first if money is limited."""
    if slugs := _models(config):
        left_out = [item for item in items if (case := _case(item)) is not None and case.slug not in slugs]
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)
    if config.getoption("contract_max_usd", None) is not None:
        items.sort(key=_rank)


@pytest.fixture(scope="session")
def contract_service(pytestconfig: pytest.Config) -> Generator[ServiceUnderTest, None, None]:
    """Service under test, shared by all cases."""
    with ExitStack() as stack:
        try:
            options = _run_options(pytestconfig)
            service = stack.enter_context(open_service(CONTRACT.platform, options, os.environ, _say(pytestconfig)))
        except InvalidOptions as wrong:
            pytest.skip(f"{UNCHECKED}: {wrong}")
        yield service


@pytest.fixture
def check_case(request: pytest.FixtureRequest, contract_service: ServiceUnderTest) -> Callable[[Case], None]:
    """Function that runs a case and ends the test according to its verdict."""

    def run(case: Case) -> None:
        __tracebackhide__ = True
        before = contract_service.budget.reserved
        verdict = run_case(chosen(), contract_service, case)
        cost = contract_service.budget.reserved - before
        node: pytest.Item = request.node
        node.stash[_VERDICT] = CaseResult.of(case, verdict, str(cost))._asdict()
        node.user_properties += _properties(case, verdict)
        if contract_service.run_state.key_refused:
            # Nothing can be checked without a key.
            request.session.shouldstop = contract_service.run_state.key_refused
        finish_test(verdict)

    return run


def _say(config: pytest.Config) -> Callable[[str], None]:
    """Return a function that writes a line to the terminal during a test, whose own output pytest captures."""
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    capture: Any = config.pluginmanager.get_plugin("capturemanager")

    def say(text: str) -> None:
        if terminal is None:
            return
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            terminal.ensure_newline()
            terminal.write_line(text)

    return say


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the result to the report, which may be sent to another process."""
    report = yield
    if report.when == "call" and _VERDICT in item.stash:
        report.__dict__["contract"] = item.stash[_VERDICT]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, str] | None:
    """Return the status of outcomes that pytest does not have."""
    found = report.__dict__.get("contract")
    if found is None or found["outcome"] not in _STATES:
        return None
    letter, word = _STATES[found["outcome"]]
    # Under a name of their own, hundreds of cases with one cause are counted, and not listed one by one.
    return found["outcome"], letter, word


class _Listener:
    """Collects the results of the tests in all processes."""

    def __init__(self, results: RunResults) -> None:
        self.results = results
        self.others_failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the result in one report."""
        found = report.__dict__.get("contract")
        if found is not None:
            self.results.add(CaseResult(**found))
        elif report.failed:
            self.others_failed = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a failed collection, which is not drift."""
        self.others_failed = self.others_failed or report.failed


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Add the coverage to JUnit's XML, and set the exit status."""
    results = session.config.stash[_RESULTS]
    listener: Any = session.config.pluginmanager.get_plugin(_LISTENER)
    if hasattr(session.config, "workerinput"):
        return
    # With pytest-xdist, the fixture `record_testsuite_property` runs in workers, which don't write the file.
    coverage = results.coverage() if results.records else {}
    for plugin in session.config.pluginmanager.get_plugins():
        if record := getattr(plugin, "add_global_property", None):
            for kind, part in coverage.items():
                record(f"contract.{kind}", f"{len(part.covered)}/{len(part.all)}")
    if listener.others_failed:
        return
    stopped = isinstance(session.shouldstop, str) and exitstatus == pytest.ExitCode.INTERRUPTED
    if stopped:
        results.stopped = str(session.shouldstop)
    if results.count(DRIFT) and (exitstatus == pytest.ExitCode.TESTS_FAILED or stopped):
        session.exitstatus = DRIFTED
    elif results.is_unreliable() and (exitstatus == pytest.ExitCode.OK or stopped):
        session.exitstatus = NOT_AVAILABLE


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    """Print the summary behind all others, and write the reports if asked for."""
    yield
    results = config.stash[_RESULTS]
    if not results.records:
        return
    where = config.getoption("contract_url", None) or "a mock in this process"
    terminalreporter.section("contract")
    most = config.getoption("contract_max_usd", None)
    for _, name, form in _reports(config):
        try:
            Path(name).write_text(form(results, where, most), encoding="utf-8", errors="backslashreplace")
            terminalreporter.write_line(f"written: {name}")
        except OSError as error:
            terminalreporter.write_line(f"not written: {error}")
    for line in as_text(results, where, most, every=config.option.verbose > 0):
        terminalreporter.write_line(line)


def _models(config: pytest.Config) -> list[str]:
    return list(config.getoption("contract_model", None) or [])


def _run_options(config: pytest.Config) -> RunOptions:
    # If pytest read this file late, there are no options, and the mock is used.
    return RunOptions(
        base_url=config.getoption("contract_url", None),
        max_usd=config.getoption("contract_max_usd", None),
        free=bool(config.getoption("contract_free", False)),
        strict=bool(config.getoption("contract_strict_basis", False)),
        provoke=bool(config.getoption("contract_provoke", False)),
        any_key=bool(config.getoption("contract_any_key", False)),
    )


def _reports(config: pytest.Config) -> list[tuple[str, str, Callable[[RunResults, str, str | None], str]]]:
    """Return the option, the file and the form of each report. Raises InvalidOptions for an unknown form."""
    forms = {".html": as_html, ".htm": as_html, ".json": as_json}
    found: list[tuple[str, str, Callable[[RunResults, str, str | None], str]]] = []
    named: list[str] = config.getoption("contract_report", None) or []
    for name in named:
        form = forms.get(Path(name).suffix.lower())
        if form is None:
            raise InvalidOptions(f"--contract-report {name}: expected a file that ends in .html or .json")
        found.append(("--contract-report", name, form))
    page = config.getoption("contract_html", None)
    return [*found, ("--contract-html", page, as_html)] if page else found


def _prepare_report(option: str, name: str) -> None:
    """Create the folder of a report before anything is sent that costs money. Raises InvalidOptions."""
    file = Path(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidOptions(f"{option}: {error}") from None
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise InvalidOptions(f"{option}: {name} is not writable")


def _rank(item: pytest.Item) -> int:
    case = _case(item)
    return case.rank if case is not None else 0


def _case(item: pytest.Item) -> Case | None:
    """Return the case of a test of the suite."""
    specification = getattr(item, "callspec", None)
    case = specification.params.get("case") if specification is not None else None
    return case if isinstance(case, Case) else None


def _properties(case: Case, verdict: Verdict) -> list[tuple[str, object]]:
    """Return the properties of a test in JUnit's XML."""
    found = [("contract.outcome", verdict.outcome), ("contract.rests-on", str(case.source))]
    found += [("contract.doubt", str(doubt)) for doubt in verdict.doubts]
    return [*found, *(("contract.covers", item) for item in verdict.covers)]
