"""The models in the command's help: one a line, or, where they are too many for a screen, by their first letters."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from itertools import groupby

#: As many as are still read one by one.
_FEW = 40


def listing(slugs: Sequence[str]) -> str:
    """The slugs, indented. What is not a terminal always gets one a line, to search in."""
    if len(slugs) <= _FEW or not sys.stdout.isatty():
        return "\n".join(f"  {slug}" for slug in slugs)
    width = min(shutil.get_terminal_size().columns, 120)
    groups = groupby(sorted(slugs, key=str.casefold), key=lambda slug: slug[0].casefold())
    return "\n".join(
        textwrap.fill(
            "  ".join(group),
            width,
            initial_indent=f"  {letter}  ",
            subsequent_indent="     ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for letter, group in groups
    )
