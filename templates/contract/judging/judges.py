"""How each kind of case is sent and judged. A new kind is a new function and a row of `JUDGES`."""

from __future__ import annotations

from ..cases import Case, smallest
from ..findings import Unchecked
from ..images import measure
from ..orders import LOSSY
from ..service.probe import Judge, Probe
from ..spec.facts import Source
from .doors import DOORS, door_of, refused
from .drawing import check_influence, draw, draw_once, draw_twice, payload_of
from .errors import check_bound, check_error, check_listed
from .jobs import follow, outcome_of, submit
from .provoked import PROVOKED


def accept(probe: Probe, case: Case) -> None:
    """The payload is good."""
    payload = payload_of(probe, case)
    pictures = draw(probe, payload)
    parameter = probe.model.parameters.get(case.parameter)
    sent = payload.get(case.parameter)
    listed = parameter is not None and parameter.known_values and isinstance(sent, str)
    if probe.place.provokes and probe.answer is not None and parameter is not None and listed:
        # The mock takes any value of a list that the page cut short, and says so where it is not a known one.
        guessed = _GUESSED in probe.answer.headers.get(_BASIS, "")
        known = sent in parameter.known_values
        if guessed == known:
            came = "a note that it is a guess" if guessed else "no note that it is a guess"
            source = probe.model.source(parameter.pointer("x-known-values"))
            probe.note("known-value", f"{parameter.name}, {_BASIS}", "a note only for other values", came, source)
    if parameter is not None:
        check_influence(probe, parameter, payload, pictures)


#: What the mock calls it when a value is taken that the page does not show.
_GUESSED = "undocumented-value"
#: The header in which the mock says what its answer rests on.
_BASIS = "x-mock-basis"


def example(probe: Probe, case: Case) -> None:
    """The page's own example is good."""
    draw(probe, probe.model.example)


def refuse(probe: Probe, case: Case) -> None:
    """The payload is refused in words, and costs nothing."""
    operation = door_of(probe)
    payload = payload_of(probe, case)
    words = refused(probe, operation, payload)
    where = str(operation)
    parameter = probe.model.parameters.get(case.parameter)
    if parameter is not None and parameter.enum:
        check_listed(probe, parameter, payload.get(parameter.name), words, where)
    elif parameter is not None and type(payload.get(parameter.name)) in (int, float):
        check_bound(probe, parameter, words, where)


def default(probe: Probe, case: Case) -> None:
    """What is left out is taken to be the default: the same picture comes as when it is sent."""
    parameter = probe.model.parameters[case.parameter]
    without = payload_of(probe, case)
    first = draw_twice(probe, without)
    if first is None:
        if "seed" in without:
            source = Source("the same payload with the same seed gives the same picture", "inferred")
            probe.note("other-picture", "a payload sent twice", "the same picture", "another one", source)
        raise Unchecked(
            "the service does not draw the same picture twice, so that what it took as default can't be seen"
        )
    if draw_once(probe, {**without, parameter.name: parameter.default}) != first:
        expected = f"the same picture as with {parameter.name} left out"
        probe.note("wrong-default", f"the default of {parameter.name}", expected, "another one", probe.source)


def quality(probe: Probe, case: Case) -> None:
    """A better quality takes more bytes, and changes nothing else."""
    parameter = probe.model.parameters[probe.model.output["quality"]]
    low, high = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    payload = payload_of(probe, case)
    if low is None or high is None or probe.order(payload).media_type not in LOSSY:
        raise Unchecked("no range of qualities is documented, or pictures are of a format that loses nothing")
    worst, best = (draw(probe, {**payload, parameter.name: value})[0] for value in (low, high))
    where = f"{parameter.name}: {low}"
    if len(worst) >= len(best):
        came = f"{len(worst)}, against {len(best)}"
        probe.note("wrong-quality", where, f"fewer bytes than at {high}", came, probe.source)
    if measure(worst) != measure(best):
        came = " ".join(map(str, measure(worst)))
        probe.note("wrong-size", where, f"a picture as at {high}", came, probe.source)


def job(probe: Probe, case: Case) -> None:
    """A job from its submit to its pictures."""
    payload = payload_of(probe, case)
    given = submit(probe, payload)
    follow(probe, given)
    outcome_of(probe, given, probe.order(payload))


def unknown_parameter(probe: Probe, case: Case) -> None:
    """A parameter that the page does not show is let through, and the mock says that this is a guess."""
    draw(probe, {**smallest(probe.model), "no_such_parameter": 1})
    if probe.place.provokes and probe.answer is not None and _GUESSED not in probe.answer.headers.get(_BASIS, ""):
        probe.note("known-value", f"no_such_parameter, {_BASIS}", "a note that it is a guess", "none", probe.source)


def foreign(probe: Probe, case: Case) -> None:
    """Nobody sees another key's job."""
    other = probe.place.other_key
    if not other:
        raise Unchecked("there is no second key")
    given = submit(probe, smallest(probe.model))
    for asked in (given.status, given.result):
        answer = probe.get(asked, {probe.status("not_found").status}, key=other)
        check_error(probe, answer, str(asked))


JUDGES: dict[str, Judge] = {
    "accept": accept,
    "example": example,
    "refuse": refuse,
    "default": default,
    "quality": quality,
    "job": job,
    "foreign": foreign,
    "unknown-parameter": unknown_parameter,
    **DOORS,
    **PROVOKED,
}
