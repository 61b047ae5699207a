"""Numbers that a page has glued together, taken apart again.

`5127681024` is 512, 768, 1024; `5510` is the default 5 and the list 5, 10; `0.250.50.751` is 0.25, 0.5, 0.75, 1. No
digit says where a number ends, so the readings compete: one that holds the default and what the sample sends beats one
that doesn't, and among these the evenest list wins, since lists of numbers rise in steps of about one size.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from ...specs.spec import ABSENT

#: A number as JSON prints it: no leading zero, no zero at the end of its decimals.
_PIECE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,5}[1-9])?\Z")
_LONGEST_RUN = 80
_LONGEST_PIECE = 16
#: How many beginnings of a reading are kept at each place; enough for every list that a page prints.
_BEAM = 24
#: How many readings are compared in the end.
_RANKED = 3
#: What a list that falls, and a list of one value, cost beside the largest step of a rising one.
_FALL = 6.0
_ALONE = 9.0
#: A reading nearly as even as the best one makes it a tie; one that is much less even is none at all.
_TIE = 1.25
_ROUGHEST = 12.0
#: How rough a list may be that is preferred to one number without the sample's word for it.
_SMOOTH = 7.0
#: A list so even that chance would hardly make it of one number.
_EVEN = 2.8
#: The same for a list that holds what the sample sends.
_EVEN_AND_SENT = 4.0


class Unreadable(Exception):
    """The text is not a value of that type."""


@dataclass(frozen=True, slots=True)
class DigitGroups:
    """The numbers in a run of digits. `sure` unless another reading is about as good or a witness contradicts it."""

    values: tuple[float, ...]
    sure: bool


class _Partial(NamedTuple):
    """The beginning of a reading: the fewer of the wanted numbers it misses, and the evener it is, the better."""

    missed: int
    roughness: float
    values: tuple[float, ...]


_by_merit = itemgetter(0, 1)


def split_list(text: str, kind: str, witnesses: list[Any]) -> DigitGroups:
    """Split a run of digits into a list, which should hold every number among `witnesses`.

    >>> split_list("5127681024", "integer", [512]).values
    (512, 768, 1024)

    Raises:
        Unreadable: There is no such list.
    """
    wanted = {number for number in map(as_number, witnesses) if number is not None}
    readings = _ranked(text, kind, wanted)
    if not readings:
        raise Unreadable(text)
    best = readings[0]
    rivals = [other for other in readings[1:] if other.missed == best.missed]
    tied = any(_cost(other) <= _cost(best) * _TIE for other in rivals)
    alone = len(best.values) == 1 and not wanted
    return DigitGroups(best.values, not tied and not alone and not best.missed)


def split_default(text: str, kind: str, sent: Any) -> tuple[Any, DigitGroups | None, bool]:
    """Split a run of digits without labels into the default (or ABSENT), the list that repeats it (or None), and
    whether that is sure.

    >>> split_default("5510", "integer", "5")[:2]
    (5, DigitGroups(values=(5, 10), sure=True))
    >>> split_default("98552302", "integer", 98552302)[:2]
    (98552302, None)

    Raises:
        Unreadable: It is neither.
    """
    sample = as_number(sent)
    single = _piece(text, kind)
    if single is not None and sample == single:
        return single, None, True
    wanted: set[float] = set() if sample is None else {sample}
    bare = _ranked(text, kind, wanted)[:1]
    listed = _default_and_list(text, kind, sample)
    if listed is not None and bare and len(bare[0].values) > 1 and 2 * _cost(bare[0]) < listed[2]:
        listed = None
    if listed is None:
        return _without_repeat(text, single, bare, sample)
    default, reading, cost = listed
    knows = sample is not None and sample in reading.values
    if single is None:
        return default, reading, reading.sure
    # A number that can also be split into a default and its list is rare; a sample decides which of the two it is.
    if (sample is not None and not knows) or (not knows and cost > _SMOOTH):
        return single, None, False
    return default, reading, reading.sure and knows


def _without_repeat(
    text: str, single: float | None, bare: list[_Partial], sample: float | None
) -> tuple[Any, DigitGroups | None, bool]:
    """Read a run of digits as one number, or as a list without a default."""
    if not bare:
        if single is None:
            raise Unreadable(text)
        return single, None, True
    best = bare[0]
    held = sample is not None and not best.missed
    possible = len(best.values) > 1 and (held or sample is None)
    even = _cost(best) < (_EVEN_AND_SENT if held else _EVEN)
    if single is None or (possible and even and len(text) > 2):
        return ABSENT, DigitGroups(best.values, sure=False), False
    return single, None, not (possible and _cost(best) < _SMOOTH and (held or len(text) > 2))


def as_number(value: Any) -> float | None:
    """Return a number, also from a string that holds one; None for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    return _piece(value, "number") if isinstance(value, str) else None


