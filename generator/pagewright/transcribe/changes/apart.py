"""The words for a difference between a file of the workspace and a page: neither changed, so nothing rose or fell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...specs.pointers import tokens
from ...specs.values import is_mapping
from .difference import Change
from .wording import KEYWORDS, PLATFORM, RULES, inside, key_of, rates, value

_NAMES = {
    "/slug": "the slug",
    "/title": "the title",
    "/price_usd": "the price",
    "/pricing": "the price",
    "/sync/path": "the path of the synchronous call",
    "/async/path": "the path of the queue",
    "/responses/returns": "the type of the response",
    "/platform/base_url": "the host",
    "/platform/queue/final_states": "the list of states that end a job",
    "/platform/bodies/submitted": "the list of fields of a submitted job",
    "/responses/states": "the list of states of a job",
    "/platform/auth/header": "the key's header",
    "/platform/auth/scheme": "the key's header",
}


def difference(change: Change, file: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Return that `file`, which has the facts `ours`, differs from a page, which states `theirs`.

    >>> at = "/input/properties/steps/maximum"
    >>> difference(Change(at, ""), "the spec", {at: 40}, {at: 30}), difference(Change(at, ""), "the spec", {at: 40}, {})
    ('the maximum of `steps` is 40 in the spec and 30 on the page', 'the maximum of `steps` is 40 in the spec; the page states none')
    """
    if change.kind in ("new", "removed"):
        has, lacks = ("the page", file) if change.kind == "new" else (file, "the page")
        return f"{has} has the parameter `{change.new or change.old}`, which {lacks} does not have"
    if change.kind == "renamed":
        where = "in the sample" if change.at.startswith("/example/") else "on the page"
        return f"`{change.old}` in {file} is `{change.new}` {where}"
    at = change.at
    here, there = (_words(at, facts) for facts in (ours, theirs))
    what = _subject(at)
    if here is None:
        return f"{what} is {there} on the page; {file} states none"
    if there is None:
        return f"{what} is {here} in {file}; the page states none"
    return f"{what} is {here} in {file} and {there} on the page"


def _subject(at: str) -> str:
    parts = tokens(at)
    if at in _NAMES:
        return _NAMES[at]
    if parts[0] == "platform":
        return PLATFORM.get(at.removeprefix("/platform/"), at)
    if parts[0] == "example":
        return f"the sample's `{parts[1]}`"
    if parts[:2] == ["responses", "statuses"]:
        return f"status {parts[2]}"
    if parts[:2] == ["input", "properties"] and len(parts) > 3:
        name = "list of values" if parts[-1] == "values" else KEYWORDS.get(parts[-1], RULES.get(parts[-1], parts[-1]))
        if parts[3] == "required":
            return f"`{parts[2]}`"
        of = "the description of " if parts[3] == "prose" else ""
        return f"the {name} of `{parts[2]}`" if not of else f"the rule in {of}`{parts[2]}`, {name},"
    return at


def _words(at: str, facts: Mapping[str, Any]) -> str | None:
    fact = facts.get(at)
    if at not in facts or (fact is None and not at.endswith("/default")):
        return None
    last = at.rpartition("/")[2]
    if at == "/price_usd":
        return f"{value(fact)} USD"
    if at == "/pricing":
        return rates(fact or [])
    if at.startswith("/platform/auth/"):
        return key_of(facts)
    if last == "required":
        return "required" if fact else "optional"
    if last == "items" and is_mapping(fact):
        return inside(fact)
    return value(fact)
