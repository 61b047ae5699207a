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

from .calls import Times
from .findings import DOUBT, DRIFT, KEPT, UNAVAILABLE, UNCHECKED
from .grouping import MOST_ITEMS, Group, Place, groups_of, listed
from .results import CaseResult, RunResults
from .spec.versions import versions

#: Reasons that the summary lists, and groups of which it shows the first finding; their titles are all listed.
_MOST_LINES = 20
_MOST_MISSING = 12
#: Places of a group that the page lists; the JSON report has all.
_MOST_PLACES = 200
_OUTCOMES = (DRIFT, DOUBT, UNAVAILABLE, UNCHECKED, KEPT)
_HERE = Path(__file__).parent


def counts(results: RunResults) -> str:
    """Return the number of cases by outcome. A case in doubt that is drift, too, is counted with both."""
    twice = results.count_twice()
    notes = {DOUBT: f" ({twice} of them {DRIFT} or {UNAVAILABLE}, too)" if twice else ""}
    return ", ".join(
        f"{results.count(outcome)} {outcome}{notes.get(outcome, '')}"
        for outcome in (KEPT, DOUBT, DRIFT, UNAVAILABLE, UNCHECKED)
    )


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


def as_text(results: RunResults, where: str, most: str | None, every: bool = False) -> Iterator[str]:
    """Yield the lines of the summary; the causes of drift come last, where a terminal shows them. `every` adds all findings."""
    yield f"{where}: {counts(results)}"
    yield made_at(results)
    if most is not None:
        yield money(results, most)
    if results.stopped:
        yield f"stopped: {results.stopped}"
        return
    for outcome in (UNAVAILABLE, UNCHECKED):
        yield from _reasons(outcome, (record.description for record in results.records if record.outcome == outcome))
    yield coverage(results)
    for kind, part in results.coverage().items():
        if part.missing:
            names = [item.partition(": ")[2] for item in part.missing]
            rest = f" and {len(names) - _MOST_MISSING} more" if len(names) > _MOST_MISSING else ""
            yield f"  missing {kind}: {', '.join(names[:_MOST_MISSING])}{rest}"
    if times := results.times():
        yield "times, which are no part of the verdict:"
        yield from (f"  {entry}" for entry in times)
    groups = groups_of(results.records)
    doubts = [group for group in groups if group.severity == "doubt"]
    yield from _listed("doubts (differences from what no page says), by cause", doubts, every)
    yield from map(str, results.passing())
    yield from _listed("drift, by cause", [group for group in groups if group.severity == "drift"], every)
    if any(group.code == "not-served" for group in groups):
        yield "  --model SLUG chooses the models to check"


def made_at(results: RunResults) -> str:
    """Return when the run began, and the versions of suite and specs."""
    named = ", ".join(f"{name} {version}" for name, version in versions(_slugs(results)).items())
    return f"{results.begun:%Y-%m-%d %H:%M:%S} UTC, {named}"


def _slugs(results: RunResults) -> list[str]:
    return list(dict.fromkeys(record.slug for record in results.records))


def _listed(title: str, groups: list[Group], every: bool) -> Iterator[str]:
    """Yield each group with its number of cases, the names of some, and its first finding or every one."""
    if groups:
        yield f"{title}:"
    for rank, group in enumerate(groups):
        first = group.places[0].finding
        yield f"  {len(group.cases)} × {group.title}"
        if rank >= _MOST_LINES and not every:
            continue
        if len(group.cases) > 1:
            names = group.cases if len(group.models) > 1 else [name.partition(": ")[2] for name in group.cases]
            yield f"      cases: {listed(names)}"
        yield f"      first {first['message']}"
        if group.severity == "drift" and first["request"]:
            yield f"      {first['request']}"
        if every:
            yield from (f"      also {place.case.id}: {place.finding['message']}" for place in group.places[1:])


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
        "begun": results.begun.isoformat(timespec="seconds"),
        "versions": versions(_slugs(results)),
        "counts": {outcome: results.count(outcome) for outcome in _OUTCOMES} | {"counted twice": results.count_twice()},
        "money": money(results, most),
        "passing": [passing._asdict() for passing in results.passing()],
        "times": [times._asdict() for times in results.times()],
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
    page, style, script = (_asset(name) for name in ("report.html", "report.css", "report.js"))
    return Template(page).substitute(
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
        style=style,
        script=script,
        where=escape(where),
        made=escape(made_at(results)),
        counts=escape(counts(results)),
        money=escape(money(results, most)),
        passing="".join(f"<p><strong>{escape(str(passing))}</strong>" for passing in results.passing()),
        times=_times(results.times()),
        models="".join(f"<option>{escape(slug)}" for slug in _slugs(results)),
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
    number, findings = len(group.cases), len(group.places)
    named = f", {findings} findings" if findings > number else ""
    names = "".join(f"<li>{escape(name)}" for name in group.parameters)
    # A title has the first names only.
    named_below = f"<details><summary>all {len(group.parameters)} parameters</summary><ol>{names}</ol></details>"
    places = "".join(f"<li>{escape(place.case.id)}{_details(place)}" for place in group.places[1:_MOST_PLACES])
    left = len(group.places) - _MOST_PLACES
    places += f"<li>and {left} more, which the JSON report has" if left > 0 else ""
    more = (
        f"<details><summary>the other {findings - 1} finding{'s' if findings > 2 else ''}</summary><ol>{places}</ol></details>"
        if places
        else ""
    )
    return (
        f'<article class={group.severity} data-severity={group.severity} data-rank="{rank}" data-code="{escape(group.code)}"'
        f' data-title="{escape(group.title)}" data-models="{escape(json.dumps(group.models))}">'
        f"<h2>{escape(group.title)} <small>{group.severity}, {number} case{'s' if number > 1 else ''}{named}</small></h2>"
        f"{_details(group.places[0], first=True)}{named_below if len(group.parameters) > MOST_ITEMS else ''}{more}</article>"
    )


def _details(place: Place, first: bool = False) -> str:
    finding = place.finding
    entries = {"case": place.case.id if first else "", "sent": finding["about"], "where": finding["where"]}
    entries |= {"expected": finding["expected"], "got": finding["got"], "based on": finding["source"]}
    rows = "".join(f"<dt>{name}<dd>{escape(value)}" for name, value in entries.items() if value)
    request = f"<pre>{escape(finding['request'])}</pre>" if finding["request"] else ""
    return f"<dl>{rows}</dl>{request}"


def _times(times: Iterable[Times]) -> str:
    entries = "".join(f"<li>{escape(str(entry))}" for entry in times)
    return f"<h2>Times</h2><p>They are no part of the verdict.<ul>{entries}</ul>" if entries else ""


def _missing(items: list[str]) -> str:
    if not items:
        return ""
    names = "".join(f"<li>{escape(item.partition(': ')[2])}" for item in items)
    return f"<details><summary>{len(items)} missing</summary><ul>{names}</ul></details>"


def _row(record: CaseResult) -> str:
    kind = escape(record.outcome.replace(" ", "-"))
    return (
        f'<tr class={kind} data-model="{escape(record.slug)}"><td>{escape(record.outcome)}<td>{escape(record.id)}'
        f"<td>{escape(record.description)}<td>{escape(record.source)}"
    )
