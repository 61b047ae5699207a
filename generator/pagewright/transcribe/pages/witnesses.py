"""Compare a page's hidden data, which completes lists and raises doubts but adds no facts, with its visible facts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import among, same
from ..forms.document import Witness
from ..values.digits import Unreadable
from ..values.printed_values import one
from .page import Page
from .rows import ParameterRow

_KEYS = ("default", "minimum", "maximum")


def hear_witnesses(page: Page, rows: list[ParameterRow]) -> None:
    """Complete the lists of `rows` that are cut short, and add a doubt where a witness says something else."""
    by_name = {row.name: row for row in rows}
    by_name |= {f"{row.name}{sign}.{item.name}": item for row in rows for item in row.items for sign in ("", "[]")}
    heard = Counter(witness.origin for witness in page.document.witnesses if _row_of(page, witness, by_name))
    for witness in page.document.witnesses:
        row = _row_of(page, witness, by_name)
        if row is None:
            continue
        # Data for scripts may be about other models, too.
        if witness.facts and 2 * heard[witness.origin] < len(rows):
            continue
        if witness.values:
            _list(row, witness)
        for key in _KEYS:
            _compare(row, key, witness)


def _row_of(page: Page, witness: Witness, rows: dict[str, ParameterRow]) -> ParameterRow | None:
    if witness.name or not witness.after:
        return rows.get(witness.name)
    units = page.units[: witness.after]
    if not units:
        return None
    before = [row for row in rows.values() if row.offset <= units[-1].at]
    return max(before, key=lambda row: row.offset) if before and units[-1].at - before[-1].offset < 2000 else None


def _list(row: ParameterRow, witness: Witness) -> None:
    values = [value for value in (_value(row, value) for value in witness.values or []) if value is not None]
    if row.type == "boolean" or not values:
        return
    if row.values is None:
        if row.type in ("string", "integer", "number") and row.minimum is None and len(values) > 1:
            row.doubt(f"{witness.origin} offers {len(values)} values, but the table has no list")
        return
    other = [value for value in row.values if not among(value, values)]
    if other:
        row.doubt(f"{witness.origin} does not have {other[0]!r}, which the table lists")
        return
    more = [value for value in values if not among(value, row.values)]
    if (row.total is not None and len(row.values) + len(more) == row.total) or not row.values:
        row.values = [*row.values, *more]
    elif more and not (len(more) == 1 and same(more[0], row.default)):
        row.doubt(f"{witness.origin} has {len(more)} values that the table does not list")


def _compare(row: ParameterRow, key: str, witness: Witness) -> None:
    there, here = witness.facts.get(key), getattr(row, key)
    if there is None or here is None or here is ABSENT:
        return
    value = _value(row, there)
    if value is not None and not same(value, here):
        row.doubt(f"its {key} is {here!r} in the table and {value!r} in {witness.origin}")


def _value(row: ParameterRow, value: Any) -> Any:
    if not isinstance(value, str) or row.type == "string":
        return value
    try:
        return one(value, row.type)
    except Unreadable:
        return None
