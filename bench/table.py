"""Rows of the table: what was measured, beside what, and whether the budget holds. It does not know how to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Unit = Literal["s", "/s", "MB"]


class NotMeasured(Exception):
    """A row could not be measured, or a peer did not start. The message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another program, measured beside ours."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Limit:
    """One condition of a budget: a bound on our value, or on its ratio to that of the peer `of`."""

    bound: float
    sense: Literal["at most", "at least"] = "at most"
    of: str | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table. Values are in seconds, per second or in megabytes, mostly medians of several runs."""

    what: str
    unit: Unit
    ours: float
    peers: tuple[Peer, ...] = ()
    limits: tuple[Limit, ...] = ()
    note: str = ""

    @property
    def verdict(self) -> str:
        if not self.limits:
            return "no budget"
        return "met" if all(self._holds(limit) for limit in self.limits) else "**missed**"

    def _holds(self, limit: Limit) -> bool:
        values = {peer.name: peer.value for peer in self.peers}
        bound = limit.bound * (values[limit.of] if limit.of else 1)
        return self.ours <= bound if limit.sense == "at most" else self.ours >= bound


def shown(value: float, unit: Unit) -> str:
    """Three digits that matter, in the unit that suits.

    >>> shown(0.0123, "s"), shown(2.6e-06, "s"), shown(14021.7, "/s")
    ('12.3 ms', '2.60 µs', '14,022/s')
    """
    if unit == "/s":
        return f"{value:,.0f}/s"
    if unit == "MB":
        return f"{value:,.0f} MB"
    for size, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(value) >= size or name == "µs":
            scaled = value / size
            return f"{scaled:.{0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2}f} {name}"
    raise AssertionError


def markdown(rows: Sequence[TableRow], machine: Sequence[str]) -> str:
    lines = ["| what | ours | beside (ours is … × of it) | budget | verdict |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {shown(row.ours, row.unit)} | {_peers(row)} | {_budget(row)} | {row.verdict} |" for row in rows
    ]
    lines.append("")
    lines += [f"- {line}" for line in machine]
    lines += [f"- {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join(lines)


def as_json(rows: Sequence[TableRow], machine: Sequence[str]) -> dict[str, Any]:
    return {"machine": list(machine), "rows": [{**asdict(row), "verdict": row.verdict.strip("*")} for row in rows]}


def _peers(row: TableRow) -> str:
    entries = [f"{peer.name} {shown(peer.value, row.unit)} ({row.ours / peer.value:.2f} ×)" for peer in row.peers]
    return "; ".join(entries) or "–"


def _budget(row: TableRow) -> str:
    return " and ".join(_condition(limit, row.unit) for limit in row.limits) or "–"


def _condition(limit: Limit, unit: Unit) -> str:
    sign = "≤" if limit.sense == "at most" else "≥"
    if limit.of is None:
        return f"{sign} {shown(limit.bound, unit)}"
    return f"{sign} {limit.of}" if limit.bound == 1 else f"{sign} {limit.bound:g} × {limit.of}"
