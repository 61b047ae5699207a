"""HTML, whole or in part, as a sequence of units.

selectolax (MIT) parses with lexbor, so broken HTML gets the tree that a browser would give it, in under a millisecond
and without other dependencies. It is used for the tree alone: every library that also makes text of HTML glues
`<span>steps</span><span>integer</span>`, or breaks the lines of a sample, or drops what it takes for decoration.
"""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser

from .document import Document, NotAModelPage, Unit
from .embedded_data import read_islands
from .folding import fold, fold_code, without_invisible
from .scripts import split_scripts
from .walker import Walker

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
_CODE_OPENS = re.compile(r"[0-9]{0,3}\s*(?:import \w|from \w+ import|const \w|let \w|var \w|curl |# ?pip )")
_SHADOW_ROOT = re.compile(r"<template\s[^>]{0,500}?shadowroot(?:mode)?\b[^>]{0,500}>", re.IGNORECASE)
_TEMPLATE_ENDS = re.compile(r"</template\s*>", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


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
    if "shadowroot" in visible:
        visible = _with_shadow_roots(visible)
    walker = Walker()
    parser = LexborHTMLParser(visible)
    root = parser.body or parser.root
    if root is not None:
        walker.walk(root)
    if not any(unit.kind != "control" for unit in walker.units) and root is not None:
        walker = Walker(menus=True)
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


def _with_shadow_roots(markup: str) -> str:
    """Return HTML in which what a component draws stands in the component, as a browser shows it."""
    roots = _SHADOW_ROOT.subn("<div>", markup)
    return _TEMPLATE_ENDS.sub("</div>", roots[0], count=roots[1])


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
