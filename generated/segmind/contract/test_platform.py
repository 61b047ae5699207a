"""The contract of the platform: what holds whatever the model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .cases import Case, cases_of_platform
from .suite import CONTRACT, name


@pytest.mark.parametrize("case", cases_of_platform(CONTRACT), ids=name)
def test_contract(case: Case, held_to_contract: Callable[[Case], None]) -> None:
    """Does the service keep to its documentation here?"""
    held_to_contract(case)
