"""How many mutants were killed, in words and as `docs/mutation.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.contract.mutation.play import Played
from tests.contract.mutation.survivors import reason

#: What must be killed of each kind, in percent.
LEAST = 95.0


def is_mock(played: Played) -> bool:
    """Whether it is a wrong mock; else it is a wrong spec."""
    return played.name.startswith("mock: ")


def percent(played: Sequence[Played]) -> float:
    """How many of those that were born were killed."""
    fates = Counter(one.fate for one in played)
    return 100 * fates["killed"] / max(fates["killed"] + fates["survived"], 1)


def parts(played: Sequence[Played]) -> dict[str, list[Played]]:
    """Wrong specs and wrong mocks."""
    return {
        "wrong specs": [one for one in played if not is_mock(one)],
        "wrong mocks": [one for one in played if is_mock(one)],
    }


def failures(played: Sequence[Played]) -> list[str]:
    """What is not as it must be: a score that is too low, a survivor that nobody has explained."""
    found = [
        f"{kind}: {percent(some):.1f} % killed, {LEAST} % must be"
        for kind, some in parts(played).items()
        if some and percent(some) < LEAST
    ]
    return found + [
        f"no reason is given for {one.name}" for one in played if one.fate == "survived" and not reason(one.name)
    ]


def as_text(played: Sequence[Played]) -> Iterator[str]:
    """The score in lines, with each survivor."""
    for kind, some in parts(played).items():
        fates = Counter(one.fate for one in some)
        born = fates["killed"] + fates["survived"]
        yield f"{kind}: {fates['killed']} of {born} killed, {percent(some):.1f} %" + (
            f" ({fates['stillborn']} more gave no suite)" if fates["stillborn"] else ""
        )
    linted = [one for one in played if one.lint]
    yield f"{len(linted)} of the wrong specs lint would have refused; they were played all the same"
    for one in played:
        if one.fate != "killed":
            yield f"  {one.fate}: {one.name}: {reason(one.name) or one.words or 'no reason is known'}"


def as_markdown(played: Sequence[Played]) -> str:
    """The page of the documentation."""
    lines = [
        "# How good the contract kit is",
        "",
        "Measured by `make mutation`, which writes this page. A wrong spec is one fact of a spec changed before its suite is",
        "generated; the suite then runs against the true mock. A wrong mock is the true one behind a function that bends one",
        "kind of answer (`tests/contract/mutation/mocks.py`); the true suite runs against it. A mutant is killed if the suite",
        "finds a difference. A spec that only says less (the sample that a page prints as a required parameter's default, a",
        "value left out of an open list, which parameter holds number or quality of the pictures) is not wrong and no mutant.",
        "Lint is left aside: a wrong spec that it would refuse is played, too.",
        "",
        "| | mutants | killed | score |",
        "|---|---|---|---|",
    ]
    for kind, some in parts(played).items():
        fates = Counter(one.fate for one in some)
        lines.append(f"| {kind} | {fates['killed'] + fates['survived']} | {fates['killed']} | {percent(some):.1f} % |")
    lines += ["", "## Survivors", ""]
    reasons: dict[str, list[str]] = {}
    for one in played:
        if one.fate == "survived":
            reasons.setdefault(reason(one.name) or "No reason is known.", []).append(one.name)
    for words, names in reasons.items():
        lines += [f"- {_code(name)}" for name in names] + ["", words, ""]
    lines += ["## By what wrong mocks are found", "", "| wrong mock | found by |", "|---|---|"]
    lines += [
        f"| {one.name.removeprefix('mock: ')} | {_finder(one)} |"
        for one in played
        if is_mock(one) and one.fate == "killed"
    ]
    return "\n".join(lines) + "\n"


def _finder(one: Played) -> str:
    """The case and the kind of finding, as `case: code`."""
    _, case, rest = one.words.split(": ", 2)
    code = next((part for part in rest.split(": ") if "-" in part and " " not in part), "")
    return f"{_code(case)} {code}".strip()


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("|", "¦") + "`"
