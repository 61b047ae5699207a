"""Scripts and styles taken out of HTML before it is parsed: what they hold is no element."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

#: The properties of a component, which its framework writes into an attribute: of Astro, Inertia, Livewire and others.
_PROPERTIES = re.compile(
    r"\s(?:props|data-props|data-page|data-react-props|data-component-props|data-state|data-model|wire:snapshot|:params|"
    r":schema|data-schema|data-params|data-parameters)=(?:\"(?P<double>[^\"]{40,2000000})\"|'(?P<single>[^']{40,2000000})')"
)
_OPENS = re.compile(r"<(script|style)\b([^>]{0,4000})>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """The attributes of a script's tag, as written, and what is inside of it."""

    attributes: str
    body: str


def split_scripts(markup: str) -> tuple[str, list[Script]]:
    """Return `markup` without scripts and styles, and the scripts, with those that are data in attributes."""
    scripts: list[Script] = []
    for found in _PROPERTIES.finditer(markup):
        value = unescape(found["double"] or found["single"])
        if value.lstrip()[:1] in "{[":
            scripts.append(Script('type="application/json"', value))
    lowered = markup.lower() if len(markup.lower()) == len(markup) else markup
    parts: list[str] = []
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
