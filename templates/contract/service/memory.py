"""What one run has seen of the service, so that nothing is paid for, or said, more often than needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from ..images import ImageInfo, measure


class Likeness(NamedTuple):
    """Stands for the pictures of one answer: their formats and sizes, and hashes of their bytes."""

    shapes: tuple[ImageInfo, ...]
    hashes: tuple[str, ...]


class Memory:
    """The names of requests that were given out, what was said already, and which pictures payloads gave.

    `pictures` has the likeness for payloads that were drawn twice: None if the pictures were not the same. `patience_s`
    is how many seconds the run will still wait because it asked too often.
    """

    def __init__(self) -> None:
        self.pictures: dict[str, Likeness | None] = {}
        self.patience_s = 300.0
        self._named: set[str] = set()
        self._said: set[tuple[str, ...]] = set()

    def is_new(self, name: str) -> bool:
        """Whether a request's name was not given out before."""
        new = name not in self._named
        self._named.add(name)
        return new

    def is_first(self, *words: str) -> bool:
        """Whether this is said for the first time."""
        first = words not in self._said
        self._said.add(words)
        return first


def key_of(slug: str, payload: Mapping[str, Any]) -> str:
    """Stands for a payload, whatever the order of its keys."""
    return json.dumps([slug, payload], sort_keys=True)


def likeness(pictures: Iterable[bytes]) -> Likeness:
    """What stands for these pictures. Raises NotAnImage."""
    every = tuple(pictures)
    return Likeness(tuple(map(measure, every)), tuple(sha256(picture).hexdigest() for picture in every))
