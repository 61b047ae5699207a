"""Words that every page prints, with letters that text recognition took for others.

A page that has been scanned and read by a program has about one wrong letter in a hundred. In words that are known the
wrong ones can be told; they say that those in names and values are wrong, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def _holes(word: str) -> Iterable[str]:
    return (f"{word[:at]}?{word[at + 1 :]}" for at in range(len(word)))


_HOLES = {hole: word for word in _KNOWN for hole in _holes(word)}
_FLAG_HOLES = {hole: word for word in _FLAGS for hole in _holes(word)}


def misread_words(text: str) -> list[str]:
    """Return the different words of a text that are known ones but for one letter, in order.

    >>> misread_words("promptrequircd\\nstring\\nDefault: 5 Allowcd values: 3, which requires")
    ['promptrequircd', 'Allowcd']
    """
    return [word for word in dict.fromkeys(_WORD.findall(text)) if len(word) >= _SHORTEST and _is_misread(word.lower())]


def _is_misread(word: str) -> bool:
    if word in _KNOWN or word in _OTHER:
        return False
    if len(word) <= _LONGEST and any(hole in _HOLES for hole in _holes(word)):
        return True
    ending = word[-8:]
    return len(word) > 8 and ending not in (*_FLAGS, "eptional") and any(hole in _FLAG_HOLES for hole in _holes(ending))


def pattern_of(word: str) -> str:
    """Return the pattern of a word of which letters may have been taken for those that look alike.

    >>> bool(re.fullmatch(pattern_of("optional"), "opti0nal")), bool(re.fullmatch(pattern_of("number"), "nurnber"))
    (True, True)
    """
    return "".join(_LOOKALIKES.get(sign, sign) for sign in word)
