"""What the command says beside its results: lines on standard error, inert whatever the service put into them."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from .._wire import inert


def say(message: str) -> None:
    """Says something beside the result. Nobody may be listening any more: that costs nothing that was paid for."""
    write("\n".join(map(inert, f"provider-client: {message}".split("\n"))) + "\n")


def write(text: str) -> None:
    """Writes to standard error as it is, if that is possible."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def fail(message: str, status: int) -> int:
    """Says why the command ends, and gives its exit status."""
    say(message)
    return status


def write_out(content: bytes) -> None:
    """Writes to standard output, all the way.

    Raises:
        OSError: It could not be written. From then on nothing is written there, also not when Python ends.
    """
    try:
        if sys.stdout is None:
            raise OSError("standard output is closed")
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        _give_up_output()
        raise OSError(f"standard output: {error}") from None


def print_out(text: str) -> None:
    """Prints a line on standard output; as `write_out`."""
    if sys.stdout is None:
        return
    try:
        print(text, flush=True)
    except (OSError, ValueError) as error:
        _give_up_output()
        raise OSError(f"standard output: {error}") from None


def _give_up_output() -> None:
    # What is still in the buffer would fail once more when Python ends, and change the exit status.
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


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
