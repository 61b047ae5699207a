"""Findings of the proxy: their codes, one finding, and the log of those that were made.

Codes are stable. A finding is `drift` if something departs from what a page documents or the official SDK relies on, and
a `note` if it only shows that one of our assumptions is wrong.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from ..platform.basis_header import NOTES
from ..spec.facts import Basis

Side = Literal["client", "service"]
Severity = Literal["drift", "note"]

#: The length to which a finding shortens foreign text.
_SHOWN = 200


class FindingCode(NamedTuple):
    """One kind of finding. `most` is its highest severity: a note never fails a run."""

    side: Side
    most: Severity
    meaning: str


CODES: Mapping[str, FindingCode] = {
    # Requests of the client.
    "missing-key": FindingCode("client", "drift", "The request carried no API key, or one that is not accepted here."),
    "key-in-query": FindingCode("client", "drift", "The URL contained a secret, which was removed."),
    "unknown-path": FindingCode("client", "note", "The spec does not have this path."),
    "wrong-method": FindingCode("client", "drift", "The path does not allow this method."),
    "request-type": FindingCode("client", "note", "The body was not declared as JSON."),
    "malformed-body": FindingCode("client", "drift", "The body is not a JSON object."),
    "invalid-parameter": FindingCode("client", "drift", "The validator refuses a parameter."),
    "doubtful-parameter": FindingCode("client", "note", "The validator doubts a parameter."),
    # One answer of the service.
    "no-answer": FindingCode("service", "note", "There was no answer, or an incomplete one."),
    "too-large": FindingCode("service", "drift", "The answer is larger than the spec allows."),
    "key-echoed": FindingCode("service", "drift", "The answer contained the API key, which was removed."),
    "undocumented-status": FindingCode("service", "drift", "No page documents this status here."),
    "error-envelope": FindingCode("service", "drift", "The message of the error is not where the platform has it."),
    "error-type": FindingCode("service", "note", "The error is JSON where an HTML page was expected."),
    "content-type-mismatch": FindingCode("service", "drift", "Content-Type does not match the bytes."),
    "malformed-json": FindingCode("service", "drift", "The body is declared as JSON and is not JSON."),
    "missing-field": FindingCode("service", "drift", "A key of the JSON object is missing."),
    "additional-field": FindingCode("service", "note", "The JSON object has a key that the spec does not have."),
    "wrong-type": FindingCode("service", "drift", "A value has the wrong type."),
    "missing-header": FindingCode("service", "drift", "A header is missing."),
    "bad-header": FindingCode("service", "drift", "A header's value cannot be read."),
    "wrong-seed": FindingCode("service", "note", "The seed is not the requested one."),
    "refused-valid": FindingCode("service", "note", "The service refused a request that the validator accepts."),
    "accepted-invalid": FindingCode("service", "drift", "The service accepted a request that the validator refuses."),
    # Files.
    "empty-body": FindingCode("service", "drift", "The answer is 200 with an empty body."),
    "json-on-200": FindingCode(
        "service", "note", "The answer is JSON where a file was expected; the pages' samples read it like this."
    ),
    "not-a-picture": FindingCode("service", "drift", "The bytes are not a file of the medium, or a truncated one."),
    "bad-base64": FindingCode("service", "drift", "The text is not base64."),
    "data-url": FindingCode("service", "note", "The base64 has the prefix of a data URL."),
    "wrong-kind": FindingCode("service", "drift", "The answer is not of the model's medium, or is cut short."),
    "wrong-length": FindingCode("service", "drift", "A file or a list does not have the expected length."),
    "wrong-rate": FindingCode("service", "drift", "The video does not have the requested frame rate."),
    "wrong-format": FindingCode("service", "drift", "The file does not have the requested format."),
    "wrong-size": FindingCode("service", "drift", "The image or video does not have the requested size."),
    "wrong-count": FindingCode("service", "drift", "The number of files is not the requested one."),
    "many-bytes": FindingCode("service", "note", "Several files as bytes are answered differently than assumed."),
    "wrong-file-size": FindingCode("service", "note", "The size of the file is not the one in the result."),
    # The queue.
    "relative-url": FindingCode("service", "drift", "A URL that must be absolute is not."),
    "foreign-url": FindingCode("service", "drift", "A URL of the service points to another host."),
    "wrong-url": FindingCode("service", "drift", "A URL of the queue differs from the spec's path."),
    "submit-status": FindingCode("service", "note", "An accepted job is answered differently than assumed."),
    "validation": FindingCode("service", "note", "A job with wrong parameters was accepted."),
    "unknown-state": FindingCode("service", "drift", "The spec does not have this state."),
    "state-backwards": FindingCode("service", "drift", "A job went back to an earlier state."),
    "two-endings": FindingCode("service", "drift", "A job ended twice, in two ways."),
    "views-disagree": FindingCode("service", "drift", "Status and result have different states."),
    "failed-status": FindingCode("service", "drift", "The state of the job does not match the HTTP status."),
    "early-result": FindingCode(
        "service", "note", "A result that was read before the end is answered differently than assumed."
    ),
    "lost-request": FindingCode("service", "drift", "A job is unknown before its retention is over."),
    "retention-start": FindingCode("service", "note", "The retention of results begins earlier than assumed."),
    "kept-too-long": FindingCode("service", "note", "A result is available after its retention is over."),
    "unknown-request": FindingCode("service", "drift", "An unknown request is answered differently than documented."),
    # Money.
    "wrong-charge": FindingCode("service", "note", "The charge is not the price."),
    "failed-charge": FindingCode("service", "note", "A failed job was billed."),
}


class ProxyFinding(NamedTuple):
    """One difference from the spec. The field names are the keys in the answers of `/__mock/drift`.

    `place` is a JSON pointer into the body, a header name in lower case, `status`, `path` or `body`. `came` is what was
    found there. `source` and `basis` say what `expected` rests on. `assumption` names our assumption that is wrong, if
    it is one.
    """

    code: str
    severity: Severity
    place: str
    expected: str
    came: str
    source: str
    basis: Basis
    assumption: str | None = None

    @property
    def side(self) -> Side:
        """The side that departs from the spec: client or service."""
        return CODES[self.code].side

    def __str__(self) -> str:
        rests = f"assumption {self.assumption}, {self.basis}" if self.assumption else f"{self.source}, {self.basis}"
        return f"{self.code} at {self.place}: expected {self.expected}, got {self.came} [{rests}]"


def departs(
    code: str,
    place: str,
    expected: str,
    came: object,
    basis: Basis = "page",
    source: str = "platform",
    assumption: str | None = None,
) -> ProxyFinding:
    """Return a finding with the severity that its code and basis allow."""
    sure = basis in ("page", "sdk")
    severity: Severity = "drift" if sure and CODES[code].most == "drift" else "note"
    return ProxyFinding(
        code, severity, _short(place), _short(expected), _short(came), _short(source), basis, assumption
    )


def assumed(name: str, place: str, expected: str, came: object, code: str | None = None) -> ProxyFinding:
    """Return a finding against the assumption `name`. Its code is the same name unless another is given."""
    note = NOTES.get(name)
    if note is None:
        return departs(code or name, place, expected, came, "inferred", "not documented")
    return departs(code or name, place, expected, came, note.basis, note.meaning, name)


def pointer(name: str) -> str:
    """Return the JSON pointer to a key of the body."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


