"""The scores of a run of mutants, as text and as `docs/mutation.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.contract.mutation.play import Played
from tests.contract.mutation.survivors import reason
from tests.providers.conftest import INVENTED

#: The lowest accepted score in percent. An invented provider has few facts, so one that no response shows weighs more.
_LEAST, _LEAST_OF_INVENTED = 95.0, 90.0
_KINDS = {"spec": "wrong specs", "mock": "wrong mocks"}


def percent(played: Sequence[Played]) -> float:
    """Return the killed share of the mutants from which a suite could be made."""
    fates = Counter(one.fate for one in played)
    return 100 * fates["killed"] / max(fates["killed"] + fates["survived"], 1)


def parts(played: Sequence[Played]) -> dict[str, list[Played]]:
    """Return the mutants by provider or medium and kind, as `zephyr, wrong specs`."""
    found: dict[str, list[Played]] = {}
    for one in played:
        found.setdefault(f"{one.part}, {_KINDS[one.kind]}", []).append(one)
    return found


def failures(played: Sequence[Played]) -> list[str]:
    """Return a message for each score that is too low and each survivor without a reason."""
    found = [
        f"{name}: {percent(some):.1f} % killed, expected at least {least} %"
        for name, some in parts(played).items()
        if percent(some) < (least := _LEAST_OF_INVENTED if some[0].part in INVENTED else _LEAST)
    ]
    return found + [
        f"no reason is given for {one.name}" for one in played if one.fate == "survived" and not reason(one.name)
    ]


def as_text(played: Sequence[Played]) -> Iterator[str]:
    """Yield the scores in lines, with each survivor."""
    for name, some in parts(played).items():
        fates = Counter(one.fate for one in some)
        born = fates["killed"] + fates["survived"]
        yield f"{name}: {fates['killed']} of {born} killed, {percent(some):.1f} %" + (
            f" ({fates['stillborn']} more gave no suite)" if fates["stillborn"] else ""
        )
    linted = [one for one in played if one.lint]
    yield f"lint would refuse {len(linted)} of the wrong specs; they were played all the same"
    for one in played:
        if one.fate != "killed":
            yield f"  {one.fate}: {one.name}: {reason(one.name) or one.words or 'no reason is known'}"


_HEAD = """\
# What the contract suite detects

This page is written by `make mutation`. It plays mutants of three providers: Segmind, and the invented Zephyr (synchronous
calls only) and Borealis (a queue on another host). A fourth, Lumen, is Segmind's platform with invented models of every medium;
its mutants are counted by medium. A wrong spec has one changed fact; the suite generated from it runs against the
correct mock. A wrong mock is the correct one behind a function that changes one kind of response
(`tests/contract/mutation/mocks.py`, `any_mocks.py` and `media_mocks.py`); the correct suite runs against it. A mutant is killed if the suite reports
drift.

A spec that only says less is not wrong and not a mutant: without the sample that a page prints as the default of a required
parameter, without a default that the spec shows nowhere else, without a value of an open list, without the longest length of a file,
or without the parameter for the number or quality of images. Specs that lint would refuse are played, too.

| provider or medium, and kind | mutants | killed | score |
|---|---|---|---|
"""


def as_markdown(played: Sequence[Played]) -> str:
    """Return the page of the documentation."""
    lines = _HEAD.splitlines()
    for name, some in parts(played).items():
        fates = Counter(one.fate for one in some)
        lines.append(f"| {name} | {fates['killed'] + fates['survived']} | {fates['killed']} | {percent(some):.1f} % |")
    lines += ["", "## Survivors", ""]
    reasons: dict[str, list[str]] = {}
    for one in played:
        if one.fate == "survived":
            reasons.setdefault(reason(one.name) or "No reason is known.", []).append(one.name)
    for words, names in reasons.items():
        lines += [f"- {_code(name)}" for name in names] + ["", words, ""]
    lines += ["## How wrong mocks are detected", ""]
    for name, some in parts(played).items():
        killed = [one for one in some if one.kind == "mock" and one.fate == "killed"]
        if killed:
            lines += [f"### {name}", "", "| wrong mock | case and finding |", "|---|---|"]
            lines += [f"| {one.name.partition('mock: ')[2]} | {_finder(one)} |" for one in killed]
            lines.append("")
    return "\n".join(lines[:-1] if not lines[-1] else lines) + "\n"


def _finder(one: Played) -> str:
    """Return the case and the code of the finding that killed a mutant."""
    _, case, rest = one.words.split(": ", 2)
    code = next((part for part in rest.split(": ") if "-" in part and " " not in part), "")
    return f"{_code(case)} {code}".strip()


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("|", "¦") + "`"
