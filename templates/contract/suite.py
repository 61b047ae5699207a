"""What the test modules beside this one share: the contract, and what a test makes of a verdict."""

from __future__ import annotations

import pytest

from .cases import Case, model_cases
from .findings import DRIFT, UNAVAILABLE, UNCHECKED, Verdict
from .spec.contract import load

CONTRACT = load()


def cases_of(slug: str) -> list[Case]:
    """The cases of one model."""
    return [case for model in CONTRACT.models if model.slug == slug for case in model_cases(CONTRACT.platform, model)]


def name(case: Case) -> str:
    """What a case is called in a test's id; its model is in the id already."""
    return case.name


def conclude(verdict: Verdict) -> None:
    """Ends a test as its verdict says: drift fails it, what was not checked is skipped."""
    __tracebackhide__ = True
    if verdict.outcome == DRIFT:
        pytest.fail("\n".join(map(str, verdict.drift)), pytrace=False)
    if verdict.outcome in (UNAVAILABLE, UNCHECKED):
        pytest.skip(f"{verdict.outcome}: {verdict.words}")