def _piece(text: str, kind: str) -> float | None:
    if not _PIECE.match(text) or (kind == "integer" and "." in text):
        return None
    return float(text) if "." in text else int(text)


def _default_and_list(text: str, kind: str, sample: float | None) -> tuple[float, DigitGroups, float] | None:
    best: tuple[float, float, DigitGroups] | None = None
    tied = False
    for cut in range(1, min(len(text), _LONGEST_PIECE + 1)):
        default = _piece(text[:cut], kind)
        if default is None or text[cut] == ".":
            continue
        wanted = {default} if sample is None else {default, sample}
        for partial in _ranked(text[cut:], kind, wanted)[:2]:
            if default not in partial.values or partial.roughness > _ROUGHEST:
                continue
            # The default twice is a list of one value: possible, but a number with twins in it is as likely.
            if len(partial.values) < 2 and sample != default:
                continue
            cost = _cost(partial) * (1 if sample is None or sample in partial.values else 4)
            tied = best is not None and cost <= best[0] * _TIE and best[0] <= cost * _TIE
            if best is None or cost < best[0]:
                best = (cost, default, DigitGroups(partial.values, sure=True))
    if best is None:
        return None
    return best[1], DigitGroups(best[2].values, sure=not tied), best[0]


def _cost(partial: _Partial) -> float:
    """Return the largest step, plus a little for numbers that are not round: after 1.25, 1.5 is likelier than 1.52."""
    if len(partial.values) < 2:
        return _ALONE
    decimals = max(len(repr(value).partition(".")[2]) if isinstance(value, float) else 0 for value in partial.values)
    scaled = [round(abs(value) * 10**decimals) for value in partial.values]
    spread = max(scaled) / (math.gcd(*scaled) or 1)
    return partial.roughness * (1 + math.log10(spread or 1) / 3 + decimals * 0.15)


def _ranked(text: str, kind: str, wanted: set[float]) -> list[_Partial]:
    """Return the best readings of `text`, best first: by how many of `wanted` they hold, then by how even they are."""
    if not text or len(text) > _LONGEST_RUN:
        return []
    at_place: list[list[_Partial]] = [[] for _ in range(len(text) + 1)]
    at_place[0] = [_Partial(len(wanted), 1.0, ())]
    for at in range(len(text)):
        partials = sorted(at_place[at], key=_by_merit)[:_BEAM]
        if not partials:
            continue
        for end in range(at + 1, min(len(text), at + _LONGEST_PIECE) + 1):
            # The rest of a number can't begin with a point.
            if end < len(text) and text[end] == ".":
                continue
            value = _piece(text[at:end], kind)
            if value is not None:
                at_place[end] += _continued(partials, value, value in wanted)
    return list(islice(_by_cost(at_place[-1]), _RANKED))


def _by_cost(readings: list[_Partial]) -> Iterator[_Partial]:
    """Yield readings in the order of what they miss, then of their costs. A cost is at least the roughness."""
    for _, alike in groupby(sorted(readings, key=_by_merit), key=attrgetter("missed")):
        waiting: list[tuple[float, int, int, _Partial]] = []
        for number, reading in enumerate(alike):
            while waiting and waiting[0][0] < reading.roughness:
                yield heappop(waiting)[-1]
            heappush(waiting, (_cost(reading), len(reading.values), number, reading))
        while waiting:
            yield heappop(waiting)[-1]


def _continued(partials: list[_Partial], value: float, is_wanted: bool) -> Iterator[_Partial]:
    """Yield readings with one more number, which they don't hold yet."""
    for missed, roughness, values in partials:
        if value not in values:
            step = _step(values[-1], value) if values else 1.0
            yield _Partial(missed - is_wanted, step if step > roughness else roughness, (*values, value))


def _step(low: float, high: float) -> float:
    """Return the ratio between two neighbours."""
    if 0 < low <= high:
        return high / low
    if high < low:
        return _FALL + _step(high, low)
    return max(2.0, 2.0 + math.log10(high)) if low == 0 else 2.0 + (high - low) / 10
