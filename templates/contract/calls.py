"""The requests of a run: how long they took, and which statuses passed when a request was sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median
from typing import NamedTuple

#: Kinds of calls. A job counts from its submission to the poll that shows its end.
SYNC, SUBMIT, POLL, JOB, FILE = "synchronous call", "submission", "poll", "job", "file"
_KINDS = (SYNC, SUBMIT, POLL, JOB, FILE)


class Call(NamedTuple):
    """One request, or one job from its submission to its end; `status` is that of the response."""

    kind: str
    status: int
    seconds: float


class Times(NamedTuple):
    """The times of the successful calls of one kind in seconds; `documented` is the model's time on the page, if it has one."""

    slug: str
    kind: str
    number: int
    median: float
    slowest: float
    documented: float | None

    def __str__(self) -> str:
        text = f"{self.slug}, {self.kind}: median {self.median:.3g} s, slowest {self.slowest:.3g} s of {self.number}"
        return text if self.documented is None else f"{text}; the page names {self.documented:g} s"


class Passing(NamedTuple):
    """A status that `times` of `number` requests got, and did not get again when they were sent again."""

    status: int
    times: int
    number: int
    limits: bool

    def __str__(self) -> str:
        what = f"the service answers {self.status} to {self.times} of {self.number} requests"
        if self.limits:
            return f"{what} (rate limit); the suite waited and sent them again"
        return (
            f"{what}, at random: the same requests, sent again, get other answers. No parameter is to blame for these"
        )


def times_of(calls: Iterable[tuple[str, Call]], documented: Mapping[str, float | None]) -> list[Times]:
    """Return the times by model and kind. `calls` are pairs of a slug and a call, `documented` the time by slug."""
    found: dict[tuple[str, int], list[float]] = {}
    for slug, call in calls:
        if 200 <= call.status < 300:
            found.setdefault((slug, _KINDS.index(call.kind)), []).append(call.seconds)
    return [
        Times(
            slug,
            _KINDS[kind],
            len(seconds),
            median(seconds),
            max(seconds),
            documented.get(slug) if _KINDS[kind] in (SYNC, JOB) else None,
        )
        for (slug, kind), seconds in sorted(found.items())
    ]


def passing_of(statuses: Iterable[int], calls: Iterable[Call], rate_limit: int) -> list[Passing]:
    """Return the statuses that passed, the most frequent first; `rate_limit` is the status of a rate limit."""
    number = sum(call.kind != JOB for call in calls)
    counted = Counter(statuses).most_common()
    return [Passing(status, times, number, status == rate_limit) for status, times in counted]
