"""Summary of a run: as lines of text, as JSON, and as one page of HTML without anything from elsewhere."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .findings import DRIFT, KEPT, UNAVAILABLE, UNCHECKED
from .grouping import Group, Place, groups_of
from .results import CaseResult, RunResults

_MOST_LINES = 20
_MOST_MISSING = 12
#: Places of a group that the page lists; the JSON report has all.
_MOST_PLACES = 200
_OUTCOMES = (DRIFT, UNAVAILABLE, UNCHECKED, KEPT)
_HERE = Path(__file__).parent


def counts(results: RunResults) -> str:
    """Return the number of cases by outcome."""
    return ", ".join(f"{results.count(outcome)} {outcome}" for outcome in (KEPT, DRIFT, UNAVAILABLE, UNCHECKED))


def coverage(results: RunResults) -> str:
    """Return how much of the contract was checked: `parameters 41/58, boundaries 30/52`."""
    return ", ".join(f"{kind} {len(part.covered)}/{len(part.all)}" for kind, part in results.coverage().items())


def money(results: RunResults, most: str | None) -> str:
    """Return what the run may have cost, at most."""
    if most is None:
        return ""
    message = f"at most ${results.spent()} of --max-usd {most} were spent"
    if results.unpriced:
        message += f"; {results.unpriced} models have no documented price, and "
        assumed = results.assumed_usd
        message += "the spec assumes none" if assumed is None else f"the spec assumes ${assumed} per request"
    return message


def as_text(results: RunResults, where: str, most: str | None) -> Iterator[str]:
    """Yield the lines of the summary."""
    yield f"{where}: {counts(results)}"
    if most is not None:
        yield money(results, most)
    for outcome in (UNAVAILABLE, UNCHECKED):
        yield from _reasons(outcome, (record.description for record in results.records if record.outcome == outcome))
    groups = groups_of(results.records)
    yield from _listed("drift, by cause", [group for group in groups if group.severity == "drift"])
    doubts = [group for group in groups if group.severity == "doubt"]
    yield from _listed("doubts (differences from what no page says), by cause", doubts)
    yield coverage(results)
    for kind, part in results.coverage().items():
        if part.missing:
            names = [item.partition(": ")[2] for item in part.missing]
            rest = f" and {len(names) - _MOST_MISSING} more" if len(names) > _MOST_MISSING else ""
            yield f"  missing {kind}: {', '.join(names[:_MOST_MISSING])}{rest}"


def _listed(title: str, groups: list[Group]) -> Iterator[str]:
    """Yield each group with its number of cases and its first finding: one cause is often found by many cases."""
    if groups:
        yield f"{title}:"
    for group in groups[:_MOST_LINES]:
        first = group.places[0].finding
        yield f"  {len(group.cases)} × {group.title}"
        yield f"      first {first['message']}"
        if group.severity == "drift" and first["request"]:
            yield f"      {first['request']}"
    if len(groups) > _MOST_LINES:
        yield f"  and {len(groups) - _MOST_LINES} more"


def _reasons(outcome: str, messages: Iterable[str]) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for message in messages:
        reasons[message] = reasons.get(message, 0) + 1
    every = [f"{message} ({times} cases)" if times > 1 else message for message, times in reasons.items()]
    if every:
        yield f"{outcome}:"
        yield from (f"  {line}" for line in every[:_MOST_LINES])
        if len(every) > _MOST_LINES:
            yield f"  and {len(every) - _MOST_LINES} more"


def as_json(results: RunResults, where: str, most: str | None) -> str:
    """Return the report for programs: the groups with every finding, the coverage, and each case."""
    content: dict[str, Any] = {
        "service": where,
        "counts": {outcome: results.count(outcome) for outcome in _OUTCOMES},
        "money": money(results, most),
        "groups": list(map(_group_data, groups_of(results.records))),
        "coverage": {kind: part._asdict() for kind, part in results.coverage().items()},
        "cases": [
            {"case": record.id, "outcome": record.outcome, "description": record.description, "based_on": record.source}
            for record in results.records
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _group_data(group: Group) -> dict[str, Any]:
    return {
        "title": group.title,
        "severity": group.severity,
        "code": group.code,
        "cases": len(group.cases),
        "models": group.models,
        "parameters": group.parameters,
        **_place_data(group.places[0]),
        "places": list(map(_place_data, group.places)),
    }


def _place_data(place: Place) -> dict[str, str]:
    finding = place.finding
    shared = {name: finding[name] for name in ("where", "about", "expected", "got", "basis", "request")}
    return {"case": place.case.id, **shared, "based_on": finding["source"]}


def as_html(results: RunResults, where: str, most: str | None) -> str:
    """Return the report as a page. Texts of the service are escaped, and the page's own script is the only one that runs."""
    bars = "".join(
        f"<tr><th>{escape(kind)}<td>{len(part.covered)}/{len(part.all)}"
        f"<td><progress value={len(part.covered)} max={max(len(part.all), 1)}></progress>"
        f"<td>{_missing(part.missing)}"
        for kind, part in results.coverage().items()
    )
    order = {outcome: rank for rank, outcome in enumerate(_OUTCOMES)}
    rows = "".join(map(_row, sorted(results.records, key=lambda record: order[record.outcome])))
    groups = groups_of(results.records)
    slugs = dict.fromkeys(record.slug for record in results.records)
    page, style, script = (_asset(name) for name in ("report.html", "report.css", "report.js"))
    return Template(page).substitute(
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
        style=style,
        script=script,
        where=escape(where),
        counts=escape(counts(results)),
        money=escape(money(results, most)),
        models="".join(f"<option>{escape(slug)}" for slug in slugs),
        groups="".join(_article(rank, group) for rank, group in enumerate(groups)) or "<p>No drift and no doubts.</p>",
        bars=bars,
        rows=rows,
    )


