"""Contract of the platform: what does not depend on the model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .cases import Case, cases_of_platform
from .suite import CONTRACT, case_name


@pytest.mark.parametrize("case", cases_of_platform(CONTRACT), ids=case_name)
def test_contract(case: Case, check_case: Callable[[Case], None]) -> None:
    """Check one case of the contract."""
    check_case(case)
