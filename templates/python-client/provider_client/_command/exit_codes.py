"""The exit codes of the command line, and the exception that ends a command."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Self

from .. import errors


class ExitCode(IntEnum):
    """An exit code with its meaning, as `--help` shows it."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "success"
    USAGE = 2, "wrong usage"
    INVALID = 3, "invalid parameters"
    KEY = 4, "no API key, or the service refuses it"
    NO_CREDITS = 5, "no credits left"
    UNREACHABLE = 6, "service not reachable, or too many requests"
    FAILED = 7, "the job failed"
    TIMEOUT = 8, "the job did not end in time"
    IN_DOUBT = 9, "outcome unknown, possibly billed"
    OTHER = 10, "any other error of the service"
    UNREADABLE = 11, "response can't be used"
    FILE = 12, "a file can't be read or written"
    LIMIT = 13, "--max-usd or --min-credits is reached"
    INTERRUPTED = 130, "interrupted"


_BY_ERROR: tuple[tuple[type[Exception], ExitCode], ...] = (
    # An invalid key is refused before a client is made, so this is another option.
    (errors.ConfigurationError, ExitCode.USAGE),
    (errors.ValidationError, ExitCode.INVALID),
    (errors.ConnectionFailed, ExitCode.UNREACHABLE),
    (errors.InferenceFailed, ExitCode.FAILED),
    (errors.InferenceTimeout, ExitCode.TIMEOUT),
    (errors.AmbiguousOutcome, ExitCode.IN_DOUBT),
    (errors.UnreadableResponse, ExitCode.UNREADABLE),
    (errors.BudgetExceeded, ExitCode.LIMIT),
)
#: By the role of the HTTP status in the platform's spec.
_BY_ROLE = {
    "invalid_request": ExitCode.INVALID,
    "unauthorized": ExitCode.KEY,
    "forbidden": ExitCode.KEY,
    "no_credits": ExitCode.NO_CREDITS,
    "rate_limited": ExitCode.UNREACHABLE,
    "unavailable": ExitCode.UNREACHABLE,
}


class CommandError(Exception):
    """The command can't be carried out.

    Its message is printed, and `code` is the exit code. `problems` are the single problems, if the message has several.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.problems = tuple(problems)


def exit_code_for(error: errors.ProviderError) -> ExitCode:
    """Return the exit code for an exception of the client."""
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code
    return _BY_ROLE.get(error.role, ExitCode.OTHER)


def exit_code_table() -> str:
    """Return all exit codes with their meanings, one per line, for `--help`."""
    return "\n".join(f"  {code:>3}  {code.meaning}" for code in ExitCode)
