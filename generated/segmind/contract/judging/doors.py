"""Requests that are refused before a model runs: bodies, keys, methods, unknown jobs and unknown models."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from ..cases import Case, model_cases, smallest
from ..findings import Unchecked
from ..service.probe import Judge, Probe, body_of
from ..spec.answers import find
from ..spec.facts import Operation, Source
from .drawing import payload_of
from .errors import check_error
from .jobs import follow, read_result, submit


def door_of(probe: Probe) -> Operation:
    """Return the endpoint of a model: the synchronous one, or the queue's if there is no other."""
    operation = probe.model.sync or probe.model.submit
    if operation is None:
        raise Unchecked("the model has no path")
    return operation


def refused(probe: Probe, operation: Operation, payload: Mapping[str, Any]) -> str:
    """Sends parameters that are wrong, checks that they are refused, and gives the words of the refusal.

    A queue that checks them later accepts the job, which then fails.
    """
    if operation == probe.model.submit and probe.platform.value_of("validation") == "later":
        job = submit(probe, payload)
        follow(probe, job, fails=True)
        words = find(read_result(probe, job, fails=True), probe.platform.roles["error_text"])
        return words if isinstance(words, str) else ""
    answer = probe.post(operation, payload, {probe.status("invalid_request").status})
    return check_error(probe, answer, str(operation))


def submit_refuses(probe: Probe, case: Case) -> None:
    """The queue refuses what a synchronous call refuses: one wrong value of each rule that the model has."""
    assert probe.model.submit is not None, "only models with a queue have this case"
    seen: set[tuple[str, str]] = set()
    for other in model_cases(probe.platform, probe.model):
        rule = (other.parameter, other.name.partition(" is ")[2])
        if other.judge == "refuse" and rule not in seen:
            seen.add(rule)
            probe.about = other.words
            refused(probe, probe.model.submit, payload_of(probe, other))


def _at_door(probe: Probe, door: str) -> Operation:
    operation = probe.model.sync if door == "sync" else probe.model.submit
    assert operation is not None, "only doors that are there have cases"
    return operation


def _refused(
    content: bytes | Callable[[bytes], bytes] | None, role: str, key: str | None = ""
) -> Callable[[str], Judge]:
    """A request that is refused before any model is asked: `content` is its body or makes it of a good one; None is the
    good one. `role` is the status's.
    """

    def at(door: str) -> Judge:
        def judge(probe: Probe, case: Case) -> None:
            operation, status = _at_door(probe, door), probe.status(role)
            source = probe.platform.status_source(status)
            if case.source.basis == "inferred":
                source = case.source
            if key != "" and not _tells_keys(probe, key):
                raise Unchecked("any key is taken here")
            body = body_of(operation, smallest(probe.model))
            if content is not None:
                body = content(body) if callable(content) else content
            answer = probe.post(operation, body, {status.status}, source, key=key)
            check_error(probe, answer, str(operation))

        return judge

    return at


def _refused_poll(role: str, key: str | None = "", method: str = "GET") -> Callable[[str], Judge]:
    """A poll that is refused whatever job it is about."""

    def at(door: str) -> Judge:
        def judge(probe: Probe, case: Case) -> None:
            if key != "" and not _tells_keys(probe, key):
                raise Unchecked("any key is taken here")
            asked = _poll_of(probe, door, str(uuid4()))._replace(method=method)
            answer = probe.get(asked, {probe.status(role).status}, key=key)
            check_error(probe, answer, str(asked))

        return judge

    return at


def _poll_of(probe: Probe, door: str, request_id: str) -> Operation:
    queue = probe.platform.queue
    path = queue.status_path if door == "status" else queue.result_path
    return probe.platform.poll(probe.model, path, request_id)


def _tells_keys(probe: Probe, key: str | None) -> bool:
    """Return whether this key (None for no key) is refused. A mock that accepts any key still requires one."""
    return not probe.place.any_key or (key is None and probe.place.provokes)


