"""Scripts and styles taken out of HTML before it is parsed: what they hold is no element."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENS = re.compile(r"<(script|style)\b([^>]{0,4000})>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """The attributes of a script's tag, as written, and what is inside of it."""

    attributes: str
    body: str


def split_scripts(markup: str) -> tuple[str, list[Script]]:
    """Return `markup` without scripts and styles, and the scripts."""
    lowered = markup.lower() if len(markup.lower()) == len(markup) else markup
    parts: list[str] = []
    scripts: list[Script] = []
    at = 0
    while opening := _OPENS.search(markup, at):
        parts.append(markup[at : opening.start()])
        end = lowered.find(f"</{opening[1].lower()}", opening.end())
        if end < 0:
            return "".join(parts), scripts
        if opening[1].lower() == "script":
            scripts.append(Script(opening[2], markup[opening.end() : end]))
        close = markup.find(">", end)
        at = close + 1 if close >= 0 else len(markup)
    parts.append(markup[at:])
    return "".join(parts), scripts