def _asset(name: str) -> str:
    """Return the content of a file of the page."""
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return the source expression by which a content security policy allows exactly this content."""
    return f"'sha256-{b64encode(sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


def _article(rank: int, group: Group) -> str:
    # Most other findings have nothing to do with the parameter of the case.
    about_values = group.code in ("wrong-status", "server-error", "other-image")
    named = f" · {escape(', '.join(group.parameters[:8]))}" if group.parameters and about_values else ""
    number = len(group.cases)
    places = "".join(f"<li>{escape(place.case.id)}{_details(place)}" for place in group.places[1:_MOST_PLACES])
    left = len(group.places) - _MOST_PLACES
    places += f"<li>and {left} more, which the JSON report has" if left > 0 else ""
    more = f"<details><summary>{len(group.places) - 1} more</summary><ol>{places}</ol></details>" if places else ""
    return (
        f'<article class={group.severity} data-severity={group.severity} data-rank="{rank}" data-code="{escape(group.code)}"'
        f' data-title="{escape(group.title)}" data-models="{escape(json.dumps(group.models))}">'
        f"<h2>{escape(group.title)} <small>{group.severity}, {number} case{'s' if number > 1 else ''}{named}</small></h2>"
        f"{_details(group.places[0], first=True)}{more}</article>"
    )


def _details(place: Place, first: bool = False) -> str:
    finding = place.finding
    entries = {"case": place.case.id if first else "", "sent": finding["about"], "where": finding["where"]}
    entries |= {"expected": finding["expected"], "got": finding["got"], "based on": finding["source"]}
    listed = "".join(f"<dt>{name}<dd>{escape(value)}" for name, value in entries.items() if value)
    request = f"<pre>{escape(finding['request'])}</pre>" if finding["request"] else ""
    return f"<dl>{listed}</dl>{request}"


def _missing(items: list[str]) -> str:
    if not items:
        return ""
    listed = "".join(f"<li>{escape(item.partition(': ')[2])}" for item in items)
    return f"<details><summary>{len(items)} missing</summary><ul>{listed}</ul></details>"


def _row(record: CaseResult) -> str:
    kind = escape(record.outcome.replace(" ", "-"))
    return (
        f'<tr class={kind} data-model="{escape(record.slug)}"><td>{escape(record.outcome)}<td>{escape(record.id)}'
        f"<td>{escape(record.description)}<td>{escape(record.source)}"
    )
