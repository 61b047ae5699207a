"""Findings grouped by what causes them: one missing header is one group, however many responses lack it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .results import CaseResult, FindingRecord

#: What is wrong with a value that must be refused, by the rule that it breaks.
_FAMILIES = {
    "type": "values of a wrong type",
    "enum": "values that are not listed",
    "multipleOf": "numbers between the documented steps",
    "pattern": "texts that don't match the pattern",
    "required": "a required parameter left out",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "numbers outside the range"),
    **dict.fromkeys(("minLength", "maxLength"), "texts of a wrong length"),
    **dict.fromkeys(("minItems", "maxItems"), "lists of a wrong length"),
}
#: By code: the title of a group.
_TITLES = {
    "missing-header": "The header {part} is missing",
    "bad-header": "The header {part} has an invalid value",
    "unknown-header": "The header {part} is not documented",
    "repeated-id": "Several responses have the same {part}",
    "wrong-content-type": "The label of a file is {got}, but the file is {expected}",
    "wrong-format": "Files are {got}, not {expected}",
    "wrong-format-name": "The field {part} is {got}, but the files are {expected}",
    "wrong-size": "The {part} of images is not the requested one",
    "wrong-length": "The length of files is not the requested one",
    "wrong-rate": "The frame rate of videos is not the requested one",
    "wrong-kind": "Responses are not {expected}",
    "empty-text": "Responses have no text at {part}",
    "wrong-count": "The number of files is not the requested one",
    "unknown-state": "The state {got} of jobs is not documented",
    "unknown-key": "Responses have the undocumented key {part}",
    "missing-key": "Responses lack the key {part}",
    "wrong-default": "Defaults are not the documented ones: {items}",
    "ignored-parameter": "Parameters are ignored: {items}",
    "unnamed-role": "The undocumented effect of {where}: it changes number, size or format of images",
    "not-repeatable": "The seed has no effect: the same request gives different files",
    "no-file": "Responses do not hold {expected}",
    "damaged-file": "Files are cut short or damaged",
    "empty-answer": "Responses do not hold {expected}",
    "in-json": "Files come in JSON, and not in the form that was observed",
    "in-base64": "The value {part} has no effect: files come as base64 in JSON",
    "not-in-base64": "The value {part} has no effect: files come as they are, and not in JSON",
    "error-envelope": "Errors have no message at {part}",
    "no-object": "Responses are no JSON object",
    "endless-job": "Jobs do not end, or later than a client waits",
    "no-answer": "Requests get no response",
    "wrong-charge": "The remaining credits don't follow from the documented price",
    "wrong-seed": "The seed in {part} is not the one that was sent",
    "same-image": "Several files of one request are copies of one",
    "wrong-file-size": "The size that a result names is not that of the file",
    "wrong-type": "The content type of errors is {got}, not {expected}",
    "wrong-cost": "The cost of a request is not the documented price",
    "other-bound": "Error messages name another bound: {part}",
}
#: How many of the items of a group its title lists.
MOST_ITEMS = 8
#: Codes whose groups differ in what was got, not in where it was found.
_BY_VALUE = frozenset({"wrong-content-type", "wrong-format", "wrong-format-name", "wrong-type", "unknown-state"})
#: Codes of which each is one group, wherever it was found.
_ONE_GROUP = frozenset(
    {"no-file", "damaged-file", "empty-answer", "in-json", "ignored-parameter", "wrong-default", "same-image"}
)
#: Stands for requests that are answered though their key is missing or wrong.
_OPEN = "open"
#: The gravest codes, which come first: there is no answer that other checks could judge.
_GRAVEST = ("not-served", "no-file", "no-download", "damaged-file", "empty-answer", _OPEN)
#: Bodies that are refused before any parameter is looked at, by the ends of the names of their checks.
_BODIES = ("-broken", "-list", "-null", "-text", "-empty", "-trailing", "-latin", "-nan")
_KEYS = ("-no-key", "-wrong-key", "near-key")
#: Statuses that say that a service has looked at the parameters. With others, it has not even come to that.
_ABOUT_PARAMETERS = ("400", "422")


class Place(NamedTuple):
    """One finding of a group, and the case that found it."""

    case: CaseResult
    finding: FindingRecord


class Group(NamedTuple):
    """Findings with one cause. A group of doubts differs from what no page says."""

    title: str
    severity: str
    code: str
    places: list[Place]

    @property
    def cases(self) -> list[str]:
        """Names of the cases that found it."""
        return list(dict.fromkeys(place.case.id for place in self.places))

    @property
    def models(self) -> list[str]:
        """Slugs of the models concerned."""
        return list(dict.fromkeys(place.case.slug for place in self.places))

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters that the cases were about."""
        return list(dict.fromkeys(place.case.parameter for place in self.places if place.case.parameter))


class _Cause(NamedTuple):
    """The common part of findings with one cause. The title lists the `item` of each where it says `{items}`.

    With `names`, it also lists the parameters that the cases were about.
    """

    key: tuple[str, ...]
    title: str
    item: str = ""
    names: bool = False


