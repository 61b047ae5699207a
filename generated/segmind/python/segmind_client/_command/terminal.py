"""What the command says beside its results: lines on standard error, inert whatever the service put into them."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from .._wire import inert


def say(message: str) -> None:
    """Says something beside the result."""
    print("\n".join(map(inert, f"segmind-client: {message}".split("\n"))), file=sys.stderr)


def fail(message: str, status: int) -> int:
    """Says why the command ends, and gives its exit status."""
    say(message)
    return status


@contextmanager
def notes_on_stderr() -> Generator[None]:
    """Shows warnings as lines like our own, each once, instead of with a place in our code."""
    import warnings

    said: set[str] = set()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in said:
            said.add(str(message))
            say(f"note: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield
