"""What only shows over time: jobs that go forward and end once, results that are kept, credits that fall by the price.

Requests overlap, so an answer is held against an earlier one only if its request began after that one had come back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from .deliveries import check_count, check_picture
from .findings import Finding, assumed, departs
from .images import number_in
from .money import MICRO, micros
from .order import Order, read_order
from .passage import Passage, origin_of
from .spec.facts import Model
from .spec.platform import PLATFORM

_QUEUE = PLATFORM.queue
_FAILED_STATUS = next(each.http for each in PLATFORM.queue.acceptors if each.outcome == "failed")
_UNKNOWN_STATUS = next(each.status for each in PLATFORM.statuses.values() if each.role == "not_found")
_ENDED = len(_QUEUE.pending)
_RANKS = {
    **{state: rank for rank, state in enumerate(_QUEUE.pending)},
    **dict.fromkeys((*_QUEUE.done, *_QUEUE.failed), _ENDED),
}
#: Answers that say nothing about the job: who asks, how often, and a service that is down.
_ASIDE = frozenset({401, 403, 405, 406, 429, *range(500, 600)})
_MOST_MEDIA = 10_000


class Turn(NamedTuple):
    """Where a request stands among the paid ones: how many had begun before, and whether it began alone."""

    begun: int
    alone: bool


class _Job:
    """What is known of one job; `model` and `order` are those of its submit, None if that was not seen.

    `at` is when the state last seen came back and `where` it was seen, `end` when an end was first seen. `refused` is
    what the validator has against its payload. `before` are the credits before it, if nothing else was charged since
    the `turn` of its submit.
    """

    __slots__ = ("at", "before", "end", "model", "order", "rank", "refused", "state", "submitted", "turn", "where")

    def __init__(self, passage: Passage, state: str) -> None:
        submitted = passage.where == "submit"
        self.model: Model | None = passage.model
        self.order: Order | None = None
        if submitted and self.model is not None and passage.payload is not None:
            self.order = read_order(self.model, passage.payload)
        self.refused = "; ".join(map(str, passage.violations))
        self.submitted = passage.ended
        self.state = state
        self.rank = _RANKS[state]
        self.where = passage.where
        self.at = passage.ended
        self.end = passage.ended if submitted and self.rank == _ENDED else None
        self.before: float | None = None
        self.turn = 0


class _Media(NamedTuple):
    """A picture that a result has named."""

    job: _Job
    size: int | None


class Watch:
    """Remembers jobs and credits, within bounds. `default_price` (in millionths) is what an unpriced model costs."""

    def __init__(self, default_price: int = micros("0.01"), most_jobs: int = 10_000) -> None:
        self._default_price = default_price
        self._most = most_jobs
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._media: OrderedDict[str, _Media] = OrderedDict()
        self._live = 0
        self._begun = 0
        self._open = 0
        self._credits: tuple[float, float] | None = None

    def announced(self, path: str) -> bool:
        """Whether a result has named a picture at this path."""
        return path in self._media

    def begin(self, paid: bool) -> Turn:
        """Says that a request goes out; what this gives belongs into `observe`, which must follow."""
        turn = Turn(self._begun, self._open == 0)
        self._begun += paid
        self._open += paid
        return turn

    def observe(self, passage: Passage, turn: Turn, paid: bool) -> list[Finding]:
        """What an answer shows in the light of those before it."""
        self._open -= paid
        if not passage.status:
            return []
        before, found = self._check_credits(passage, turn, paid)
        if passage.where == "submit":
            found += self._submitted(passage, turn, before)
        elif passage.where in ("status", "result") and passage.request_id and passage.method == "GET":
            found += self._polled(passage, passage.request_id)
        elif passage.where == "other" and passage.status == 200 and passage.method == "GET":
            found += self._fetched(passage)
        return found

    def _submitted(self, passage: Passage, turn: Turn, before: float | None) -> Iterator[Finding]:
        content = passage.object or {}
        request_id = content.get("request_id")
        if not 200 <= passage.status < 300 or not isinstance(request_id, str):
            return
        first = _QUEUE.pending[0]
        state = content.get("status", first)
        job = _Job(passage, state if isinstance(state, str) and state in _RANKS else first)
        job.before, job.turn = before, turn.begun + 1
        self._remember(request_id, job)
        if job.refused:
            yield assumed("validation", "status", "400", job.refused)
        if isinstance(state, str) and state not in _RANKS:
            yield departs("unknown-state", "/status", ", ".join(_RANKS), state)
        elif state != first:
            yield assumed("submit-status", "/status", first, state)

    def _polled(self, passage: Passage, request_id: str) -> Iterator[Finding]:
        job = self._jobs.get(request_id)
        content = passage.object or {}
        state = content.get("status")
        failed = state in _QUEUE.failed
        if failed != (passage.status == _FAILED_STATUS) and (failed or passage.status == _FAILED_STATUS):
            expected = f"{_FAILED_STATUS} with {_QUEUE.failed[0]}, and neither alone"
            yield departs("failed-status", "status", expected, f"{passage.status} with {state}")
        if passage.status == _UNKNOWN_STATUS:
            if job is not None:
                yield from self._lost(passage, job)
            return
        if passage.status != 200 and not failed:
            if passage.status in _ASIDE or passage.status == _FAILED_STATUS:
                return
            if job is None:
                yield departs("unknown-request", "status", str(_UNKNOWN_STATUS), passage.status)
            elif passage.where == "result" and job.end is None:
                yield assumed("early-result", "status", f"200 with {job.state}", passage.status)
            return
        if not isinstance(state, str):
            return
        if state not in _RANKS:
            yield departs("unknown-state", "/status", ", ".join(_RANKS), state)
            return
        if job is None:
            job = _Job(passage, state)
            self._remember(request_id, job)
        yield from self._moved(passage, job, state)
        if state not in (*_QUEUE.done, *_QUEUE.failed):
            if passage.where == "result" and content.get("output"):
                yield assumed("early-result", "/output", "nothing", "an output")
        elif passage.where == "result" and state in _QUEUE.done:
            yield from self._delivered(passage, job, content)

    def _moved(self, passage: Passage, job: _Job, state: str) -> Iterator[Finding]:
        rank = _RANKS[state]
        if passage.began >= job.at:
            if job.end is not None and rank == _ENDED and state != job.state:
                yield departs("two-endings", "/status", f"{job.state} for ever", state)
            elif rank < job.rank:
                code = "state-backwards" if job.where in (passage.where, "submit") else "views-disagree"
                yield departs(code, "/status", f"{job.state} ({job.where}) or later", f"{state} ({passage.where})")
            if job.end is not None and passage.began - job.end >= _QUEUE.retention_s:
                came = f"{passage.status} after {passage.began - job.end:.0f} s"
                yield departs("kept-too-long", "status", str(_UNKNOWN_STATUS), came)
        if rank == _ENDED and job.end is None:
            job.end = passage.ended
            self._live -= 1
            if state in _QUEUE.failed:
                yield from self._check_refund(passage, job)
        if rank >= job.rank:
            job.rank, job.state, job.where, job.at = rank, state, passage.where, passage.ended

    def _lost(self, passage: Passage, job: _Job) -> Iterator[Finding]:
        """404 for a job that there was: fine after its hour, and only then."""
        kept = _QUEUE.retention_s
        late = passage.ended - job.submitted >= kept
        if job.end is None:
            # An end that nobody saw may be long ago.
            if not late and passage.where == "result":
                yield assumed("early-result", "status", f"200 with {job.state}", passage.status)
            elif not late:
                yield departs("lost-request", "status", f"200 with {job.state} or later", passage.status)
        elif passage.ended - job.end < kept:
            came = f"{passage.status}, {passage.ended - job.end:.0f} s after the end was seen"
            if late:
                yield assumed("retention-start", "status", f"200 until {kept:.0f} s after the end", came)
            else:
                yield departs("lost-request", "status", f"200 for {kept:.0f} s", came)

    def _delivered(self, passage: Passage, job: _Job, content: Mapping[str, Any]) -> Iterator[Finding]:
        if job.refused:
            yield departs("accepted-invalid", "/status", "400 or FAILED", f"{job.state} for: {job.refused}")
        elif job.order is not None and job.model is not None:
            yield from check_count(content, job.order, job.model)
        for url, size in _outputs(content):
            if origin_of(url) == passage.origin:
                path = unquote(urlsplit(url).path)
                self._media[path] = _Media(job, size)
                self._media.move_to_end(path)
                if len(self._media) > _MOST_MEDIA:
                    self._media.popitem(last=False)

    def _fetched(self, passage: Passage) -> Iterator[Finding]:
        """A picture of a result, fetched through the proxy."""
        media = self._media.get(passage.path)
        if media is None:
            return
        if media.size is not None and media.size != len(passage.body):
            yield departs("wrong-file-size", "body", f"{media.size} bytes", len(passage.body), "observed")
        job = media.job
        if job.order is not None and job.model is not None:
            yield from check_picture(passage.body, "body", job.model, job.order, bool(job.refused))

    def _check_credits(self, passage: Passage, turn: Turn, paid: bool) -> tuple[float | None, list[Finding]]:
        """Did the credits fall by the price? Only asked where nothing else of ours can have moved them meanwhile.

        Gives what they were before, too; None where that is not known.
        """
        header = PLATFORM.headers.get("remaining_credits")
        left = number_in(passage.headers.get(header.name)) if header is not None else None
        before = self._credits
        alone = turn.alone and self._begun == turn.begun + paid
        if left is not None and alone:
            self._credits = (left, passage.ended)
        elif paid or not alone:
            self._credits = None
        if header is None or left is None or before is None or not alone or self._live or passage.began < before[1]:
            return None, []
        if not paid or passage.model is None or passage.status != 200:
            return None, []
        price = passage.model.price_usd
        wanted = self._default_price if price is None else micros(price)
        found: list[Finding] = []
        fell = round((before[0] - left) * MICRO)
        if abs(fell - wanted) > 1:
            came = f"{fell / MICRO:g}; or others spend from the same account"
            found.append(_charge(header.name, f"a fall by {wanted / MICRO:g}", came, price is not None))
        cost = PLATFORM.headers.get("cost")
        billed = number_in(passage.headers.get(cost.name)) if cost is not None else None
        if cost is not None and billed is not None and abs(round(billed * MICRO) - wanted) > 1:
            found.append(_charge(cost.name, f"{wanted / MICRO:g}", billed, price is not None))
        return before[0], found

    def _check_refund(self, passage: Passage, job: _Job) -> Iterator[Finding]:
        header = PLATFORM.headers.get("remaining_credits")
        left = number_in(passage.headers.get(header.name)) if header is not None else None
        if header is None or left is None or job.before is None or job.turn != self._begun:
            return
        if abs(left - job.before) > 1e-6:
            yield assumed("failed-charge", header.name, f"{job.before:g}, as before the job", f"{left:g}")

    def _remember(self, request_id: str, job: _Job) -> None:
        old = self._jobs.pop(request_id, None)
        self._live += (job.end is None) - (old is not None and old.end is None)
        self._jobs[request_id] = job
        if len(self._jobs) > self._most:
            dropped = self._jobs.popitem(last=False)[1]
            self._live -= dropped.end is None


def _outputs(content: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    """The media URLs of a result, with their sizes in bytes where it says them."""
    output, images = content.get("output"), content.get("images")
    for url in cast("Sequence[Any]", output) if isinstance(output, list) else [output]:
        if isinstance(url, str):
            yield url, None
    for image in cast("Sequence[Any]", images) if isinstance(images, list) else ():
        about = cast("dict[str, Any]", image) if isinstance(image, dict) else {}
        url, size = about.get("url"), about.get("file_size")
        if isinstance(url, str):
            yield url, size if type(size) is int else None


def _charge(place: str, expected: str, came: object, priced: bool) -> Finding:
    if priced:
        return departs("wrong-charge", place, expected, came, "page", "price_usd of the model")
    return assumed("price", place, expected, came, "wrong-charge")
