"""Three clients at one queue, in whatever order Hypothesis thinks of: what must hold at every instant."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from segmind_mock import Pace, Settings
from segmind_mock.api.generation_request import read_generation_request
from segmind_mock.api.jobs import PENDING
from segmind_mock.spec.catalog import find
from segmind_mock.spec.platform import PLATFORM
from segmind_mock.state.clock import SECOND
from segmind_mock.state.money import micros
from tests.mock.conftest import MockCaller, payload_of

KEYS = ("key-of-ada", "key-of-ben", "key-of-cyd")
START = micros("0.05")
RETENTION = round(PLATFORM.queue.retention_s * SECOND)
(DONE,), (FAILED,) = PLATFORM.queue.done, PLATFORM.queue.failed
RANKS = {**{state: rank for rank, state in enumerate(PENDING)}, DONE: len(PENDING), FAILED: len(PENDING)}
PLANS = ("", "completed-at-once", "starts-processing", "stuck", "job-fails", "content-block", "poll-502-once")
PACES = (Pace("polls", 2), Pace("polls", 0), Pace("time", 5), Pace("time", 0), Pace("instant"))
TINY = find("tinysd1.5-txt2img")
assert TINY is not None


class Job:
    """A job as its owner knows it. Times are microseconds; `lasts` is None where polls move it and not time."""

    def __init__(self, key: str, plan: str, pace: Pace, now: int, body: dict[str, str]) -> None:
        self.key = key
        self.plan = plan
        self.id: str = body["request_id"]
        self.status = PLATFORM.queue.status_path.replace("{request_id}", self.id)
        self.result = PLATFORM.queue.result_path.replace("{request_id}", self.id)
        self.seen: list[str] = []
        self.submitted = self.polled = now
        self.ended_at: int | None = None
        if plan == "completed-at-once":
            pace = Pace("instant")
        self.lasts = None if pace.by == "polls" else round(pace.amount * SECOND)


class ThreeClients(RuleBasedStateMachine):
    jobs = Bundle("jobs")
    gone = Bundle("gone")

    @initialize(pace=st.sampled_from(PACES))
    def open(self, pace: Pace) -> None:
        self.pace = pace
        self.mock = MockCaller(Settings(pace=pace, credits=START))
        self.now = 0
        self.known: list[Job] = []

    def teardown(self) -> None:
        if hasattr(self, "mock"):
            self.mock.close()

    @rule(target=jobs, key=st.sampled_from(KEYS), plan=st.sampled_from(PLANS), wrong=st.booleans())
    def submit(self, key: str, plan: str, wrong: bool) -> object:
        before = self.mock.credits(key)
        assert TINY is not None and TINY.submit is not None
        payload = {**payload_of(TINY), **({"samples": "many"} if wrong else {})}
        headers = {"x-mock-scenario": plan} if plan else {}
        answer = self.mock.post(TINY.submit.path, payload, key=key, headers=headers)
        if wrong:
            assert answer.status_code == 400
        elif answer.status_code == 406:
            assert before < self.mock.app.mock.price(TINY, {}, read_generation_request(TINY, {}))[0]
        else:
            assert answer.status_code == 200
            job = Job(key, plan, self.pace, self.now, answer.json())
            assert job.id not in {other.id for other in self.known}, "an id is never used twice"
            self.known.append(job)
            return job
        assert self.mock.credits(key) == before
        return multiple()

    @rule(job=jobs)
    def poll(self, job: Job) -> None:
        before = self.state_by_result(job)
        answer = self.mock.get(job.status, key=job.key)
        if answer.status_code == 502:
            assert before is not None
            assert job.plan == "poll-502-once"
            job.plan = ""
            return
        if before is None:
            assert answer.status_code == 404
            return
        job.polled = self.now
        after = answer.json()["status"]
        assert answer.status_code == (422 if after == FAILED else 200)
        assert "output" not in answer.json()
        self.notice(job, after)
        assert self.state_by_result(job) == after, "status and result disagree"

    @rule(job=jobs)
    def read(self, job: Job) -> None:
        state = self.state_by_result(job)
        if state is not None:
            assert self.state_by_result(job) == state, "reading moves nothing"

    @rule(job=jobs, key=st.sampled_from(KEYS))
    def pry(self, job: Job, key: str) -> None:
        """Another's job is as unknown as one that never was, and prying moves nothing."""
        if key == job.key:
            return
        before = self.state_by_result(job)
        for path in (job.status, job.result):
            foreign = self.mock.get(path, key=key)
            never = self.mock.get(path.replace(job.id, "00000000-0000-4000-8000-000000000000"), key=key)
            assert foreign.status_code == never.status_code == 404
            assert foreign.content == never.content
            assert job.id not in foreign.text
        assert self.state_by_result(job) == before

    @rule(seconds=st.sampled_from([0.1, 1.0, 4.9, 60.0, 3599.9, 3600.0]))
    def wait(self, seconds: float) -> None:
        self.mock.advance(seconds)
        self.now += round(seconds * SECOND)

    @rule(target=gone, job=consumes(jobs))
    def reset(self, job: Job) -> Job:
        """A reset of one key forgets its jobs and nobody else's."""
        others = {other.id: self.state_by_result(other) for other in self.known if other.key != job.key}
        self.mock.post("/__mock/reset", {"key": job.key}, key=None)
        for other in self.known:
            if other.key != job.key:
                assert self.state_by_result(other) == others[other.id]
        self.known = [other for other in self.known if other.key != job.key]
        job.plan = "reset"
        return job

    @rule(job=gone)
    def look_for_what_is_gone(self, job: Job) -> None:
        assert self.mock.get(job.result, key=job.key).status_code == 404

    @invariant()
    def the_ledger_adds_up(self) -> None:
        if hasattr(self, "mock"):
            for key in KEYS:
                account = self.mock.account(key)
                assert account.credits + account.charged == START
                assert account.credits >= 0

    def state_by_result(self, job: Job) -> str | None:
        """The state that the result tells; None once it is gone."""
        answer = self.mock.get(job.result, key=job.key)
        ended = job.ended_at if job.lasts is None else job.submitted + job.lasts
        # A job that polls move has ended by itself if none came for so long.
        ended = job.polled if ended is None else ended
        over = job.plan != "stuck" and ended is not None and self.now - ended >= RETENTION
        over = over or job not in self.known
        assert (answer.status_code == 404) == over, "kept for an hour from its end, to the microsecond"
        if over:
            return None
        state: str = answer.json()["status"]
        assert answer.status_code == (422 if state == FAILED else 200)
        assert ("output" in answer.json()) == (state == DONE)
        self.notice(job, state)
        return state

    def notice(self, job: Job, state: str) -> None:
        if job.seen:
            assert RANKS[state] >= RANKS[job.seen[-1]], f"{job.seen[-1]} → {state}"
            if job.seen[-1] in (DONE, FAILED):
                assert state == job.seen[-1], "one terminal state"
        if state in (DONE, FAILED):
            assert (state == FAILED) == (job.plan in ("job-fails", "content-block"))
            assert job.plan != "stuck"
            job.ended_at = self.now if job.ended_at is None else job.ended_at
        job.seen.append(state)


ThreeClients.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestThreeClients = ThreeClients.TestCase
