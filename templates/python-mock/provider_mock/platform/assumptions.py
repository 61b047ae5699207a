"""The values of the platform's assumptions, by which the mock answers where no page says how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..spec.platform import PLATFORM

#: What holds where a platform leaves an assumption out.
_USUAL: Mapping[str, Any] = {
    "failed-charge": False,
    "price": 0,
    "rate-limit-reset": "iso-8601",
    "retention-start": "end",
    "submit-status": 200,
    "validation": "before",
}


def _value(name: str) -> Any:
    assumption = PLATFORM.assumptions.get(name)
    return _USUAL[name] if assumption is None or assumption.value is None else assumption.value


#: Whether a job that fails is billed.
BILLS_FAILURES: bool = _value("failed-charge")
#: What a model costs whose page shows no price, in dollars.
PRICE: float = _value("price")
#: How the end of a rate limit is written: `iso-8601` or `epoch-s`.
RESET_FORMAT: str = _value("rate-limit-reset")
#: Whether the time for which a result is kept begins with the submit, and not with the end of the job.
KEEPS_FROM_SUBMIT: bool = _value("retention-start") == "submit"
#: The HTTP status of an accepted job.
SUBMITTED: int = _value("submit-status")
#: Whether a job with wrong parameters is accepted, and then fails.
VALIDATES_LATER: bool = _value("validation") == "later"
