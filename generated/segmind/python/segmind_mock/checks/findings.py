"""What was found where caller, service and spec part: the codes there are, one finding, and those that were made.

Every code is stable. A finding is `drift` where something departs from what a page says or the official SDK relies on,
and a `note` where it only shows that a guess of ours is wrong, or is worth knowing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from ..platform.basis import NOTES
from ..spec.facts import Basis

Side = Literal["client", "service"]
Severity = Literal["drift", "note"]

#: How much of a foreign text a finding shows.
_SHOWN = 200


class FindingCode(NamedTuple):
    """One kind of finding. `most` is how grave it can get at all: what a note is about never fails a run."""

    side: Side
    most: Severity
    meaning: str


CODES: Mapping[str, FindingCode] = {
    # What the caller sent.
    "missing-key": FindingCode("client", "drift", "The request carried no API key, or one that is not accepted here."),
    "key-in-query": FindingCode("client", "drift", "A secret stood in the URL; it was taken out."),
    "unknown-path": FindingCode("client", "note", "The spec knows nothing at this path."),
    "wrong-method": FindingCode("client", "drift", "The path does not take this method."),
    "request-type": FindingCode("client", "note", "The body was not declared as JSON."),
    "malformed-body": FindingCode("client", "drift", "The body is no JSON object."),
    "invalid-parameter": FindingCode("client", "drift", "The validator refuses a parameter."),
    "doubtful-parameter": FindingCode("client", "note", "The validator doubts a parameter."),
    # What the service answered, taken by itself.
    "no-answer": FindingCode("service", "note", "No answer came, or none that is complete."),
    "too-large": FindingCode("service", "drift", "The answer is larger than the spec allows."),
    "key-echoed": FindingCode("service", "drift", "The answer held the API key; it was taken out."),
    "undocumented-status": FindingCode("service", "drift", "No page knows this status here."),
    "error-envelope": FindingCode("service", "drift", "An error without its text where it belongs."),
    "error-type": FindingCode("service", "note", "An error came as JSON where a page for people was expected."),
    "content-type-mismatch": FindingCode("service", "drift", "Content-Type says one thing, the bytes another."),
    "malformed-json": FindingCode("service", "drift", "What is declared as JSON is none."),
    "missing-field": FindingCode("service", "drift", "A key of the JSON object is not there."),
    "additional-field": FindingCode("service", "note", "The JSON object has a key that the spec does not know."),
    "wrong-type": FindingCode("service", "drift", "A value is of another type."),
    "missing-header": FindingCode("service", "drift", "A header is not there."),
    "bad-header": FindingCode("service", "drift", "A header's value cannot be read."),
    "wrong-seed": FindingCode("service", "note", "Another seed was used than was asked for."),
    "refused-valid": FindingCode("service", "note", "The service refuses what the validator finds in order."),
    "accepted-invalid": FindingCode("service", "drift", "The service did what the validator refuses."),
    # Pictures.
    "empty-body": FindingCode("service", "drift", "200, and nothing."),
    "json-on-200": FindingCode(
        "service", "note", "JSON came where a picture was expected, as the pages' samples read it."
    ),
    "not-a-picture": FindingCode("service", "drift", "The bytes are no picture, or one that was cut short."),
    "bad-base64": FindingCode("service", "drift", "The text is no base64."),
    "data-url": FindingCode("service", "note", "The base64 has a data-URL's prefix."),
    "wrong-format": FindingCode("service", "drift", "The picture is in another format than was asked for."),
    "wrong-size": FindingCode("service", "drift", "The picture has another size than was asked for."),
    "wrong-count": FindingCode("service", "drift", "Another number of pictures than was asked for."),
    "many-bytes": FindingCode("service", "note", "Several pictures as bytes came otherwise than assumed."),
    "wrong-file-size": FindingCode("service", "note", "The file is not as long as the result said."),
    # The queue.
    "relative-url": FindingCode("service", "drift", "A URL that must be absolute is not."),
    "foreign-url": FindingCode("service", "drift", "A URL of the service's own leads to another host."),
    "wrong-url": FindingCode("service", "drift", "A URL of the queue is not where the spec has it."),
    "submit-status": FindingCode("service", "note", "An accepted job is answered otherwise than assumed."),
    "validation": FindingCode("service", "note", "A job with wrong parameters was accepted."),
    "unknown-state": FindingCode("service", "drift", "A state that the spec does not know."),
    "state-backwards": FindingCode("service", "drift", "A job went back to an earlier state."),
    "two-endings": FindingCode("service", "drift", "A job ended twice, in two ways."),
    "views-disagree": FindingCode("service", "drift", "Status and result tell different states."),
    "failed-status": FindingCode("service", "drift", "A failed job and its HTTP status do not go together."),
    "early-result": FindingCode("service", "note", "A result read early is answered otherwise than assumed."),
    "lost-request": FindingCode("service", "drift", "A job is unknown while its result should be kept."),
    "retention-start": FindingCode(
        "service", "note", "The time for which results are kept begins earlier than assumed."
    ),
    "kept-too-long": FindingCode("service", "note", "A result is still there after the time for which it is kept."),
    "unknown-request": FindingCode("service", "drift", "An unknown request is answered otherwise than documented."),
    # Money.
    "wrong-charge": FindingCode("service", "note", "What was charged is not the price."),
    "failed-charge": FindingCode("service", "note", "A job that failed was billed."),
}


class ProxyFinding(NamedTuple):
    """One departure.

    `place` is a JSON pointer into the body, a header's name in lower case, `status`, `path` or `body`. `source` says
    what `expected` rests on and `basis` how sure that is; `assumption` is the name of ours that is wrong, if it is one.
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
        """Whose it is: the caller's or the service's."""
        return CODES[self.code].side

    def __str__(self) -> str:
        rests = f"assumption {self.assumption}, {self.basis}" if self.assumption else f"{self.source}, {self.basis}"
        return f"{self.code} at {self.place}: expected {self.expected}, came {self.came} [{rests}]"


