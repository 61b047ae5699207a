"""The shapes of the facts about the provider: plain named tuples, filled in by the generated `platform` beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .facts import Basis

#: What a response says about the work behind a POST: it was not begun (so asking again can't be billed twice),
#: it ended in an error, or nobody can tell.
Outcome = Literal["not-started", "failed", "unknown"]
#: Which requests may be sent again after a status.
Retry = Literal["always", "get", "never"]
#: What an answer about a job means.
Verdict = Literal["pending", "done", "failed"]


class Auth(NamedTuple):
    """The request header that carries the API key, and the word before the key, such as `Bearer`; "" if there is none."""

    header: str
    scheme: str

    def value(self, key: str) -> str:
        """Return the header's value for `key`."""
        return f"{self.scheme} {key}" if self.scheme else key

    def key_in(self, value: str) -> str:
        """Return the key in the header's value; "" if the scheme is another one.

        >>> Auth("authorization", "Bearer").key_in("bearer abc")
        'abc'
        """
        if not self.scheme:
            return value
        scheme, _, key = value.partition(" ")
        return key.strip() if scheme.lower() == self.scheme.lower() else ""


class Environment(NamedTuple):
    """The names of the environment variables that the client reads."""

    api_key: str
    base_url: str
    log: str


class Header(NamedTuple):
    """A response header. `on` says which good answers carry it: `sync`, `submit`, or `rate_limited` for a 429 or the like."""

    name: str
    meaning: str
    type: Literal["string", "number", "time"]
    on: tuple[str, ...]
    basis: Basis


class Status(NamedTuple):
    """An error status: the name of its exception, what it means, and whether the request may have been billed.

    `role` is what code asks for it by; see `Platform.status`. `retry` says which requests may be sent again: `always`,
    `get` (only those that cost nothing) or `never`.
    """

    status: int
    role: str
    error: str
    title: str
    meaning: str
    outcome: Outcome
    media_type: str
    basis: Basis
    retry: Retry = "never"


class Sync(NamedTuple):
    """Synchronous calls: the answer to the POST is what the model made.

    `path` holds `{slug}` and serves for models that this package was made without; the others name their own.
    `parameters` points to where the parameters are in the request's body ("" if they are the body). `returns` is `bytes`
    for the file itself, or `json` for the body `media`.
    """

    path: str
    parameters: str
    returns: Literal["bytes", "json"]
    media_type: str


class Acceptor(NamedTuple):
    """An answer about a job that has this HTTP status and this `value` at the pointer `path` means `outcome`."""

    outcome: Verdict
    http: int
    path: str
    value: str


class Queue(NamedTuple):
    """Jobs: submit, poll the status, read the result. Times are in seconds.

    `submit_path` holds `{slug}` and serves for models that this package was made without; the others name their own.
    The other paths hold `{request_id}`, and may hold `{slug}`. `base_url` is where the queue is.
    """

    base_url: str
    submit_path: str
    status_path: str
    result_path: str
    parameters: str
    acceptors: tuple[Acceptor, ...]
    retention_s: float
    interval_s: float
    timeout_s: float

    def states(self, outcome: Verdict) -> tuple[str, ...]:
        """Return the states of a job that mean `outcome`, in the order in which a job goes through them."""
        return tuple(acceptor.value for acceptor in self.acceptors if acceptor.outcome == outcome)

    @property
    def pending(self) -> tuple[str, ...]:
        """The states of a job that has not ended."""
        return self.states("pending")

    @property
    def done(self) -> tuple[str, ...]:
        """The states of a job that has a result."""
        return self.states("done")

    @property
    def failed(self) -> tuple[str, ...]:
        """The states of a job that has none, and never will."""
        return self.states("failed")


class Limits(NamedTuple):
    """Times in seconds, sizes in bytes: what the client waits for, how often it asks again, and how much it sends and takes."""

    connect_timeout_s: float
    read_timeout_s: float
    total_timeout_s: float
    poll_timeout_s: float
    max_attempts: int
    backoff_s: float
    max_backoff_s: float
    max_retry_after_s: float
    max_request_bytes: int
    max_response_bytes: int


class Assumption(NamedTuple):
    """Something that no page says. Code goes by `value`; where that is None, `meaning` has only been noted."""

    value: str | float | bool | None
    meaning: str
    basis: Basis


#: What `Platform.sync` and `Platform.queue` are where the provider has no such thing; no model then has a path for it.
NO_SYNC = Sync("", "", "bytes", "")
NO_QUEUE = Queue("", "", "", "", "", (), 0, 0, 0)


class Platform(NamedTuple):
    """The facts about the provider that hold for every model.

    `slug_parts` is how many parts, joined by a slash, a slug has. `bodies` are the JSON Schemas of its answers in JSON: `error`, `media` (of a synchronous call), `submitted`, `status`,
    `result` and `failed`. `roles` are JSON pointers into them, by what code asks for (`answers.find` follows one);
    `headers` are response headers by our own names. `assumptions` are what no page says.
    """

    name: str
    base_url: str
    slug_parts: int
    environment: Environment
    auth: Auth
    sync: Sync
    queue: Queue
    bodies: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, str]
    headers: Mapping[str, Header]
    statuses: Mapping[int, Status]
    limits: Limits
    assumptions: Mapping[str, Assumption]

    def status(self, role: str) -> Status | None:
        """Return the status in this role; None if no page documents one."""
        return next((status for status in self.statuses.values() if status.role == role), None)
