"""Summary of a run, as lines of text and as one self-contained page of HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from string import Template

from .findings import DRIFT, KEPT, UNAVAILABLE, UNCHECKED
from .results import CaseResult, FindingText, RunResults

_MOST_LINES = 20
_MOST_MISSING = 12
_OUTCOMES = (DRIFT, UNAVAILABLE, UNCHECKED, KEPT)


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
    yield from _kinds("drift, by kind", (message for record in results.records for message in record.drift))
    doubts = (message for record in results.records for message in record.doubts)
    yield from _kinds("doubts (differences from what no page says), by kind", doubts)
    yield coverage(results)
    for kind, part in results.coverage().items():
        if part.missing:
            names = [item.partition(": ")[2] for item in part.missing]
            rest = f" and {len(names) - _MOST_MISSING} more" if len(names) > _MOST_MISSING else ""
            yield f"  missing {kind}: {', '.join(names[:_MOST_MISSING])}{rest}"


def _kinds(title: str, found: Iterable[FindingText]) -> Iterator[str]:
    """Yield each kind of finding with its number and the first message: one cause is often found by many cases."""
    messages: dict[str, list[str]] = {}
    for kind, message in found:
        messages.setdefault(kind, []).append(message)
    every = sorted(messages.items(), key=lambda entry: -len(entry[1]))
    yield from _some(title, (f"{len(found)} × {kind}, first {found[0]}" for kind, found in every))


def _reasons(outcome: str, messages: Iterable[str]) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for message in messages:
        reasons[message] = reasons.get(message, 0) + 1
    yield from _some(
        outcome, (f"{message} ({times} cases)" if times > 1 else message for message, times in reasons.items())
    )


def _some(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    if every:
        yield f"{title}:"
        yield from (f"  {line}" for line in every[:_MOST_LINES])
        if len(every) > _MOST_LINES:
            yield f"  and {len(every) - _MOST_LINES} more"


def as_html(results: RunResults, where: str, most: str | None) -> str:
    """Return the summary as a page. Texts of the service are escaped; the page runs no script and loads nothing."""
    bars = "".join(
        f"<tr><th>{escape(kind)}<td>{len(part.covered)}/{len(part.all)}"
        f"<td><progress value={len(part.covered)} max={max(len(part.all), 1)}></progress>"
        f"<td>{_missing(part.missing)}"
        for kind, part in results.coverage().items()
    )
    order = {outcome: rank for rank, outcome in enumerate(_OUTCOMES)}
    rows = "".join(map(_row, sorted(results.records, key=lambda record: order[record.outcome])))
    return _PAGE.substitute(
        where=escape(where), counts=escape(counts(results)), money=escape(money(results, most)), bars=bars, rows=rows
    )


def _missing(items: list[str]) -> str:
    if not items:
        return ""
    listed = "".join(f"<li>{escape(item.partition(': ')[2])}" for item in items)
    return f"<details><summary>{len(items)} missing</summary><ul>{listed}</ul></details>"


def _row(record: CaseResult) -> str:
    found = "".join(f"<p>{escape(message)}</p>" for _, message in record.drift)
    found += "".join(f"<p class=doubt>{escape(message)}</p>" for _, message in record.doubts)
    kind = escape(record.outcome.replace(" ", "-"))
    return (
        f"<tr class={kind}><td>{escape(record.outcome)}<td>{escape(record.id)}"
        f"<td>{found or escape(record.description)}<td>{escape(record.source)}"
    )


_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Contract</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif }
  body { max-width: 80rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
  p { margin: 0 0 .3rem }
  .drift td:first-child { color: #d33; font-weight: bold }
  .not-available td:first-child, .doubt { color: #b70 }
  .not-checked { opacity: .7 }
</style>
<h1>Contract</h1>
<p>$where: $counts</p>
<p>$money</p>
<table><thead><tr><th>what<th>covered<th><th>missing</thead><tbody>$bars</tbody></table>
<table><thead><tr><th>outcome<th>case<th>found<th>based on</thead><tbody>$rows</tbody></table>
</html>
""")
