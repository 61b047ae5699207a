"""Checks over a sequence of exchanges: states of jobs, retention of results, and charges.

Requests overlap, so an answer is only compared with an earlier one if its request began after that one was complete.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ..api.generation_request import GenerationRequest, read_generation_request
from ..api.jobs import DONE, FAILED, FIRST
from ..platform.assumptions import BILLS_FAILURES, KEEPS_FROM_SUBMIT, PRICE, VALIDATES_LATER
from ..platform.statuses import INVALID, NOT_FOUND
from ..spec.answers import find, header_number
from ..spec.facts import Model
from ..spec.origins import origin_of
from ..spec.platform import PLATFORM
from ..spec.pricing import price_of, usual_price
from ..state.money import MICRO, micros
from .delivered_files import check_count, check_file, check_queued_answer, files_in
from .findings import ProxyFinding, assumed, departs
from .observed_exchange import ObservedExchange
from .queue_answers import GOOD_STATUSES, STATE, acceptor_of, outcome_of, says_failed

_QUEUE = PLATFORM.queue
_ROLES = PLATFORM.roles
_ENDED = len(_QUEUE.pending)
_RANKS = {
    **{state: rank for rank, state in enumerate(_QUEUE.pending)},
    **dict.fromkeys((*_QUEUE.done, *_QUEUE.failed), _ENDED),
}
#: The roles of statuses that say nothing about the job.
_UNRELATED_ROLES = ("unauthorized", "forbidden", "method_not_allowed", "no_credits", "rate_limited")
_MOST_MEDIA = 10_000


class Turn(NamedTuple):
    """The position of a request among the paid ones: how many had begun before, and whether none was open."""

    begun: int
    alone: bool


class _Job:
    """The observations of one job. `model` and `generation` come from its submit; None if that was not observed.

    `at` and `endpoint` are the time and endpoint of the last observed state, `end` is the time of the first observed end.
    `refused` are the violations in its payload. `before` are the credits before the job, if nothing else was charged
    since the `turn` of its submit.
    """

    __slots__ = (
        "at",
        "before",
        "end",
        "endpoint",
        "generation",
        "model",
        "rank",
        "refused",
        "state",
        "submitted",
        "turn",
    )

    def __init__(self, observed: ObservedExchange, state: str) -> None:
        submitted = observed.endpoint == "submit"
        self.model: Model | None = observed.model
        self.generation: GenerationRequest | None = None
        if submitted and self.model is not None and observed.payload is not None:
            self.generation = read_generation_request(self.model, observed.payload)
        self.refused = "; ".join(map(str, observed.violations))
        self.submitted = observed.ended
        self.state = state
        self.rank = _RANKS[state]
        self.endpoint = observed.endpoint
        self.at = observed.ended
        self.end = observed.ended if submitted and self.rank == _ENDED else None
        self.before: float | None = None
        self.turn = 0


class _Media(NamedTuple):
    """A file that a result has listed."""

    job: _Job
    size: int | None


class SequenceChecker:
    """Jobs and credits observed so far, within bounds. `default_price` is that of a model without one, in millionths."""

    def __init__(self, default_price: int = micros(PRICE), most_jobs: int = 10_000) -> None:
        self._default_price = default_price
        self._most = most_jobs
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._media: OrderedDict[str, _Media] = OrderedDict()
        self._live = 0
        self._begun = 0
        self._open = 0
        self._credits: tuple[float, float] | None = None

    def announced(self, path: str) -> bool:
        """Return whether a result has listed a file at this path."""
        return path in self._media

    def medium_of(self, request_id: str | None) -> str | None:
        """Return the medium of a job; None if its submit was not observed."""
        job = self._jobs.get(request_id or "")
        return job.model.output.media if job is not None and job.model is not None else None

    def begin(self, paid: bool) -> Turn:
        """Note the start of a request. Pass the returned turn to `observe`, which must follow."""
        turn = Turn(self._begun, self._open == 0)
        self._begun += paid
        self._open += paid
        return turn

    def observe(self, observed: ObservedExchange, turn: Turn, paid: bool) -> list[ProxyFinding]:
        """Return the findings about an answer, compared with earlier ones."""
        self._open -= paid
        if not observed.status:
            return []
        before, found = self._check_credits(observed, turn, paid)
        if observed.endpoint == "submit":
            found += self._submitted(observed, turn, before)
        elif observed.endpoint in ("status", "result") and observed.request_id and observed.method == "GET":
            found += self._polled(observed, observed.request_id)
        elif observed.endpoint == "other" and observed.status == 200 and observed.method == "GET":
            found += self._fetched(observed)
        return found

    def _submitted(self, observed: ObservedExchange, turn: Turn, before: float | None) -> Iterator[ProxyFinding]:
        content = observed.object or {}
        request_id = find(content, _ROLES.get("request_id"))
        if not 200 <= observed.status < 300 or not isinstance(request_id, str):
            return
        first = FIRST.value
        state = find(content, FIRST.path, first)
        job = _Job(observed, state if isinstance(state, str) and state in _RANKS else first)
        job.before, job.turn = before, turn.begun + 1
        self._remember(request_id, job)
        if job.refused and not VALIDATES_LATER:
            yield assumed("validation", "status", str(INVALID), job.refused)
        if isinstance(state, str) and state not in _RANKS:
            yield departs("unknown-state", STATE, ", ".join(_RANKS), state)
        elif state != first:
            yield assumed("submit-status", STATE, first, state)

    def _polled(self, observed: ObservedExchange, request_id: str) -> Iterator[ProxyFinding]:
        job = self._jobs.get(request_id)
        content = observed.object or {}
        acceptor = acceptor_of(content)
        state = acceptor.value if acceptor is not None else find(content, STATE)
        outcome = outcome_of(observed.endpoint, observed.status, content)
        failed = acceptor is not None and acceptor.outcome == "failed"
        ended_badly = says_failed(observed.status)
        if FAILED is not None and ((failed and observed.status != FAILED.http) or (ended_badly and not failed)):
            expected = f"{FAILED.http} with {FAILED.value}, and neither alone"
            yield departs("failed-status", "status", expected, f"{observed.status} with {state}")
        if state is None and outcome == "done":
            state = DONE.value
        if observed.status == NOT_FOUND:
            if job is not None:
                yield from self._lost(observed, job)
            return
        if observed.status not in GOOD_STATUSES[observed.endpoint] and not failed:
            if _is_unrelated(observed.status) or ended_badly:
                return
            if job is None:
                yield departs("unknown-request", "status", str(NOT_FOUND), observed.status)
            elif observed.endpoint == "result" and job.end is None:
                yield assumed("early-result", "status", f"200 with {job.state}", observed.status)
            return
        if not isinstance(state, str):
            return
        if state not in _RANKS:
            yield departs("unknown-state", STATE, ", ".join(_RANKS), state)
            return
        if job is None:
            job = _Job(observed, state)
            self._remember(request_id, job)
        yield from self._moved(observed, job, state)
        if state not in (*_QUEUE.done, *_QUEUE.failed):
            early = next(files_in(content, _medium(job)), None) if observed.endpoint == "result" else None
            if early is not None:
                yield assumed("early-result", early[0], "nothing", "a file")
        elif observed.endpoint == "result" and state in _QUEUE.done:
            yield from self._delivered(observed, job, content)

    def _moved(self, observed: ObservedExchange, job: _Job, state: str) -> Iterator[ProxyFinding]:
        rank = _RANKS[state]
        if observed.began >= job.at:
            if job.end is not None and rank == _ENDED and state != job.state:
                yield departs("two-endings", STATE, f"{job.state} for ever", state)
            elif rank < job.rank:
                code = "state-backwards" if job.endpoint in (observed.endpoint, "submit") else "views-disagree"
                yield departs(code, STATE, f"{job.state} ({job.endpoint}) or later", f"{state} ({observed.endpoint})")
            if job.end is not None and observed.began - _kept_from(job, job.end) >= _QUEUE.retention_s:
                got = f"{observed.status} after {observed.began - _kept_from(job, job.end):.0f} s"
                yield departs("kept-too-long", "status", str(NOT_FOUND), got)
        if rank == _ENDED and job.end is None:
            job.end = observed.ended
            self._live -= 1
            if state in _QUEUE.failed:
                yield from self._check_refund(observed, job)
        if rank >= job.rank:
            job.rank, job.state, job.endpoint, job.at = rank, state, observed.endpoint, observed.ended

    def _lost(self, observed: ObservedExchange, job: _Job) -> Iterator[ProxyFinding]:
        """Yield findings if a known job is answered as unknown before its retention is over."""
        kept = _QUEUE.retention_s
        late = observed.ended - job.submitted >= kept
        if job.end is None:
            # An end that was not observed may be long past.
            if not late and observed.endpoint == "result":
                yield assumed("early-result", "status", f"200 with {job.state}", observed.status)
            elif not late:
                yield departs("lost-request", "status", f"200 with {job.state} or later", observed.status)
        elif observed.ended - job.end < kept:
            got = f"{observed.status}, {observed.ended - job.end:.0f} s after the end was seen"
            if late and KEEPS_FROM_SUBMIT:
                return
            if late:
                yield assumed("retention-start", "status", f"200 until {kept:.0f} s after the end", got)
            else:
                yield departs("lost-request", "status", f"200 for {kept:.0f} s", got)

    def _delivered(self, observed: ObservedExchange, job: _Job, content: Mapping[str, Any]) -> Iterator[ProxyFinding]:
        if job.refused:
            yield departs("accepted-invalid", STATE, "a refusal or a failed job", f"{job.state} for: {job.refused}")
        elif job.generation is not None and job.model is not None:
            if job.generation.is_data:
                yield from check_queued_answer(content, job.model)
                return
            yield from check_count(content, job.generation, job.model)
        for _, url, size in files_in(content, _medium(job)):
            if origin_of(url) == observed.origin:
                path = unquote(urlsplit(url).path)
                self._media[path] = _Media(job, size)
                self._media.move_to_end(path)
                if len(self._media) > _MOST_MEDIA:
                    self._media.popitem(last=False)

    def _fetched(self, observed: ObservedExchange) -> Iterator[ProxyFinding]:
        """Yield the findings about a file of a result that was downloaded through the proxy."""
        media = self._media.get(observed.path)
        if media is None:
            return
        if media.size is not None and media.size != len(observed.body):
            yield departs("wrong-file-size", "body", f"{media.size} bytes", len(observed.body), "observed")
        job = media.job
        if job.generation is not None and job.model is not None:
            yield from check_file(observed.body, "body", job.model, job.generation, bool(job.refused))

    def _check_credits(
        self, observed: ObservedExchange, turn: Turn, paid: bool
    ) -> tuple[float | None, list[ProxyFinding]]:
        """Return the credits before the request, if known, and findings if they did not fall by the price.

        Only checked if no other request of ours can have changed them in between.
        """
        header = PLATFORM.headers.get("remaining_credits")
        left = header_number(observed.headers.get(header.name)) if header is not None else None
        before = self._credits
        alone = turn.alone and self._begun == turn.begun + paid
        if left is not None and alone:
            self._credits = (left, observed.ended)
        elif paid or not alone:
            self._credits = None
        if header is None or left is None or before is None or not alone or self._live or observed.began < before[1]:
            return None, []
        if not paid or observed.model is None or observed.status not in GOOD_STATUSES[observed.endpoint]:
            return None, []
        price = price_of(observed.model, observed.payload or {})
        usual = usual_price(observed.model, observed.payload or {})
        if price is None and usual is None and not observed.model.pricing:
            usual = self._default_price / MICRO
        # What a unit costs does not bound the price where its number is not known, such as that of tokens.
        most = price.high_usd if price is not None else usual
        least = price.low_usd if price is not None else most or 0
        documents = "pricing" if observed.model.price_usd is None else "price_usd"
        found: list[ProxyFinding] = []

        def judge(place: str, amount: float, before: str, got: object) -> None:
            if amount < least - 1.5 / MICRO or (most is not None and amount > most + 1.5 / MICRO):
                found.append(_charge(place, before + _amounts(least, most), got, documents if price else ""))

        fell = before[0] - left
        judge(header.name, fell, "a fall by ", f"{round(fell, 6):g}; or others use the same account")
        cost = PLATFORM.headers.get("cost")
        billed = header_number(observed.headers.get(cost.name)) if cost is not None else None
        if cost is not None and billed is not None:
            judge(cost.name, billed, "", billed)
        return before[0], found

    def _check_refund(self, observed: ObservedExchange, job: _Job) -> Iterator[ProxyFinding]:
        header = PLATFORM.headers.get("remaining_credits")
        left = header_number(observed.headers.get(header.name)) if header is not None else None
        if header is None or left is None or job.before is None or job.turn != self._begun:
            return
        billed = abs(left - job.before) > 1e-6
        if billed and not BILLS_FAILURES:
            yield assumed("failed-charge", header.name, f"{job.before:g}, as before the job", f"{left:g}")
        elif BILLS_FAILURES and not billed:
            yield assumed("failed-charge", header.name, f"less than {job.before:g}", f"{left:g}")

    def _remember(self, request_id: str, job: _Job) -> None:
        old = self._jobs.pop(request_id, None)
        self._live += (job.end is None) - (old is not None and old.end is None)
        self._jobs[request_id] = job
        if len(self._jobs) > self._most:
            dropped = self._jobs.popitem(last=False)[1]
            self._live -= dropped.end is None


def _medium(job: _Job) -> str:
    return job.model.output.media if job.model is not None else "image"


def _is_unrelated(status: int) -> bool:
    """Return whether an answer is about the caller, a rate limit or an outage, and not about the job."""
    documented = PLATFORM.statuses.get(status)
    return status >= 500 or (documented is not None and documented.role in _UNRELATED_ROLES)


def _kept_from(job: _Job, end: float) -> float:
    """Return the time at which the retention of a job's result begins."""
    return job.submitted if KEEPS_FROM_SUBMIT else end


def _amounts(least: float, most: float | None) -> str:
    if most is None:
        return f"at least {least:g}"
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"


def _charge(place: str, expected: str, got: object, documents: str) -> ProxyFinding:
    if documents:
        return departs("wrong-charge", place, expected, got, "page", f"{documents} of the model")
    return assumed("price", place, expected, got, "wrong-charge")
