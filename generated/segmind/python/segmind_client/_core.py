"""The client without its input and output: every conversation with the service as a generator.

A flow yields a `Request` to be sent, a `Pause` to be kept or a `Record` to be written, gets the `Response`, and returns
what came of it. The sync and the async client are loops that drive flows; nothing in here blocks, and every decision is
made here once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ._config import Config, RequestOptions, Terms
from ._errors import (
    ConnectionFailed,
    InferenceFailed,
    InferenceTimeout,
    SegmindError,
    StatusError,
    UnreadableResponse,
)
from ._hooks import DEBUG, call, log
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
from ._order import Order, note_end
from ._results import Image, ImageResult, picture_from
from ._retry import may_retry_status, poll_pause
from ._sending import send
from ._wire import Flow, Pause, Response, inert, is_plain, origin_of, quoted
from .spec.facts import Model
from .spec.platform import PLATFORM

_QUEUE = PLATFORM.queue
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 3
#: Characters of a URL that a job's state or result may have.
_LONGEST = 4096


class Submitted(NamedTuple):
    """What a submit gave: the job's handle, the body that announced it, and the whole response."""

    handle: JobHandle
    body: dict[str, Any]
    response: Response


def call_sync(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Response]:
    """v1: one POST, the raw response to it."""
    terms = config.settle(options)
    order = Order(config, terms, slug, model)
    response = yield from send(config, sync_request(config, slug, model, payload, terms), terms, order=order)
    yield from order.note("answered")
    return response


