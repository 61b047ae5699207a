"""Suggestions: the names and values that are most similar to what was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: A word with fewer letters is not searched for inside names.
_SHORTEST_PART = 3


def closest(word: str, choices: tuple[Any, ...]) -> Any:
    """Return the choice that is most similar to `word`; None if none is similar.

    >>> closest("unipc", ("DDIM", "UniPC")), closest("euler_a", ("Euler", "Euler a")), closest("xyz", ("DDIM",))
    ('UniPC', 'Euler a', None)
    """
    return next(iter(nearest(word, [choice for choice in choices if isinstance(choice, str)])), None)


def nearest(word: str, choices: Sequence[str], count: int = 1, similarity: float = 0.75) -> list[str]:
    """Return the choices most similar to `word`, at most `count`, ignoring case and what is neither a letter nor a digit.

    If none is similar, the result is those that contain `word`.
    """
    from difflib import get_close_matches

    if len(word) > 2 * max(map(len, choices), default=0):
        # Too long to be similar; comparing a megabyte would take half a second.
        return []
    # Letters in another order are the usual slip in a short word: `pgn`.
    for plain in (str.casefold, _letters, _sorted_letters):
        if same := [choice for choice in choices if plain(choice) == plain(word)]:
            return same[:count]
    letters = _letters(word)
    by_letters: dict[str, str] = {}
    for choice in choices:
        by_letters.setdefault(_letters(choice), choice)
    near = get_close_matches(letters, by_letters, count, similarity)
    if not near and len(letters) >= _SHORTEST_PART:
        near = sorted(
            (each for each in by_letters if letters in each), key=lambda each: (each.find(letters), len(each))
        )
    return [by_letters[each] for each in near[:count]]


def _sorted_letters(text: str) -> str:
    return "".join(sorted(_letters(text)))


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum()) or text