def departs(
    code: str,
    place: str,
    expected: str,
    came: object,
    basis: Basis = "page",
    source: str = "platform",
    assumption: str | None = None,
) -> ProxyFinding:
    """A finding, as grave as its code and its basis allow."""
    sure = basis in ("page", "sdk")
    severity: Severity = "drift" if sure and CODES[code].most == "drift" else "note"
    return ProxyFinding(
        code, severity, _short(place), _short(expected), _short(came), _short(source), basis, assumption
    )


def assumed(name: str, place: str, expected: str, came: object, code: str | None = None) -> ProxyFinding:
    """A finding that shows the assumption `name` to be wrong; its code is the same name unless another is given."""
    note = NOTES.get(name)
    if note is None:
        return departs(code or name, place, expected, came, "inferred", "no page says it")
    return departs(code or name, place, expected, came, note.basis, note.meaning, name)


def pointer(name: str) -> str:
    """The JSON pointer to a key of the body."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


class Occurrence(NamedTuple):
    """A finding, and the request that it was made on: `number` is that of its entry in the journal."""

    number: int
    key: str | None
    method: str
    path: str
    slug: str | None
    request_id: str | None
    finding: ProxyFinding


class FindingLog:
    """The last findings, each with its request, and how many there were of each kind.

    `clean` takes keys out of a text: requests and foreign answers are quoted here.
    """

    def __init__(self, most: int, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._last: deque[Occurrence] = deque(maxlen=most)
        self._counts: OrderedDict[tuple[str, str | None, str], list[Any]] = OrderedDict()
        self._most = most
        self._drift = {"client": 0, "service": 0}

    def drift(self, side: Side) -> int:
        """How often this side has drifted."""
        return self._drift[side]

    def add(self, found: Iterable[Occurrence]) -> None:
        """Keeps what was found on one request."""
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
        """How often each kind was found, and the first time that it was: drift first, then the most frequent."""
        found = [(count, first) for count, first in self._counts.values()]
        found.sort(key=lambda one: (one[1].finding.severity != "drift", -one[0]))
        return found

    def read(self, wanted: Callable[[Occurrence], bool], most: int) -> list[dict[str, Any]]:
        """The last `most` findings that are wanted, oldest first."""
        found = [show(occurrence) for occurrence in self._last if wanted(occurrence)]
        return found[len(found) - most :] if most < len(found) else found


def listing(findings: FindingLog, query: Mapping[str, str]) -> dict[str, object]:
    """What `GET /__mock/drift` tells: the counts, each kind with its first case, and the last findings.

    `query` may name a `code`, `side`, `severity`, `slug` or `request` (a number of the journal), and how many at the
    most (`last`). Raises ValueError for a number that is none.
    """

    def wanted(occurrence: Occurrence) -> bool:
        shown = show(occurrence)
        return all(query[name] == str(shown[name]) for name in _FILTERS if name in query)

    last = query.get("last", "100")
    if not (last.isascii() and last.isdigit() and len(last) < 7):
        raise ValueError("last is a whole number")
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
    """A finding as the admin endpoint tells it."""
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
