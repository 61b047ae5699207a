"""The list of models in `--help`: one per line, or grouped by first letter if there are too many for a screen."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from itertools import groupby

#: Up to this many models are listed one per line.
_FEW = 40


def listing(slugs: Sequence[str]) -> str:
    """Return the slugs as indented lines. If standard output is not a terminal, there is one slug per line, for grep."""
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
