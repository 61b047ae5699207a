"""Generate images from valid payloads, and check how parameters influence them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cases import LEFT_OUT, Case
from ..findings import Unchecked
from ..payloads import smallest_payload
from ..service.checker import Checker
from ..service.run_state import Fingerprint, fingerprint, payload_key
from ..spec.facts import MISSING, Parameter, Source
from ..spec.validity import is_same_json
from .files import check_sync_output
from .headers import check_success, number_in
from .jobs import follow, result_files, submit


def payload_of(checker: Checker, case: Case) -> dict[str, Any]:
    """Return the smallest valid payload with the changes of the case."""
    payload = {**smallest_payload(checker.model, case.changes), **case.changes}
    return {name: value for name, value in payload.items() if value is not LEFT_OUT}


def generate(checker: Checker, payload: Mapping[str, Any]) -> list[bytes]:
    """Generate the images of a valid payload, through the queue if the model has no synchronous call."""
    if checker.model.sync is None:
        if checker.model.submit is None:
            raise Unchecked("the model has no path")
        job = submit(checker, payload)
        follow(checker, job)
        return result_files(checker, job, checker.expected_files(payload))
    where = str(checker.model.sync)
    response = checker.post(checker.model.sync, payload, {200})
    check_success(checker, response, where, "sync")
    header = checker.platform.headers.get("seed")
    asked = payload.get("seed")
    if header is not None and type(asked) is int and 0 <= asked <= 2**53:
        used = number_in(response.headers.get(header.name.lower()))
        if used is not None and used != asked:
            source = checker.platform.source("/headers/seed", header.basis)
            checker.report("wrong-seed", f"{where}, {header.name}", str(asked), str(used), source)
    return check_sync_output(checker, response, checker.expected_files(payload), where, payload)


def generate_twice(checker: Checker, payload: Mapping[str, Any]) -> Fingerprint | None:
    """Return the fingerprint of a payload's images, None if two requests give different ones. Paid for once in a run."""
    key, images = payload_key(checker.model.slug, payload), checker.service.run_state.fingerprints
    if key not in images:
        first = fingerprint(generate(checker, payload))
        images[key] = first if is_same(checker, fingerprint(generate(checker, payload)), first) else None
    return images[key]


def _files(checker: Checker, files: Fingerprint) -> tuple[str, ...]:
    return files.hashes if checker.service.provokes else files.data


def is_same(checker: Checker, one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether two answers have the same files. Those of the mock tell all parameters apart, in their metadata."""
    return one.hashes == other.hashes or (not checker.service.provokes and one.looks_like(other))


def generate_once(checker: Checker, payload: Mapping[str, Any]) -> Fingerprint:
    """Return the fingerprint of a payload's images, without a request if they are known."""
    known = checker.service.run_state.fingerprints.get(payload_key(checker.model.slug, payload))
    return fingerprint(generate(checker, payload)) if known is None else known


def check_influence(checker: Checker, parameter: Parameter, payload: Mapping[str, Any], images: list[bytes]) -> None:
    """Check that a parameter changes the image or its format, compared with the smallest valid payload.

    This never costs money: if requests are billed, it only uses images of earlier cases.
    """
    usual, model = smallest_payload(checker.model), checker.model
    if (
        checker.service.budget.most is not None
        and payload_key(model.slug, usual) not in checker.service.run_state.fingerprints
    ):
        return
    name, output = parameter.name, model.output
    if output["media"] == "json":
        # A short answer may be the same by chance.
        return
    sent = payload.get(name, MISSING)
    if sent in (MISSING, "") or name == output.get("count") or usual.keys() - payload.keys():
        return
    if output.get("base64") in payload and name != output.get("base64"):
        return
    if name == "seed" and is_left_to_service(sent) and is_left_to_service(usual.get(name, parameter.default)):
        return
    before = generate_twice(checker, usual)
    if before is None:
        return
    got = fingerprint(images)
    if got.shapes != before.shapes and name not in output.values():
        source = Source(
            "parameters that decide number, size and format of the images are listed under output", "inferred"
        )
        checker.report("unnamed-role", name, f"{_describe(before)}, as without it", _describe(got), source)
    is_encoding = name == output.get("base64")
    unchanged = is_same_json(sent, usual.get(name, parameter.default)) or is_encoding
    # Without base64, a response may have room for the first of several images only.
    if is_encoding:
        same = _files(checker, got)[:1] == _files(checker, before)[:1]
    else:
        same = got.hashes == before.hashes or (unchanged and got.looks_like(before))
    if same == unchanged:
        return
    if unchanged:
        source = Source("base64 changes how an image is sent, not the image", "inferred")
        checker.report("other-image", name, "the same image", "another image", source)
    elif checker.service.run_state.is_first("ignored-parameter", model.slug, name) or checker.service.strict:
        source = Source("every parameter influences the image", "inferred")
        checker.report("ignored-parameter", name, "another image than without it", "the same image", source)


def is_left_to_service(seed: Any) -> bool:
    """Return whether the service picks the seed: none is sent, or null or a negative number."""
    return type(seed) is not int or seed < 0


def _describe(these: Fingerprint) -> str:
    return ", ".join(
        f"{shape.media_type} of {shape.width} x {shape.height}" if shape.width else shape.media_type
        for shape in these.shapes
    )
