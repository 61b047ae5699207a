"""The check of each kind of case. A new kind needs a function and an entry in `CHECKS`."""

from __future__ import annotations

from ..cases import Case
from ..expected_files import LOSSY
from ..findings import CaseStopped, Unchecked, as_json
from ..formats.measure import measure
from ..payloads import smallest_payload
from ..service.checker import Check, Checker
from ..spec.facts import MISSING, Model, Source
from ..spec.validity import is_valid
from .encoding import has_other_default, report_default
from .endpoints import ENDPOINT_CHECKS, check_refusal, endpoint_of
from .errors import check_bound, check_error, check_listed
from .generation import (
    check_influence,
    generate,
    generate_once,
    generate_twice,
    is_left_to_service,
    is_same,
    payload_of,
)
from .jobs import follow, read_result, result_files, submit
from .scenarios import SCENARIO_CHECKS


def accept(checker: Checker, case: Case) -> None:
    """Check that a valid payload is accepted."""
    payload = payload_of(checker, case)
    images = generate(checker, payload)
    parameter = checker.model.parameters.get(case.parameter)
    sent = payload.get(case.parameter)
    listed = parameter is not None and parameter.known_values and isinstance(sent, str)
    if checker.service.provokes and checker.response is not None and parameter is not None and listed:
        # The mock accepts any value of an incomplete list, and marks a value that the page does not show as a guess.
        guessed = _GUESSED in checker.response.headers.get(_BASIS, "")
        known = sent in parameter.known_values
        if guessed == known:
            got = "a note that it is a guess" if guessed else "no note that it is a guess"
            source = checker.model.source(parameter.pointer("x-known-values"))
            checker.report("known-value", f"{parameter.name}, {_BASIS}", "a note only for other values", got, source)
    if parameter is not None:
        check_influence(checker, parameter, payload, images)


#: The mock's name for accepting a value that the page does not show.
_GUESSED = "undocumented-value"
#: The header in which the mock names the basis of its response.
_BASIS = "x-mock-basis"


def unchecked(checker: Checker, case: Case) -> None:
    """Say why a rule is not checked."""
    raise Unchecked(case.description)


def example(checker: Checker, case: Case) -> None:
    """Check that the example on the page is accepted."""
    model = checker.model
    for parameter in model.parameters.values():
        sent = model.example.get(parameter.name, MISSING)
        known = model.has_erratum(parameter) or any(erratum.at == "/example" for erratum in model.errata)
        wrong = parameter.required if sent is MISSING else not is_valid(parameter.schema, sent)
        if wrong and known:
            raise Unchecked(f"an erratum says that the example is not valid: {parameter.name}")
    try:
        generate(checker, model.example)
    except CaseStopped:
        invalid, source = checker.platform.status("invalid_request"), _doubtful_sample(model)
        got = checker.drift[-1].got if checker.drift else ""
        if invalid is not None and source is not None and got.startswith(f"{invalid.status} "):
            checker.weaken(source)
        raise


def _doubtful_sample(model: Model) -> Source | None:
    """Return what an erratum says of a value in the sample that the parameter's own row does not show; None if there is none."""
    for parameter in model.parameters.values():
        at = parameter.pointer().replace("/input/properties", "/example", 1)
        known = parameter.known_values
        for erratum in model.errata:
            if erratum.at == at and known and model.example.get(parameter.name) not in known:
                sample = f"the sample of page {erratum.page}, whose {parameter.name} may be wrong"
                return Source(f"{sample} (erratum {at} in {model.slug}.yaml: {erratum.why})", "inferred")
    return None


def refuse(checker: Checker, case: Case) -> None:
    """Check that an invalid payload is refused with a message and costs nothing."""
    operation = endpoint_of(checker)
    payload = payload_of(checker, case)
    message = check_refusal(checker, operation, payload)
    where = str(operation)
    parameter = checker.model.parameters.get(case.parameter)
    if parameter is not None and parameter.enum:
        check_listed(checker, parameter, payload.get(parameter.name), message, where)
    elif parameter is not None and type(payload.get(parameter.name)) in (int, float):
        check_bound(checker, parameter, message, where)


