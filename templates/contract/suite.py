"""The contract, and helpers that the generated test modules share."""

from __future__ import annotations

import pytest

from .cases import Case, cases_of_platform, model_cases
from .findings import DRIFT, UNAVAILABLE, UNCHECKED, Verdict
from .spec.contract import Contract, load

CONTRACT = load()


#: The slugs that `--model` names; empty for all models.
_CHOSEN: list[str] = []


def choose(slugs: list[str]) -> None:
    """Check these models only, before the tests are collected."""
    _CHOSEN[:] = slugs


def chosen() -> Contract:
    """Return the contract of the chosen models."""
    models = tuple(model for model in CONTRACT.models if not _CHOSEN or model.slug in _CHOSEN)
    return Contract(CONTRACT.platform, models)


def platform_cases_of_chosen() -> list[Case]:
    """Return the cases that don't depend on the model, for one of the chosen models."""
    return cases_of_platform(chosen())


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
