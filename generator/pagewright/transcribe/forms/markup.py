"""HTML, whole or in part, as a sequence of units.

selectolax (MIT) parses with lexbor, so broken HTML gets the tree that a browser would give it, in under a millisecond and
without other dependencies. It is used for the tree alone: every library that also makes text of HTML glues
`<span>steps</span><span>integer</span>`, or breaks the lines of a sample, or drops what it takes for decoration.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .document import Cell, Document, NotAModelPage, Unit, Witness
from .folding import fold, fold_code, without_invisible
from .islands import read_islands, unit_texts
from .scripts import split_scripts

_DEEPEST = 500
_MOST_TAGS = 400_000
MAX_CHARACTERS = 200_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param"]
)
#: What ends without a closing tag, where the next one of its kind begins.
_IMPLIED = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "option",
        "optgroup",
        "thead",
        "tbody",
        "tfoot",
        "html",
        "head",
        "body",
        "rp",
        "rt",
        "colgroup",
    ]
)
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
_LINE_NUMBERS = re.compile(r"\s*(?:[0-9]{1,4}\s*)+\Z")
_CODE_OPENS = re.compile(r"[0-9]{0,3}\s*(?:import \w|from \w+ import|const \w|let \w|var \w|curl |# ?pip )")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


@dataclass(slots=True)
class _Frame:
    """What holds inside of an element. `mixed` elements are sentences: text and elements side by side."""

    tag: str
    path: str = ""
    mixed: bool = False
    code: bool = False
    kind: str = ""
    level: int = 0
    cell: Cell | None = None
    border: bool = False


def read_markup(markup: str, source: str | None = None) -> Document:
    """Return the document of HTML; `source` is what it was made from, if it is not what was saved.

    Raises:
        NotAModelPage: It is too large or too deep for a page.
    """
    markup = markup.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    saved = markup if source is None else source
    visible, scripts = split_scripts(markup)
    whole = _check_size(visible)
    visible, _ = without_invisible(visible)
    walker = _Walker()
    parser = LexborHTMLParser(visible)
    root = parser.body or parser.root
    if root is not None:
        walker.walk(root)
    if not any(unit.kind != "control" for unit in walker.units) and root is not None:
        walker = _Walker(menus=True)
        walker.walk(root)
    document = Document("html", "", saved, units=_gather_code(walker.units), whole=whole, witnesses=walker.witnesses)
    if scripts:
        read_islands(document, scripts, lambda drawn: read_markup(drawn).units)
    title = parser.css_first("title")
    document.title = _title(document.units, title.text(strip=True) if title else "")
    _lay_out(document)
    if len(document.text) > MAX_CHARACTERS:
        raise NotAModelPage(f"over {MAX_CHARACTERS} characters are more than a documentation page shows")
    return document


def _check_size(markup: str) -> bool:
    """Refuse what takes too long to parse, and return whether every element that needs an end has one."""
    depths: Counter[str] = Counter()
    depth = count = 0
    for tag in _TAG.finditer(markup):
        count += 1
        name = tag[2].lower()
        if name in _VOID or name in _IMPLIED:
            continue
        if not tag[1]:
            depths[name] += 1
            depth += 1
        elif depths[name]:
            depths[name] -= 1
            depth -= 1
        if depth > _DEEPEST or count > _MOST_TAGS:
            raise NotAModelPage("this HTML has more elements, or deeper ones, than a documentation page")
    ends = ("div", "section", "main", "article", "table", "ul", "ol", "dl", "pre", "code", "details", "span")
    return not any(depths[name] for name in ends) and "<" not in markup[markup.rfind(">") + 1 :]


class _Walker:
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
        """Whether an element belongs to the site, not to the page: by what it is for, unless it holds the page's title."""
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
        self.witnesses.append(Witness(name, "the page's form", [value for value in values if value]))
        if not name and self.units:
            self.witnesses[-1] = Witness(f"#{len(self.units)}", "the page's form", [value for value in values if value])

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
        for text in unit_texts({key: "" if value is None else value for key, value in facts.items()}):
            self.units.append(Unit([text], path=f"{self._frames[-1].path}/@", glued="line"))


