"""Values of the platform's assumptions, which the mock follows where no page documents a behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..spec.platform import PLATFORM

#: Defaults for assumptions that a platform leaves out.
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
#: Price of a model whose page shows none, in dollars.
PRICE: float = _value("price")
#: Format of the end of a rate limit: `iso-8601` or `epoch-s`.
RESET_FORMAT: str = _value("rate-limit-reset")
#: Whether the retention of a result begins with the submit instead of the end of the job.
KEEPS_FROM_SUBMIT: bool = _value("retention-start") == "submit"
#: The HTTP status of an accepted job.
SUBMITTED: int = _value("submit-status")
#: Whether a job with wrong parameters is accepted, and then fails.
VALIDATES_LATER: bool = _value("validation") == "later"
