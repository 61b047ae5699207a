"""Contract of the platform: what does not depend on the model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .cases import Case
from .suite import case_name, platform_cases_of_chosen


@pytest.mark.parametrize("case", platform_cases_of_chosen(), ids=case_name)
def test_contract(case: Case, check_case: Callable[[Case], None]) -> None:
    """Check one case of the contract."""
    check_case(case)
