"""Characters that only look different, read as the plain ones: spaces, line ends, quotes, dashes, invisible ones.

Folding keeps the length of a text, so that the characters as they were saved can be looked up at the same offset.
Invisible characters are left out before that.
"""

from __future__ import annotations

import re

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LINE_ENDS = "\u2028\u2029\x0b\x0c\x85"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_DOUBLE = "\u201c\u201d\u201e\u201f\u2033\uff02"
_SINGLE = "\u2018\u2019\u201a\u201b\u2032"
#: French and Russian quotes, which may have a space inside, and the lines and corners that tables are drawn with.
_GUILLEMETS = ((re.compile("\u00ab[ \u00a0\u202f]"), ' "'), (re.compile("[ \u00a0\u202f]\u00bb"), '" '))
_BOXES = {
    **dict.fromkeys("\u2502\u2503\u2551", "|"),
    **dict.fromkeys("\u2500\u2501\u2550", "-"),
    **dict.fromkeys(map(chr, (*range(0x250C, 0x254C), *range(0x2552, 0x256D))), "+"),
}
QUOTES_AND_DASHES = frozenset(_DOUBLE + _SINGLE + _DASHES)
_TABLE = str.maketrans(
    {
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_LINE_ENDS, "\n"),
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_DOUBLE, '"'),
        **dict.fromkeys(_SINGLE, "'"),
        **dict.fromkeys("\u00ab\u00bb", '"'),
        **_BOXES,
        "\uff1a": ":",
    }
)
_QUOTES = str.maketrans({**dict.fromkeys(_DOUBLE, '"'), **dict.fromkeys(_SINGLE, "'")})
_UNICODE_LINE_ENDS = "\u2028\u2029\x85"
_LINES = str.maketrans(dict.fromkeys(_UNICODE_LINE_ENDS, "\n"))
INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]+")
#: Typographic quotes that stand where only a quote of the language can.
_DELIMITERS = re.compile(f"[{_DOUBLE}{_SINGLE}]\\s*:|[:=(,{{\\[]\\s*[{_DOUBLE}{_SINGLE}]")


def fold(text: str) -> str:
    """Return `text` with plain spaces, line ends, quotes and dashes.

    >>> fold("\u201ca\u00a0b\u201d \u2212 1")
    '"a b" - 1'
    """
    if text.isascii() and "\x0c" not in text and "\x0b" not in text:
        return text
    if "\u00ab" in text:
        for pattern, plain in _GUILLEMETS:
            text = pattern.sub(plain, text)
    return text.translate(_TABLE)


def fold_code(text: str) -> str:
    """Return a text to read code from: its quotes are folded only if the code itself is quoted by typographic ones."""
    if text.isascii():
        return text
    if any(sign in text for sign in _UNICODE_LINE_ENDS):
        text = text.translate(_LINES)
    return text.translate(_QUOTES) if _DELIMITERS.search(text) else text


def without_invisible(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return `text` without invisible characters, and anchors from its offsets to those before."""
    if text.isascii():
        return text, []
    anchors = [(0, 0)]
    parts: list[str] = []
    at = length = 0
    for found in INVISIBLE.finditer(text):
        parts.append(text[at : found.start()])
        length += found.start() - at
        at = found.end()
        anchors.append((length, at))
    if at == 0:
        return text, []
    return "".join([*parts, text[at:]]), anchors
