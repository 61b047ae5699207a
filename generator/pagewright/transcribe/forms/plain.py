"""Plain text: what a browser copies, what a converter or a mail program makes of a page."""

from __future__ import annotations

import re

from .document import Document, Unit
from .folding import fold, without_invisible

_QUOTED_LINE = re.compile(r"[ \t]?(?:[>|][ \t]?)+")
#: Halves of characters and controls, which no page shows and no spec can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")


def read_plain(source: str, form: str = "text") -> Document:
    """Return the document of a text."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    text, unquoted = _without_mail_quotes(source)
    text, visible = without_invisible(text)
    raw = _UNPRINTABLE.sub("\ufffd", text)
    document = Document(form, fold(raw), source, raw, steps=[step for step in (visible, unquoted) if step])
    if len(visible) > 1 + source.startswith("\ufeff"):
        document.notes.append("invisible characters were left out")
    return document


def units_of_text(text: str) -> list[Unit]:
    """Return a unit for each line of a text that is not blank."""
    units: list[Unit] = []
    for line in re.finditer(r"[^\n]+", text):
        stripped = line[0].strip()
        if stripped:
            units.append(Unit([stripped], at=line.start() + line[0].index(stripped[0]), path="line"))
    return units


def _without_mail_quotes(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks off a text of which nearly every line is quoted."""
    if not re.match(r"[^\n]{0,200}\n?[^\n]{0,200}\n?\s{0,20}[>|]", text):
        return text, []
    lines = text.split("\n")
    filled = [line for line in lines if line.strip()]
    quoted = sum(1 for line in filled if line.lstrip()[:1] in ">|")
    if quoted < 5 or quoted * 10 < len(filled) * 8 or any(line.rstrip().endswith("|") for line in filled[:20]):
        return text, []
    parts: list[str] = []
    anchors: list[tuple[int, int]] = []
    start = length = 0
    for line in lines:
        mark = _QUOTED_LINE.match(line)
        cut = mark.end() if mark else 0
        anchors.append((length, start + cut))
        parts.append(line[cut:])
        length += len(line) - cut + 1
        start += len(line) + 1
    return "\n".join(parts), anchors
