"""Text from files and standard input, in UTF-8 whatever the locale, or in UTF-16 with a byte order mark."""

from __future__ import annotations

import codecs
import sys

from .exit_codes import CommandError, ExitCode


def read_text(source: str) -> str:
    """Return the text in a file (`-` is standard input), without a byte order mark.

    Raises:
        CommandError: The content is not text.
        OSError: The file can't be read.
    """
    if source == "-":
        content = b"" if sys.stdin is None else sys.stdin.buffer.read()
    else:
        with open(source, "rb") as file:
            content = file.read()
    # The shells of Windows write UTF-16.
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        what = f"not {'UTF-16' if is_utf16 else 'UTF-8'}: {error}"
        raise CommandError(f"{name_of(source)}: {what}; save the file as UTF-8", ExitCode.FILE) from None


def name_of(source: str) -> str:
    """Return the name of a source for messages."""
    return "<stdin>" if source == "-" else source
