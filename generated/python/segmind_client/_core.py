"""The client without its input and output: every conversation with the service as a generator.

A flow yields a `Request` to be sent or a `Pause` to be kept, gets the `Response`, and returns what came of it. The sync
and the async client are loops that drive flows; nothing in here blocks, and every decision is made here once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._config import Config, RequestOptions, Terms
from ._errors import (
    AmbiguousOutcome,
    ConnectionFailed,
    InferenceFailed,
    InferenceTimeout,
    SegmindError,
    StatusError,
    UnreadableResponse,
)
from ._images import Image, ImageResult, picture_from
from ._job import JobHandle, JobResult
from ._messages import (
    HEADER_NAMES,
    as_text,
    picture,
    public_request,
    read_object,
    read_pictures,
    read_request_id,
    request_for,
    status_error,
    submit_request,
    sync_request,
)
from ._retry import backoff, may_retry_status
from ._wire import Flow, Interrupted, NotSent, Oversized, Pause, Request, Response, inert, is_plain, origin_of, quoted
from .spec.facts import Model
from .spec.platform import PLATFORM

_QUEUE = PLATFORM.queue
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 3


def call_sync(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Response]:
    """v1: one POST, the raw response to it."""
    terms = config.settle(options)
    return (yield from _send(config, sync_request(config, slug, model, payload, terms), terms))


def generate(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[ImageResult]:
    """v1: one POST, the pictures in the answer."""
    return read_pictures((yield from call_sync(config, slug, model, payload, options)))


def submit(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[tuple[JobHandle, dict[str, Any]]]:
    """v2: one POST; the job's handle and the body that announced it."""
    terms = config.settle(options)
    response = yield from _send(config, submit_request(config, slug, model, payload, terms), terms)
    body = read_object(response)
    request_id = read_request_id(response, body)
    status_url = _trusted(config, body.get("status_url"), _QUEUE.status_path, request_id)
    response_url = _trusted(config, body.get("response_url"), _QUEUE.result_path, request_id)
    return JobHandle(slug, request_id, status_url, response_url), body


