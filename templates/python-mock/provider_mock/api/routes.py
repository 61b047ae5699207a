"""Routes: the endpoint of each path, from the models' specs and the platform's paths for the queue."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from ..server.hosts import ELSEWHERE
from ..spec.catalog import ODD_PATHS, find
from ..spec.facts import Model
from ..spec.platform import PLATFORM

#: The endpoints of the service; `media` is where result files are downloaded.
Endpoint = Literal["sync", "submit", "status", "result"]
ENDPOINTS: tuple[Endpoint, ...] = ("sync", "submit", "status", "result")
Kind = Literal["sync", "submit", "status", "result", "media"]

MEDIA = "/media/{request_id}/{number}.{extension}"
_MEDIA = re.compile(r"/media/([^/]*)/(.*)", re.DOTALL)
_READ = ("GET", "HEAD")
_PARAMETERS = {"sync": PLATFORM.sync.parameters, "submit": PLATFORM.queue.parameters}


class Route(NamedTuple):
    """The target of a path: a model, or the job with `request_id` (and one of its files).

    `slug` is the model's; None if it is not part of the path.
    """

    kind: Kind
    methods: tuple[str, ...]
    model: Model | None = None
    slug: str | None = None
    request_id: str | None = None
    file: str | None = None

    @property
    def parameters(self) -> str:
        """The JSON pointer to the parameters in the body of a request."""
        return _PARAMETERS.get(self.kind, "")


class Routes:
    """Lookup of routes. A model is loaded when it is first called, since there may be hundreds."""

    def __init__(self) -> None:
        self._models: dict[str, Route] = {}
        self._status = pattern_of(PLATFORM.queue.status_path)
        self._result = pattern_of(PLATFORM.queue.result_path)

    def find(self, path: str) -> Route | None:
        """Return the route of a decoded path; None if there is none."""
        path = path.removeprefix(ELSEWHERE)
        found = self._models.get(path)
        if found is None and path in ODD_PATHS:
            # Before the paths of jobs, which may look alike: this one is known to be a model's.
            found = self._load(path)
        if found is not None:
            return found
        if job := self._status.fullmatch(path):
            return Route("status", _READ, None, **job.groupdict())
        if job := self._result.fullmatch(path):
            return Route("result", _READ, None, **job.groupdict())
        if job := _MEDIA.fullmatch(path):
            return Route("media", _READ, request_id=job[1], file=job[2])
        return self._load(path)

    def _load(self, path: str) -> Route | None:
        model = find(ODD_PATHS.get(path) or path.rpartition("/")[2])
        if model is not None:
            self._add(model)
        return self._models.get(path)

    def _add(self, model: Model) -> None:
        if model.sync is not None:
            self._models.setdefault(model.sync.path, Route("sync", (model.sync.method,), model, model.slug))
        if model.submit is not None:
            self._models.setdefault(model.submit.path, Route("submit", (model.submit.method,), model, model.slug))


def path_of(template: str, slug: str, request_id: str) -> str:
    """Return a path of the queue for one job.

    >>> path_of("/jobs/{slug}/{request_id}", "acme/paint-2", "7")
    '/jobs/acme/paint-2/7'
    """
    return template.replace("{slug}", slug).replace("{request_id}", request_id)


def pattern_of(template: str) -> re.Pattern[str]:
    """Return a pattern for the paths of a template. Without a template it matches nothing.

    Any text is accepted as an id: a malformed one gets the same error as an unknown one.
    """
    if not template:
        return re.compile(r"(?!)")
    path = re.escape(template)
    for name in ("slug", "request_id"):
        path = path.replace(re.escape(f"{{{name}}}"), f"(?P<{name}>.*)")
    return re.compile(path, re.DOTALL)
