"""Run cases against a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..cases import DECIDED, Case
from ..checks.registry import CHECKS
from ..findings import DRIFT, KEPT, UNAVAILABLE, UNCHECKED, CaseStopped, Unavailable, Unchecked, Verdict, printable
from ..spec.contract import Contract
from .checker import Checker
from .environment import ServiceUnderTest


def run_case(contract: Contract, service: ServiceUnderTest, case: Case) -> Verdict:
    """Return the verdict of one case."""
    model = next(model for model in contract.models if model.slug == case.slug)
    checker = Checker(service, contract.platform, model, case.description, case.source)
    outcome, description, covers = KEPT, "", case.covers
    try:
        if case.needs_mock and not service.provokes:
            raise Unchecked("only a mock can be made to do this (--provoke)")
        CHECKS[case.check](checker, case)
    except CaseStopped:
        covers = tuple(item for item in covers if checker.decided and item.startswith(DECIDED))
    except Unavailable as error:
        outcome, description = UNAVAILABLE, printable(str(error), 400)
    except Unchecked as error:
        outcome, description = UNCHECKED, str(error)
    if checker.drift:
        outcome = DRIFT
    seen = tuple(item for item in covers if item not in checker.unseen)
    return Verdict(outcome, description, tuple(checker.drift), tuple(checker.doubts), seen)


def run_cases(
    contract: Contract,
    service: ServiceUnderTest,
    cases: Iterable[Case],
    wanted: Callable[[Case], bool] = lambda case: True,
) -> Iterator[tuple[Case, Verdict]]:
    """Yield each case for which `wanted` is true, with its verdict."""
    for case in cases:
        if wanted(case):
            yield case, run_case(contract, service, case)
