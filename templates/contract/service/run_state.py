"""State that a run keeps from one case to the next, so that nothing is paid for or reported twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from ..formats.file_info import FileInfo, UnreadableFile
from ..formats.measure import measure


class Fingerprint(NamedTuple):
    """Stands for the files of one answer: their formats and measures, and hashes of their bytes."""

    shapes: tuple[FileInfo, ...]
    hashes: tuple[str, ...]


class RunState:
    """Request ids seen so far, findings reported so far, and the images that payloads gave.

    `fingerprints` holds payloads that were sent twice, with None if the images differed. `patience_s` is the number of
    seconds that the run will still wait for rate limits.
    """

    def __init__(self) -> None:
        self.fingerprints: dict[str, Fingerprint | None] = {}
        self.patience_s = 300.0
        self._request_ids: set[str] = set()
        self._reported: set[tuple[str, ...]] = set()

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
    return Fingerprint(tuple(map(_shape, every)), tuple(sha256(file).hexdigest() for file in every))


def _shape(file: bytes) -> FileInfo:
    """Return format and measures of a file. The length of sound may depend on any parameter, so it is left out."""
    try:
        found = measure(file)
    except UnreadableFile as unread:
        return FileInfo(unread.media_type)
    return found._replace(duration_s=None) if found.kind == "audio" else found