def _mark(frame: _Frame) -> str:
    """Whether an element goes on in its line or has its own."""
    follows = frame.tag in ("td", "th") and frame.cell is not None and frame.cell.column > 0
    return "apart" if frame.tag in _INLINE or follows else "line"


def _is_code(node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
    if tag in ("pre", "listing", "xmp"):
        return True
    if re.search(r"white-space\s*:\s*pre(?!-line)", attributes.get("style") or ""):
        return True
    return tag in ("code", "samp") and "\n" in node.text().strip()


def _is_mixed(node: LexborNode) -> bool:
    """Whether an element is a sentence: it holds words of its own beside elements."""
    child = node.child
    while child is not None:
        if child.tag == "-text" and _WORD.search(child.text_content or ""):
            return True
        child = child.next
    return False


def _is_next_to_element(node: LexborNode) -> bool:
    """Whether an element touches another one, with nothing between the two."""
    before = node.prev
    return before is not None and bool(before.is_element_node) and before.tag not in ("br", "wbr")


def _gather_code(units: list[Unit]) -> list[Unit]:
    """Join the lines of a sample that is not in a `<pre>`."""
    gathered: list[Unit] = []
    at = 0
    while at < len(units):
        unit = units[at]
        end = at + 1
        if not unit.kind and _CODE_OPENS.match(_line_from(units, at)):
            while (
                end < len(units) and units[end].kind not in ("heading", "code") and _table(units[end]) == _table(unit)
            ):
                end += 1
            lines = "".join(
                ("\n" if part.glued == "line" and index else "") + "".join(part.runs)
                for index, part in enumerate(units[at:end])
                if part.kind != "control"
            )
            if "{" in lines or "(" in lines:
                gathered.append(Unit([lines], "code", path=unit.path, glued="line"))
                at = end
                continue
        gathered.append(unit)
        at += 1
    return gathered


def _line_from(units: list[Unit], at: int) -> str:
    """The beginning of the line that unit `at` begins."""
    end = at + 1
    while end < min(len(units), at + 8) and units[end].glued != "line":
        end += 1
    return "".join("".join(unit.runs) for unit in units[at:end]).strip()[:200]


def _table(unit: Unit) -> int:
    return unit.cell.table if unit.cell else 0


def _title(units: list[Unit], saved: str) -> str:
    """The page's own title: its first heading of the first level, else the window's without the site's name."""
    first = next((unit.text for unit in units if unit.kind == "heading" and unit.level == 1), "")
    return first or re.split(r"\s+[|·–—-]\s+", saved)[0].strip()


def _lay_out(document: Document) -> None:
    """Put the units into one text, a line for each, and find them in the source."""
    raw: list[str] = []
    text: list[str] = []
    length = cursor = 0
    anchors: list[tuple[int, int]] = []
    for unit in document.units:
        unit.runs = [_UNPRINTABLE.sub("\ufffd", run) for run in unit.runs]
        shown = unit.text.strip("\n") if unit.kind == "code" else unit.text
        joins = bool(text) and text[-1] in ("GET", "POST", "PUT") and shown.startswith(("/", "http"))
        gap = "" if joins or not text else "\n\n" if unit.kind in ("heading", "code") else "\n"
        if unit.kind == "code":
            # Markup writes indentation as spaces that don't break.
            shown = fold_code(shown.replace("\u00a0", " "))
        raw.append(gap + shown)
        text.append(fold(shown))
        unit.at = length + len(gap)
        length += len(gap) + len(shown)
        probe = "".join(unit.runs).strip()[:24].split("\n")[0]
        found = document.source.find(probe, cursor, cursor + 50_000)
        cursor = found if found >= 0 else cursor
        unit.source = cursor
        anchors.append((unit.at, cursor))
        if unit.kind != "code":
            unit.runs = [fold(run) for run in unit.runs]
    gaps = [part[: len(part) - len(part.lstrip("\n"))] for part in raw]
    document.raw = "".join(raw)
    document.text = "".join(gap + shown for gap, shown in zip(gaps, text, strict=True))
    document.steps = [anchors] if anchors else []
