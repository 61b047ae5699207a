"""How each kind of case is sent and judged. A new kind is a new function and a row of `JUDGES`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from uuid import uuid4

from .cases import LEFT_OUT, Case, model_cases, smallest
from .errors import check_error, check_listed
from .facts import Operation
from .findings import Unchecked
from .headers import check_good, check_reset, number_in
from .jobs import follow, outcome_of, read_result, submit
from .pictures import check_delivery
from .probe import Probe

Judge: TypeAlias = Callable[[Probe, Case], None]


def payload_of(probe: Probe, case: Case) -> dict[str, Any]:
    """The smallest good payload, changed as the case says."""
    payload = {**smallest(probe.model), **case.changes}
    return {name: value for name, value in payload.items() if value is not LEFT_OUT}


def draw(probe: Probe, payload: Mapping[str, Any]) -> list[bytes]:
    """The pictures that a good payload gives, by v1, or by v2 for models that have no v1."""
    if probe.model.sync is None:
        if probe.model.submit is None:
            raise Unchecked("the model has no path")
        job = submit(probe, payload)
        follow(probe, job)
        return outcome_of(probe, job, probe.order(payload))
    path = probe.model.sync.path
    where = f"{probe.model.sync.method} {path}"
    answer = probe.post(path, payload, {200}, method=probe.model.sync.method)
    check_good(probe, answer, where, "sync")
    header = probe.platform.header("seed")
    asked = payload.get("seed")
    if header is not None and type(asked) is int and 0 <= asked <= 2**53:
        used = number_in(answer.headers.get(header.name.lower()))
        if used is not None and used != asked:
            source = probe.platform.source("/headers/seed", header.basis)
            probe.note("wrong-seed", f"{where}, {header.name}", str(asked), str(used), source)
    return check_delivery(probe, answer, probe.order(payload), where)


def accept(probe: Probe, case: Case) -> None:
    """The payload is good."""
    payload = payload_of(probe, case)
    draw(probe, payload)
    parameter = probe.model.parameters.get(case.parameter)
    if probe.place.provokes and probe.answer is not None and parameter is not None and parameter.known_values:
        # The mock takes any value of a list that the page cut short, and says so where it is not a known one.
        guessed = _GUESSED in probe.answer.headers.get("x-mock-basis", "")
        known = parameter.name not in payload or payload[parameter.name] in parameter.known_values
        if guessed == known:
            came = "a note that it is a guess" if guessed else "no note that it is a guess"
            source = probe.model.source(parameter.pointer("x-known-values"))
            probe.note("known-value", f"{parameter.name}, x-mock-basis", "a note only for other values", came, source)


#: What the mock calls it when a value is taken that the page does not show.
_GUESSED = "undocumented-value"


def example(probe: Probe, case: Case) -> None:
    """The page's own example is good."""
    draw(probe, probe.model.example)


def refuse(probe: Probe, case: Case) -> None:
    """The payload is refused with 400, in words, and costs nothing."""
    operation = _door(probe)
    payload = payload_of(probe, case)
    answer = probe.post(operation.path, payload, {400}, method=operation.method)
    where = f"{operation.method} {operation.path}"
    words = check_error(probe, answer, where)
    parameter = probe.model.parameters.get(case.parameter)
    if parameter is not None and parameter.enum and words:
        check_listed(probe, parameter, payload.get(parameter.name), words, where)


def default(probe: Probe, case: Case) -> None:
    """What is left out is taken to be the default: the same picture comes as when it is sent."""
    parameter = probe.model.parameters[case.parameter]
    without = payload_of(probe, case)
    first = draw(probe, without)
    if draw(probe, without) != first:
        raise Unchecked(
            "the service does not draw the same picture twice, so that what it took as default can't be seen"
        )
    sent = draw(probe, {**without, parameter.name: parameter.default})
    if sent != first:
        expected = f"the same picture as with {parameter.name} left out"
        probe.note("wrong-default", f"the default of {parameter.name}", expected, "another one", probe.source)


def quality(probe: Probe, case: Case) -> None:
    """A better quality takes more bytes."""
    parameter = probe.model.parameters[probe.model.output["quality"]]
    low, high = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    if low is None or high is None or probe.order({}).media_type != "image/jpeg":
        raise Unchecked("no range of qualities is documented, or pictures are no JPEG by default")
    payload = smallest(probe.model)
    worst, best = (sum(map(len, draw(probe, {**payload, parameter.name: value}))) for value in (low, high))
    if worst >= best:
        expected = f"fewer bytes than at {high}"
        probe.note("wrong-quality", f"{parameter.name}: {low}", expected, f"{worst}, against {best}", probe.source)


def submit_refuses(probe: Probe, case: Case) -> None:
    """The queue refuses what v1 refuses: one wrong value of each rule that the model has."""
    assert probe.model.submit is not None, "only models with a queue have this case"
    operation = probe.model.submit
    seen: set[tuple[str, str]] = set()
    for other in model_cases(probe.platform, probe.model):
        rule = (other.parameter, other.name.partition(" is ")[2])
        if other.judge == "refuse" and rule not in seen:
            seen.add(rule)
            probe.about = other.words
            answer = probe.post(operation.path, payload_of(probe, other), {400}, method=operation.method)
            check_error(probe, answer, f"{operation.method} {operation.path}")


