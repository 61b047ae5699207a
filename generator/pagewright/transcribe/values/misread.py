"""Words that every page prints, with letters that text recognition took for others.

A page that has been scanned and read by a program has about one wrong letter in a hundred. In words that are known the
wrong ones can be told; they say that those in names and values are wrong, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import ne

_KNOWN = frozenset(
    {
        "required",
        "optional",
        "integer",
        "boolean",
        "default",
        "allowed",
        "values",
        "parameters",
        "response",
        "returns",
        "unauthorized",
        "forbidden",
        "insufficient",
        "gateway",
        "timeout",
        "credits",
        "permissions",
        "temporarily",
        "unavailable",
    }
)
#: Words of the language, names and forms of them that differ from a known one in a letter.
_OTHER = frozenset(
    {"requires", "alloyed", "valued", "valuer", "parametres", "optionel", "responds", "defaulx", "credite"}
)
_LOOKALIKES = {
    "i": "[il1]",
    "l": "[l1i]",
    "o": "[o0]",
    "e": "[ec]",
    "g": "[gq]",
    "m": "(?:m|rn)",
    "s": "[s5]",
    "u": "[uv]",
}
_WORD = re.compile(r"[A-Za-z0-9|!]+")
_LONGEST = max(map(len, _KNOWN))
_SHORTEST = min(map(len, _KNOWN))
#: Names end in a flag where the page glues the two.
_FLAGS = ("required", "optional")


def _by_halves(words: Iterable[str]) -> dict[tuple[int, str, bool], list[str]]:
    """Return words by their length and one of their halves: a word with one wrong letter has the other half right."""
    known: dict[tuple[int, str, bool], list[str]] = {}
    for word in words:
        middle = len(word) // 2
        known.setdefault((len(word), word[:middle], True), []).append(word)
        known.setdefault((len(word), word[middle:], False), []).append(word)
    return known


_HALVES = _by_halves(_KNOWN)
_FLAG_HALVES = _by_halves(_FLAGS)
_RANGE_HALVES = _by_halves(["range"])
#: A label of five letters before two numbers.
_LABEL = re.compile(r"([A-Za-z0-9]{5}):? -?[0-9.]+ ?[-–] ?-?[0-9]")


def _is_one_off(word: str, known: dict[tuple[int, str, bool], list[str]]) -> bool:
    """Return whether exactly one letter of a word differs from one that is known."""
    size, middle = len(word), len(word) // 2
    alike = [*known.get((size, word[:middle], True), ()), *known.get((size, word[middle:], False), ())]
    return any(sum(map(ne, word, other)) == 1 for other in alike)


def misread_words(text: str) -> list[str]:
    """Return the different words of a text that are known ones but for one letter, in order.

    >>> misread_words("promptrequircd\\nstring\\nDefault: 5 Allowcd values: 3, which requires")
    ['promptrequircd', 'Allowcd']
    """
    words = dict.fromkeys(_WORD.findall(text))
    labels = (found[1] for found in _LABEL.finditer(text) if _is_range(found[1].lower()))
    return [*(word for word in words if len(word) >= _SHORTEST and _is_misread(word.lower())), *dict.fromkeys(labels)]


def _is_range(word: str) -> bool:
    return _is_one_off(word, _RANGE_HALVES)


def _is_misread(word: str) -> bool:
    if word in _KNOWN or word in _OTHER:
        return False
    if len(word) <= _LONGEST and _is_one_off(word, _HALVES):
        return True
    ending = word[-8:]
    return len(word) > 8 and ending != "eptional" and _is_one_off(ending, _FLAG_HALVES)


def pattern_of(word: str) -> str:
    """Return the pattern of a word of which letters may have been taken for those that look alike.

    >>> bool(re.fullmatch(pattern_of("optional"), "opti0nal")), bool(re.fullmatch(pattern_of("number"), "nurnber"))
    (True, True)
    """
    return "".join(_LOOKALIKES.get(sign, sign) for sign in word)
