"""Answers of the queue: the state of a job, its outcome, and the documented HTTP statuses."""

from __future__ import annotations

from ..platform.assumptions import SUBMITTED
from ..platform.bodies import BODIES, schema_at
from ..spec.answers import find, verdict
from ..spec.platform import PLATFORM
from ..spec.service import Acceptor, Verdict
from .observed_exchange import Endpoint

_QUEUE = PLATFORM.queue
#: The JSON pointer to the state of a job.
STATE = PLATFORM.roles.get("state") or next((acceptor.path for acceptor in _QUEUE.acceptors), "/")
_READ = frozenset(acceptor.http for acceptor in _QUEUE.acceptors if 200 <= acceptor.http < 300)
#: The HTTP statuses of successful answers.
GOOD_STATUSES: dict[Endpoint, frozenset[int]] = {
    "sync": frozenset({200}),
    "submit": frozenset({SUBMITTED}),
    "status": _READ,
    "result": _READ | {200},
    "other": frozenset({200}),
}
_FAILED = frozenset(acceptor.http for acceptor in _QUEUE.acceptors if acceptor.outcome == "failed")
#: Whether a result contains the state of its job. If not, only a job that is done has a result.
RESULT_HAS_STATE = schema_at(BODIES.get("result"), STATE) is not None


def acceptor_of(body: object) -> Acceptor | None:
    """Return the first acceptor for the state in a body, whatever the HTTP status."""
    return next((acceptor for acceptor in _QUEUE.acceptors if find(body, acceptor.path) == acceptor.value), None)


def outcome_of(endpoint: Endpoint, status: int, body: object) -> Verdict | None:
    """Return the outcome that an answer about a job means; None if it is not documented."""
    meant = verdict(_QUEUE.acceptors, status, body)
    if meant is None and endpoint == "result" and status in GOOD_STATUSES["result"] and not RESULT_HAS_STATE:
        return "done"
    return meant


def says_failed(status: int) -> bool:
    """Return whether this HTTP status only means that a job has failed."""
    documented = PLATFORM.statuses.get(status)
    return status in _FAILED and status >= 300 and (documented is None or documented.role == "job_failed")
