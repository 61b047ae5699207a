"""Check requests that are refused before a model runs: bodies, keys, methods, unknown jobs and unknown models."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from ..cases import Case, model_cases
from ..findings import Unchecked
from ..payloads import smallest_payload
from ..service.checker import Check, Checker, body_of
from ..spec.answers import find
from ..spec.facts import Operation, Source
from .errors import check_error
from .generation import payload_of
from .jobs import follow, read_result, submit


def endpoint_of(checker: Checker) -> Operation:
    """Return the endpoint of a model: the synchronous one, or the queue's if there is no other."""
    operation = checker.model.sync or checker.model.submit
    if operation is None:
        raise Unchecked("the model has no path")
    return operation


def check_refusal(checker: Checker, operation: Operation, payload: Mapping[str, Any]) -> str:
    """Send invalid parameters, check that they are refused, and return the error message.

    A queue that validates later accepts the job, which then fails.
    """
    if operation == checker.model.submit and checker.platform.value_of("validation") == "later":
        job = submit(checker, payload)
        follow(checker, job, fails=True)
        message = find(read_result(checker, job, fails=True), checker.platform.roles["error_text"])
        return message if isinstance(message, str) else ""
    response = checker.post(operation, payload, {checker.status("invalid_request").status})
    return check_error(checker, response, str(operation))


def submit_refuses(checker: Checker, case: Case) -> None:
    """Check that the queue refuses what a synchronous call refuses, with one wrong value for each rule of the model."""
    assert checker.model.submit is not None, "only models with a queue have this case"
    seen: set[tuple[str, str]] = set()
    for other in model_cases(checker.platform, checker.model):
        rule = (other.parameter, other.name.partition(" is ")[2])
        if other.check == "refuse" and rule not in seen:
            seen.add(rule)
            checker.about = other.description
            check_refusal(checker, checker.model.submit, payload_of(checker, other))


def _operation_at(checker: Checker, endpoint: str) -> Operation:
    operation = checker.model.sync if endpoint == "sync" else checker.model.submit
    assert operation is not None, "only endpoints that exist have cases"
    return operation


def _refuse_request(
    content: bytes | Callable[[bytes], bytes] | None, role: str, key: str | None = ""
) -> Callable[[str], Check]:
    """Return a check of a request that is refused before a model runs.

    `content` is the body, or a function that makes it from a valid one; None sends the valid body. `role` is the
    role of the expected status.
    """

    def at(endpoint: str) -> Check:
        def check(checker: Checker, case: Case) -> None:
            operation, status = _operation_at(checker, endpoint), checker.status(role)
            source = checker.platform.status_source(status)
            if case.source.basis == "inferred":
                source = case.source
            if key != "" and not _refuses_key(checker, key):
                raise Unchecked("the service accepts any key")
            body = body_of(operation, smallest_payload(checker.model))
            if content is not None:
                body = content(body) if callable(content) else content
            response = checker.post(operation, body, {status.status}, source, key=key)
            check_error(checker, response, str(operation))

        return check

    return at


def _refuse_poll(role: str, key: str | None = "", method: str = "GET") -> Callable[[str], Check]:
    """Return a check of a poll that is refused for any job."""

    def at(endpoint: str) -> Check:
        def check(checker: Checker, case: Case) -> None:
            if key != "" and not _refuses_key(checker, key):
                raise Unchecked("the service accepts any key")
            asked = _poll_of(checker, endpoint, str(uuid4()))._replace(method=method)
            response = checker.get(asked, {checker.status(role).status}, key=key)
            check_error(checker, response, str(asked))

        return check

    return at


def _poll_of(checker: Checker, endpoint: str, request_id: str) -> Operation:
    queue = checker.platform.queue
    path = queue.status_path if endpoint == "status" else queue.result_path
    return checker.platform.poll(checker.model, path, request_id)


def _refuses_key(checker: Checker, key: str | None) -> bool:
    """Return whether this key (None for no key) is refused. A mock that accepts any key still requires one."""
    return not checker.service.any_key or (key is None and checker.service.provokes)


