"""Find the title of a model: the page's heading, its first line, the line after an old page's table, or its slug."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .page import Page
from .rows import Doubt

_NO_TITLE = re.compile(
    r"(?:POST|GET|RESPONSE|API Endpoint|Parameters|Attributes|Response Type)\b|(?:javascript|python|curl|Expand)\s*\Z|"
    r"(?:import|const|from|var|let) |[~\d]+[ \t]*(?:import|const|#|from|\Z)|~|\$|https?:|[{}<\[\"'#]",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"^[ \t\u00a0]*To (?:keep track|watch)\b[^\n]*\n", re.MULTILINE)
_SERVERLESS = re.compile(r"\s*Serverless API\s*\Z")
#: What the title of a browser's window ends in.
_SITE = re.compile(r"(?<=\S)(?:\s+API)?(?:\s+[|·–—]|\s*\|)\s*[^|]{1,40}\Z")
_LONGEST = 120
#: So many lines before the code may be menus and banners.
_MOST_LINES = 60
_CODE_BEGINS = re.compile(r"\s*[0-9]{0,3}\s*(?:import |const |from \w+ import|# pip|curl )")
#: Headings of a page, the first two above its code or after it. One after the other they are a table of contents.
_PARTS = ("API Endpoint", "Parameters", "Attributes", "Response Type", "Status states", "Common Error Codes")
#: How much of a slug a line must spell to be the title of its model.
_ENOUGH = 0.34
_SPELLED = {
    "sdxl": "Stable Diffusion XL",
    "sd": "Stable Diffusion",
    "txt2img": "Text to Image",
    "img2img": "Image to Image",
    "text2video": "Text to Video",
    "ai": "AI",
}
_TASKS = ("Text to Image", "Image to Image")


def read_title(page: Page, slug: str, doubts: list[Doubt]) -> str:
    """Return the title; what is not sure about it is added to `doubts`."""
    if page.document.title and page.form != "text":
        return _heading(page, slug, doubts)
    first = next((line.strip() for line in page.text.split("\n") if line.strip()), "")
    if first and not _NO_TITLE.match(first):
        if len(first) <= _LONGEST and "\n" in page.text.strip():
            return _bare(_first_line(page, first, slug, doubts))
        if title := _beginning(first, slug):
            doubts.append(
                Doubt(0, "the title's end is not marked; it was taken as far as the slug bears it out", "/title")
            )
            return title
    closing = _CLOSING.search(page.text)
    rest = page.text[closing.end() :].strip().partition("\n") if closing else ("", "", "")
    if closing and 0 < len(rest[0].strip()) <= _LONGEST:
        if not rest[1]:
            doubts.append(Doubt(closing.end(), "the page ends in its title", "/title"))
        return _bare(rest[0])
    doubts.append(Doubt(0, "the page has no title; it was made from the slug", "/title"))
    return _spelled(slug)


def _heading(page: Page, slug: str, doubts: list[Doubt]) -> str:
    """The page's heading of the first level; of several, the one that names the model."""
    titles = [unit.text for unit in page.units if unit.kind == "heading" and unit.level == 1]
    title = max(titles, key=lambda title: _likeness(title, slug), default=page.document.title)
    if not _NO_TITLE.match(title) and len(title) <= _LONGEST:
        if not titles or (len(titles) > 1 and _likeness(title, slug) < _ENOUGH):
            doubts.append(Doubt(0, f"whether {title[:60]!r} is the model's title or the site's is not clear", "/title"))
        return _bare(title)
    doubts.append(Doubt(0, "the page has no title; it was made from the slug", "/title"))
    return _spelled(slug)


def _first_line(page: Page, first: str, slug: str, doubts: list[Doubt]) -> str:
    """The first line, unless it is a menu's or a banner's and a later one names the model."""
    if _SERVERLESS.search(first):
        return first
    lines = list(_lines_before_code(page))
    better = [(offset, line) for offset, line in lines[1:] if _SERVERLESS.search(line)]
    if _names(first, slug):
        # The title of the browser's window has the site's name after that of the model.
        own = [line for _, line in better if _names(line, slug)]
        return own[0] if own else _SITE.sub("", first)
    better = better or [(offset, line) for offset, line in lines[1:] if _names(line, slug)]
    if better:
        offset, line = max(better, key=lambda found: _likeness(found[1], slug))
        if not _SERVERLESS.search(line):
            message = f"the first line is {first[:40]!r}; the title was taken from the line that names the model"
            doubts.append(Doubt(offset, message, "/title"))
        return line
    if first.endswith("."):
        doubts.append(Doubt(0, "the first line is a sentence; maybe the title is missing", "/title"))
    elif len(lines) > 2 and all(len(line) < 25 and not line.endswith(".") for _, line in lines[:3]):
        doubts.append(Doubt(0, f"the first line, {first[:40]!r}, may be the site's menu instead of a title", "/title"))
    return first


