"""What is refused before any model is asked: bodies, keys, methods, and jobs and models that there are not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from uuid import uuid4

from .cases import Case, model_cases, smallest
from .drawing import payload_of
from .errors import check_error
from .facts import Operation, Source
from .findings import Unchecked
from .probe import Judge, Probe


def door_of(probe: Probe) -> Operation:
    """Where a model is called: by v1, or by v2 if it has no v1."""
    operation = probe.model.sync or probe.model.submit
    if operation is None:
        raise Unchecked("the model has no path")
    return operation


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


def _refused(
    content: bytes | Callable[[bytes], bytes] | None, status: int, key: str | None = ""
) -> Callable[[str], Judge]:
    """A request that is refused before any model is asked: `content` is its body or makes it of a good one; None is the
    good one.
    """

    def at(door: str) -> Judge:
        def judge(probe: Probe, case: Case) -> None:
            operation = probe.model.sync if door == "sync" else probe.model.submit
            assert operation is not None, "only doors that are there have cases"
            source = probe.platform.source(f"/statuses/{status}/title")
            if case.source.basis == "inferred":
                source = case.source
            if key != "" and not _tells_keys(probe, key):
                raise Unchecked("any key is taken here")
            body = json.dumps(smallest(probe.model)).encode("ascii")
            if content is not None:
                body = content(body) if callable(content) else content
            answer = probe.post(operation.path, body, {status}, source, method=operation.method, key=key)
            check_error(probe, answer, f"{operation.method} {operation.path}")

        return judge

    return at


def _refused_poll(status: int, key: str | None = "", method: str = "GET") -> Callable[[str], Judge]:
    """A poll that is refused whatever job it is about."""

    def at(door: str) -> Judge:
        def judge(probe: Probe, case: Case) -> None:
            if key != "" and not _tells_keys(probe, key):
                raise Unchecked("any key is taken here")
            path = _path_of(probe, door).replace("{request_id}", str(uuid4()))
            answer = probe.get(path, {status}, method=method, key=key)
            check_error(probe, answer, f"{method} {path}")

        return judge

    return at


def _path_of(probe: Probe, door: str) -> str:
    queue = probe.platform.queue
    return queue.status_path if door == "status" else queue.result_path


def _tells_keys(probe: Probe, key: str | None) -> bool:
    """Whether this key (None: no key) is refused here; a mock that takes any key wants one."""
    return not probe.place.any_key or (key is None and probe.place.provokes)


def unknown(door: str) -> Judge:
    """A job that there is not."""

    def judge(probe: Probe, case: Case) -> None:
        queue = probe.platform.queue
        path = _path_of(probe, door)
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


def near_key(probe: Probe, case: Case) -> None:
    """A key that is almost the right one is a wrong one."""
    if probe.place.any_key:
        raise Unchecked("any key is taken here")
    operation, key = door_of(probe), probe.place.key
    for wrong in (f"{key}x", key[:-1], key.swapcase()):
        answer = probe.post(operation.path, smallest(probe.model), {401}, method=operation.method, key=wrong)
        check_error(probe, answer, f"{operation.method} {operation.path}")


def methods(door: str) -> Judge:
    """A path of a model takes its own method alone. Sent without a body, so that nothing is drawn."""

    def judge(probe: Probe, case: Case) -> None:
        operation = probe.model.sync if door == "sync" else probe.model.submit
        assert operation is not None, "only doors that are there have cases"
        for method in ("GET", "PUT"):
            where = f"{method} {operation.path}"
            source = probe.platform.source("/statuses/405/title", "page" if method == "GET" else "inferred")
            answer = probe.get(operation.path, {405}, source, method=method)
            check_error(probe, answer, where)
            allowed = re.split(r"[\s,]+", answer.headers.get("allow", ""))
            if operation.method not in allowed or method in allowed:
                came, http = ", ".join(allowed) or "none", Source("HTTP, which wants it in each 405", "inferred")
                probe.note("bad-header", f"{where}, allow", operation.method, came, http)

    return judge


_WRONG_KEY = "not-a-key"
_AT_DOORS = {
    "broken": _refused(b'{"prompt": ', 400),
    "list": _refused(b"[]", 400),
    "null": _refused(b"null", 400),
    "text": _refused(b'"x"', 400),
    "empty": _refused(b"", 400),
    "trailing": _refused(lambda good: good + b" x", 400),
    "latin": _refused(lambda good: good[:-1] + b', "note": "\xfc"}', 400),
    "nan": _refused(lambda good: good[:-1] + b', "note": NaN}', 400),
    "no-key": _refused(None, 401, None),
    "wrong-key": _refused(None, 401, _WRONG_KEY),
    "method": methods,
}
_AT_POLLS = {
    "no-key": _refused_poll(401, None),
    "wrong-key": _refused_poll(401, _WRONG_KEY),
    "method": _refused_poll(405, method="POST"),
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
