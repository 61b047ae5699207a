"""Expectations of a test about its requests, and their failure messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

_MOST_SHOWN = 10
_LONGEST = 200
#: A value that JSON does not have, for a parameter that was not sent.
_NOTHING: Any = object()


class _AnyMarker:
    """Matches any value that was sent."""

    def __repr__(self) -> str:
        return "ANY"


class _AbsentMarker:
    """Matches a parameter that was not sent. It does not match null or ""."""

    def __repr__(self) -> str:
        return "ABSENT"


ANY: Any = _AnyMarker()
ABSENT: Any = _AbsentMarker()


class RecordedRequest(NamedTuple):
    """A request in the mock's journal. `at` is the mock's time, `key` a label, `refused` the reason of a refusal.

    `payload` is the JSON body, {} if it could not be read; `details` is the journal's whole entry.
    """

    number: int
    at: float
    method: str
    path: str
    slug: str | None
    status: int
    refused: str | None
    scenario: str | None
    request_id: str | None
    key: str | None
    payload: Mapping[str, Any]
    details: Mapping[str, Any]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> RecordedRequest:
        """Read an entry of `/__mock/requests`."""
        known = {name: entry.get(name) for name in cls._fields if name not in ("payload", "details")}
        return cls(**known, payload=entry.get("payload") or {}, details=entry)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        refused = f": {inert(self.refused)}" if self.refused else ""
        scenario = f" by scenario {self.scenario}" if self.scenario else ""
        return f"<request {self.number}: {self.line()}{scenario}{refused}>"

    def line(self) -> str:
        """Return method, path and status for a list."""
        return f"{inert(self.method)} {inert(self.path)} -> {self.status or 'no answer'}"


class Expectation:
    """An expected number of requests that match all of `fields` and `parameters`.

    `where` is the line in the test. `times` is None for at least one.
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        parameters: Mapping[str, Any],
        times: int | None,
        where: str,
        requests: Callable[[], Sequence[RecordedRequest]],
    ) -> None:
        if times is not None and (type(times) is not int or times < 0):
            raise ValueError(f"times: expected a number ≥ 0, or None for at least one, got {times!r}")
        self._fields = fields
        self._parameters = parameters
        self._times = times
        self._where = where
        self._requests = requests
        self.settled = False

    def __repr__(self) -> str:
        often = {None: "any number", 0: "no request", 1: "1 request"}.get(self._times, f"{self._times} requests")
        wanted = [f"{name}={_show(value)}" for name, value in (*self._fields.items(), *self._parameters.items())]
        return f"<expectation: {often} of {', '.join(wanted) or 'any kind'}>"

    @property
    def matches(self) -> list[RecordedRequest]:
        """The matching requests so far, oldest first."""
        return [request for request in self._requests() if not self._differences(request)]

    def verify(self) -> None:
        """Check now instead of at the end of the test. Raises AssertionError."""
        __tracebackhide__ = True
        self.settled = True
        failure = self.failure()
        if failure is not None:
            raise AssertionError(failure)

    def failure(self) -> str | None:
        """Return the failure message for the requests so far; None if the expectation is met."""
        requests = self._requests()
        matched = [request for request in requests if not self._differences(request)]
        if len(matched) == self._times or (self._times is None and matched):
            return None
        wanted = "at least 1 request" if self._times is None else _count(self._times)
        got = f"{len(matched) or 'none'} of {len(requests)} matched" if requests else "none was sent"
        lines = [f"{self._where}: expected {wanted}, and {got}."]
        lines += self._table()
        if matched:
            lines += ["", "These matched:", *_list(matched)]
        if len(matched) < (1 if self._times is None else self._times):
            lines += self._nearest([request for request in requests if request not in matched])
        return "\n".join(lines)

    def _table(self) -> list[str]:
        wanted = {**self._fields, **self._parameters}
        return [f"  {inert(name)} = {_show(value)}" for name, value in wanted.items()] or ["  any request at all"]

    def _differences(self, request: RecordedRequest) -> dict[str, tuple[Any, Any]]:
        """Return the differences of the request: name to the expected and the sent value."""
        different = {
            name: (expected, getattr(request, name))
            for name, expected in self._fields.items()
            if not _agrees(expected, getattr(request, name))
        }
        for name, expected in self._parameters.items():
            sent = request.payload.get(name, _NOTHING)
            if not _agrees(expected, sent):
                different[name] = (expected, sent)
        return different

    def _nearest(self, others: Sequence[RecordedRequest]) -> list[str]:
        """Return the lines about the nearest request, the last one with the fewest differences."""
        if not others:
            return []
        nearest = min(reversed(others), key=lambda request: len(self._differences(request)))
        different = self._differences(nearest)
        lines = ["", f"The nearest is request {nearest.number}, {nearest.line()}:"]
        for name, (expected, sent) in different.items():
            lines += [f"  {inert(name)}", f"    expected  {_show(expected)}", f"    sent      {_show(sent)}"]
        agreeing = [inert(name) for name in (*self._fields, *self._parameters) if name not in different]
        if agreeing:
            lines.append(f"  the same: {', '.join(agreeing)}")
        unexpected = [inert(name) for name in nearest.payload if name not in self._parameters]
        if unexpected and self._parameters:
            lines.append(f"  sent besides: {', '.join(unexpected[:_MOST_SHOWN])}")
        if nearest.refused:
            lines.append(f"It was refused: {inert(nearest.refused)}")
        if nearest.scenario:
            lines.append(f"It was answered by the scenario {inert(nearest.scenario)}.")
        return lines


def inert(text: str) -> str:
    """Return the text without control characters and shortened."""
    safe = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text[: 5 * _LONGEST])
    return safe if len(text) <= 5 * _LONGEST else f"{safe}... ({len(text)} characters)"


def _agrees(expected: Any, sent: Any) -> bool:
    """Return whether the sent value matches: by equality, pattern, type or predicate."""
    if expected is ABSENT:
        return sent is _NOTHING
    if sent is _NOTHING:
        return False
    if isinstance(expected, re.Pattern):
        return isinstance(sent, str) and cast("re.Pattern[str]", expected).search(sent) is not None
    if expected is ANY:
        return True
    if isinstance(expected, type):
        return isinstance(sent, expected) and not (isinstance(sent, bool) and expected in (int, float))
    if callable(expected):
        return bool(expected(sent))
    # Python's True equals 1, JSON's true does not.
    if isinstance(expected, (int, float)) and isinstance(expected, bool) != isinstance(sent, bool):
        return False
    return bool(expected == sent)


def _show(value: Any) -> str:
    if value is _NOTHING:
        return "(nothing)"
    if isinstance(value, re.Pattern):
        shown = f"a match of {cast('re.Pattern[str]', value).pattern!r}"
    elif isinstance(value, type):
        shown = f"any {value.__name__}"
    elif callable(value):
        shown = f"a value accepted by {getattr(value, '__name__', 'a predicate')}"
    else:
        shown = repr(value)
    shown = inert(shown)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}... ({len(shown)} characters)"


def _list(requests: Sequence[RecordedRequest]) -> list[str]:
    lines = [f"  {request.number}: {request.line()}" for request in requests[-_MOST_SHOWN:]]
    left_out = len(requests) - len(lines)
    return ([f"  ({left_out} earlier ones)"] if left_out else []) + lines


def _count(times: int) -> str:
    return {0: "no request", 1: "1 request"}.get(times, f"{times} requests")