def unknown(endpoint: str) -> Check:
    """Check that a job that does not exist is not found."""

    def check(checker: Checker, case: Case) -> None:
        for name in (str(uuid4()), "no-id"):
            asked = _poll_of(checker, endpoint, name)
            response = checker.get(asked, {checker.status("not_found").status})
            check_error(checker, response, str(asked))

    return check


def unknown_model(checker: Checker, case: Case) -> None:
    """Check that a model that does not exist is not found."""
    platform, owner = checker.platform, checker.model.slug.rpartition("/")[0]
    templates = (
        Operation("POST", platform.base_url, platform.sync.path, platform.sync.parameters),
        Operation("POST", platform.queue.base_url, platform.queue.submit_path, platform.queue.parameters),
    )
    for template in templates:
        if template.path:
            slug = f"{owner}/no-such-model-{uuid4().hex[:8]}".lstrip("/")
            asked = template._replace(path=template.path.replace("{slug}", slug))
            response = checker.post(asked, smallest_payload(checker.model), {checker.status("not_found").status})
            check_error(checker, response, str(asked))


def near_key(checker: Checker, case: Case) -> None:
    """Check that keys that are almost right are refused."""
    if checker.service.any_key:
        raise Unchecked("the service accepts any key")
    operation, key = endpoint_of(checker), checker.service.key
    for wrong in (f"{key}x", key[:-1], key.swapcase()):
        response = checker.post(
            operation, smallest_payload(checker.model), {checker.status("unauthorized").status}, key=wrong
        )
        check_error(checker, response, str(operation))


def methods(endpoint: str) -> Check:
    """Check that a path accepts its own method only. The requests have no body, so that nothing is generated."""

    def check(checker: Checker, case: Case) -> None:
        operation, status = _operation_at(checker, endpoint), checker.status("method_not_allowed")
        for method in ("GET", "PUT"):
            asked = operation._replace(method=method)
            called = "a synchronous call" if endpoint == "sync" else "a submission"
            checker.about = f"{method} to the address of {called}"
            source = checker.platform.status_source(status, "page" if method == "GET" else "inferred")
            response = checker.get(asked, {status.status}, source)
            check_error(checker, response, str(asked))
            allowed = re.split(r"[\s,]+", response.headers.get("allow", ""))
            if operation.method not in allowed or method in allowed:
                got, http = ", ".join(allowed) or "none", Source(
                    "HTTP, which requires it in a 405 response", "inferred"
                )
                checker.report("bad-header", f"{asked}, allow", operation.method, got, http)

    return check


_WRONG_KEY = "not-a-key"
_REFUSED_REQUESTS = {
    "broken": _refuse_request(b'{"prompt": ', "invalid_request"),
    "list": _refuse_request(b"[]", "invalid_request"),
    "null": _refuse_request(b"null", "invalid_request"),
    "text": _refuse_request(b'"x"', "invalid_request"),
    "empty": _refuse_request(b"", "invalid_request"),
    "trailing": _refuse_request(lambda good: good + b" x", "invalid_request"),
    "latin": _refuse_request(lambda good: good[:-1] + b', "note": "\xfc"}', "invalid_request"),
    "nan": _refuse_request(lambda good: good[:-1] + b', "note": NaN}', "invalid_request"),
    "no-key": _refuse_request(None, "unauthorized", None),
    "wrong-key": _refuse_request(None, "unauthorized", _WRONG_KEY),
    "method": methods,
}
_REFUSED_POLLS = {
    "no-key": _refuse_poll("unauthorized", None),
    "wrong-key": _refuse_poll("unauthorized", _WRONG_KEY),
    "method": _refuse_poll("method_not_allowed", method="POST"),
}

#: The checks of this module by their names in cases.
ENDPOINT_CHECKS: dict[str, Check] = {
    "submit-refuses": submit_refuses,
    "unknown-status": unknown("status"),
    "unknown-result": unknown("result"),
    "unknown-model": unknown_model,
    "near-key": near_key,
    **{
        f"{endpoint}-{name}": make(endpoint)
        for name, make in _REFUSED_POLLS.items()
        for endpoint in ("status", "result")
    },
    **{
        f"{endpoint}-{name}": make(endpoint)
        for name, make in _REFUSED_REQUESTS.items()
        for endpoint in ("sync", "submit")
    },
}
