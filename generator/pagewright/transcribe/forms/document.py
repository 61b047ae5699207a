"""The reading model: a page in any form is a sequence of units, with its text and where each unit stands in both.

A unit is what one element shows: a badge, a chip, a table cell, a heading, a line of text, a whole code sample. Where
two elements meet there is a border between two units, even if the source has no white space there, so that
`<span>steps</span><span>integer</span>` is two units and not "stepsinteger". Inside a sentence elements don't divide
it: such a unit has several `runs`. A code sample is one unit, and its line breaks are those of the page.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any


class NotAModelPage(Exception):
    """The content is no model's documentation page; the message says what it seems to be."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of a unit in a table: which table of the page, row and column, and whether it is a heading cell."""

    table: int
    row: int
    column: int
    heading: bool


@dataclass(slots=True)
class Unit:
    """The visible text of one element.

    `kind` is "", "code", "heading", "control" or "field"; `path` names the elements around it.

    `at` is its offset in the document's text, `source` the one in what was saved.
    """

    runs: list[str]
    kind: str = ""
    level: int = 0
    path: str = ""
    cell: Cell | None = None
    source: int = 0
    at: int = 0
    glued: str = ""

    @property
    def text(self) -> str:
        """The text on one line; that of code as it is."""
        return "".join(self.runs) if self.kind == "code" else " ".join("".join(self.runs).split())


@dataclass(frozen=True, slots=True)
class Witness:
    """Facts about a parameter that the page contains but does not show: a form's control or data for scripts.

    `values` is complete if it is not None. A control without a name of its own stands after so many units.
    """

    name: str
    origin: str
    values: list[Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    after: int = 0


@dataclass(slots=True)
class Document:
    """A page as a sequence of units. `whole` is False if the source breaks off.

    `raw` has the length of `text` and holds the characters that were folded in it. Each of the `steps` from the text
    back to the source maps offsets to offsets, in rising order; between two of them both advance alike. `language` is the
    one that the words around the facts were in before they were put into English, "" if they were not.
    """

    form: str
    text: str
    source: str
    raw: str = ""
    units: list[Unit] = field(default_factory=list[Unit])
    steps: list[list[tuple[int, int]]] = field(default_factory=list[list[tuple[int, int]]])
    title: str = ""
    language: str = ""
    whole: bool = True
    witnesses: list[Witness] = field(default_factory=list[Witness])
    notes: list[str] = field(default_factory=list[str])

    def origin(self, offset: int) -> int:
        """Return the offset in the source of an offset in the text."""
        for step in self.steps:
            index = bisect_right(step, (offset, len(self.source))) - 1
            if index >= 0:
                start, there = step[index]
                offset = there + offset - start
        return max(0, min(offset, len(self.source)))
