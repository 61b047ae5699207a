"""The exit statuses of the command line, and which error gives which."""

from __future__ import annotations

from .. import errors

DONE, USAGE, KEY, FAILED, LATE, IN_DOUBT, FILE, LIMIT, INTERRUPTED = 0, 2, 4, 7, 8, 9, 12, 13, 130
OTHER = 10
BY_ERROR: tuple[tuple[type[Exception], int], ...] = (
    # A key that can't be used is refused before a client is made.
    (errors.ConfigurationError, USAGE),
    (errors.ValidationError, 3),
    (errors.ConnectionFailed, 6),
    (errors.InferenceFailed, FAILED),
    (errors.InferenceTimeout, LATE),
    (errors.AmbiguousOutcome, IN_DOUBT),
    (errors.UnreadableResponse, 11),
    (errors.BudgetExceeded, LIMIT),
)
#: By the role that the platform gives to an HTTP status.
BY_ROLE = {
    "invalid_request": 3,
    "unauthorized": KEY,
    "forbidden": KEY,
    "no_credits": 5,
    "rate_limited": 6,
    "unavailable": 6,
}


def status_for(error: errors.ProviderError) -> int:
    """The exit status for an error of the client."""
    for kind, status in BY_ERROR:
        if isinstance(error, kind):
            return status
    return BY_ROLE.get(error.role, OTHER)