def default(checker: Checker, case: Case) -> None:
    """Check that omitting a parameter gives the same image as sending its default."""
    parameter = checker.model.parameters[case.parameter]
    without = payload_of(checker, case)
    first = generate_twice(checker, without)
    if first is None and parameter.name == "seed" and is_left_to_service(parameter.default):
        raise Unchecked(
            f"the default of seed is {as_json(parameter.default)}: the service picks one, and the files differ"
        )
    if first is None:
        if "seed" in without:
            source = Source("the same payload with the same seed gives the same image", "inferred")
            checker.report("not-repeatable", "the same request, sent twice", "the same image", "another image", source)
        raise Unchecked("the service does not return the same image twice, so its defaults can't be checked")
    second = generate_once(checker, {**without, parameter.name: parameter.default})
    if has_other_default(checker, parameter):
        report_default(checker, parameter)
    if is_same(checker, first, second):
        return
    source, got = checker.source, "another image"
    if second.shapes == first.shapes and not (first.exact and second.exact):
        basis = "bytes differ; whether the image does, the suite can't tell in this format"
        source, got = Source(f"{source.description}: {basis}", "inferred"), "other bytes"
    expected = f"the same image as with {parameter.name} left out"
    checker.report("wrong-default", f"the default of {parameter.name}", expected, got, source)


def quality(checker: Checker, case: Case) -> None:
    """Check that a higher quality gives more bytes and changes nothing else."""
    parameter = checker.model.parameters[checker.model.output["quality"]]
    low, high = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    payload = payload_of(checker, case)
    if low is None or high is None or checker.expected_files(payload).media_type not in LOSSY:
        raise Unchecked("no range of qualities is documented, or the format is lossless")
    worst, best = (generate(checker, {**payload, parameter.name: value})[0] for value in (low, high))
    where = f"{parameter.name}: {low}"
    if len(worst) >= len(best):
        got = f"{len(worst)}, against {len(best)}"
        checker.report("wrong-quality", where, f"fewer bytes than at {high}", got, checker.source)
    if measure(worst) != measure(best):
        got = " ".join(map(str, measure(worst)))
        checker.report("wrong-size", where, f"an image as at {high}", got, checker.source)


def queued_job(checker: Checker, case: Case) -> None:
    """Check a job from its submission to its images."""
    payload = payload_of(checker, case)
    job = submit(checker, payload)
    follow(checker, job)
    result_files(checker, job, checker.expected_files(payload))
    read_result(checker, job)  # a result can be read more than once


def unknown_parameter(checker: Checker, case: Case) -> None:
    """Check that an undocumented parameter is accepted, and that the mock marks this as a guess."""
    generate(checker, {**smallest_payload(checker.model), "no_such_parameter": 1})
    if (
        checker.service.provokes
        and checker.response is not None
        and _GUESSED not in checker.response.headers.get(_BASIS, "")
    ):
        checker.report(
            "known-value", f"no_such_parameter, {_BASIS}", "a note that it is a guess", "none", checker.source
        )


def foreign(checker: Checker, case: Case) -> None:
    """Check that another key can't read a job."""
    other = checker.service.other_key
    if not other:
        raise Unchecked("the service has no second key")
    job = submit(checker, smallest_payload(checker.model))
    for asked in (job.status, job.result):
        response = checker.get(asked, {checker.status("not_found").status}, key=other)
        check_error(checker, response, str(asked))


CHECKS: dict[str, Check] = {
    "accept": accept,
    "unchecked": unchecked,
    "example": example,
    "refuse": refuse,
    "default": default,
    "quality": quality,
    "job": queued_job,
    "foreign": foreign,
    "unknown-parameter": unknown_parameter,
    **ENDPOINT_CHECKS,
    **SCENARIO_CHECKS,
}
