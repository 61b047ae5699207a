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
BY_HTTP_STATUS = {400: 3, 401: KEY, 403: KEY, 406: 5, 429: 6, 503: 6}


def status_for(error: errors.SegmindError) -> int:
    """The exit status for an error of the client."""
    for kind, status in BY_ERROR:
        if isinstance(error, kind):
            return status
    return BY_HTTP_STATUS.get(error.status or 0, OTHER)
