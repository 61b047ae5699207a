"""What can be made to go wrong, by name: one table, to which a new scenario is a new row.

A scenario is chosen per request by `x-mock-scenario: NAME`, by Prism's `Prefer: code=429`, or beforehand for the next n
requests of a key through `/__mock/scenarios`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .account import Account
from .jobs import PENDING, Pace, Plan
from .limits import Refused
from .spec.platform import PLATFORM

HEADER = "x-mock-scenario"
_HEADER = HEADER.encode("ascii")
_CODE = re.compile(r"\bcode\s*=\s*\"?(\d{1,4})")
_EVERYWHERE = frozenset({"sync", "submit", "status", "result"})
_SYNC = frozenset({"sync"})


class Scenario(NamedTuple):
    """One way things can go.

    `status` is answered, with `words`, at the endpoints in `on` (`sync`, `submit`, `status`, `result`); `html` makes
    its body a page. `plan` is the life of a job submitted under it. `as_json` answers v1 in JSON whatever base64 says;
    `lenient` accepts a wrong payload on submit and lets the job fail with the validator's words.
    """

    name: str
    doc: str
    status: int | None = None
    words: str = ""
    html: bool = False
    on: frozenset[str] = _EVERYWHERE
    plan: Plan = Plan()
    as_json: bool = False
    lenient: bool = False


def _answering(name: str, status: int, html: bool = False) -> Scenario:
    known = PLATFORM.statuses[status]
    kind = ", as an HTML page" if html or known.media_type.startswith("text/html") else ""
    return Scenario(name, f"Answers {status} {known.title}{kind}.", status, f"{known.title}: {known.meaning}", html)


_BLOCKED = "The content was blocked by the safety filter."
#: Names that say more than a number, for those statuses that the platform has.
_SPOKEN = {"no-credits": 406, "retired": 410, "rate-limited": 429}

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        *(_answering(f"status-{status}", status) for status in sorted(PLATFORM.statuses)),
        *(_answering(name, status) for name, status in _SPOKEN.items() if status in PLATFORM.statuses),
        _answering("html-502", 502, html=True),
        Scenario("poll-502-once", "The first status poll of the job answers 502.", plan=Plan(faults=1)),
        Scenario("completed-at-once", "The job has ended before the first poll.", plan=Plan(pace=Pace("instant"))),
        Scenario(
            "starts-processing",
            "The job is never seen waiting: the first poll finds it being worked on.",
            plan=Plan(first=len(PENDING) - 1),
        ),
        Scenario("stuck", "The job is worked on for ever.", plan=Plan(stuck=True)),
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
            "json-on-200",
            "v1 answers in JSON also without base64, as the pages' own samples expect.",
            as_json=True,
        ),
    )
}


def choose(headers: dict[bytes, bytes], account: Account | None) -> Scenario | None:
    """The scenario of a request: what its headers ask for, else the next that waits for its key.

    Raises Refused (400) for one that does not exist.
    """
    asked = headers.get(_HEADER)
    if asked is not None:
        return named(asked.decode("latin-1").strip())
    preferred = _CODE.search(headers[b"prefer"].decode("latin-1")) if b"prefer" in headers else None
    if preferred is not None and preferred[1] != "200":
        return named(f"status-{preferred[1]}")
    if account is not None and account.scenarios:
        return named(account.scenarios.popleft())
    return None


def named(name: str) -> Scenario:
    """The scenario of this name. Raises Refused (400), with the names there are, if there is none."""
    found = SCENARIOS.get(name)
    if found is None:
        from difflib import get_close_matches

        close = get_close_matches(name, SCENARIOS, 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise Refused(400, f"There is no scenario {name[:60]!a}.{hint} Known: {', '.join(SCENARIOS)}.")
    return found
