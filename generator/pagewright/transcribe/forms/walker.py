"""From an HTML tree to units: what is shown, where elements meet, and the controls that hold more than they show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from .document import Cell, Unit, Witness
from .embedded_data import unit_texts

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "button",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "output",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "svg",
        "math",
        "canvas",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "head",
        "template",
        "select",
        "datalist",
        "textarea",
        "progress",
        "meter",
        "title",
    ]
)
_MENUS = frozenset({"navigation", "banner", "contentinfo", "dialog", "alertdialog", "search", "menubar", "menu"})
_WORD = re.compile(r"\w")


@dataclass(slots=True)
class _Frame:
    """Properties that apply inside an element. `mixed` elements are sentences: text and elements side by side."""

    tag: str
    path: str = ""
    mixed: bool = False
    code: bool = False
    kind: str = ""
    level: int = 0
    cell: Cell | None = None
    border: bool = False


class Walker:
    """Goes through a tree once, without recursion, and collects units and hidden controls."""

    def __init__(self, *, menus: bool = False) -> None:
        self.units: list[Unit] = []
        self.witnesses: list[Witness] = []
        self._menus = menus
        self._frames: list[_Frame] = [_Frame("body")]
        self._runs: list[str] = []
        self._frame = self._frames[0]
        self._soft = False
        self._space = ""
        self._mark = "line"
        self._next_mark = "line"
        self._tables = 0
        self._places: list[list[int]] = []

    def walk(self, root: LexborNode) -> None:
        node: LexborNode | None = root
        while node is not None:
            if self._enter(node) and node.child is not None:
                node = node.child
                continue
            while node is not None:
                self._leave(node)
                if node.mem_id == root.mem_id:
                    node = None
                elif node.next is not None:
                    node = node.next
                    break
                else:
                    node = node.parent
        self._border("line")

    def _enter(self, node: LexborNode) -> bool:
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return False
        if not node.is_element_node:
            return False
        above = self._frames[-1]
        if tag in _DROPPED or (not self._menus and self._is_menu(node, tag)):
            if tag in ("select", "datalist"):
                self._choice(node)
            return False
        if tag == "wbr":
            return False
        if tag == "br":
            self._line_break(above)
            return False
        if tag in ("input", "img", "hr"):
            self._border("line" if tag == "hr" else "apart")
            return False
        self._frames.append(self._frame_of(node, tag, above))
        return True

    def _frame_of(self, node: LexborNode, tag: str, above: _Frame) -> _Frame:
        attributes = node.attributes
        frame = _Frame(tag, f"{above.path}/{tag}"[-400:], False, above.code, above.kind, above.level, above.cell)
        inline = tag in _INLINE
        if not above.code:
            frame.code = _is_code(node, tag, attributes)
            frame.border = not inline or frame.code or not above.mixed or _is_next_to_element(node)
            frame.mixed = _is_mixed(node) or (above.mixed and inline and not frame.border)
            role = attributes.get("role") or ""
            if re.fullmatch("h[1-6]", tag) or role == "heading":
                level = attributes.get("aria-level") or (tag[1] if tag != "header" and tag[1:].isdigit() else "2")
                frame.kind, frame.level = "heading", int(level) if level.isdigit() and len(level) < 3 else 2
            elif tag == "button" or role in ("button", "tab"):
                frame.kind = "control"
            elif tag in ("table", "tr", "td", "th"):
                self._place(tag, frame, attributes)
            if frame.border:
                self._border(_mark(frame))
            else:
                self._soft = True
            self._described(tag, attributes)
        elif not inline:
            self._line_break(frame)
        return frame

    def _leave(self, node: LexborNode) -> None:
        if len(self._frames) < 2 or not node.is_element_node or self._frames[-1].tag != node.tag:
            return
        frame = self._frames.pop()
        above = self._frames[-1]
        if frame.tag == "table" and self._places:
            self._places.pop()
        if frame.code and not above.code:
            self._border("line")
        elif above.code:
            if frame.tag not in _INLINE and frame.tag not in ("td", "th"):
                self._line_break(above)
        elif frame.border:
            self._border(_mark(frame))
        else:
            self._soft = True

    def _text(self, text: str) -> None:
        frame = self._frames[-1]
        if not frame.code and not text.strip():
            if self._runs:
                self._runs[-1] += " "
            else:
                self._space = " "
            return
        if not self._runs:
            self._frame, self._mark = frame, self._next_mark
            self._runs.append(self._space + text)
            self._space = ""
        elif self._soft and not frame.code:
            self._runs.append(text)
        else:
            self._runs[-1] += text
        self._soft = False

    def _line_break(self, frame: _Frame) -> None:
        if not frame.code:
            self._border("line")
        elif self._runs and not self._runs[-1].endswith("\n"):
            self._runs[-1] += "\n"

    def _border(self, mark: str) -> None:
        """End the unit; `mark` says whether the next one begins a line."""
        runs, self._runs, self._soft = self._runs, [], False
        if any(run.strip() for run in runs):
            frame = self._frame
            kind = "code" if frame.code else frame.kind
            self.units.append(Unit(runs, kind, frame.level, frame.path, frame.cell, glued=self._mark))
            self._next_mark = mark
        elif mark == "line":
            self._next_mark = mark

    def _place(self, tag: str, frame: _Frame, attributes: dict[str, str | None]) -> None:
        """Keep count of tables, rows and columns."""
        if tag == "table":
            self._tables += 1
            self._places.append([self._tables, 0, 0])
        elif self._places and tag == "tr":
            self._places[-1][1] += 1
            self._places[-1][2] = 0
        elif self._places and tag in ("td", "th"):
            table, row, column = self._places[-1]
            frame.cell = Cell(table, row, column, tag == "th")
            span = attributes.get("colspan") or "1"
            self._places[-1][2] += min(int(span), 50) if span.isdigit() and len(span) < 4 else 1

    def _is_menu(self, node: LexborNode, tag: str) -> bool:
        """Return whether an element belongs to the site and not to the page, unless it contains the page's title."""
        role = node.attributes.get("role") or ""
        if role not in _MENUS and tag not in ("nav", "footer", "header", "dialog"):
            return False
        inside = any(frame.tag in ("main", "article", "section") for frame in self._frames)
        if tag in ("footer", "header") and inside and role not in _MENUS:
            return False
        return node.css_first("h1, table, dl, pre") is None

    def _choice(self, node: LexborNode) -> None:
        """A list to choose from, as the page's form has it."""
        name = node.attributes.get("name") or node.attributes.get("aria-label") or node.attributes.get("id") or ""
        options = node.css("option")[:500]
        values = [option.attributes.get("value") or option.text(strip=True) for option in options]
        shown = [value for value in values if value]
        self.witnesses.append(Witness(name, "the page's form", shown, after=len(self.units)))

    def _described(self, tag: str, attributes: dict[str, str | None]) -> None:
        """A component that carries a parameter in its attributes instead of showing it."""
        if "-" not in tag and not any(key.startswith("data-") for key in attributes):
            return
        facts = {
            key.removeprefix("data-").removeprefix("param-").removeprefix(":"): value
            for key, value in attributes.items()
        }
        if not (facts.get("name") and facts.get("type")):
            return
        said = {key: value or "" for key, value in facts.items() if value or key != "default"}
        for text in unit_texts(said):
            self.units.append(Unit([text], path=f"{self._frames[-1].path}/@", glued="line"))


def _mark(frame: _Frame) -> str:
    """Return whether an element is inline: it does not begin a line of its own."""
    follows = frame.tag in ("td", "th") and frame.cell is not None and frame.cell.column > 0
    return "apart" if frame.tag in _INLINE or follows else "line"


def _is_code(node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
    if tag in ("pre", "listing", "xmp"):
        return True
    if re.search(r"white-space\s*:\s*pre(?!-line)", attributes.get("style") or ""):
        return True
    return tag in ("code", "samp") and "\n" in node.text().strip()


def _is_mixed(node: LexborNode) -> bool:
    """Return whether an element is a sentence: it contains words of its own beside elements."""
    child = node.child
    while child is not None:
        if child.tag == "-text" and _WORD.search(child.text_content or ""):
            return True
        child = child.next
    return False


def _is_next_to_element(node: LexborNode) -> bool:
    """Return whether an element directly follows another one, with nothing between the two."""
    before = node.prev
    return before is not None and bool(before.is_element_node) and before.tag not in ("br", "wbr")