def _names(line: str, slug: str) -> bool:
    """Return whether a line is a title that contains much of a slug, and not a sentence about it."""
    return not line.endswith((".", "|")) and not _NO_TITLE.match(line) and _likeness(line, slug) >= _ENOUGH


def _likeness(line: str, slug: str) -> float:
    """Return the part of a slug that a line contains, from 0 to 1, less a penalty for other words."""
    parts = [part for part in re.split(r"[-_./]|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])", slug.lower()) if part]
    words = re.findall(r"[a-z]+|[0-9]+", line.lower())
    if not parts or not words:
        return 0.0
    initials = "".join(word[0] for word in words)
    found = sum(1 for part in parts if part in words or (len(part) > 1 and part.isalpha() and part in initials))
    return found / len(parts) - max(0, len(words) - 10) * 0.05


def _lines_before_code(page: Page) -> Iterator[tuple[int, str]]:
    """Yield the offset and the text of each short line above the sample."""
    offset = count = 0
    lines = page.text[:20_000].split("\n")
    for number, line in enumerate(lines):
        text = line.strip()
        after = next((other.strip() for other in lines[number + 1 :] if other.strip()), "")
        is_part = text in _PARTS[:2] and after not in _PARTS
        if _CODE_BEGINS.match(text) or is_part or count > _MOST_LINES:
            return
        if text and len(text) <= _LONGEST:
            count += 1
            yield offset, text
        offset += len(line) + 1


def _bare(title: str) -> str:
    title = " ".join(title.split())
    return _SERVERLESS.sub("", title).strip() or title


def _beginning(line: str, slug: str) -> str | None:
    """The title at the beginning of a line that goes on with other things."""
    marked = re.match(r"(.{1,120}?)\s*Serverless API", line)
    if marked:
        return _without_menu(_last_of_repeated(marked[1].strip()), slug)
    wanted = re.sub(r"[^a-z0-9]", "", slug.lower())
    best = None
    for end in re.finditer(r"\S+", line[:_LONGEST]):
        title = line[: end.end()]
        letters = re.sub(r"[^a-z0-9]", "", title.lower())
        if wanted.startswith(letters) and 2 * len(letters) >= len(wanted):
            best = title
    return best


def _last_of_repeated(text: str) -> str:
    """Return the title if a text begins and ends with it, as where the title of the browser's window and a menu come first.

    >>> _last_of_repeated("Acme Pen 2 API | Acme Home Models Acme Pen 2"), _last_of_repeated("Acme Pen 2")
    ('Acme Pen 2', 'Acme Pen 2')
    """
    starts = (found.end() for found in re.finditer(r"\s", text))
    return next((text[start:] for start in starts if text.startswith(f"{text[start:]} ")), text)


def _without_menu(text: str, slug: str) -> str:
    """Return the part of a text that names the model best, where words of a menu stick to its beginning.

    >>> _without_menu("HomeModelsSign inAcme Pen 2", "acme-pen-2")
    'Acme Pen 2'
    """
    starts = [0, *(found.start() for found in re.finditer(r"(?<=[a-z])(?=[A-Z])", text))]
    best = max(starts, key=lambda start: (round(_likeness(text[start:], slug), 2), start))
    return text[best:]


def _spelled(slug: str) -> str:
    """A slug as a title: `sdxl1.0-txt2img` is Stable Diffusion XL 1.0."""
    parts = re.split(r"[-_]", re.sub(r"(?<=[a-z]{2})(?=[0-9]+\.[0-9])", "-", slug))
    words = [_SPELLED.get(part.lower(), part) for part in parts if part]
    if len(words) > 1 and words[-1] in _TASKS:
        words.pop()
    return " ".join(word if word[:1].isupper() else word[:1].upper() + word[1:] for word in words) or slug
