"""The end of a command that failed: a message on standard error and, with `--json`, an object on standard output."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .. import errors
from .exit_codes import CommandError, ExitCode, exit_code_for
from .interruption import Interrupted
from .terminal import print_json, say, write

_ATTRIBUTES = {"http_status": "status", "request_id": "request_id", "retry_after_s": "retry_after"}


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether `--json` is among the arguments, which may be wrong in other respects."""
    return "--json" in (arguments[: arguments.index("--")] if "--" in arguments else arguments)


def fail(error: BaseException, code: ExitCode, *, as_json: bool) -> ExitCode:
    """Report why the command ends, and return its exit code."""
    if isinstance(error, errors.ProviderError) and error.handle is not None:
        write(f"{error.handle.to_json()}\n")
    say(message_of(error))
    if as_json:
        # A closed standard output changes neither message nor exit code.
        with suppress(OSError):
            print_json(as_object(error, code))
    return code


def code_of(error: BaseException) -> ExitCode:
    """Return the exit code for an exception."""
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, errors.ProviderError):
        return exit_code_for(error)
    return ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.FILE


def message_of(error: BaseException) -> str:
    """Return the message for an exception."""
    if isinstance(error, KeyboardInterrupt) and not isinstance(error, Interrupted):
        return "interrupted; a request that was sent may still be billed"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)


def as_object(error: BaseException, code: ExitCode) -> dict[str, Any]:
    """Return a failure as `--json` prints it. Keys that do not apply are left out."""
    content: dict[str, Any] = {"kind": code.name.lower(), "message": message_of(error)}
    if isinstance(error, CommandError) and error.problems:
        content["problems"] = list(error.problems)
    if isinstance(error, errors.ValidationError):
        content["violations"] = [
            {
                "parameter": each.parameter,
                "rule": each.rule,
                "message": each.message,
                "suggestion": each.suggestion,
                "advice": each.advice or None,
                "source": each.source,
            }
            for each in error.violations
        ]
    if isinstance(error, errors.ProviderError):
        known = {key: getattr(error, name, None) for key, name in _ATTRIBUTES.items()}
        content |= {key: value for key, value in known.items() if value is not None}
    if isinstance(error, (errors.ProviderError, Interrupted)) and error.handle is not None:
        content["handle"] = error.handle._asdict()
    if notes := getattr(error, "__notes__", None):
        content["notes"] = list(notes)
    return {"error": content, "status": int(code)}