def unknown(door: str) -> Judge:
    """A job that there is not."""

    def judge(probe: Probe, case: Case) -> None:
        for name in (str(uuid4()), "no-id"):
            asked = _poll_of(probe, door, name)
            answer = probe.get(asked, {probe.status("not_found").status})
            check_error(probe, answer, str(asked))

    return judge


def unknown_model(probe: Probe, case: Case) -> None:
    """A model that there is not."""
    platform, owner = probe.platform, probe.model.slug.rpartition("/")[0]
    templates = (
        Operation("POST", platform.base_url, platform.sync.path, platform.sync.parameters),
        Operation("POST", platform.queue.base_url, platform.queue.submit_path, platform.queue.parameters),
    )
    for template in templates:
        if template.path:
            slug = f"{owner}/no-such-model-{uuid4().hex[:8]}".lstrip("/")
            asked = template._replace(path=template.path.replace("{slug}", slug))
            answer = probe.post(asked, smallest(probe.model), {probe.status("not_found").status})
            check_error(probe, answer, str(asked))


def near_key(probe: Probe, case: Case) -> None:
    """A key that is almost the right one is a wrong one."""
    if probe.place.any_key:
        raise Unchecked("any key is taken here")
    operation, key = door_of(probe), probe.place.key
    for wrong in (f"{key}x", key[:-1], key.swapcase()):
        answer = probe.post(operation, smallest(probe.model), {probe.status("unauthorized").status}, key=wrong)
        check_error(probe, answer, str(operation))


def methods(door: str) -> Judge:
    """A path of a model takes its own method alone. Sent without a body, so that nothing is drawn."""

    def judge(probe: Probe, case: Case) -> None:
        operation, status = _at_door(probe, door), probe.status("method_not_allowed")
        for method in ("GET", "PUT"):
            asked = operation._replace(method=method)
            source = probe.platform.status_source(status, "page" if method == "GET" else "inferred")
            answer = probe.get(asked, {status.status}, source)
            check_error(probe, answer, str(asked))
            allowed = re.split(r"[\s,]+", answer.headers.get("allow", ""))
            if operation.method not in allowed or method in allowed:
                came, http = ", ".join(allowed) or "none", Source("HTTP, which wants it in each 405", "inferred")
                probe.note("bad-header", f"{asked}, allow", operation.method, came, http)

    return judge


_WRONG_KEY = "not-a-key"
_AT_DOORS = {
    "broken": _refused(b'{"prompt": ', "invalid_request"),
    "list": _refused(b"[]", "invalid_request"),
    "null": _refused(b"null", "invalid_request"),
    "text": _refused(b'"x"', "invalid_request"),
    "empty": _refused(b"", "invalid_request"),
    "trailing": _refused(lambda good: good + b" x", "invalid_request"),
    "latin": _refused(lambda good: good[:-1] + b', "note": "\xfc"}', "invalid_request"),
    "nan": _refused(lambda good: good[:-1] + b', "note": NaN}', "invalid_request"),
    "no-key": _refused(None, "unauthorized", None),
    "wrong-key": _refused(None, "unauthorized", _WRONG_KEY),
    "method": methods,
}
_AT_POLLS = {
    "no-key": _refused_poll("unauthorized", None),
    "wrong-key": _refused_poll("unauthorized", _WRONG_KEY),
    "method": _refused_poll("method_not_allowed", method="POST"),
}

#: The judges of this module by their names in cases.
DOORS: dict[str, Judge] = {
    "submit-refuses": submit_refuses,
    "unknown-status": unknown("status"),
    "unknown-result": unknown("result"),
    "unknown-model": unknown_model,
    "near-key": near_key,
    **{f"{door}-{name}": make(door) for name, make in _AT_POLLS.items() for door in ("status", "result")},
    **{f"{door}-{name}": make(door) for name, make in _AT_DOORS.items() for door in ("sync", "submit")},
}
