"""What can be made to go wrong, by name: one table, to which a new scenario is a new row.

Several can be combined (`latency:2, status-502`). How a scenario is chosen for a request is in `choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ..platform.statuses import INVALID, NOT_FOUND
from ..server.delivery import Delivery
from ..server.limits import RequestRefused
from ..spec.platform import PLATFORM
from .jobs import FAILED, PENDING, JobPlan, Pace
from .latency import Latency
from .routes import ENDPOINTS

_EVERYWHERE: frozenset[str] = frozenset(ENDPOINTS)
_SYNC = frozenset({"sync"})
_LONGEST_NAME = 200


class Scenario(NamedTuple):
    """One way things can go.

    `status` is answered, with `words`, at the endpoints in `on` (`sync`, `submit`, `status`, `result`); `html` makes
    its body a page, `location` a redirection. `plan` is the life of a job submitted under it. `latency` is how long the
    answer takes, `delivery` how it travels. The rest bends a good answer: `as_json` answers a synchronous call in JSON
    whatever base64 says; `claims` is the media type it gives itself; `broken_base64` and `empty` spoil its body; `urls` is where a
    submit says that the job is. `lenient` accepts a wrong payload on submit and lets the job fail with the validator's
    words; `drains` takes all that is left of the credits once the request is paid.
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


NO_SCENARIO = Scenario("", "Nothing out of the ordinary.")


def _answering(name: str, status: int, html: bool = False) -> Scenario:
    known = PLATFORM.statuses.get(status)
    if known is None:
        return Scenario(name, f"Answers {status}, which is not documented.", status, f"Status {status}", html)
    kind = ", as an HTML page" if html or known.media_type.startswith("text/html") else ""
    return Scenario(name, f"Answers {status} {known.title}{kind}.", status, f"{known.title}: {known.meaning}", html)


_BLOCKED = "The content was blocked by the safety filter."
_ODD = "THROTTLED"
_FAILS = f"ends {FAILED.value}" if FAILED is not None else "fails"
#: Names that say more than a number, and the role of the status that they stand for.
_SPOKEN = {"no-credits": "no_credits", "retired": "retired", "rate-limited": "rate_limited"}
#: What comes as a page for people where the platform says so, by the role of the status.
_PAGES = ("method_not_allowed", "bad_gateway")
#: What a gateway or a limit answers a poll with, by the role of the status.
_POLLED = ("bad_gateway", "rate_limited")


def _errors() -> Iterator[Scenario]:
    """The platform's own error statuses, by their number and otherwise."""
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
        "The job is never seen waiting: the first poll finds it being worked on.",
        plan=JobPlan(first=max(0, len(PENDING) - 1)),
    )
    yield Scenario("stuck", "The job is worked on for ever.", plan=JobPlan(stuck=True))
    yield Scenario("unknown-state", f"The job is {_ODD} for ever.", plan=JobPlan(stuck=True, odd=_ODD))
    yield Scenario("unknown-state-passing", f"The job is {_ODD} until it ends well.", plan=JobPlan(odd=_ODD))
    yield Scenario(
        "completed-then-expired",
        f"The job is gone as soon as a poll has seen it ended: its result is {NOT_FOUND}.",
        plan=JobPlan(fleeting=True),
    )
    yield Scenario("job-fails", f"The job {_FAILS}.", plan=JobPlan(error="The worker ran out of memory."))
    yield Scenario(
        "late-validation",
        f"A submit with wrong parameters is accepted, and its job {_FAILS} with what was wrong.",
        lenient=True,
    )
    yield Scenario(
        "foreign-status-url",
        "A submit names another host for the job (this mock's other name, under /elsewhere, so that the journal "
        "shows whether the key was sent there).",
        urls="foreign",
    )
    yield Scenario("relative-status-url", "A submit names the job by a path without a host.", urls="relative")


