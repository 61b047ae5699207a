"""Numbers in the values of headers."""

from __future__ import annotations

import re

# Not compiled here, which would take longer than the rest of this module's import; `re` keeps what it compiled.
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"


def number_in(text: str | None) -> float | None:
    """The first number in a header's value, which some workers wrap into a list; None if there is none."""
    found = re.search(_NUMBER, text) if text else None
    number = float(found[0]) if found else None
    return number if number is not None and abs(number) < float("inf") else None


def whole_number_in(text: str | None) -> int | None:
    """As `number_in`, but exact where the number is beyond 2**53, as seeds may be."""
    found = re.search(_NUMBER, text) if text else None
    if found and found[0].lstrip("-").isdigit() and len(found[0]) < 100:
        return int(found[0])
    number = number_in(text)
    return None if number is None else int(number)