def read_status(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[dict[str, Any]]:
    """Where a job stands. A FAILED job's body is returned, although it comes under an error status."""
    return (yield from _read_status(config, handle, config.settle(options)))


def read_result(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[JobResult]:
    """What a job gave. A FAILED job's body is returned, although it comes under an error status."""
    return (yield from _read_result(config, handle, config.settle(options)))


def wait(
    config: Config, handle: JobHandle, timeout: float, interval: float, options: RequestOptions
) -> Flow[JobResult]:
    """Asks until the job is done, failed, or `timeout` seconds are over; `interval` seconds between two questions.

    A failure to get an answer (a broken connection, a gateway's error or page, a rate limit) is no answer about the
    job: the next question may get one. So may a state that nobody has documented. Whatever is raised in the end holds
    the job's handle.
    """
    if not (timeout >= 0 and 0 <= interval < float("inf")):
        raise ValueError(f"timeout and interval are seconds from 0 on, not {timeout!r} and {interval!r}")
    try:
        return (yield from _wait(config, handle, timeout, interval, config.settle(options)))
    except SegmindError as error:
        error.handle = handle
        raise


def download(config: Config, urls: list[str], options: RequestOptions) -> Flow[ImageResult]:
    """Fetches pictures by their URLs, without the key, wherever they are; the call's time is for all of them."""
    terms = config.settle(options)
    deadline = config.clock() + terms.timeout
    images: list[Image] = []
    headers: Mapping[str, str] = {}
    for url in urls:
        if url[:5].lower() == "data:":
            images.append(picture(picture_from, url, Response(200, {}, url.encode("utf-8", "replace"), "data:")))
            continue
        response = yield from _fetch(config, url, terms, deadline)
        headers = response.headers
        images.append(picture(Image, response.content, response))
    if not images:
        raise UnreadableResponse("the job names no picture to download")
    return ImageResult(tuple(images), headers, HEADER_NAMES)


def _wait(config: Config, handle: JobHandle, timeout: float, interval: float, terms: Terms) -> Flow[JobResult]:
    start = config.clock()
    deadline = start + timeout
    last: dict[str, Any] = {}
    trouble: SegmindError | None = None
    while True:
        pause = interval
        # No single question may outlast the wait by more than it takes to see that the time is over.
        bounded = terms._replace(timeout=min(max(1.0, deadline - config.clock()), terms.timeout))
        try:
            last = yield from _read_status(config, handle, bounded)
            trouble = None
            if last.get("status") in _QUEUE.done:
                result = yield from _read_result(config, handle, bounded)
                last = dict(result)
                if result.get("status") in _QUEUE.done or "status" not in result:
                    return result
        except (ConnectionFailed, UnreadableResponse) as error:
            trouble = error
        except StatusError as error:
            if not may_retry_status("GET", error.status or 0, PLATFORM.statuses):
                raise
            trouble = error
            pause = max(interval, error.retry_after or 0.0)
        if last.get("status") in _QUEUE.failed:
            said = as_text(last.get(PLATFORM.error_key))
            raise InferenceFailed(said and config.without_key(said), last, handle.request_id)
        remaining = deadline - config.clock()
        if remaining <= 0:
            raise InferenceTimeout(handle, config.clock() - start, last) from trouble
        yield Pause(min(pause, remaining))


def _read_status(config: Config, handle: JobHandle, terms: Terms) -> Flow[dict[str, Any]]:
    url = _trusted(config, handle.status_url, _QUEUE.status_path, handle.request_id)
    return (yield from _read_job(config, url, terms))


def _read_result(config: Config, handle: JobHandle, terms: Terms) -> Flow[JobResult]:
    url = _trusted(config, handle.response_url, _QUEUE.result_path, handle.request_id)
    return JobResult((yield from _read_job(config, url, terms)))


def _read_job(config: Config, url: str, terms: Terms) -> Flow[dict[str, Any]]:
    request = request_for(config, "GET", url, terms)
    response = yield from _send(config, request, terms, frozenset({_QUEUE.failed_status}))
    if response.status_code == _QUEUE.failed_status:
        # This status has two meanings, and the body tells which: the job FAILED, or the request was refused.
        body = response.json_object()
        if body.get("status") in _QUEUE.failed:
            return body
        raise status_error(config, response, "GET")
    return read_object(response)


def _fetch(config: Config, url: str, terms: Terms, deadline: float) -> Flow[Response]:
    """GETs a public URL, following a few redirects."""
    for _ in range(_MAX_REDIRECTS + 1):
        if not url[:8].lower().startswith(("https://", "http://")):
            raise UnreadableResponse(f"the picture's address {inert(url[:80])!r} is no http(s) URL")
        request = public_request(config, url, terms, deadline)
        response = yield from _send(config, request, terms, _REDIRECTS)
        if response.is_success:
            return response
        from urllib.parse import urljoin

        try:
            url = urljoin(url, response.headers.get("location", ""))
        except ValueError:
            raise UnreadableResponse("a redirect on the way to the picture leads to no URL") from None
    raise UnreadableResponse(f"more than {_MAX_REDIRECTS} redirects on the way to the picture")


def _send(config: Config, request: Request, terms: Terms, expected: frozenset[int] = frozenset()) -> Flow[Response]:
    """Sends a request as often as it may be sent; returns a success, or a status that is `expected`, or raises."""
    attempt = 0
    while True:
        attempt += 1
        asked = 0.0
        try:
            response = yield request
        except NotSent as error:
            failure: SegmindError = ConnectionFailed(f"{origin_of(request.url)}: {error}")
        except Oversized as error:
            raise UnreadableResponse(str(error)) from None
        except Interrupted as error:
            if request.method != "GET":
                raise AmbiguousOutcome(detail=f"{request.method} {request.url} was sent, then: {error}") from None
            failure = ConnectionFailed(f"{origin_of(request.url)}: {error}")
        else:
            assert response is not None
            if response.is_success or response.status_code in expected:
                return response
            failure = status_error(config, response, request.method)
            if not may_retry_status(request.method, response.status_code, PLATFORM.statuses):
                raise failure
            asked = (failure.retry_after if isinstance(failure, StatusError) else None) or 0.0
            if asked > PLATFORM.limits.max_retry_after_s:
                raise failure
        # Asked to come back at once, or at a time that has passed here, the client still does not hammer.
        pause = max(asked, backoff(attempt, PLATFORM.limits, config.random()))
        if attempt >= terms.max_attempts or config.clock() + pause >= request.deadline:
            raise failure
        yield Pause(pause)


def _trusted(config: Config, named: object, path: str, request_id: str) -> str:
    """The URL for a job: the one that the service named if it is on our own origin, else the documented one.

    So the key goes nowhere else, and a job that was paid for is found although its URL is foreign, relative or broken.
    """
    if isinstance(named, str) and origin_of(named) == config.origin and is_plain(named):
        return named
    return config.root + path.replace("{request_id}", quoted(request_id))
