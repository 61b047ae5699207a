"""Turn a record of facts back into what a reader of the page returned, so that old facts become a draft, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import is_mapping
from ..changes.claims import facts_of_parameter, parameters_of
from ..changes.page_facts import SAMPLE_TEXT, fields_of_row
from ..draft import Draft, draft_of_content
from ..pages.facts import PageFacts
from ..pages.read_page import PageContent
from ..pages.rows import ParameterRow
from ..pages.sample import Sample
from ..review import Notes
from ..service import Service

#: Stands for a text of the sample that the page no longer has.
_SOME_TEXT = "…"


def draft_of_facts(facts: Mapping[str, Any], reading: PageContent, page_name: str, service: Service) -> Draft:
    """Return the draft of a record of facts.

    What a record does not hold is taken from `reading`, a later reading of the page.
    """
    sent = _sent(facts, reading)
    content = PageContent(
        page=reading.page,
        facts=_page_facts(facts, reading),
        sample=Sample(dict(sent), None, 0, 0, True, found=True),
        rows=[_row(name, facts_of_parameter(facts, name), sent, reading) for name in parameters_of(facts)],
        complete=True,
    )
    return draft_of_content(content, Notes(reading.page, page_name), service)


def _sent(facts: Mapping[str, Any], reading: PageContent) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for at, value in facts.items():
        if at.startswith("/example/"):
            name = at.removeprefix("/example/").replace("~1", "/").replace("~0", "~")
            sent[name] = reading.sample.values.get(name, _SOME_TEXT) if value == SAMPLE_TEXT else value
    return sent


def _page_facts(facts: Mapping[str, Any], reading: PageContent) -> PageFacts:
    statuses = {
        int(at.rpartition("/")[2]): title for at, title in facts.items() if at.startswith("/responses/statuses/")
    }
    return replace(
        reading.facts,
        slug=facts.get("/slug", reading.facts.slug),
        title=facts.get("/title", reading.facts.title),
        sync_path=facts.get("/sync/path", reading.facts.sync_path),
        async_path=facts.get("/async/path", reading.facts.async_path),
        sync_shown="/sync/path" in facts,
        async_shown="/async/path" in facts,
        latency_s=None,
        price_usd=facts.get("/price_usd"),
        pricing=list(facts.get("/pricing", [])),
        returns=facts.get("/responses/returns"),
        statuses=statuses,
        states=list(facts.get("/responses/states", [])),
        doubts=[],
    )


def _row(name: str, facts: Mapping[str, Any], sent: Mapping[str, Any], reading: PageContent) -> ParameterRow:
    there = next((row for row in reading.rows if row.name == name), None)
    row = _row_of(name, facts, there.offset if there else 0)
    if facts.get(SAMPLE_TEXT):
        row.default = sent.get(name, _SOME_TEXT)
    inner = facts.get("items")
    if is_mapping(inner):
        _inner_rows(row, dict(inner), there)
    return row


def _inner_rows(row: ParameterRow, fields: Mapping[str, Mapping[str, Any]], there: ParameterRow | None) -> None:
    """Rebuild what is inside of a row. Where the page still has the same fields, it is what was read now."""
    if there is not None and fields_of_row(there) == fields:
        row.items, row.item_type, row.item_format = there.items, there.item_type, there.item_format
        return
    row.item_type = str(fields["[]"]["type"]) if "[]" in fields else ""
    for name, stated in fields.items():
        if "." not in name and name != "[]":
            item = _row_of(name, stated, row.offset)
            inside = {
                key.removeprefix(f"{name}."): value for key, value in fields.items() if key.startswith(f"{name}.")
            }
            _inner_rows(item, inside, None)
            row.items.append(item)


def _row_of(name: str, stated: Mapping[str, Any], offset: int) -> ParameterRow:
    return ParameterRow(
        name,
        str(stated.get("type", "string")),
        bool(stated.get("required")),
        offset,
        stated.get("format"),
        "",
        stated.get("default", ABSENT),
        stated.get("minimum"),
        stated.get("maximum"),
        stated.get("values"),
        stated.get("x-known-total"),
    )
