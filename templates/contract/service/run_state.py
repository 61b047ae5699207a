"""State that a run keeps from one case to the next, so that nothing is paid for or reported twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from ..formats.file_info import FileInfo, UnreadableFile
from ..formats.measure import measure
from ..media_data.of_file import media_data
from .http import Request


class Absence(NamedTuple):
    """Evidence that a service does not have an endpoint: the status, the response in words, and the valid request."""

    status: int
    got: str
    request: Request


class Fingerprint(NamedTuple):
    """Stands for the files of one answer: their formats and measures, and hashes of their bytes and of their data without metadata.

    It is not `exact` if the suite can't tell the data of a file from its metadata: then other bytes may look the same.
    """

    shapes: tuple[FileInfo, ...]
    hashes: tuple[str, ...]
    data: tuple[str, ...]
    exact: bool = True

    def looks_like(self, other: Fingerprint) -> bool:
        """Return whether the files look or sound the same, whatever their metadata say."""
        return self.shapes == other.shapes and self.data == other.data


@dataclass
class RunState:
    """Request ids seen so far, findings reported so far, the images that payloads gave, and what the service has.

    `fingerprints` holds payloads that were sent twice, with None if the images differed. `patience_s` is the number of
    seconds that the run will still wait for rate limits. `served` holds the endpoints (base URL and path) that gave a valid
    request what it asked for, `not_served` those that do not exist. `key_refused` says how the
    key was refused, "" if it was not. `proven` counts how often a status answered a wrong request, while a valid one succeeded.
    `flaky` counts how often a request got a status which it did not get again, and `in_vain` how often no valid request
    to an endpoint succeeded. `takes_encoding` says by model whether a value sent for base64 changes the form of the answer.
    `endless_job` says how long a job was followed that did not end, "" if each ended.
    """

    fingerprints: dict[str, Fingerprint | None] = field(default_factory=dict["str", "Fingerprint | None"])
    patience_s: float = 300.0
    served: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    not_served: dict[tuple[str, str], Absence] = field(default_factory=dict[tuple[str, str], Absence])
    key_refused: str = ""
    proven: Counter[tuple[str, int, int]] = field(default_factory=Counter[tuple[str, int, int]])
    flaky: Counter[int] = field(default_factory=Counter[int])
    in_vain: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    takes_encoding: dict[str, bool] = field(default_factory=dict[str, bool])
    endless_job: str = ""
    _request_ids: set[str] = field(default_factory=set[str])
    _reported: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])

    def is_new(self, request_id: str) -> bool:
        """Return whether a request id was not seen before, and remember it."""
        new = request_id not in self._request_ids
        self._request_ids.add(request_id)
        return new

    def is_first(self, *finding: str) -> bool:
        """Return whether this is reported for the first time, and remember it."""
        first = finding not in self._reported
        self._reported.add(finding)
        return first


def payload_key(slug: str, payload: Mapping[str, Any]) -> str:
    """Return a key for a payload that does not depend on the order of its parameters."""
    return json.dumps([slug, payload], sort_keys=True)


def fingerprint(files: Iterable[bytes]) -> Fingerprint:
    """Return the fingerprint of these files."""
    every = tuple(files)
    data = [data_of(file) for file in every]
    hashes = tuple(sha256(file).hexdigest() for file in every)
    seen = tuple(sha256(file if part is None else part).hexdigest() for file, part in zip(every, data, strict=True))
    return Fingerprint(tuple(map(_shape, every)), hashes, seen, None not in data)


def data_of(file: bytes) -> bytes | None:
    """Return the data of a file without metadata, or a text or JSON as it is. None if the suite can't tell the two apart."""
    try:
        return media_data(file, measure(file).media_type)
    except UnreadableFile:
        return file


def _shape(file: bytes) -> FileInfo:
    """Return format and measures of a file. The length of sound may depend on any parameter, so it is left out."""
    try:
        found = measure(file)
    except UnreadableFile as unread:
        return FileInfo(unread.media_type)
    return found._replace(duration_s=None) if found.kind == "audio" else found
