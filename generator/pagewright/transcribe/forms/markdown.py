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
from .text_tables import Piece, find_text_tables

_DEFINITION = re.compile(r"^(?::[ \t]{1,3}|~[ \t]{1,3})(?=\S)", re.MULTILINE)
#: The line below the headings of a table, an item of a list, and the border of a cell.
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*){1,30}\|?[ \t]*\Z")
_ITEM = re.compile(r"[ \t]*[*+-][ \t]+(?=\S)")
_DASHES = re.compile(r"^[ \t]*(?:-{5,}|\+-{2,})", re.MULTILINE)
#: What pandoc writes for the elements of a page that Markdown has no marks for.
_DIVISION = re.compile(r"^([ \t]*(?:[-*+][ \t]+)?):{3,}(?:[ \t]*(?:\{[^}\n]*\}|[\w.-]+))?[ \t]*:*[ \t]*$", re.MULTILINE)
_HEADING_ATTRIBUTES = re.compile(r"(?<=\S)[ \t]+\{[#.][^}\n]{0,300}\}[ \t]*$", re.MULTILINE)
_SPAN = re.compile(r"\[([^\[\]]{1,300})\]\{[.#][^}\n]{0,300}\}")
_CODE_ATTRIBUTES = re.compile(r"(?<=[^`]`)\{[.#][^}\n]{0,300}\}")
_FENCE = re.compile(r"^ {0,3}```", re.MULTILINE)
_GLUED_FENCE = re.compile(r"^([^`\n]*(?:`[^`\n]+`[^`\n]*)*[^`\s])(```)[ \t]*$", re.MULTILINE)
#: Emphasis that ends in a sign, with a word right after it, which CommonMark takes for none.
_GLUED_EMPHASIS = re.compile(r"(?<![*\\])(\*{1,2})(?=[^\s*])([^*\n]{1,200}[)\].:!?])\1(?=[A-Za-z])")
_SCHEME = re.compile(r"(?!https?:|ftp:|mailto:|tel:|file:)[A-Za-z][A-Za-z0-9+.-]*:")
_DEEP_ITEM = re.compile(r"^ {4,12}[*+-] +(?=\S)", re.MULTILINE)
_NUMBERED = re.compile(r" {0,3}[0-9]+[.)] ")
_BAR = re.compile(r"(?<!\\)\|")


def read_markdown(source: str) -> Document:
    """Return the document of a Markdown text."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    written = source
    if _DIVISION.search(source):
        source = _without_attributes(source)
    source = _GLUED_EMPHASIS.sub(r"\1\2\1 ", source)
    if len(_FENCE.findall(source)) % 2:
        # A converter wrote the beginning of a code block right after a text.
        source = _GLUED_FENCE.sub(r"\1\n\2", source, count=1)
    markup = _parser().render(_with_flat_lists(_without_definitions(_with_whole_rows(_with_pipes(source)))))
    document = read_markup(markup, written)
    document.form = "markdown"
    document.whole = True
    return document


def _without_attributes(source: str) -> str:
    """Take off what pandoc writes of the elements of a page: its divisions, and the classes of headings and spans."""
    source = _DIVISION.sub(r"\1", source)
    source = _CODE_ATTRIBUTES.sub("", _HEADING_ATTRIBUTES.sub("", source))
    return _SPAN.sub(r"<span>\1</span>", source)


def _with_pipes(source: str) -> str:
    """Write tables in columns of spaces or in a grid, as pandoc makes them, with bars."""
    lines = source.split("\n")
    tables = list(find_text_tables(lines)) if _DASHES.search(source) else []
    for table in reversed(tables):
        rows = ["| " + " | ".join(_cell_text(cell) for cell in row) + " |" for row in table.rows]
        rule = "|" + "---|" * len(table.rows[0])
        start = table.start - 1 if table.start and _DASHES.match(lines[table.start - 1]) else table.start
        lines[start : table.end] = ["", rows[0], rule, *rows[1:], ""]
    return "\n".join(lines)


def _cell_text(cell: list[Piece]) -> str:
    """Return the pieces of a cell on one line; a backslash at the end of one is a line break."""
    text = "".join(f"{piece.text[:-1]}<br>" if piece.text.endswith("\\") else f"{piece.text} " for piece in cell)
    return text.strip().replace("|", "\\|")


def _without_definitions(source: str) -> str:
    """Make paragraphs of the definitions of a list, whose further blocks are indented as far as their text."""
    if not _DEFINITION.search(source):
        return source
    made: list[str] = []
    depth = 0
    for line in source.split("\n"):
        if found := _DEFINITION.match(line):
            depth = 4
            made += ["", line[found.end() :]]
            continue
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and indent < min(depth, 2):
            depth = 0
        made.append(line[min(indent, depth) :])
    return "\n".join(made)


def _with_flat_lists(source: str) -> str:
    """Take the indentation off lists that would be code, as html2text indents those of an item below its other blocks."""
    if not _DEEP_ITEM.search(source):
        return source
    made: list[str] = []
    above = ""
    deep = fenced = False
    for line in source.split("\n"):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        is_item = not fenced and _DEEP_ITEM.match(line) is not None
        deep = is_item and (deep or not (above.startswith(" ") or _ITEM.match(above) or _NUMBERED.match(above)))
        made.append(f"  {line.lstrip()}" if deep else line)
        above = line if line.strip() else above
    return "\n".join(made)


def _with_whole_rows(source: str) -> str:
    """Join the rows of a table that a converter broke: html2text wraps their lines, and puts lists in cells below them.

    A row goes on until it has as many bars as the heading and another bar follows, or until something else than a list
    follows a blank line.
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
        elif bars and _bars_in(line) < bars and not (_bars_in(line) and _bars_in(made[-1]) >= bars):
            item = _ITEM.match(line)
            made[-1] = f"{made[-1].rstrip()}{'<br>' if item else ' '}{line[item.end() :] if item else line.strip()}"
            continue
        made.append(line)
    return "\n".join(made)


def _bars_in(line: str) -> int:
    return len(_BAR.findall(line.strip().strip("|")))


class _Parser(MarkdownIt):
    """A parser to which `<lora:storm:0.7>` is part of a prompt and not the address of a link."""

    def validateLink(self, url: str) -> bool:
        """Return whether an address is one that a page links."""
        return _SCHEME.match(url) is None and super().validateLink(url)


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": True, "maxNesting": 60})
    parser.enable("table")
    return parser
