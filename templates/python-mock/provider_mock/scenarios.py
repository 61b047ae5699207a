"""What can be made to go wrong, by name: one table, to which a new scenario is a new row.

Several can be combined (`latency:2, status-502`). How a scenario is chosen for a request is in `choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from .delivery import Delivery
from .jobs import PENDING, Pace, Plan
from .latency import Latency
from .limits import Refused
from .spec.platform import PLATFORM

_EVERYWHERE = frozenset({"sync", "submit", "status", "result"})
_SYNC = frozenset({"sync"})
_LONGEST_NAME = 200


class Scenario(NamedTuple):
    """One way things can go.

    `status` is answered, with `words`, at the endpoints in `on` (`sync`, `submit`, `status`, `result`); `html` makes
    its body a page, `location` a redirection. `plan` is the life of a job submitted under it. `latency` is how long the
    answer takes, `delivery` how it travels. The rest bends a good answer: `as_json` answers v1 in JSON whatever base64
    says; `claims` is the media type it gives itself; `broken_base64` and `empty` spoil its body; `urls` is where a
    submit says that the job is. `lenient` accepts a wrong payload on submit and lets the job fail with the validator's
    words; `drains` takes all that is left of the credits once the request is paid.
    """

    name: str
    doc: str
    status: int | None = None
    words: str = ""
    html: bool = False
    location: str | None = None
    on: frozenset[str] = _EVERYWHERE
    plan: Plan = Plan()
    latency: Latency | None = None
    delivery: Delivery = "whole"
    as_json: bool = False
    claims: str | None = None
    broken_base64: bool = False
    empty: bool = False
    urls: Literal["own", "foreign", "relative"] = "own"
    lenient: bool = False
    drains: bool = False


AS_USUAL = Scenario("", "Nothing out of the ordinary.")


def _answering(name: str, status: int, html: bool = False) -> Scenario:
    known = PLATFORM.statuses.get(status)
    if known is None:
        return Scenario(name, f"Answers {status}, which is not documented.", status, f"Status {status}", html)
    kind = ", as an HTML page" if html or known.media_type.startswith("text/html") else ""
    return Scenario(name, f"Answers {status} {known.title}{kind}.", status, f"{known.title}: {known.meaning}", html)


_BLOCKED = "The content was blocked by the safety filter."
_ODD = "THROTTLED"
#: Names that say more than a number, for those statuses that the platform has.
_SPOKEN = {"no-credits": 406, "retired": 410, "rate-limited": 429}

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        *(_answering(f"status-{status}", status) for status in sorted(PLATFORM.statuses)),
        *(_answering(name, status) for name, status in _SPOKEN.items() if status in PLATFORM.statuses),
        _answering("html-405", 405, html=True),
        _answering("html-502", 502, html=True),
        Scenario(
            "redirect-302",
            "Answers 302, to another host.",
            302,
            "Found",
            html=True,
            location="https://elsewhere.invalid/",
        ),
        Scenario("poll-502-once", "The first status poll of the job answers 502.", plan=Plan(fault="html-502")),
        Scenario("poll-429-once", "The first status poll of the job answers 429.", plan=Plan(fault="rate-limited")),
        Scenario(
            "poll-reset-once",
            "The connection of the job's first status poll is reset.",
            plan=Plan(fault="reset-before-work"),
        ),
        Scenario("completed-at-once", "The job has ended before the first poll.", plan=Plan(pace=Pace("instant"))),
        Scenario(
            "starts-processing",
            "The job is never seen waiting: the first poll finds it being worked on.",
            plan=Plan(first=len(PENDING) - 1),
        ),
        Scenario("stuck", "The job is worked on for ever.", plan=Plan(stuck=True)),
        Scenario("unknown-state", f"The job is {_ODD} for ever.", plan=Plan(stuck=True, odd=_ODD)),
        Scenario("unknown-state-passing", f"The job is {_ODD} until it ends well.", plan=Plan(odd=_ODD)),
        Scenario(
            "completed-then-expired",
            "The job is gone as soon as a poll has seen it ended: its result is 404.",
            plan=Plan(fleeting=True),
        ),
        Scenario("job-fails", "The job ends FAILED.", plan=Plan(error="The worker ran out of memory.")),
        Scenario(
            "content-block",
            "The content is blocked: a job ends FAILED, v1 answers 400.",
            status=400,
            words=_BLOCKED,
            on=_SYNC,
            plan=Plan(error=_BLOCKED),
        ),
        Scenario(
            "late-validation",
            "A submit with wrong parameters is accepted, and its job ends FAILED with what was wrong.",
            lenient=True,
        ),
        Scenario(
            "credits-run-out",
            "The request is the last that the credits last for: what is left of them is gone after it.",
            drains=True,
        ),
        Scenario(
            "foreign-status-url",
            "A submit names another host for the job (this mock's other name, under /elsewhere, so that the journal "
            "shows whether the key was sent there).",
            urls="foreign",
        ),
        Scenario("relative-status-url", "A submit names the job by a path without a host.", urls="relative"),
        Scenario(
            "json-on-200",
            "v1 answers in JSON also without base64, as the pages' own samples expect.",
            as_json=True,
        ),
        Scenario("json-declared", "v1 says that the picture is JSON.", claims="application/json"),
        Scenario(
            "broken-base64",
            "The base64 of a picture breaks off and has a sign that base64 has not.",
            broken_base64=True,
        ),
        Scenario("empty-body", "A good answer comes without its body.", empty=True),
        Scenario("truncated-body", "The connection ends in the middle of the answer's body.", delivery="cut"),
        Scenario(
            "reset-before-work",
            "The connection is reset when the request was read: nothing was done, nothing is billed.",
            delivery="unmade",
        ),
        Scenario(
            "reset-before-body",
            "The work is done and billed, and the connection reset before the answer begins.",
            delivery="lost",
        ),
        Scenario("reset-during-body", "The connection is reset in the middle of the answer's body.", delivery="broken"),
        Scenario(
            "reset-after-body",
            "The connection is reset once the answer has left, so that the next request on it fails.",
            delivery="then-reset",
        ),
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
    return Scenario(name, "", plan=Plan(fault=fault.name, faults=int(words[1])))


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
        raise Refused(400, f"The name of a scenario has at most {_LONGEST_NAME} characters.")
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
            raise Refused(400, f"The scenario {name[:60]!a}: {error}.") from None
    status = name.removeprefix("status-")
    if status != name and status.isascii() and status.isdigit() and 400 <= int(status[:4]) <= 599:
        return _answering(name, int(status))
    from difflib import get_close_matches

    close = get_close_matches(name, DESCRIPTIONS, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise Refused(400, f"There is no scenario {name[:60]!a}.{hint} Known: {', '.join(DESCRIPTIONS)}.")


def _combine(first: Scenario, second: Scenario) -> Scenario:
    """Both at once. Raises Refused (400) if they contradict each other."""
    changes: dict[str, Any] = {"name": f"{first.name}, {second.name}"}
    try:
        changes["plan"] = Plan(*map(_agree, first.plan, second.plan, AS_USUAL.plan))
        for field, usual in AS_USUAL._asdict().items():
            if field not in ("name", "doc", "plan"):
                changes[field] = _agree(getattr(first, field), getattr(second, field), usual)
    except ValueError:
        raise Refused(400, f"{first.name} and {second.name} contradict each other.") from None
    return first._replace(**changes)


def _agree(first: Any, second: Any, usual: Any) -> Any:
    """The value that is out of the ordinary; ValueError if both are, and not the same."""
    if usual not in (first, second) and first != second:
        raise ValueError
    return second if first == usual else first
