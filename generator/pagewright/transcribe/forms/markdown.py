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


def read_markdown(source: str) -> Document:
    """Return the document of a Markdown text."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    document = read_markup(_parser().render(_DEFINITION.sub("\n", source)), source)
    document.form = "markdown"
    document.whole = True
    return document


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 60}).enable("table")