def _of_images() -> Iterator[Scenario]:
    """Return the scenarios for the image in a synchronous answer."""
    if PLATFORM.sync.returns == "bytes":
        yield Scenario(
            "json-on-200",
            "A synchronous call answers in JSON also without base64.",
            as_json=True,
        )
        yield Scenario("json-declared", "A synchronous call says that the picture is JSON.", claims="application/json")
    yield Scenario(
        "broken-base64",
        "The base64 of a picture breaks off and has a sign that base64 has not.",
        broken_base64=True,
    )


def _of_answers() -> Iterator[Scenario]:
    """Return the scenarios for any successful answer."""
    if PLATFORM.status("no_credits") is not None:
        yield Scenario(
            "credits-run-out",
            "The request is the last that the credits last for: what is left of them is gone after it.",
            drains=True,
        )
    yield Scenario("empty-body", "A good answer comes without its body.", empty=True)
    yield Scenario("truncated-body", "The connection ends in the middle of the answer's body.", delivery="cut")
    yield Scenario(
        "reset-before-work",
        "The connection is reset when the request was read: nothing was done, nothing is billed.",
        delivery="unmade",
    )
    yield Scenario(
        "reset-before-body",
        "The work is done and billed, and the connection reset before the answer begins.",
        delivery="lost",
    )
    yield Scenario(
        "reset-during-body", "The connection is reset in the middle of the answer's body.", delivery="broken"
    )
    yield Scenario(
        "reset-after-body",
        "The connection is reset once the answer has left, so that the next request on it fails.",
        delivery="then-reset",
    )


#: What the platform can be made to do: it has no scenario for a status that no page documents.
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
    """Scenarios that take arguments: how they are written, what they do, and how the arguments are read."""

    usage: str
    doc: str
    read: Callable[[str, Sequence[str]], Scenario]


def _late(name: str, words: Sequence[str]) -> Scenario:
    return Scenario(name, "", latency=Latency.parse(words))


def _poll_faults(name: str, words: Sequence[str]) -> Scenario:
    if len(words) != 2 or not (words[1].isascii() and words[1].isdigit() and 0 < int(words[1]) < 10_000):
        raise ValueError("say poll:SCENARIO:TIMES")
    fault = named(words[0])
    if fault.status is None and fault.delivery != "unmade":
        raise ValueError(f"{words[0]} is not an answer that a poll could get")
    return Scenario(name, "", plan=JobPlan(fault=fault.name, faults=int(words[1])))


FAMILIES = {
    "latency": _Family(
        "latency:SECONDS",
        "The answer takes so long by the mock's clock; also latency:uniform:LOW:HIGH, latency:lognormal:MEDIAN:SIGMA, "
        "each with :seed=N.",
        _late,
    ),
    "poll": _Family(
        "poll:SCENARIO:TIMES", "So many polls of the job meet another scenario before one gets through.", _poll_faults
    ),
}
#: Every scenario as it is written, and what it does.
DESCRIPTIONS = {
    **{scenario.name: scenario.doc for scenario in SCENARIOS.values()},
    "status-NNN": "Answers any other status from 400 to 599.",
    **{family.usage: family.doc for family in FAMILIES.values()},
}


def named(text: str) -> Scenario:
    """The scenario of this name, or several of them combined, with commas between. Raises Refused (400) if there is none."""
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
    if status != name and status.isascii() and status.isdigit() and 400 <= int(status[:4]) <= 599:
        return _answering(name, int(status))
    from difflib import get_close_matches

    close = get_close_matches(name, DESCRIPTIONS, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise RequestRefused(400, f"There is no scenario {name[:60]!a}.{hint} Known: {', '.join(DESCRIPTIONS)}.")


def _combine(first: Scenario, second: Scenario) -> Scenario:
    """Both at once. Raises Refused (400) if they contradict each other."""
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
    """The value that is out of the ordinary; ValueError if both are, and not the same."""
    if usual not in (first, second) and first != second:
        raise ValueError
    return second if first == usual else first
