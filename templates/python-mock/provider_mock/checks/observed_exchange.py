"""An exchange with the service as plain data for the checks: one request and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, cast

from ..spec.facts import Model
from ..spec.violations import Violation

#: The endpoint of a request; `other` for a path that the spec does not have.
Endpoint = Literal["sync", "submit", "status", "result", "other"]


@dataclass(frozen=True)
class ObservedExchange:
    """A request and its answer. `status` is 0 while there is no answer.

    `medium` is that of the model, if it is known: of the job that a result belongs to. `keyed` is whether the caller's key is accepted, `announced` whether a result has listed this path. `headers` are the
    answer's, with names in lower case. `origin` is the service's, with which its absolute URLs begin. `began` and
    `ended` are in seconds of a monotonic clock.
    """

    endpoint: Endpoint
    method: str
    path: str
    model: Model | None = None
    request_id: str | None = None
    medium: str | None = None
    keyed: bool = True
    announced: bool = False
    media_type: str = "application/json"
    payload: Mapping[str, Any] | None = None
    malformed: str | None = None
    violations: Sequence[Violation] = ()
    doubts: Sequence[Violation] = ()
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    origin: str = ""
    began: float = 0
    ended: float = 0

    @property
    def declared(self) -> str:
        """The media type of the answer, as declared, without parameters; empty if none is."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def says_json(self) -> bool:
        """Whether the answer is declared as JSON."""
        return self.declared == "application/json" or self.declared.endswith("+json")

    @cached_property
    def content(self) -> Any:
        """The answer's body read as JSON; `NOT_JSON` if it is not JSON."""
        return read_json(self.body)

    @property
    def object(self) -> dict[str, Any] | None:
        """The JSON object in the body; None if there is none."""
        content = self.content
        return cast("dict[str, Any]", content) if isinstance(content, dict) else None


class _NotJsonType:
    def __repr__(self) -> str:
        return "not JSON"


#: Returned by `read_json` for a body that is not JSON; null is JSON.
NOT_JSON = _NotJsonType()


def read_json(body: bytes) -> Any:
    """Return the JSON in a body; `NOT_JSON` if it is not JSON. NaN, which Python reads, is not JSON."""
    if body.lstrip()[:1] not in (b"{", b"[", b'"', b"n", b"t", b"f", b"-", *(b"%d" % digit for digit in range(10))):
        return NOT_JSON
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NOT_JSON


def _refuse(name: str) -> float:
    raise ValueError(name)
