"""Run cases against a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..cases import DECIDED, Case, platform_cases
from ..checks.registry import CHECKS
from ..findings import (
    DOUBT,
    DRIFT,
    KEPT,
    UNAVAILABLE,
    UNCHECKED,
    CaseStopped,
    NotServed,
    Unavailable,
    Unchecked,
    Verdict,
    printable,
)
from ..spec.contract import Contract
from ..spec.facts import Model
from .checker import Checker
from .environment import ServiceUnderTest


def run_case(contract: Contract, service: ServiceUnderTest, case: Case) -> Verdict:
    """Return the verdict of one case. A case of the platform is shown with the first model that the service has."""
    model = next(model for model in contract.models if model.slug == case.slug)
    verdict, is_served = _run(contract, service, case, model)
    others = [other for other in contract.models if other is not model] if case.any_model else []
    while not is_served and others:
        model = others.pop(0)
        same = next((each for each in platform_cases(contract.platform, model) if each.name == case.name), None)
        if same is not None:
            verdict, is_served = _run(contract, service, same, model)
    return verdict


def _run(contract: Contract, service: ServiceUnderTest, case: Case, model: Model) -> tuple[Verdict, bool]:
    """Return the verdict of a case with this model, and whether the service has the endpoint of the model."""
    checker = Checker(service, contract.platform, model, case.description, case.source, case.any_model)
    outcome, description, covers, is_served = KEPT, "", case.covers, True
    try:
        if service.run_state.key_refused:
            raise Unavailable(service.run_state.key_refused)
        if case.needs_mock and not service.provokes:
            raise Unchecked("only a mock can be made to do this (--provoke)")
        CHECKS[case.check](checker, case)
    except CaseStopped:
        covers = tuple(item for item in covers if checker.decided and item.startswith(DECIDED))
    except Unavailable as error:
        outcome, description = UNAVAILABLE, printable(str(error), 400)
    except Unchecked as error:
        outcome, description, is_served = UNCHECKED, str(error), not isinstance(error, NotServed)
    if outcome != KEPT:
        # Findings before the end make the case drift or a doubt, but what it is about was not checked.
        covers = ()
    if checker.drift:
        outcome = DRIFT
    elif checker.doubts and outcome != UNAVAILABLE:
        outcome = DOUBT
    seen = (*(item for item in covers if item not in checker.unseen), *sorted(checker.shown - set(covers)))
    verdict = Verdict(
        outcome,
        description,
        tuple(checker.drift),
        tuple(checker.doubts),
        seen,
        model.slug,
        tuple(checker.calls),
        tuple(checker.passing),
    )
    return verdict, is_served


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
