"""The title of a model: the first line of the page, the line after an old page's table, or, failing both, its slug."""

from __future__ import annotations

import re

from .page import Page
from .rows import Doubt

_NO_TITLE = re.compile(
    r"(?:POST|GET|RESPONSE|API Endpoint|Parameters|Attributes|Response Type)\b|(?:javascript|python|curl|Expand)\s*\Z|"
    r"(?:import|const|from|var|let) |[~\d]+[ \t]*(?:import|const|#|from|\Z)|~|\$|https?:|[{}<\[\"'#]",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"^[ \t\u00a0]*To (?:keep track|watch)\b[^\n]*\n", re.MULTILINE)
_SERVERLESS = re.compile(r"\s*Serverless API\s*\Z")
_LONGEST = 120
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
    """Return the title, and add to `doubts` what is uncertain about it."""
    first = next((line.strip() for line in page.text.split("\n") if line.strip()), "")
    if first and not _NO_TITLE.match(first):
        if len(first) <= _LONGEST and "\n" in page.text.strip():
            if first.endswith("."):
                doubts.append(Doubt(0, "the first line is a sentence; maybe the title is missing", "/title"))
            return _bare(first)
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


def _bare(title: str) -> str:
    title = " ".join(title.split())
    return _SERVERLESS.sub("", title).strip() or title


def _beginning(line: str, slug: str) -> str | None:
    """The title at the beginning of a line that goes on with other things."""
    marked = re.match(r"(.{1,120}?)\s*Serverless API", line)
    if marked:
        return marked[1].strip()
    wanted = re.sub(r"[^a-z0-9]", "", slug.lower())
    best = None
    for end in re.finditer(r"\S+", line[:_LONGEST]):
        title = line[: end.end()]
        letters = re.sub(r"[^a-z0-9]", "", title.lower())
        if wanted.startswith(letters) and 2 * len(letters) >= len(wanted):
            best = title
    return best


def _spelled(slug: str) -> str:
    """A slug as a title: `sdxl1.0-txt2img` is Stable Diffusion XL 1.0."""
    parts = re.split(r"[-_]", re.sub(r"(?<=[a-z]{2})(?=[0-9]+\.[0-9])", "-", slug))
    words = [_SPELLED.get(part.lower(), part) for part in parts if part]
    if len(words) > 1 and words[-1] in _TASKS:
        words.pop()
    return " ".join(word if word[:1].isupper() else word[:1].upper() + word[1:] for word in words) or slug
