"""Markdown, as converters and reader services write it: rendered to HTML, and read as that.

markdown-it-py (MIT) follows CommonMark to the letter, has the tables of GitHub, hands HTML inside of Markdown through,
as pandoc writes it, and takes no more than linear time.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt

from .document import Document
from .markup import read_markup

_DEFINITION = re.compile(r"^(?::[ \t]{1,3}|~[ \t]{1,3})(?=\S)", re.MULTILINE)
#: The line below the headings of a table, an item of a list, and the border of a cell.
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*){1,30}\|?[ \t]*\Z")
_ITEM = re.compile(r"[ \t]*[*+-][ \t]+(?=\S)")
_BAR = re.compile(r"(?<!\\)\|")


def read_markdown(source: str) -> Document:
    """Return the document of a Markdown text."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    document = read_markup(_parser().render(_DEFINITION.sub("\n", _with_whole_rows(source))), source)
    document.form = "markdown"
    document.whole = True
    return document


def _with_whole_rows(source: str) -> str:
    """Join the rows of a table that a converter broke: html2text wraps their lines, and puts lists in cells below them.

    A row goes on until a line has as many bars as the heading, or until a blank line that no list follows.
    """
    lines = source.split("\n")
    made: list[str] = []
    bars = 0
    for number, line in enumerate(lines):
        if _RULE.match(line):
            bars = line.strip().strip("|").count("|")
        elif bars and not line.strip():
            after = next((other for other in lines[number + 1 :] if other.strip()), "")
            if _ITEM.match(after) or _bars_in(after) >= bars:
                continue
            bars = 0
        elif bars and _bars_in(line) < bars:
            item = _ITEM.match(line)
            made[-1] = f"{made[-1].rstrip()}{'<br>' if item else ' '}{line[item.end() :] if item else line.strip()}"
            continue
        made.append(line)
    return "\n".join(made)


def _bars_in(line: str) -> int:
    return len(_BAR.findall(line.strip().strip("|")))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 60}).enable("table")
