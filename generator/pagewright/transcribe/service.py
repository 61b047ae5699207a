"""The facts of a provider that are needed to read its pages: endpoints, states and statuses, from platform.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..specs.pointers import tokens
from ..specs.spec import Platform

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
#: A status on a line of its own, or a title, is what the newer pages list; the last one shows that the list is whole.
_DOCUMENTED = "page"


class Endpoint:
    """Pattern for the paths of models. Pages may print a prefix that the platform does not have."""

    def __init__(self, template: str, slug_parts: int, parameters: str) -> None:
        before, after = template.split("{slug}")
        slug = "/".join([_PART] * slug_parts)
        self._before, self._after = before, after
        self._path = re.compile(rf"({re.escape(before)}(?:{_PART}/){{0,4}})({slug}){re.escape(after)}\Z")
        self._printed = re.compile(rf"POST[ \t\u00a0]*({re.escape(before)}[A-Za-z0-9._/-]{{0,400}}[A-Za-z0-9])")
        #: What encloses the parameters in the body of a request, outermost first.
        self.envelope = tokens(parameters)

    def path_of(self, slug: str) -> str:
        """Return the path that follows from a slug.

        >>> Endpoint("/v1/{slug}", 1, "").path_of("acme-sketch")
        '/v1/acme-sketch'
        """
        return f"{self._before}{slug}{self._after}"

    def parted(self, path: str) -> tuple[str, str] | None:
        """Return what stands before the slug in `path`, and the slug; None if no model is called there.

        >>> Endpoint("/v1/{slug}", 1, "").parted("/v1/models/acme-sketch")
        ('/v1/models/', 'acme-sketch')
        """
        found = self._path.match(path)
        return (found[1], found[2]) if found else None

    def whole(self, before: str, slug: str) -> str:
        """Return the path with other text before the slug, as `parted` gave it."""
        return f"{before}{slug}{self._after}"

    def printed_in(self, text: str) -> list[tuple[str, int]]:
        """Return each path that a page prints after its method, with its offset."""
        return [(found[1], found.start(1)) for found in self._printed.finditer(text)]


@dataclass(frozen=True, slots=True)
class Service:
    """`sync` and `queue` are None where the provider has no such calls. `titles` gives the status of each title that its
    pages list, `last_title` the last of them; `sdk` is the name of its official package, "" if there is none;
    `chat_formats` are the shapes in which its text models answer. `hosts` have their ports; `job_paths` are the beginnings
    of the paths of jobs. `known_slug` is the slug of the spec that names the page to be read, "" if none does: with it, another host, path or
    header is a change of the page, and no sign of another provider's."""

    name: str
    sync: Endpoint | None
    queue: Endpoint | None
    hosts: tuple[str, ...]
    states: tuple[str, ...]
    titles: Mapping[str, int]
    last_title: str
    sdk: str
    chat_formats: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("https",)
    auth_header: str = ""
    auth_scheme: str = ""
    job_paths: tuple[str, ...] = ()
    known_slug: str = ""

    @property
    def is_known_page(self) -> bool:
        """Return whether a spec names the page to be read."""
        return bool(self.known_slug)

    def is_job_path(self, path: str) -> bool:
        """Return whether a path is that of a job's status or result, so that it names no model."""
        return any(path == start or path.startswith(f"{start}/") for start in self.job_paths)

    @property
    def endpoints(self) -> list[Endpoint]:
        """Both kinds of endpoint, the synchronous one first."""
        return [endpoint for endpoint in (self.sync, self.queue) if endpoint]

    @property
    def envelope(self) -> list[str]:
        """The keys around the parameters in a page's sample, outermost first."""
        return self.endpoints[0].envelope


def service_of(platform: Platform) -> Service:
    """Return what `platform` says of pages."""
    data = platform.data
    sync, queue = data.get("sync"), data.get("queue")
    parts: int = data.get("slug_parts", 1)
    statuses: Mapping[str, Mapping[str, Any]] = data["statuses"]
    listed = [entry["title"] for _, entry in sorted(statuses.items()) if entry["basis"] == _DOCUMENTED]
    addresses = [data["base_url"], *([queue["base_url"]] if queue and "base_url" in queue else [])]
    return Service(
        name=data["name"],
        sync=Endpoint(sync["path"], parts, sync.get("parameters", "")) if sync else None,
        queue=Endpoint(queue["submit_path"], parts, queue.get("parameters", "")) if queue else None,
        hosts=tuple(address.partition("://")[2] for address in addresses),
        states=tuple(acceptor["value"] for acceptor in queue["acceptors"]) if queue else (),
        titles={entry["title"]: int(status) for status, entry in statuses.items()},
        last_title=listed[-1] if listed else "",
        sdk=data.get("sdk", {}).get("package", ""),
        chat_formats=tuple(data.get("chat_formats", ())),
        schemes=tuple(dict.fromkeys(address.partition("://")[0] for address in addresses)),
        auth_header=data["auth"]["header"],
        auth_scheme=data["auth"]["scheme"],
        job_paths=_job_paths(queue) if queue else (),
    )


def _job_paths(queue: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the paths of jobs begin with, as far as no model's path does: `/v2/requests` of `/v2/requests/{request_id}`."""
    starts = {str(queue[key]).partition("{")[0].rstrip("/") for key in ("status_path", "result_path") if key in queue}
    submit = str(queue["submit_path"]).partition("{")[0].rstrip("/")
    return tuple(sorted(start for start in starts if start and not submit.startswith(start)))
