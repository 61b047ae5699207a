"""A saved page: its text, and the offsets of its code, its parameters and its other parts."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ..forms.document import Document, NotAModelPage, Unit
from ..forms.folding import fold, fold_code
from ..forms.plain import read_plain, units_of_text
from ..forms.text_tables import may_have_tables

__all__ = ["NotAModelPage", "Page", "Span"]

#: What opens and closes the parts of a page, in every layout seen; texts between them are the page's own.
_TABLE_OPENS = re.compile(
    r"Parameters(?=[ \t\u00a0]*\n)|Parameters(?=\s*[A-Za-z_$][\w.$-]{0,99}\s*(?:required|optional)\s*(?:string|integer|number|"
    r"boolean|array|object|file))|^[ \t\u00a0]*Attributes[ \t\u00a0]*$|Attributes(?=\s*[A-Za-z_$][\w.$-]{0,99}(?:str|int|float|"
    r"bool|boolean|image|array|file)(?:\s*\*|\s*\(\s*default|\s+[A-Z]))",
    re.MULTILINE | re.IGNORECASE,
)
_TABLE_CLOSES = re.compile(
    r"Response Type(?=\s*(?:Returns|\Z|\n))|Asynchronous requests\b|Common Error Codes\b|Status states\b|\bTo (?:keep track of your credit|watch what you spend)\b|^To (?:keep track|watch)\b",
    re.MULTILINE,
)
_ROW_SOON = re.compile(
    r"(?:required|optional)\s*(?:string|integer|number|boolean|array|object|file)|[a-z](?:str|int|float|bool|image)\s*(?:\*|\()"
)
_MOST_OPENINGS = 50
_CODE_LINE = re.compile(r"^[ \t]*([0-9]{1,4})(?=\D|$)", re.MULTILINE)
#: The first line of numbered code, by what it begins with or by the numbers of the lines below it. The digit comes first, so
#: that a search need not stop at each character.
_FIRST_LINE = re.compile(
    r"1(?<!\S1)(?=(?P<code>(?:import|from|const|#|let|var|//|curl|await|fetch)\b|# )|"
    r"[^\d\n.,)][^\n]{0,2000}\n[ \t]{0,8}2(?:[^\d\n][^\n]{0,2000})?\n[ \t]{0,8}3(?:\D|\Z))"
)
_CODE = re.compile(r"import requests\b|const axios\b|POST /\S+ · submit|curl (?:-|https?:)|await fetch\(")
_ENDPOINT = re.compile(r"https?://([A-Za-z0-9.-]+)((?:/[A-Za-z0-9._~%-]+)+)")
_CLOSING_QUOTES = "\u201c\u201d\u2018\u2019\u00bb\u2026\u00b7\u2022\u2192"
#: A lost line break glues the next heading to a URL, or the word on a button.
AFTER_ADDRESS = re.compile(r"Parameters|Attributes|(?<=[a-z0-9])Cop(?:y|ied)\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the page, by offsets; `closed` if the page goes on with another part after it, `old` if it is headed
    as the older pages do."""

    start: int
    end: int
    closed: bool
    old: bool = False


class Page:
    """The text of a document, with a copy of equal length to read code from, in which line numbers are blank.

    The text is folded; `raw` has the characters that were saved, at the same offsets.
    """

    def __init__(self, document: Document | str) -> None:
        self.document = read_plain(document) if isinstance(document, str) else document
        self.form = self.document.form
        self.whole = self.document.whole
        self.raw = self.document.raw or self.document.text
        self.text = self.document.text
        self._stripped = self.text.rstrip()
        self.code = _without_line_numbers(fold_code(self.raw))
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.document.source))]

    @cached_property
    def plain_code(self) -> str:
        """The code with plain quotes and dashes, as addresses are read from it."""
        return fold(self.code)

    @property
    def units(self) -> list[Unit]:
        """The visible text of each element; for a text page, its lines."""
        if not self.document.units:
            self.document.units = units_of_text(self.text, self.document.notes)
        return self.document.units

    @property
    def has_cells(self) -> bool:
        """Return whether the text holds a table whose cells are apart."""
        return any(unit.cell for unit in self.units) if may_have_tables(self.text) else False

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset, in what was saved."""
        there = self.document.origin(offset)
        line = bisect_right(self._starts, there)
        return line, there - self._starts[line - 1] + 1

    def table(self) -> Span | None:
        """Return the spans of the parameters: after the first heading that is followed by a row within a few lines."""
        return self._table

    @cached_property
    def _table(self) -> Span | None:
        openings = [opening.end() for opening in islice(_TABLE_OPENS.finditer(self._stripped), _MOST_OPENINGS)]
        if not openings:
            return None
        start = next((at for at in openings if _ROW_SOON.search(self.text[at : at + 400])), openings[0])
        closing = _TABLE_CLOSES.search(self.text, start)
        old = self.text[:start].lower().endswith("attributes")
        return Span(start, closing.start() if closing else len(self.text), closing is not None, old)

    def endpoints(self) -> list[tuple[str, str, int]]:
        """Host, path and offset of each URL, in order."""
        return [
            (match[1], AFTER_ADDRESS.split(match[2])[0].rstrip(".-_"), match.start())
            for match in _ENDPOINT.finditer(self.plain_code)
        ]

    def typographic(self, start: int, end: int) -> str:
        """Return the names of the characters between two offsets that are folded elsewhere, "" if there are none."""
        raw = self.raw[start:end]
        if raw.isascii():
            return ""
        signs = sorted({f"U+{ord(sign):04X}" for sign, plain in zip(raw, fold(raw), strict=True) if sign != plain})
        return ", ".join(signs[:5])

    def odd_sign(self, offset: int) -> str:
        """Return the name of a character that no address has, in the one at `offset` or right after it; "" if none."""
        end = offset
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] in "._~%-/:@+*="):
            end += 1
        odd = next((sign for sign in self.raw[offset : end + 1] if ord(sign) > 126 and not sign.isspace()), "")
        return f"U+{ord(odd):04X}" if odd and odd not in _CLOSING_QUOTES else ""

    def ends_with(self, text: str) -> bool:
        """Return whether the page ends inside `text`, which appears nowhere else on it."""
        at = len(self._stripped) - len(text)
        return self._stripped.startswith(text, max(at, 0)) and self._stripped.find(text) == at

    def shows_code(self, sdk: str) -> bool:
        """Return whether a code sample begins on the page; `sdk` is the provider's own package, "" without one."""
        own = re.search(rf"(?:import|from) {re.escape(sdk)}\b", self.text) if sdk else None
        return bool(own or _CODE.search(self.text))


def _without_line_numbers(text: str) -> str:
    """Blanks the numbers of numbered code: a run of lines that begin with 1, 2, 3, …, wherever such a run starts."""
    firsts: dict[int, re.Match[str]] = {}
    for found in _FIRST_LINE.finditer(text):
        # The first line of code may be glued to the end of something else.
        start = text.rfind("\n", 0, found.start()) + 1
        if found["code"] is not None or not text[start : found.start()].strip():
            firsts.setdefault(start, found)
    if not firsts:
        return text
    characters = list(text)
    expected = 0
    for line in re.finditer(r"[^\n]+", text):
        number = _CODE_LINE.match(line[0])
        if number and expected and int(number[1]) == expected:
            begin, end = line.start() + number.start(1), line.start() + number.end(1)
            expected += 1
        elif first := firsts.get(line.start()):
            begin, end = first.span()
            expected = 2
        else:
            expected = expected if expected and not line[0].strip() else 0
            continue
        characters[begin:end] = " " * (end - begin)
    return "".join(characters)
