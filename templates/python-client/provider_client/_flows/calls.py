"""Flows that call a model: synchronously, or by submitting a job to the queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._config import Config, RequestOptions
from .._errors import UnreadableResponse
from .._flow import Flow
from .._http import Response
from .._results.jobs import JobHandle
from .._results.result import Result
from ..spec.answers import find
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .billing import BillableCall
from .requests import job_url, submit_request, sync_request
from .responses import read_object, read_request_id
from .results import read_result
from .sending import send

_QUEUE = PLATFORM.queue
_ROLES = PLATFORM.roles


class Submitted(NamedTuple):
    """A job that was accepted: its handle, the body of the response to the submit, and the whole response."""

    handle: JobHandle
    body: dict[str, Any]
    response: Response


def call_sync(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Response]:
    """Call a model synchronously and return the raw response."""
    settings = config.settings_for(options)
    call = BillableCall(config, settings, slug, model, payload)
    request = sync_request(config, slug, model, payload, settings)
    response = yield from send(config, request, settings, call=call)
    yield from call.note("answered")
    return response


def generate(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Result]:
    """Call a model synchronously and return the result in the response."""
    return read_result(model, (yield from call_sync(config, slug, model, payload, options)))


def submit(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Submitted]:
    """Submit a job to the queue and return its handle with the response."""
    settings = config.settings_for(options)
    call = BillableCall(config, settings, slug, model, payload)
    request = submit_request(config, slug, model, payload, settings)
    response = yield from send(config, request, settings, call=call)
    try:
        body = read_object(response)
        request_id = read_request_id(response, body)
    except UnreadableResponse as error:
        yield from call.note("unknown", why=f"{type(error).__name__}: {error.detail}")
        raise
    status_url = job_url(config, find(body, _ROLES.get("status_url")), _QUEUE.status_path, slug, request_id)
    result_url = job_url(config, find(body, _ROLES.get("result_url")), _QUEUE.result_path, slug, request_id)
    handle = JobHandle(slug, request_id, status_url, result_url)
    yield from call.note("accepted", handle=handle._asdict())
    return Submitted(handle, body, response)