def groups_of(records: Iterable[CaseResult]) -> list[Group]:
    """Return the groups of all findings: drift before doubts, and those first that most cases found."""
    found: dict[tuple[str, ...], list[tuple[_Cause, Place]]] = {}
    for severity, place in _places(records):
        cause = _cause(place, severity)
        found.setdefault((severity, *cause.key), []).append((cause, place))
    groups: list[Group] = []
    for key, entries in found.items():
        items = list(dict.fromkeys(cause.item for cause, _ in entries))
        group = Group("", key[0], key[1], [place for _, place in entries])
        title = entries[0][0].title
        if title.startswith("{items}"):
            items[0] = items[0][:1].upper() + items[0][1:]
        title = title.replace("{items}", listed(items))
        if entries[0][0].names and group.parameters:
            title += f" ({listed(group.parameters)})"
        groups.append(group._replace(title=title))
    return sorted(groups, key=_rank)


def listed(items: list[str]) -> str:
    """Return the first items for a title, and how many there are besides."""
    return ", ".join(items[:MOST_ITEMS]) + (f" and {len(items) - MOST_ITEMS} more" if items[MOST_ITEMS:] else "")


def _rank(group: Group) -> tuple[bool, int, int, str]:
    case, finding = group.places[0]
    is_open = case.check.endswith(_KEYS) and finding["got"].startswith("2")
    code = _OPEN if is_open else group.code
    gravity = _GRAVEST.index(code) if code in _GRAVEST else len(_GRAVEST)
    return group.severity != "drift", gravity, -len(group.cases), group.title


def _places(records: Iterable[CaseResult]) -> Iterator[tuple[str, Place]]:
    for record in records:
        yield from (("drift", Place(record, finding)) for finding in record.drift)
        yield from (("doubt", Place(record, finding)) for finding in record.doubts)


def _cause(place: Place, severity: str) -> _Cause:
    case, finding = place
    code, where = finding["code"], finding["where"]
    if code in ("wrong-status", "undocumented-status"):
        return _cause_of_status(case, finding)
    if code == "not-served":
        status = finding["got"].partition(" ")[0]
        return _Cause((code, case.slug, status), f"{case.slug}: not served ({status}): {{items}}", where)
    if code == "no-download":
        status = finding["got"].partition(" ")[0]
        return _Cause((code, status), f"The URL of a file answers {status}")
    if code == "server-error":
        title = "Invalid values make the service fail, while valid requests succeed: {items}"
        return _Cause((code,), title, _family(case), names=True)
    request, _, path = where.partition(", ")
    # The last part is the header, side or pointer; numbers in pointers are those of images.
    part = re.sub(r"/[0-9]+", "/N", path.rpartition(", ")[2])
    if code == "missing-header" and severity == "doubt":
        return _Cause((code,), "Headers that no page documents are missing: {items}", part)
    got = finding["got"].partition(" with the label ")[0]
    about = got if code in _BY_VALUE else part or ("" if " /" in request else where)
    about = "" if code in _ONE_GROUP else about
    template = _TITLES.get(code, f"{code.replace('-', ' ').capitalize()}{f': {about}' if about else ''}")
    for name, value in (("part", part), ("where", where), ("got", got), ("expected", finding["expected"])):
        template = template.replace(f"{{{name}}}", value)
    return _Cause((code, about), template[:1].upper() + template[1:], where.removeprefix("the default of "))


def _family(case: CaseResult) -> str:
    """Return what is wrong with the request of a case, which must be refused."""
    return (
        "bodies that are no JSON object"
        if case.check.endswith(_BODIES)
        else _FAMILIES.get(case.rule, "wrong parameters")
    )


def _cause_of_status(case: CaseResult, finding: FindingRecord) -> _Cause:
    code, got, wanted = finding["code"], finding["got"].partition(" ")[0], finding["expected"].removeprefix("status ")
    instead = f"{got} instead of {wanted}"
    if case.check in ("refuse", "submit-refuses") or case.check.endswith(_BODIES):
        who = "The queue accepts invalid values" if case.check == "submit-refuses" else "Invalid values are accepted"
        family = _family(case)
        if got.startswith("2"):
            refused = "refusing them" if case.check == "submit-refuses" else "refused"
            return _Cause((code, who), f"{who} instead of {refused} with {wanted}: {{items}}", family, names=True)
        if case.check == "submit-refuses":
            return _Cause((code, "queue", got), f"The queue refuses invalid values with {instead}: {{items}}", family)
        title = f"Invalid values are refused with {instead}: {{items}}"
        return _Cause((code, "refused", got), title, family, names=True)
    about = finding["about"] or case.description or case.check
    for kind, checks in (("key", _KEYS), ("method", "-method")):
        if case.check.endswith(checks):
            return _Cause((code, kind, got, wanted), f"{{items}}: status {instead}", about)
    if got[:1] in "23" and wanted.startswith("2"):
        return _Cause((code, "valid", got), f"Valid requests get {instead}")
    if case.parameter and case.silent:
        beyond = "beyond the known ones" if case.rule == "x-known-values" else "that no page rules out"
        title = f"Values of {case.parameter} {beyond} are refused with {got}"
        return _Cause((code, "silent", case.parameter, got, beyond), title)
    if case.parameter and case.rule:
        if got in _ABOUT_PARAMETERS:
            return _Cause(
                (code, "valid", case.parameter, got), f"Valid values of {case.parameter} are refused with {got}"
            )
        return _Cause((code, "valid", got), f"Valid values are refused with {got}", names=True)
    return _Cause((code, about, got), f"{about[:1].upper()}{about[1:]}: status {instead}")
