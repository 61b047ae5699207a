"""Scenarios: failures and delays that can be requested by name, in one table.

Several can be combined (`latency:2, status-502`). `scenario_choice` selects the scenario of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ..platform.statuses import INVALID, NOT_FOUND
from ..server.delivery import Delivery
from ..server.limits import RequestRefused
from ..spec.platform import PLATFORM
from .answer_latency import Latency
from .jobs import FAILED, PENDING, JobPlan, Pace
from .routes import ENDPOINTS

_EVERYWHERE: frozenset[str] = frozenset(ENDPOINTS)
_SYNC = frozenset({"sync"})
_LONGEST_NAME = 200


class Scenario(NamedTuple):
    """A named failure or delay.

    `status` and `message` are the error answered at the endpoints in `on` (`sync`, `submit`, `status`, `result`); `html`
    makes its body an HTML page, `location` makes it a redirect. `plan` applies to a job submitted under the scenario.
    `latency` delays the answer, `delivery` breaks its connection. The other fields change a successful answer: `as_json`
    answers a synchronous call in JSON whatever base64 says, `claims` is its declared media type, `broken_base64` and
    `empty` damage its body, `urls` is the kind of status URL in the answer to a submit. `lenient` accepts an invalid
    payload on submit and fails the job with the validator's message. `drains` takes the remaining credits after payment.
    """

    name: str
    doc: str
    status: int | None = None
    message: str = ""
    html: bool = False
    location: str | None = None
    on: frozenset[str] = _EVERYWHERE
    plan: JobPlan = JobPlan()
    latency: Latency | None = None
    delivery: Delivery = "whole"
    as_json: bool = False
    claims: str | None = None
    broken_base64: bool = False
    empty: bool = False
    urls: Literal["own", "foreign", "relative"] = "own"
    lenient: bool = False
    drains: bool = False


NO_SCENARIO = Scenario("", "No scenario.")


def _answering(name: str, status: int, html: bool = False) -> Scenario:
    known = PLATFORM.statuses.get(status)
    if known is None:
        return Scenario(name, f"Answers {status}, which is not documented.", status, f"Status {status}", html)
    kind = ", as an HTML page" if html or known.media_type.startswith("text/html") else ""
    return Scenario(name, f"Answers {status} {known.title}{kind}.", status, f"{known.title}: {known.meaning}", html)


_BLOCKED = "The content was blocked by the safety filter."
_ODD = "THROTTLED"
_FAILS = f"ends {FAILED.value}" if FAILED is not None else "fails"
#: Scenario names for statuses by role.
_SPOKEN = {"no-credits": "no_credits", "retired": "retired", "rate-limited": "rate_limited"}
#: Roles of statuses that may be answered with an HTML page.
_PAGES = ("method_not_allowed", "bad_gateway")
#: Roles of statuses that a gateway or a rate limit answers a poll with.
_POLLED = ("bad_gateway", "rate_limited")


def _errors() -> Iterator[Scenario]:
    """Yield the scenarios for error statuses."""
    for number in sorted(PLATFORM.statuses):
        yield _answering(f"status-{number}", number)
    for name, role in _SPOKEN.items():
        known = PLATFORM.status(role)
        if known is not None:
            yield _answering(name, known.status)
    for role in _PAGES:
        known = PLATFORM.status(role)
        if known is not None and known.media_type.startswith("text/html"):
            yield _answering(f"html-{known.status}", known.status, html=True)
    yield Scenario(
        "redirect-302",
        "Answers 302, to another host.",
        302,
        "Found",
        html=True,
        location="https://elsewhere.invalid/",
    )
    yield Scenario(
        "content-block",
        f"The content is blocked: a job {_FAILS}, a synchronous call answers {INVALID}.",
        status=INVALID,
        message=_BLOCKED,
        on=_SYNC,
        plan=JobPlan(error=_BLOCKED),
    )


def _of_jobs() -> Iterator[Scenario]:
    """Return the scenarios for jobs."""
    for role in _POLLED:
        known = PLATFORM.status(role)
        if known is not None:
            page = known.media_type.startswith("text/html")
            fault = next((name for name, spoken in _SPOKEN.items() if spoken == role), f"status-{known.status}")
            yield Scenario(
                f"poll-{known.status}-once",
                f"The first status poll of the job answers {known.status}.",
                plan=JobPlan(fault=f"html-{known.status}" if page else fault),
            )
    yield Scenario(
        "poll-reset-once",
        "The connection of the job's first status poll is reset.",
        plan=JobPlan(fault="reset-before-work"),
    )
    yield Scenario("completed-at-once", "The job has ended before the first poll.", plan=JobPlan(pace=Pace("instant")))
    yield Scenario(
        "starts-processing",
        "The job skips the waiting state: the first poll finds it being processed.",
        plan=JobPlan(first=max(0, len(PENDING) - 1)),
    )
    yield Scenario("stuck", "The job stays in its last pending state.", plan=JobPlan(stuck=True))
    yield Scenario(
        "unknown-state", f"The job stays {_ODD}, a state that is not documented.", plan=JobPlan(stuck=True, odd=_ODD)
    )
    yield Scenario(
        "unknown-state-passing",
        f"The job is {_ODD}, a state that is not documented, until it is done.",
        plan=JobPlan(odd=_ODD),
    )
    yield Scenario(
        "completed-then-expired",
        f"The job expires as soon as a poll has returned its end: its result is {NOT_FOUND}.",
        plan=JobPlan(fleeting=True),
    )
    yield Scenario("job-fails", f"The job {_FAILS}.", plan=JobPlan(error="The worker ran out of memory."))
    yield Scenario(
        "late-validation",
        f"A submit with invalid parameters is accepted, and its job {_FAILS} with the violations.",
        lenient=True,
    )
    yield Scenario(
        "foreign-status-url",
        "The URLs in the answer to a submit point to another host: this mock's other name, under /elsewhere, so that "
        "the journal shows whether the key was sent there.",
        urls="foreign",
    )
    yield Scenario(
        "relative-status-url", "The URLs in the answer to a submit are paths without a host.", urls="relative"
    )


def _of_images() -> Iterator[Scenario]:
    """Return the scenarios for the file in a synchronous answer."""
    if PLATFORM.sync.returns == "bytes":
        yield Scenario(
            "json-on-200",
            "A synchronous call answers in JSON even without base64.",
            as_json=True,
        )
        yield Scenario("json-declared", "A synchronous call declares its file as JSON.", claims="application/json")
    yield Scenario(
        "broken-base64",
        "The base64 of a file is truncated and has an invalid character.",
        broken_base64=True,
    )


def _of_answers() -> Iterator[Scenario]:
    """Return the scenarios for any successful answer."""
    if PLATFORM.status("no_credits") is not None:
        yield Scenario(
            "credits-run-out",
            "The request uses up all remaining credits.",
            drains=True,
        )
    yield Scenario("empty-body", "A successful answer has no body.", empty=True)
    yield Scenario("truncated-body", "The connection is closed in the middle of the answer's body.", delivery="cut")
    yield Scenario(
        "reset-before-work",
        "The connection is reset after the request was read. Nothing is done and nothing is billed.",
        delivery="unmade",
    )
    yield Scenario(
        "reset-before-body",
        "The work is done and billed, and the connection is reset before the answer begins.",
        delivery="lost",
    )
    yield Scenario(
        "reset-during-body", "The connection is reset in the middle of the answer's body.", delivery="broken"
    )
    yield Scenario(
        "reset-after-body",
        "The connection is reset after the answer, so that the next request on it fails.",
        delivery="then-reset",
    )


#: The scenarios without arguments. Undocumented statuses are only reached by their number.
SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        *_errors(),
        *(_of_jobs() if PLATFORM.queue.acceptors else ()),
        *(_of_images() if PLATFORM.sync.path else ()),
        *_of_answers(),
    )
}


class _Family(NamedTuple):
    """Scenarios with arguments: their syntax, description and parser."""

    usage: str
    doc: str
    read: Callable[[str, Sequence[str]], Scenario]


def _late(name: str, words: Sequence[str]) -> Scenario:
    return Scenario(name, "", latency=Latency.parse(words))


def _poll_faults(name: str, words: Sequence[str]) -> Scenario:
    if len(words) != 2 or not (words[1].isascii() and words[1].isdigit() and 0 < int(words[1]) < 10_000):
        raise ValueError("expected poll:SCENARIO:TIMES")
    fault = named(words[0])
    if fault.status is None and fault.delivery != "unmade":
        raise ValueError(f"{words[0]} is not an error that a poll can get")
    return Scenario(name, "", plan=JobPlan(fault=fault.name, faults=int(words[1])))


FAMILIES = {
    "latency": _Family(
        "latency:SECONDS",
        "The answer is delayed by SECONDS of the mock's clock; also latency:uniform:LOW:HIGH and "
        "latency:lognormal:MEDIAN:SIGMA, each with :seed=N.",
        _late,
    ),
    "poll": _Family("poll:SCENARIO:TIMES", "The first TIMES polls of the job get another scenario.", _poll_faults),
}
#: The syntax and description of every scenario.
DESCRIPTIONS = {
    **{scenario.name: scenario.doc for scenario in SCENARIOS.values()},
    "status-NNN": "Answers any other status from 400 to 599.",
    **{family.usage: family.doc for family in FAMILIES.values()},
}


def named(text: str) -> Scenario:
    """Return the scenario with this name; several names with commas between are combined.

    Raises RequestRefused (400) for an unknown name.
    """
    if len(text) > _LONGEST_NAME:
        raise RequestRefused(400, f"The name of a scenario has at most {_LONGEST_NAME} characters.")
    return _named(text)


@lru_cache(maxsize=256)
def _named(text: str) -> Scenario:
    names = [name.strip() for name in text.split(",")]
    first, *others = map(_one, names)
    for other in others:
        first = _combine(first, other)
    return first


def _one(name: str) -> Scenario:
    found = SCENARIOS.get(name)
    if found is not None:
        return found
    head, *words = name.split(":")
    if words and head in FAMILIES:
        try:
            return FAMILIES[head].read(name, words)
        except ValueError as error:
            raise RequestRefused(400, f"The scenario {name[:60]!a}: {error}.") from None
    status = name.removeprefix("status-")
    if status != name and len(status) == 3 and status.isascii() and status.isdigit() and 400 <= int(status) <= 599:
        return _answering(name, int(status))
    from difflib import get_close_matches

    close = get_close_matches(name, DESCRIPTIONS, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise RequestRefused(400, f"There is no scenario {name[:60]!a}.{hint} Known: {', '.join(DESCRIPTIONS)}.")


def _combine(first: Scenario, second: Scenario) -> Scenario:
    """Combine two scenarios. Raises RequestRefused (400) if they contradict each other."""
    changes: dict[str, Any] = {"name": f"{first.name}, {second.name}"}
    try:
        changes["plan"] = JobPlan(*map(_agree, first.plan, second.plan, NO_SCENARIO.plan))
        for field, usual in NO_SCENARIO._asdict().items():
            if field not in ("name", "doc", "plan"):
                changes[field] = _agree(getattr(first, field), getattr(second, field), usual)
    except ValueError:
        raise RequestRefused(400, f"{first.name} and {second.name} contradict each other.") from None
    return first._replace(**changes)


def _agree(first: Any, second: Any, usual: Any) -> Any:
    """Return the value that differs from the usual one. Raises ValueError if both differ, and from each other."""
    if usual not in (first, second) and first != second:
        raise ValueError
    return second if first == usual else first
