"""A saved page: its text, and the offsets of its code, its parameters and its other parts."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice

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
_HTML = re.compile(r"\s*(?:<!doctype|<html|<head|<body|<\?xml)", re.IGNORECASE)
_MOST_OPENINGS = 50
#: Halves of characters and controls, which no page shows and no spec can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_CODE_LINE = re.compile(r"^[ \t]*([0-9]{1,4})(?=\D|$)", re.MULTILINE)
_CODE = re.compile(r"import requests\b|const axios\b|POST /\S+ · submit|curl (?:-|https?:)|await fetch\(")
_ENDPOINT = re.compile(r"https?://([A-Za-z0-9.-]+)((?:/[A-Za-z0-9._~%-]+)+)")
#: A lost line break glues the next heading to a URL.
_HEADING = re.compile(r"Parameters|Attributes")


class NotAModelPage(Exception):
    """The text is not a model's documentation page. The message says what it seems to be."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the page, by offsets; `closed` if the page goes on with another part after it, `old` if it is headed
    as the older pages do."""

    start: int
    end: int
    closed: bool
    old: bool = False


class Page:
    """The text as it was saved, but for line ends, with a copy of equal length in which line numbers of code are blank."""

    def __init__(self, text: str) -> None:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self.text = _UNPRINTABLE.sub("\ufffd", text)
        self._stripped = self.text.rstrip()
        self.code = _without_line_numbers(self.text)
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def table(self) -> Span | None:
        """Return the spans of the parameters: after the first heading that is followed by a row within a few lines."""
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
            (match[1], _HEADING.split(match[2])[0].rstrip(".-_"), match.start())
            for match in _ENDPOINT.finditer(self.code)
        ]

    def ends_with(self, text: str) -> bool:
        """Return whether the page ends inside `text`, which appears nowhere else on it."""
        at = len(self._stripped) - len(text)
        return self._stripped.startswith(text, max(at, 0)) and self._stripped.find(text) == at

    def shows_code(self, sdk: str) -> bool:
        """Return whether a model page's code sample begins on it; `sdk` is the provider's own package, "" if it has none."""
        own = re.search(rf"(?:import|from) {re.escape(sdk)}\b", self.text) if sdk else None
        return bool(own or _CODE.search(self.text))

    def is_html(self) -> bool:
        return _HTML.match(self.text) is not None


def _without_line_numbers(text: str) -> str:
    """Blanks the numbers of numbered code: a run of lines that begin with 1, 2, 3, …, wherever such a run starts."""
    characters = list(text)
    expected = 0
    for line in re.finditer(r"[^\n]*", text):
        if not line[0]:
            continue
        number = _CODE_LINE.match(line[0])
        if number and expected and int(number[1]) == expected:
            begin, end = line.start() + number.start(1), line.start() + number.end(1)
            expected += 1
        else:
            # The first line of code may be glued to the end of something else.
            first = re.search(r"(?:^|(?<=\s))1(?=(?:import|from|const|#|let|var|//)\b|# )", line[0])
            if first is None:
                expected = expected if expected and not line[0].strip() else 0
                continue
            begin, end = line.start() + first.start(), line.start() + first.end()
            expected = 2
        characters[begin:end] = " " * (end - begin)
    return "".join(characters)
