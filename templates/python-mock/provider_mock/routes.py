"""Which path is what. Paths are data: a model's from its spec, the queue's from the platform's."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .hosts import ELSEWHERE
from .spec.catalog import ODD_PATHS, find
from .spec.facts import Model
from .spec.platform import PLATFORM

Kind = Literal["sync", "submit", "status", "result", "media"]

MEDIA = "/media/{request_id}/{number}.{extension}"
_MEDIA = re.compile(r"/media/([^/]*)/(.*)", re.DOTALL)


class Route(NamedTuple):
    """Where a path leads: to a model, or to the job with `request_id` (and one of its files)."""

    kind: Kind
    methods: tuple[str, ...]
    model: Model | None = None
    request_id: str | None = None
    file: str | None = None


class Routes:
    """Finds routes. Models are loaded as they are called, since there may be hundreds."""

    def __init__(self) -> None:
        self._models: dict[str, Route] = {}
        self._status = _pattern(PLATFORM.queue.status_path)
        self._result = _pattern(PLATFORM.queue.result_path)

    def find(self, path: str) -> Route | None:
        """The route of a decoded path; None if it leads nowhere."""
        path = path.removeprefix(ELSEWHERE)
        found = self._models.get(path)
        if found is not None:
            return found
        if job := self._status.fullmatch(path):
            return Route("status", ("GET", "HEAD"), request_id=job[1])
        if job := self._result.fullmatch(path):
            return Route("result", ("GET", "HEAD"), request_id=job[1])
        if job := _MEDIA.fullmatch(path):
            return Route("media", ("GET", "HEAD"), request_id=job[1], file=job[2])
        self._load(path)
        return self._models.get(path)

    def _load(self, path: str) -> None:
        model = find(ODD_PATHS.get(path) or path.rpartition("/")[2])
        if model is not None:
            self._add(model)

    def _add(self, model: Model) -> None:
        if model.sync is not None:
            self._models.setdefault(model.sync.path, Route("sync", (model.sync.method,), model))
        if model.submit is not None:
            self._models.setdefault(model.submit.path, Route("submit", (model.submit.method,), model))


def _pattern(path: str) -> re.Pattern[str]:
    before, after = path.split("{request_id}")
    # Any text may stand for the id: an odd one leads to the same 404 as one that was never given out.
    return re.compile(f"{re.escape(before)}(.*){re.escape(after)}", re.DOTALL)
