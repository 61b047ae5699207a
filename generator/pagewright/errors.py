"""Errors that a user can fix: they end a command with one line and an exit status, never with a traceback."""

from __future__ import annotations

FINDINGS, USAGE, INTERNAL = 1, 2, 3
#: What shells report for Ctrl-C; the same after SIGTERM.
INTERRUPTED = 130


class PagewrightError(Exception):
    """The message says what is wrong, where, and what to do; `status` is the exit status that goes with it."""

    status = FINDINGS


class UsageError(PagewrightError):
    """The command was called with invalid arguments."""

    status = USAGE
