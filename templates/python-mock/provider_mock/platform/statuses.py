"""Error statuses by role: the platform's, or the usual one of HTTP where no page documents one."""

from __future__ import annotations

from http import HTTPStatus

from ..spec.platform import PLATFORM
from ..spec.service import Status

#: Statuses of HTTP for roles that the mock needs even if the platform documents none.
_PLAIN = {"invalid_request": 400, "unauthorized": 401, "not_found": 404, "method_not_allowed": 405}
#: Statuses that the mock answers although no page documents one in their role.
UNDOCUMENTED = frozenset(status for role, status in _PLAIN.items() if PLATFORM.status(role) is None)


def status_of(role: str) -> Status:
    """Return the platform's status in this role, or the usual one of HTTP."""
    documented = PLATFORM.status(role)
    if documented is not None:
        return documented
    plain = HTTPStatus(_PLAIN[role])
    phrase = plain.phrase
    return Status(plain, role, "", phrase, plain.description or phrase, "not-started", "application/json", "inferred")


def error_message(status: Status) -> str:
    """Return the message of an error with this status."""
    return f"{status.title}: {status.meaning}"


INVALID = status_of("invalid_request").status
NOT_FOUND = status_of("not_found").status
