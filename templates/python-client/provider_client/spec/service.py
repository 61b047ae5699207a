"""The types of the provider's facts. The generated module `platform` contains the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .facts import Basis

#: What an error status says about the work for a POST: it was not started (so a retry can't be billed twice), it failed, or
#: that is unknown.
Outcome = Literal["not-started", "failed", "unknown"]
#: Which requests may be sent again after a status.
Retry = Literal["always", "get", "never"]
#: The meaning of a response about a job.
Verdict = Literal["pending", "done", "failed"]


class Auth(NamedTuple):
    """The request header with the API key, and the scheme before the key, such as `Bearer`; "" for none."""

    header: str
    scheme: str

    def value(self, key: str) -> str:
        """Return the header's value for `key`."""
        return f"{self.scheme} {key}" if self.scheme else key

    def key_in(self, value: str) -> str:
        """Return the key from the header's value; "" if the scheme differs.

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
    """A response header. `on` names the responses that have it: `sync`, `submit`, or `rate_limited` for a 429."""

    name: str
    meaning: str
    type: Literal["string", "number", "time"]
    on: tuple[str, ...]
    basis: Basis


class Status(NamedTuple):
    """An error status: the name of its exception, its meaning, and whether the request may have been billed.

    Code finds it by its `role`; see `Platform.status`. `retry` says which requests may be sent again: `always`, `get` (only
    those that cost nothing) or `never`.
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
    """Synchronous calls: the response to the POST contains the model's output.

    `path` contains `{slug}` and is used for unknown slugs; each model has its own path. `parameters` is a JSON pointer to the
    parameters in the request's body ("" if they are the body). `returns` is `bytes` for the file itself, or `json` for the body
    `media`.
    """

    path: str
    parameters: str
    returns: Literal["bytes", "json"]
    media_type: str


class Acceptor(NamedTuple):
    """A response about a job with the HTTP status `http` and `value` at the JSON pointer `path` means `outcome`."""

    outcome: Verdict
    http: int
    path: str
    value: str


class Queue(NamedTuple):
    """Queued jobs: submit, poll the status, read the result. Times are in seconds.

    `submit_path` contains `{slug}` and is used for unknown slugs; each model has its own path. The other paths contain
    `{request_id}` and may contain `{slug}`. `base_url` is the address of the queue.
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
        """Return the states of a job that mean `outcome`, in the order in which they occur."""
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
        """The states of a job that has failed."""
        return self.states("failed")


class Limits(NamedTuple):
    """The client's timeouts and waits in seconds, its number of attempts, and the largest bodies in bytes."""

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
    max_file_bytes: int


class Assumption(NamedTuple):
    """A fact that no page states. Code uses `value`; if that is None, only `meaning` describes it."""

    value: str | float | bool | None
    meaning: str
    basis: Basis


class Medium(NamedTuple):
    """The answers of models of one medium: `image`, `video`, `audio`, `text`, `json` or `model3d`.

    `media_type` is what a file is where no parameter decides. `output` says what a result holds under the role `output`: URLs of
    files, a JSON value, or JSON as a string. `bodies` and `roles` are those of the platform, or the medium's own. `formats` are
    the media types of the formats of its files, by the names that pages use.
    """

    media_type: str
    output: Literal["urls", "json", "json-text"]
    bodies: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, str]
    formats: Mapping[str, str]


class ChatFormat(NamedTuple):
    """The shape of a text model's answer: its JSON Schema, and JSON pointers to its parts ("" for a part that it lacks).

    At `text` is a string, or a list of parts: strings, or objects with the string under `text`. `finished` is the finish reason
    of a text that is complete.
    """

    body: Mapping[str, Any]
    text: str
    usage: str
    finish_reason: str
    basis: Basis
    input_tokens: str = ""
    output_tokens: str = ""
    total_tokens: str = ""
    finished: str = ""


#: The values of `Platform.sync` and `Platform.queue` for a provider without synchronous calls or without a queue.
NO_SYNC = Sync("", "", "bytes", "")
NO_QUEUE = Queue("", "", "", "", "", (), 0, 0, 0)


class Platform(NamedTuple):
    """The facts about the provider that hold for every model.

    `slug_parts` is the number of parts of a slug, separated by slashes. `bodies` are the JSON Schemas of its JSON responses:
    `error`, `media` (of a synchronous call), `submitted`, `status`, `result` and `failed`. `roles` are JSON pointers into them,
    by the name that code uses (`answers.find` follows a pointer). Both are those of image models; `media` has them for each
    medium. `chat_formats` are the shapes in which text models answer, the usual one first. `headers` are response headers by the name that code uses.
    `assumptions` are facts that no page states.
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
    media: Mapping[str, Medium]
    chat_formats: Mapping[str, ChatFormat]
    headers: Mapping[str, Header]
    statuses: Mapping[int, Status]
    limits: Limits
    assumptions: Mapping[str, Assumption]

    def status(self, role: str) -> Status | None:
        """Return the status in this role; None if no page documents one."""
        return next((status for status in self.statuses.values() if status.role == role), None)