def _refused(content: bytes | None, status: int, key: str | None = "", method: str = "") -> Callable[[str], Judge]:
    """A request that is refused before any model is asked: `content` is its body, None a good one."""

    def at(door: str) -> Judge:
        def judge(probe: Probe, case: Case) -> None:
            operation = probe.model.sync if door == "sync" else probe.model.submit
            assert operation is not None, "only doors that are there have cases"
            source = probe.platform.source(f"/statuses/{status}/title")
            verb = method or operation.method
            if key and probe.place.any_key:
                raise Unchecked("any key is taken here")
            if verb == "GET":
                answer = probe.get(operation.path, {status}, source)
            else:
                body = json.dumps(smallest(probe.model)).encode("ascii") if content is None else content
                answer = probe.post(operation.path, body, {status}, source, method=verb, key=key)
            check_error(probe, answer, f"{verb} {operation.path}")

        return judge

    return at


def unknown(door: str) -> Judge:
    """A job that there is not."""

    def judge(probe: Probe, case: Case) -> None:
        queue = probe.platform.queue
        path = queue.status_path if door == "status" else queue.result_path
        for name in (str(uuid4()), "no-id"):
            asked = path.replace("{request_id}", name)
            answer = probe.get(asked, {queue.unknown_status})
            check_error(probe, answer, f"GET {asked}")

    return judge


def unknown_model(probe: Probe, case: Case) -> None:
    """A model that there is not."""
    for template in (probe.platform.sync_path, probe.platform.submit_path):
        path = template.replace("{slug}", f"no-such-model-{uuid4().hex[:8]}")
        answer = probe.post(path, smallest(probe.model), {404})
        check_error(probe, answer, f"POST {path}")


def provoked(probe: Probe, case: Case) -> None:
    """A status that the mock was asked for: its body, its headers, and that it costs nothing where that is said."""
    status = int(case.scenario.rpartition("-")[2])
    for operation in (probe.model.sync, probe.model.submit):
        if operation is None:
            continue
        where = f"{operation.method} {operation.path}"
        answer = probe.post(
            operation.path, smallest(probe.model), {status}, method=operation.method, scenario=case.scenario
        )
        check_error(probe, answer, where)
        if status == 429:
            check_reset(probe, answer, where)


def scenarios(probe: Probe, case: Case) -> None:
    """The mock plays the statuses that are documented here, and no others by name."""
    listed = probe.admin("scenarios").get("scenarios", {})
    played = {int(name[7:]) for name in listed if name.startswith("status-") and name[7:].isdigit()}
    documented = set(probe.platform.statuses)
    if played != documented:
        probe.note("other-statuses", "the mock's scenarios", sorted(documented), sorted(played), probe.source)


def no_credits(probe: Probe, case: Case) -> None:
    """Without credits nothing is drawn."""
    key, ledger = probe.place.key, probe.place.ledger
    before = probe.admin(f"credits?key={key}")["accounts"][0]["credits"]
    try:
        for left in (0, 0.000001):
            probe.admin("credits", {"key": key, "credits": left})
            ledger.forget()
            for operation in (probe.model.sync, probe.model.submit):
                if operation is not None:
                    answer = probe.post(operation.path, smallest(probe.model), {406}, method=operation.method)
                    check_error(probe, answer, f"{operation.method} {operation.path}")
    finally:
        probe.admin("credits", {"key": key, "credits": before})
        ledger.forget()


def job(probe: Probe, case: Case) -> None:
    """A job from its submit to its pictures."""
    payload = payload_of(probe, case)
    given = submit(probe, payload)
    follow(probe, given)
    outcome_of(probe, given, probe.order(payload))


def failure(probe: Probe, case: Case) -> None:
    """A job that fails says so on both URLs, and its price comes back."""
    given = submit(probe, smallest(probe.model), scenario=case.scenario)
    follow(probe, given, fails=True)
    read_result(probe, given, fails=True)


def retention(probe: Probe, case: Case) -> None:
    """A result is kept for as long as documented, to the tenth of a second, and no longer."""
    queue = probe.platform.queue
    probe.admin("clock", {"freeze": True})
    try:
        given = submit(probe, smallest(probe.model))
        follow(probe, given)
        probe.admin("clock", {"advance": queue.retention_s - 0.1})
        probe.about = f"0.1 s before {queue.retention_s} s are over"
        probe.get(given.result_path, {200})
        probe.about = f"after {queue.retention_s} s"
        probe.admin("clock", {"advance": 0.1})
        for path in (given.status_path, given.result_path):
            check_error(probe, probe.get(path, {queue.unknown_status}), f"GET {path}")
    finally:
        probe.admin("clock", {"freeze": False})


def foreign(probe: Probe, case: Case) -> None:
    """Nobody sees another key's job."""
    other = probe.place.other_key
    if not other:
        raise Unchecked("there is no second key")
    given = submit(probe, smallest(probe.model))
    for path in (given.status_path, given.result_path):
        answer = probe.get(path, {probe.platform.queue.unknown_status}, key=other)
        check_error(probe, answer, f"GET {path}")


def _door(probe: Probe) -> Operation:
    operation = probe.model.sync or probe.model.submit
    if operation is None:
        raise Unchecked("the model has no path")
    return operation


_WRONG_KEY = "not-a-key"
_AT_DOORS = {
    "broken": _refused(b'{"prompt": ', 400),
    "list": _refused(b"[]", 400),
    "no-key": _refused(None, 401, None),
    "wrong-key": _refused(None, 401, _WRONG_KEY),
    "method": _refused(None, 405, method="GET"),
}

JUDGES: dict[str, Judge] = {
    "accept": accept,
    "example": example,
    "refuse": refuse,
    "default": default,
    "quality": quality,
    "submit-refuses": submit_refuses,
    "unknown-status": unknown("status"),
    "unknown-result": unknown("result"),
    "unknown-model": unknown_model,
    "provoked": provoked,
    "scenarios": scenarios,
    "no-credits": no_credits,
    "job": job,
    "failure": failure,
    "retention": retention,
    "foreign": foreign,
    **{f"{door}-{name}": make(door) for name, make in _AT_DOORS.items() for door in ("sync", "submit")},
}
