"""Flows that poll a queued job: its status, its result, and the wait for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._config import CallSettings, Config, RequestOptions
from .._errors import (
    ConnectionFailed,
    InferenceFailed,
    InferenceTimeout,
    ProviderError,
    StatusError,
    UnreadableResponse,
)
from .._flow import Flow, Pause
from .._hooks import DEBUG, log, run_hook
from .._http import Response
from .._results.jobs import JobHandle, JobResult
from .._text import printable
from ..spec.answers import find, verdict
from ..spec.platform import PLATFORM
from ..spec.service import Verdict
from .billing import note_job_end
from .downloads import download
from .requests import job_url, request_for
from .responses import error_text, read_object, status_error
from .retry import may_retry_status, poll_pause
from .sending import send

if TYPE_CHECKING:
    from .._results.result import Result

_QUEUE = PLATFORM.queue
_ROLES = PLATFORM.roles
#: HTTP statuses of a job's responses that are expected although they are not 2xx.
_JOB_ENDS = frozenset(acceptor.http for acceptor in _QUEUE.acceptors if acceptor.http >= 300)


def read_status(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[dict[str, Any]]:
    """Return the body of a job's status, also of a failed job whose status response has an error status."""
    body, _ = yield from _read_status(config, handle, config.settings_for(options))
    return body


def read_result(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[JobResult]:
    """Return the body of a job's result, also of a failed job whose result response has an error status."""
    result, _ = yield from _read_result(config, handle, config.settings_for(options))
    return result


def wait(
    config: Config, handle: JobHandle, timeout: float, interval: float, options: RequestOptions
) -> Flow[JobResult]:
    """Poll the job every `interval` seconds until it is done, it has failed, or `timeout` seconds have passed.

    A broken connection, an error of a gateway and a rate limit say nothing about the job, so polling goes on. It also goes on
    after a state that is not documented. Every exception holds the job's handle.
    """
    settings = config.settings_for(options)
    result = yield from _wait_with_handle(config, handle, timeout, interval, settings)
    yield from note_job_end(config, settings, handle, find(result, _ROLES.get("state")))
    return result


def collect(
    config: Config, handle: JobHandle, timeout: float, interval: float, options: RequestOptions
) -> Flow[Result]:
    """Wait as `wait` does, then download the files. The journal gets the job's end after the download."""
    settings = config.settings_for(options)
    result = yield from _wait_with_handle(config, handle, timeout, interval, settings)
    try:
        found = yield from download(config, result, options)
    except ProviderError as error:
        error.handle = handle
        raise
    yield from note_job_end(config, settings, handle, find(result, _ROLES.get("state")))
    return found


def _wait_with_handle(
    config: Config, handle: JobHandle, timeout: float, interval: float, settings: CallSettings
) -> Flow[JobResult]:
    """Return the result of a job. Every exception holds the job's handle."""
    if not (timeout >= 0 and 0 <= interval < float("inf")):
        raise ValueError(f"timeout and interval must be seconds ≥ 0, got {timeout!r} and {interval!r}")
    try:
        return (yield from _wait(config, handle, timeout, interval, settings))
    except InferenceFailed as error:
        error.handle = handle
        yield from note_job_end(config, settings, handle, find(error.status_body, _ROLES.get("state")))
        raise
    except ProviderError as error:
        error.handle = handle
        raise


def _wait(
    config: Config, handle: JobHandle, timeout: float, interval: float, settings: CallSettings
) -> Flow[JobResult]:
    start = config.clock()
    deadline = start + timeout
    last: dict[str, Any] = {}
    ends: Verdict | None = None
    trouble: ProviderError | None = None
    while True:
        asked: float | None = None
        # A single poll must not take much longer than the whole wait, and must not delay the next poll for long: its
        # connection may be dead.
        bounded = settings._replace(
            timeout=min(max(1.0, deadline - config.clock()), settings.timeout),
            read_timeout=min(settings.read_timeout, PLATFORM.limits.poll_timeout_s),
        )
        try:
            last, ends = yield from _read_status(config, handle, bounded)
            trouble = None
            state = find(last, _ROLES.get("state"))
            log(DEBUG, "job %s: %s", printable(handle.request_id), printable(str(state))[:80])
            run_hook(settings.hooks.poll, handle, last)
            if ends == "done":
                result, ends = yield from _read_result(config, handle, bounded)
                last = dict(result)
                # A result may leave the state out.
                if ends == "done" or find(result, _ROLES.get("state")) is None:
                    return result
        except (ConnectionFailed, UnreadableResponse) as error:
            trouble = error
        except StatusError as error:
            if not may_retry_status("GET", error.status or 0, PLATFORM.statuses):
                raise
            trouble, asked = error, error.retry_after
        if ends == "failed":
            reason = error_text(find(last, _ROLES["error_text"]))
            raise InferenceFailed(reason, last, handle.request_id)
        remaining = deadline - config.clock()
        if remaining <= 0:
            raise InferenceTimeout(handle, config.clock() - start, last) from trouble
        yield Pause(poll_pause(interval, asked, remaining, PLATFORM.limits))


def _read_status(
    config: Config, handle: JobHandle, settings: CallSettings
) -> Flow[tuple[dict[str, Any], Verdict | None]]:
    url = job_url(config, handle.status_url, _QUEUE.status_path, handle.slug, handle.request_id)
    body, ends, _ = yield from _read_job(config, url, settings)
    return body, ends


def _read_result(config: Config, handle: JobHandle, settings: CallSettings) -> Flow[tuple[JobResult, Verdict | None]]:
    url = job_url(config, handle.response_url, _QUEUE.result_path, handle.slug, handle.request_id)
    body, ends, response = yield from _read_job(config, url, settings)
    return JobResult(body, response, handle), ends


def _read_job(
    config: Config, url: str, settings: CallSettings
) -> Flow[tuple[dict[str, Any], Verdict | None, Response]]:
    """Return the body of a response about a job, what it means, and the whole response."""
    request = request_for(config, "GET", url, settings)
    response = yield from send(config, request, settings, _JOB_ENDS)
    if response.is_success:
        body = read_object(response)
        return body, verdict(_QUEUE.acceptors, response.status_code, body), response
    # Such a status means that the job failed or that the request was refused. The body says which.
    body = response.json_object()
    ends = verdict(_QUEUE.acceptors, response.status_code, body)
    if ends is None:
        raise status_error(config, response, "GET")
    return body, ends, response