class Occurrence(NamedTuple):
    """A finding and its request. `number` is the request's number in the journal."""

    number: int
    key: str | None
    method: str
    path: str
    slug: str | None
    request_id: str | None
    finding: ProxyFinding


class FindingLog:
    """The last findings with their requests, and the number of each kind.

    `clean` removes keys from text, since findings quote requests and answers.
    """

    def __init__(self, most: int, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._last: deque[Occurrence] = deque(maxlen=most)
        self._counts: OrderedDict[tuple[str, str | None, str], list[Any]] = OrderedDict()
        self._most = most
        self._drift = {"client": 0, "service": 0}

    def drift(self, side: Side) -> int:
        """Return the number of drifts of this side."""
        return self._drift[side]

    def add(self, found: Iterable[Occurrence]) -> None:
        """Add the findings of one request."""
        clean = self._clean
        for occurrence in found:
            told = occurrence.finding
            finding = told._replace(place=clean(told.place), expected=clean(told.expected), came=clean(told.came))
            occurrence = occurrence._replace(path=_short(clean(occurrence.path)), finding=finding)
            self._last.append(occurrence)
            if finding.severity == "drift":
                self._drift[finding.side] += 1
            kind = (finding.code, occurrence.slug, finding.place)
            if kind in self._counts:
                self._counts[kind][0] += 1
            elif len(self._counts) < self._most:
                self._counts[kind] = [1, occurrence]

    def groups(self) -> list[tuple[int, Occurrence]]:
        """Return the number of findings of each kind with its first case: drift first, then the most frequent."""
        found = [(count, first) for count, first in self._counts.values()]
        found.sort(key=lambda one: (one[1].finding.severity != "drift", -one[0]))
        return found

    def read(self, wanted: Callable[[Occurrence], bool], most: int) -> list[dict[str, Any]]:
        """Return the last `most` findings for which `wanted` is true, oldest first."""
        found = [show(occurrence) for occurrence in self._last if wanted(occurrence)]
        return found[len(found) - most :] if most < len(found) else found


def listing(findings: FindingLog, query: Mapping[str, str]) -> dict[str, object]:
    """Return the answer to `GET /__mock/drift`: the counts, each kind with its first case, and the last findings.

    `query` may select a `code`, `side`, `severity`, `slug` or `request` (a number of the journal), and the number of
    findings (`last`). Raises ValueError for an invalid number.
    """

    def wanted(occurrence: Occurrence) -> bool:
        shown = show(occurrence)
        return all(query[name] == str(shown[name]) for name in _FILTERS if name in query)

    last = query.get("last", "100")
    if not (last.isascii() and last.isdigit() and len(last) < 7):
        raise ValueError(f"last: expected a whole number, got {last[:60]!a}")
    return {
        "drift": {"client": findings.drift("client"), "service": findings.drift("service")},
        "kinds": [
            {"count": count, "words": CODES[first.finding.code].meaning, "first": show(first)}
            for count, first in findings.groups()
        ],
        "findings": findings.read(wanted, int(last)),
    }


_FILTERS = ("code", "side", "severity", "slug", "request")


def show(occurrence: Occurrence) -> dict[str, Any]:
    """Return a finding as the admin endpoint shows it."""
    finding = occurrence.finding
    shown: dict[str, Any] = {
        "request": occurrence.number,
        **{name: value for name, value in occurrence._asdict().items() if name not in ("number", "finding")},
        "side": finding.side,
        **finding._asdict(),
    }
    return shown


def _short(text: object) -> str:
    shown = str(text)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}… ({len(shown)} characters)"
