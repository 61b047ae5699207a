"""Check what only a mock can be made to show: error statuses, no credits, failed jobs, expired results and defaults."""

from __future__ import annotations

from html import unescape

from ..cases import Case
from ..findings import Unchecked, printable
from ..payloads import smallest_payload
from ..service.checker import Check, Checker
from ..service.money import price_of
from ..service.run_state import fingerprint
from ..spec.facts import MISSING, Source
from ..spec.validity import is_valid
from ..values import boundary_values, plain_values
from .errors import check_error
from .generation import generate, generate_twice, is_left_to_service, payload_of
from .headers import check_reset
from .jobs import Job, follow, poll, read_result, submit

#: The first step of the clock in which the end of a job is looked for, and how later ones grow with the time since its submission.
_STEP_S, _GROWTH = 0.1, 0.03


def provoked_status(checker: Checker, case: Case) -> None:
    """Check an error status that the mock was asked for: body, headers and charge."""
    status = int(case.scenario.rpartition("-")[2])
    for operation in (checker.model.sync, checker.model.submit):
        if operation is None:
            continue
        where = str(operation)
        response = checker.post(operation, smallest_payload(checker.model), {status}, scenario=case.scenario)
        # The error message, or the HTML page.
        message = check_error(checker, response, where) or unescape(response.body.decode("utf-8", "replace"))
        known = checker.platform.statuses[status]
        title = known.title
        if title not in message:
            source = checker.platform.source(f"/statuses/{status}/title", "inferred")
            checker.report("other-title", where, title, printable(message, 200), source)
        if known.role == "rate_limited":
            check_reset(checker, response, where, checker.admin("clock")["now"])


def scenarios(checker: Checker, case: Case) -> None:
    """Check that the mock has a scenario for each documented status, and for no other status."""
    listed = checker.admin("scenarios").get("scenarios", {})
    played = {int(name[7:]) for name in listed if name.startswith("status-") and name[7:].isdigit()}
    documented = set(checker.platform.statuses)
    if played != documented:
        checker.report("other-statuses", "the mock's scenarios", sorted(documented), sorted(played), checker.source)


def no_credits(checker: Checker, case: Case) -> None:
    """Check that nothing is generated without credits, and one image with the price of one request."""
    if checker.service.shared:
        raise Unchecked("other workers use the same credits")
    key, ledger = checker.service.key, checker.service.ledger
    known = price_of(checker.platform, checker.model, smallest_payload(checker.model))
    price = float(known.most) if known else 0.0
    before = checker.admin(f"credits?key={key}")["accounts"][0]["credits"]
    try:
        for left in (left for left in (0, 0.000001, price - 0.000001) if 0 <= left < price):
            checker.admin("credits", {"key": key, "credits": left})
            ledger.forget()
            for operation in (checker.model.sync, checker.model.submit):
                if operation is not None:
                    response = checker.post(
                        operation, smallest_payload(checker.model), {checker.status("no_credits").status}
                    )
                    check_error(checker, response, str(operation))
        checker.about = "credits for exactly one request"
        checker.admin("credits", {"key": key, "credits": price})
        ledger.forget()
        if price:
            generate(checker, smallest_payload(checker.model))
    finally:
        checker.admin("credits", {"key": key, "credits": before})
        ledger.forget()


def failure(checker: Checker, case: Case) -> None:
    """Check that a failed job is reported by status and result, and that its price is refunded."""
    job = submit(checker, smallest_payload(checker.model), scenario=case.scenario)
    follow(checker, job, fails=True)
    read_result(checker, job, fails=True)


def retention(checker: Checker, case: Case) -> None:
    """Check that a result is available for the documented time, to a tenth of a second if the job's end is known so exactly."""
    queue = checker.platform.queue
    if checker.service.shared:
        raise Unchecked("other workers use the same clock")
    checker.admin("clock", {"freeze": True})
    try:
        job = submit(checker, smallest_payload(checker.model))
        submitted = _now(checker)
        earliest, latest = _end_of(checker, job, submitted)
        if checker.platform.value_of("retention-start") == "submit":
            earliest = latest = submitted
        _advance_to(checker, earliest + queue.retention_s - 0.1)
        checker.about = f"{queue.retention_s} s minus 0.1 s later"
        read_result(checker, job)
        checker.about = f"{queue.retention_s} s later"
        _advance_to(checker, latest + queue.retention_s)
        for asked in (job.status, job.result):
            check_error(checker, checker.get(asked, {checker.status("not_found").status}), str(asked))
    finally:
        checker.admin("clock", {"freeze": False})


def _end_of(checker: Checker, job: Job, submitted: float) -> tuple[float, float]:
    """Return the earliest and the latest time at which a job may have ended, with a clock that only the suite moves.

    A job that ends while the clock stands still ended with that poll. Otherwise it ended since the clock was moved last, which is
    done in steps of a tenth of a second at first. Raises Unchecked if the queue is slower than any client waits.
    """
    queue = checker.platform.queue
    # Of a usual mock, the first pending states are seen at once, the last one and the end after the first step.
    before, at, polls, step = submitted, submitted, len(queue.pending) - 1, _STEP_S
    while at - submitted <= queue.timeout_s:
        for number in range(polls):
            acceptor, where = poll(checker, job)
            if acceptor.outcome == "done":
                return (before if number == 0 else at), at
            if acceptor.outcome == "failed":
                source = Source("platform.yaml, /queue/acceptors", "page")
                raise checker.stop("wrong-end", where, queue.done[0], acceptor.value, source)
        checker.admin("clock", {"advance": step})
        before, at, polls = at, _now(checker), 2
        step = max(_STEP_S, (at - submitted) * _GROWTH)
    raise Unchecked(f"the job has not ended after {queue.timeout_s} s on the mock's clock")


def _now(checker: Checker) -> float:
    """Return the time of the mock's clock in seconds since 1970."""
    return float(checker.admin("clock")["now"])


def _advance_to(checker: Checker, moment: float) -> None:
    """Advance the mock's clock to a time. One that has passed is left alone."""
    checker.admin("clock", {"advance": max(0.0, moment - _now(checker))})


def unnamed_default(checker: Checker, case: Case) -> None:
    """Check that a parameter without a documented default does not act as if it had one of the values in the spec."""
    parameter, payload = checker.model.parameters[case.parameter], payload_of(checker, case)
    without = generate_twice(checker, payload)
    example = checker.model.example.get(parameter.name, MISSING)
    values = [*([example] if is_valid(parameter.schema, example) else []), *parameter.enum, *parameter.known_values]
    values += [
        value.value
        for value in (*boundary_values(parameter), *plain_values(parameter))
        if value.fits and not value.silent and not value.unchecked
    ]
    if parameter.name == "seed":
        values = [value for value in values if not is_left_to_service(value)]
    for value in values:
        try:
            images = fingerprint(generate(checker, {**payload, parameter.name: value}))
        except Unchecked:
            continue  # more or larger images than the suite asks for
        # A short answer in JSON may be the same by chance.
        if without is not None and images.hashes == without.hashes and checker.model.output["media"] != "json":
            source = Source(f"{checker.source.description}, which documents no default", "inferred")
            checker.report("unnamed-default", parameter.name, "no default", printable(value), source)
            return


#: The checks of this module by their names in cases.
SCENARIO_CHECKS: dict[str, Check] = {
    "provoked": provoked_status,
    "scenarios": scenarios,
    "no-credits": no_credits,
    "failure": failure,
    "retention": retention,
    "unnamed-default": unnamed_default,
}
