"""The summary of a run, as lines of text and as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from string import Template

from .findings import DRIFT, KEPT, UNAVAILABLE, UNCHECKED
from .tally import Record, Said, Tally

_MOST_LINES = 20
_MOST_MISSING = 12
_OUTCOMES = (DRIFT, UNAVAILABLE, UNCHECKED, KEPT)


def counts(tally: Tally) -> str:
    """How many cases came to what."""
    return ", ".join(f"{tally.count(outcome)} {outcome}" for outcome in (KEPT, DRIFT, UNAVAILABLE, UNCHECKED))


def coverage(tally: Tally) -> str:
    """How much of the contract was checked: `parameters 41/58, boundaries 30/52`."""
    return ", ".join(f"{kind} {len(part.covered)}/{len(part.all)}" for kind, part in tally.coverage().items())


def money(tally: Tally, most: str | None) -> str:
    """What the run may have cost."""
    if most is None:
        return ""
    said = f"at most ${tally.spent()} of --max-usd {most} were spent"
    if tally.unpriced:
        said += f"; {tally.unpriced} models show no price, and "
        assumed = tally.assumed_usd
        said += "none is assumed for them" if assumed is None else f"${assumed} a request is assumed for them"
    return said


def as_text(tally: Tally, where: str, most: str | None) -> Iterator[str]:
    """The summary in lines."""
    yield f"{where}: {counts(tally)}"
    if most is not None:
        yield money(tally, most)
    for outcome in (UNAVAILABLE, UNCHECKED):
        yield from _reasons(outcome, (record.words for record in tally.records if record.outcome == outcome))
    yield from _kinds("drift, by kind", (said for record in tally.records for said in record.drift))
    doubts = (said for record in tally.records for said in record.doubts)
    yield from _kinds("doubts (what no page says turned out otherwise), by kind", doubts)
    yield coverage(tally)
    for kind, part in tally.coverage().items():
        if part.missing:
            names = [item.partition(": ")[2] for item in part.missing]
            rest = f" and {len(names) - _MOST_MISSING} more" if len(names) > _MOST_MISSING else ""
            yield f"  missing {kind}: {', '.join(names[:_MOST_MISSING])}{rest}"


def _kinds(title: str, found: Iterable[Said]) -> Iterator[str]:
    """One cause is often found by many cases: how many, and what the first one says."""
    words: dict[str, list[str]] = {}
    for kind, said in found:
        words.setdefault(kind, []).append(said)
    every = sorted(words.items(), key=lambda entry: -len(entry[1]))
    yield from _some(title, (f"{len(said)} × {kind}, first {said[0]}" for kind, said in every))


def _reasons(outcome: str, words: Iterable[str]) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for said in words:
        reasons[said] = reasons.get(said, 0) + 1
    yield from _some(outcome, (f"{said} ({times} cases)" if times > 1 else said for said, times in reasons.items()))


def _some(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    if every:
        yield f"{title}:"
        yield from (f"  {line}" for line in every[:_MOST_LINES])
        if len(every) > _MOST_LINES:
            yield f"  and {len(every) - _MOST_LINES} more"


def as_html(tally: Tally, where: str, most: str | None) -> str:
    """The summary as a page. Whatever is not ours is escaped; no script runs, and nothing is loaded."""
    bars = "".join(
        f"<tr><th>{escape(kind)}<td>{len(part.covered)}/{len(part.all)}"
        f"<td><progress value={len(part.covered)} max={max(len(part.all), 1)}></progress>"
        f"<td>{_missing(part.missing)}"
        for kind, part in tally.coverage().items()
    )
    order = {outcome: rank for rank, outcome in enumerate(_OUTCOMES)}
    rows = "".join(map(_row, sorted(tally.records, key=lambda record: order[record.outcome])))
    return _PAGE.substitute(
        where=escape(where), counts=escape(counts(tally)), money=escape(money(tally, most)), bars=bars, rows=rows
    )


def _missing(items: list[str]) -> str:
    if not items:
        return ""
    listed = "".join(f"<li>{escape(item.partition(': ')[2])}" for item in items)
    return f"<details><summary>{len(items)} missing</summary><ul>{listed}</ul></details>"


def _row(record: Record) -> str:
    found = "".join(f"<p>{escape(said)}</p>" for _, said in record.drift)
    found += "".join(f"<p class=doubt>{escape(said)}</p>" for _, said in record.doubts)
    kind = escape(record.outcome.replace(" ", "-"))
    return (
        f"<tr class={kind}><td>{escape(record.outcome)}<td>{escape(record.id)}"
        f"<td>{found or escape(record.words)}<td>{escape(record.source)}"
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
<table><thead><tr><th>outcome<th>case<th>found<th>rests on</thead><tbody>$rows</tbody></table>
</html>
""")
