"""Pictures of good payloads, and what of the payload shows in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cases import LEFT_OUT, Case, smallest
from ..findings import Unchecked
from ..service.memory import Likeness, key_of, likeness
from ..service.probe import Probe
from ..spec.facts import MISSING, Parameter, Source
from .headers import check_good, number_in
from .jobs import follow, outcome_of, submit
from .pictures import check_delivery


def payload_of(probe: Probe, case: Case) -> dict[str, Any]:
    """The smallest good payload, changed as the case says."""
    payload = {**smallest(probe.model), **case.changes}
    return {name: value for name, value in payload.items() if value is not LEFT_OUT}


def draw(probe: Probe, payload: Mapping[str, Any]) -> list[bytes]:
    """The pictures that a good payload gives, at once, or by the queue for models that have no synchronous call."""
    if probe.model.sync is None:
        if probe.model.submit is None:
            raise Unchecked("the model has no path")
        job = submit(probe, payload)
        follow(probe, job)
        return outcome_of(probe, job, probe.order(payload))
    where = str(probe.model.sync)
    answer = probe.post(probe.model.sync, payload, {200})
    check_good(probe, answer, where, "sync")
    header = probe.platform.headers.get("seed")
    asked = payload.get("seed")
    if header is not None and type(asked) is int and 0 <= asked <= 2**53:
        used = number_in(answer.headers.get(header.name.lower()))
        if used is not None and used != asked:
            source = probe.platform.source("/headers/seed", header.basis)
            probe.note("wrong-seed", f"{where}, {header.name}", str(asked), str(used), source)
    return check_delivery(probe, answer, probe.order(payload), where)


def draw_twice(probe: Probe, payload: Mapping[str, Any]) -> Likeness | None:
    """The likeness of a payload's pictures, None if they are not the same twice; paid for once in a run."""
    key, pictures = key_of(probe.model.slug, payload), probe.place.memory.pictures
    if key not in pictures:
        first = likeness(draw(probe, payload))
        pictures[key] = first if likeness(draw(probe, payload)) == first else None
    return pictures[key]


def draw_once(probe: Probe, payload: Mapping[str, Any]) -> Likeness:
    """The likeness of a payload's pictures, which are not paid for again if they are known to repeat."""
    known = probe.place.memory.pictures.get(key_of(probe.model.slug, payload))
    return likeness(draw(probe, payload)) if known is None else known


def check_influence(probe: Probe, parameter: Parameter, payload: Mapping[str, Any], pictures: list[bytes]) -> None:
    """A parameter changes the picture, or what it is sent in, as against the smallest good payload.

    Nothing is paid for this: where calls cost money, it takes that payload to have been drawn for another case.
    """
    usual, model = smallest(probe.model), probe.model
    if probe.place.budget.most is not None and key_of(model.slug, usual) not in probe.place.memory.pictures:
        return
    name, output = parameter.name, model.output
    sent = payload.get(name, MISSING)
    if sent in (MISSING, "") or name == output.get("count") or usual.keys() - payload.keys():
        return
    if output.get("base64") in payload and name != output.get("base64"):
        return
    before = draw_twice(probe, usual)
    if before is None:
        return
    came = likeness(pictures)
    if came.shapes != before.shapes and name not in output.values():
        source = Source("what decides number, size and format of the pictures stands under output", "inferred")
        probe.note("unnamed-role", name, f"{_words(before)}, as without it", _words(came), source)
    travels = name == output.get("base64")
    unchanged = sent == usual.get(name, parameter.default) or travels
    if (came == before) == unchanged:
        return
    if unchanged:
        source = Source("base64 says how a picture is sent, and changes nothing in it", "inferred")
        probe.note("other-picture", name, "the same picture", "another one", source)
    elif probe.place.memory.is_first("ignored-parameter", model.slug, name) or probe.place.strict:
        source = Source("each parameter has its influence on the picture", "inferred")
        probe.note("ignored-parameter", name, "another picture than without it", "the same one", source)


def _words(these: Likeness) -> str:
    return ", ".join(f"{shape.media_type} of {shape.width} x {shape.height}" for shape in these.shapes)