def generate(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[ImageResult]:
    """v1: one POST, the pictures in the answer."""
    return read_pictures((yield from call_sync(config, slug, model, payload, options)))


def submit(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Submitted]:
    """v2: one POST; the job that it queued."""
    terms = config.settle(options)
    order = Order(config, terms, slug, model)
    response = yield from send(config, submit_request(config, slug, model, payload, terms), terms, order=order)
    try:
        body = read_object(response)
        request_id = read_request_id(response, body)
    except UnreadableResponse as error:
        yield from order.note("unknown", why=f"{type(error).__name__}: {error.detail}")
        raise
    status_url = _trusted(config, body.get("status_url"), _QUEUE.status_path, request_id)
    response_url = _trusted(config, body.get("response_url"), _QUEUE.result_path, request_id)
    handle = JobHandle(slug, request_id, status_url, response_url)
    yield from order.note("accepted", handle=handle._asdict())
    return Submitted(handle, body, response)


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
    terms = config.settle(options)
    result = yield from _attended(config, handle, timeout, interval, terms)
    yield from note_end(config, terms, handle, result.get("status"))
    return result


def collect(
    config: Config, handle: JobHandle, timeout: float, interval: float, options: RequestOptions
) -> Flow[ImageResult]:
    """Waits as `wait` does, then fetches the pictures; the job counts as ended when they are here."""
    terms = config.settle(options)
    result = yield from _attended(config, handle, timeout, interval, terms)
    try:
        pictures = yield from download(config, result, options)
    except SegmindError as error:
        error.handle = handle
        raise
    yield from note_end(config, terms, handle, result.get("status"))
    return pictures


def download(config: Config, source: JobResult | str, options: RequestOptions) -> Flow[ImageResult]:
    """Fetches the images of a job, or the one at a URL, without the key, wherever they are; the call's time is for all
    of them. `source` may be anything that a service calls a URL. What is raised holds the job's handle, if it is known.
    """
    try:
        if isinstance(source, JobResult):
            return (yield from _download(config, source.urls, options))
        if isinstance(source, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            return (yield from _download(config, [source], options))
        raise UnreadableResponse(f"expected the URL of an image or a job's result, got {type(source).__name__}")
    except SegmindError as error:
        error.handle = source.handle if isinstance(source, JobResult) else None
        raise


def _download(config: Config, urls: list[str], options: RequestOptions) -> Flow[ImageResult]:
    terms = config.settle(options)
    deadline = config.clock() + terms.timeout
    images: list[Image] = []
    response = Response(200, {}, b"", "data:")
    for url in urls:
        if url[:5].lower() == "data:":
            images.append(picture(picture_from, url, Response(200, {}, url.encode("utf-8", "replace"), "data:")))
            continue
        response = yield from _fetch(config, url, terms, deadline)
        images.append(picture(Image, response.content, response))
    if not images:
        raise UnreadableResponse("the job names no picture to download")
    return ImageResult(tuple(images), response, HEADER_NAMES)


def _attended(config: Config, handle: JobHandle, timeout: float, interval: float, terms: Terms) -> Flow[JobResult]:
    """The result of a job; what is raised instead holds its handle."""
    if not (timeout >= 0 and 0 <= interval < float("inf")):
        raise ValueError(f"timeout and interval are seconds from 0 on, not {timeout!r} and {interval!r}")
    try:
        return (yield from _wait(config, handle, timeout, interval, terms))
    except InferenceFailed as error:
        error.handle = handle
        yield from note_end(config, terms, handle, error.status_body.get("status"))
        raise
    except SegmindError as error:
        error.handle = handle
        raise


def _wait(config: Config, handle: JobHandle, timeout: float, interval: float, terms: Terms) -> Flow[JobResult]:
    start = config.clock()
    deadline = start + timeout
    last: dict[str, Any] = {}
    trouble: SegmindError | None = None
    while True:
        asked: float | None = None
        # No single question may outlast the wait by more than it takes to see that the time is over, nor hold up the
        # next one: the connection that it went out on may be dead.
        bounded = terms._replace(
            timeout=min(max(1.0, deadline - config.clock()), terms.timeout),
            read_timeout=min(terms.read_timeout, PLATFORM.limits.poll_timeout_s),
        )
        try:
            last = yield from _read_status(config, handle, bounded)
            trouble = None
            log(DEBUG, "job %s: %s", inert(handle.request_id), inert(str(last.get("status")))[:80])
            call(terms.hooks.poll, handle, last)
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
            trouble, asked = error, error.retry_after
        if last.get("status") in _QUEUE.failed:
            said = as_text(last.get(PLATFORM.error_key))
            raise InferenceFailed(said, last, handle.request_id)
        remaining = deadline - config.clock()
        if remaining <= 0:
            raise InferenceTimeout(handle, config.clock() - start, last) from trouble
        yield Pause(poll_pause(interval, asked, remaining, PLATFORM.limits))


def _read_status(config: Config, handle: JobHandle, terms: Terms) -> Flow[dict[str, Any]]:
    url = _trusted(config, handle.status_url, _QUEUE.status_path, handle.request_id)
    body, _ = yield from _read_job(config, url, terms)
    return body


def _read_result(config: Config, handle: JobHandle, terms: Terms) -> Flow[JobResult]:
    url = _trusted(config, handle.response_url, _QUEUE.result_path, handle.request_id)
    body, response = yield from _read_job(config, url, terms)
    return JobResult(body, response, handle)


def _read_job(config: Config, url: str, terms: Terms) -> Flow[tuple[dict[str, Any], Response]]:
    request = request_for(config, "GET", url, terms)
    response = yield from send(config, request, terms, frozenset({_QUEUE.failed_status}))
    if response.status_code == _QUEUE.failed_status:
        # This status has two meanings, and the body tells which: the job FAILED, or the request was refused.
        body = response.json_object()
        if body.get("status") in _QUEUE.failed:
            return body, response
        raise status_error(config, response, "GET")
    return read_object(response), response


def _fetch(config: Config, url: str, terms: Terms, deadline: float) -> Flow[Response]:
    """GETs a public URL, following a few redirects."""
    for _ in range(_MAX_REDIRECTS + 1):
        if not url[:8].lower().startswith(("https://", "http://")):
            raise UnreadableResponse(f"the picture's address {url[:80]!r} is no http(s) URL")
        request = public_request(config, url, terms, deadline)
        response = yield from send(config, request, terms, _REDIRECTS)
        if response.is_success:
            return response
        from urllib.parse import urljoin

        try:
            url = urljoin(url, response.headers.get("location", ""))
        except ValueError:
            raise UnreadableResponse("a redirect on the way to the picture leads to no URL") from None
    raise UnreadableResponse(f"more than {_MAX_REDIRECTS} redirects on the way to the picture")


def _trusted(config: Config, named: object, path: str, request_id: str) -> str:
    """The URL for a job: the one that the service named if it is on our own origin, else the documented one.

    So the key goes nowhere else, and a job that was paid for is found although its URL is foreign, relative or broken.
    """
    if isinstance(named, str) and len(named) <= _LONGEST and origin_of(named) == config.origin and is_plain(named):
        return named
    return config.root + path.replace("{request_id}", quoted(request_id))
