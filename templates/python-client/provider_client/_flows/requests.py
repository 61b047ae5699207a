"""The requests that the client sends, made from a model, its parameters and the settings of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._config import CallSettings, Config
from .._http import Request
from .._urls import is_url_safe, quote_segment
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .media import may_store
from .parameters import encoded

#: Characters that the URL of a job's status or result may have.
_LONGEST_URL = 4096


def slug_path(slug: str) -> str:
    """Return `slug` for a URL's path. Its slashes are escaped unless it has as many parts as the provider's slugs."""
    parts = slug.split("/")
    if len(parts) != PLATFORM.slug_parts or {"", ".", ".."} & set(parts):
        return quote_segment(slug)
    return "/".join(map(quote_segment, parts))


def sync_request(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], settings: CallSettings
) -> Request:
    """Return the POST of a synchronous call.

    Raises:
        ValidationError: A value can't be sent as JSON, or the request is too large.
    """
    path = model.sync.path if model and model.sync else PLATFORM.sync.path.replace("{slug}", slug_path(slug))
    body = encoded(slug, payload, PLATFORM.sync.parameters)
    return request_for(config, "POST", config.root + path, settings, body=body, may_store=may_store(model))


def submit_request(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], settings: CallSettings
) -> Request:
    """Return the POST that queues a job.

    Raises:
        ValidationError: A value can't be sent as JSON, or the request is too large.
    """
    queue = PLATFORM.queue
    path = model.submit.path if model and model.submit else queue.submit_path.replace("{slug}", slug_path(slug))
    body = encoded(slug, payload, queue.parameters)
    return request_for(config, "POST", config.queue_root + path, settings, body=body)


def request_for(
    config: Config, method: str, url: str, settings: CallSettings, *, body: bytes | None = None, may_store: bool = False
) -> Request:
    """Return a request to the service. All its attempts share one encoded body."""
    headers = settings.headers if body is None else {**settings.headers, "content-type": "application/json"}
    deadline = config.clock() + settings.timeout
    seconds = settings.connect_timeout, settings.read_timeout, deadline
    return Request(method, url, headers, body, *seconds, with_key=True, may_store=may_store)


def public_request(
    config: Config, url: str, settings: CallSettings, deadline: float, *, may_store: bool = False
) -> Request:
    """Return a GET of a public URL, without the API key and without the caller's own headers."""
    headers = {name: config.settings.headers[name] for name in ("user-agent", "accept")}
    seconds = settings.connect_timeout, settings.read_timeout, deadline
    return Request("GET", url, headers, None, *seconds, with_key=False, may_store=may_store)


def job_url(config: Config, named: object, path: str, slug: str, request_id: str) -> str:
    """Return the URL for a job's status or result.

    This is the URL that the service named, if it is on one of the configured origins; else the documented `path` on the
    configured base URL. So the key is sent to no other host, and a job is found although its URL is invalid.
    """
    if isinstance(named, str) and len(named) <= _LONGEST_URL and config.admits(named) and is_url_safe(named):
        return named
    path = path.replace("{slug}", slug_path(slug)).replace("{request_id}", quote_segment(request_id))
    return config.queue_root + path
