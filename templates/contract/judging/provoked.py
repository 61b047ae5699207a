"""What only a mock can be made to do: statuses out of the ordinary, no credits, jobs that fail, the end of a result's
time, and drawing the same picture for what is left out.
"""

from __future__ import annotations

from html import unescape

from ..cases import Case, smallest
from ..findings import Unchecked, shown
from ..service.memory import likeness
from ..service.money import price_of
from ..service.probe import Judge, Probe
from ..spec.facts import MISSING, Source
from ..values import boundary_values, plain_values
from .drawing import draw, draw_twice, payload_of
from .errors import check_error
from .headers import check_reset
from .jobs import follow, read_result, submit


def provoked(probe: Probe, case: Case) -> None:
    """A status that the mock was asked for: its body, its headers, and that it costs nothing where that is said."""
    status = int(case.scenario.rpartition("-")[2])
    for operation in (probe.model.sync, probe.model.submit):
        if operation is None:
            continue
        where = str(operation)
        answer = probe.post(operation, smallest(probe.model), {status}, scenario=case.scenario)
        # The words of an error, or else the page that it is.
        said = check_error(probe, answer, where) or unescape(answer.body.decode("utf-8", "replace"))
        known = probe.platform.statuses[status]
        title = known.title
        if title not in said:
            source = probe.platform.source(f"/statuses/{status}/title", "inferred")
            probe.note("other-title", where, title, shown(said, 200), source)
        if known.role == "rate_limited":
            check_reset(probe, answer, where, probe.admin("clock")["now"])


def scenarios(probe: Probe, case: Case) -> None:
    """The mock plays the statuses that are documented here, and no others by name."""
    listed = probe.admin("scenarios").get("scenarios", {})
    played = {int(name[7:]) for name in listed if name.startswith("status-") and name[7:].isdigit()}
    documented = set(probe.platform.statuses)
    if played != documented:
        probe.note("other-statuses", "the mock's scenarios", sorted(documented), sorted(played), probe.source)


def no_credits(probe: Probe, case: Case) -> None:
    """Without credits nothing is drawn, and with the price of one request one picture is."""
    if probe.place.shared:
        raise Unchecked("others use the same credits")
    key, ledger, price = probe.place.key, probe.place.ledger, float(price_of(probe.platform, probe.model) or 0)
    before = probe.admin(f"credits?key={key}")["accounts"][0]["credits"]
    try:
        for left in (left for left in (0, 0.000001, price - 0.000001) if 0 <= left < price):
            probe.admin("credits", {"key": key, "credits": left})
            ledger.forget()
            for operation in (probe.model.sync, probe.model.submit):
                if operation is not None:
                    answer = probe.post(operation, smallest(probe.model), {probe.status("no_credits").status})
                    check_error(probe, answer, str(operation))
        probe.about = "as many credits as the price"
        probe.admin("credits", {"key": key, "credits": price})
        ledger.forget()
        if price:
            draw(probe, smallest(probe.model))
    finally:
        probe.admin("credits", {"key": key, "credits": before})
        ledger.forget()


def failure(probe: Probe, case: Case) -> None:
    """A job that fails says so on both URLs, and its price comes back."""
    given = submit(probe, smallest(probe.model), scenario=case.scenario)
    follow(probe, given, fails=True)
    read_result(probe, given, fails=True)


def retention(probe: Probe, case: Case) -> None:
    """A result is kept for as long as documented, to the tenth of a second, and no longer."""
    queue = probe.platform.queue
    if probe.place.shared:
        raise Unchecked("others use the same clock")
    probe.admin("clock", {"freeze": True})
    try:
        given = submit(probe, smallest(probe.model))
        submitted = probe.admin("clock")["now"]
        probe.admin("clock", {"advance": min(60, queue.retention_s / 2)})
        follow(probe, given)
        begins = submitted if probe.platform.value_of("retention-start") == "submit" else probe.admin("clock")["now"]
        probe.admin("clock", {"advance": begins + queue.retention_s - 0.1 - probe.admin("clock")["now"]})
        probe.about = f"0.1 s before {queue.retention_s} s are over"
        read_result(probe, given)
        probe.about = f"after {queue.retention_s} s"
        probe.admin("clock", {"advance": 0.1})
        for asked in (given.status, given.result):
            check_error(probe, probe.get(asked, {probe.status("not_found").status}), str(asked))
    finally:
        probe.admin("clock", {"freeze": False})


def unnamed_default(probe: Probe, case: Case) -> None:
    """What has no documented default is not taken to be any value that the spec shows."""
    parameter, payload = probe.model.parameters[case.parameter], payload_of(probe, case)
    without = draw_twice(probe, payload)
    example = probe.model.example.get(parameter.name, MISSING)
    values = [*([] if example is MISSING else [example]), *parameter.enum, *parameter.known_values]
    values += [
        value.value
        for value in (*boundary_values(parameter), *plain_values(parameter))
        if value.fits and not value.silent
    ]
    for value in values:
        if without is not None and likeness(draw(probe, {**payload, parameter.name: value})) == without:
            source = Source(f"{probe.source.words}, which names no default", "inferred")
            probe.note("unnamed-default", parameter.name, "no value in particular", shown(value), source)
            return


#: The judges of this module by their names in cases.
PROVOKED: dict[str, Judge] = {
    "provoked": provoked,
    "scenarios": scenarios,
    "no-credits": no_credits,
    "failure": failure,
    "retention": retention,
    "unnamed-default": unnamed_default,
}
