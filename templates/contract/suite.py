"""The contract, and helpers that the generated test modules share."""

from __future__ import annotations

import pytest

from .cases import Case, model_cases
from .findings import DRIFT, UNAVAILABLE, UNCHECKED, Verdict
from .spec.contract import load

CONTRACT = load()


def cases_of(slug: str) -> list[Case]:
    """Return the cases of one model."""
    return [case for model in CONTRACT.models if model.slug == slug for case in model_cases(CONTRACT.platform, model)]


def case_name(case: Case) -> str:
    """Return the name of a case in a test's id, which already contains the model."""
    return case.name


def finish_test(verdict: Verdict) -> None:
    """End a test according to its verdict: drift fails it, and a case that was not checked is skipped."""
    __tracebackhide__ = True
    if verdict.outcome == DRIFT:
        pytest.fail("\n".join(map(str, verdict.drift)), pytrace=False)
    if verdict.outcome in (UNAVAILABLE, UNCHECKED):
        pytest.skip(f"{verdict.outcome}: {verdict.description}")
