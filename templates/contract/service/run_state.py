"""State that a run keeps from one case to the next, so that nothing is paid for or reported twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from ..images import ImageInfo, measure


class Fingerprint(NamedTuple):
    """Stands for the images of one answer: their formats and sizes, and hashes of their bytes."""

    shapes: tuple[ImageInfo, ...]
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


def fingerprint(images: Iterable[bytes]) -> Fingerprint:
    """Return the fingerprint of these images. Raises NotAImage."""
    every = tuple(images)
    return Fingerprint(tuple(map(measure, every)), tuple(sha256(image).hexdigest() for image in every))
