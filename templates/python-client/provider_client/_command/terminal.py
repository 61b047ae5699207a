"""Output to the terminal: results on standard output, messages on standard error without control characters."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from .._text import printable
from .program import PROGRAM


def say(message: str) -> None:
    """Print a message on standard error. A closed standard error is ignored, so that no paid result is lost."""
    write("\n".join(map(printable, f"{PROGRAM}: {message}".split("\n"))) + "\n")


def write(text: str) -> None:
    """Write `text` unchanged to standard error, if it is open."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def write_out(content: bytes) -> None:
    """Write to standard output and flush it.

    Raises:
        OSError: Standard output can't be written. From then on all output to it is dropped, also when Python exits.
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
    """Print a line on standard output and flush it. Raises as `write_out` does."""
    if sys.stdout is None:
        return
    try:
        print(text, flush=True)
    except (OSError, ValueError) as error:
        _give_up_output()
        raise OSError(f"standard output: {error}") from None


def print_json(value: object) -> None:
    """Print a value as one line of JSON in ASCII, which is valid in any encoding. Raises as `write_out` does."""
    print_out(json.dumps(value))


def readable_json(value: object, indent: int | None = None) -> str:
    """Return JSON for people: every character that standard output can show is written as it is, all others are escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if text.isascii() and "\x7f" not in text:
        return text
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return "".join(c if c == "\n" or (c.isprintable() and _is_in(encoding, c)) else json.dumps(c)[1:-1] for c in text)


def shown_text(text: str) -> str:
    """Return text with × as x if standard output can't show it. Other such characters are escaped by the stream."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return text if _is_in(encoding, "×") else text.replace("×", "x")


def _is_in(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _give_up_output() -> None:
    # Python flushes the buffer again when it exits; a second failure would change the exit code.
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def warnings_on_stderr() -> Generator[None]:
    """Print each warning once as a message, without the line of code that Python adds."""
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
