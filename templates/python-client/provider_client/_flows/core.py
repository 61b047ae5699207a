"""The client without its input and output: every conversation with the service as a generator.

A flow yields a `Request` to be sent, a `Pause` to be kept or a `Record` to be written, gets the `Response`, and returns
what came of it. The sync and the async client are loops that drive flows; nothing in here blocks, and every decision is
made here once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._answers.job import JobHandle, JobResult
from .._answers.results import Image, ImageResult, picture_from
from .._config import Config, RequestOptions, Terms
from .._errors import (
    ConnectionFailed,
    InferenceFailed,
    InferenceTimeout,
    ProviderError,
    StatusError,
    UnreadableResponse,
)
from .._hooks import DEBUG, call, log
from .._wire import Flow, Pause, Response, inert, is_plain, origin_of, quoted
from ..spec.answers import find, verdict
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..spec.service import Verdict
from .messages import (
    HEADER_NAMES,
    as_text,
    path_of,
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
from .order import Order, note_end
from .retry import may_retry_status, poll_pause
from .sending import send

_QUEUE = PLATFORM.queue
_ROLES = PLATFORM.roles
#: Statuses under which the body of a job comes although they are no successes.
_JOB_ENDS = frozenset(acceptor.http for acceptor in _QUEUE.acceptors if acceptor.http >= 300)
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
    """Call a model synchronously and return the raw response."""
    terms = config.settle(options)
    order = Order(config, terms, slug, model)
    response = yield from send(config, sync_request(config, slug, model, payload, terms), terms, order=order)
    yield from order.note("answered")
    return response


def generate(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[ImageResult]:
    """Call a model synchronously and return the images in the answer."""
    return read_pictures((yield from call_sync(config, slug, model, payload, options)))


def submit(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Submitted]:
    """Queue a job and return what the service said of it."""
    terms = config.settle(options)
    order = Order(config, terms, slug, model)
    response = yield from send(config, submit_request(config, slug, model, payload, terms), terms, order=order)
    try:
        body = read_object(response)
        request_id = read_request_id(response, body)
    except UnreadableResponse as error:
        yield from order.note("unknown", why=f"{type(error).__name__}: {error.detail}")
        raise
    status_url = _trusted(config, find(body, _ROLES.get("status_url")), _QUEUE.status_path, slug, request_id)
    result_url = _trusted(config, find(body, _ROLES.get("result_url")), _QUEUE.result_path, slug, request_id)
    handle = JobHandle(slug, request_id, status_url, result_url)
    yield from order.note("accepted", handle=handle._asdict())
    return Submitted(handle, body, response)


def read_status(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[dict[str, Any]]:
    """Return the body of a job's status; that of a failed job too, although it may come under an error status."""
    body, _ = yield from _read_status(config, handle, config.settle(options))
    return body


def read_result(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[JobResult]:
    """Return the body of a job's result; that of a failed job too, although it may come under an error status."""
    result, _ = yield from _read_result(config, handle, config.settle(options))
    return result


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
    yield from note_end(config, terms, handle, find(result, _ROLES.get("state")))
    return result


def collect(
    config: Config, handle: JobHandle, timeout: float, interval: float, options: RequestOptions
) -> Flow[ImageResult]:
    """Waits as `wait` does, then fetches the pictures; the job counts as ended when they are here."""
    terms = config.settle(options)
    result = yield from _attended(config, handle, timeout, interval, terms)
    try:
        pictures = yield from download(config, result, options)
    except ProviderError as error:
        error.handle = handle
        raise
    yield from note_end(config, terms, handle, find(result, _ROLES.get("state")))
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
    except ProviderError as error:
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
        yield from note_end(config, terms, handle, find(error.status_body, _ROLES.get("state")))
        raise
    except ProviderError as error:
        error.handle = handle
        raise


def _wait(config: Config, handle: JobHandle, timeout: float, interval: float, terms: Terms) -> Flow[JobResult]:
    start = config.clock()
    deadline = start + timeout
    last: dict[str, Any] = {}
    ends: Verdict | None = None
    trouble: ProviderError | None = None
    while True:
        asked: float | None = None
        # No single question may outlast the wait by more than it takes to see that the time is over, nor hold up the
        # next one: the connection that it went out on may be dead.
        bounded = terms._replace(
            timeout=min(max(1.0, deadline - config.clock()), terms.timeout),
            read_timeout=min(terms.read_timeout, PLATFORM.limits.poll_timeout_s),
        )
        try:
            last, ends = yield from _read_status(config, handle, bounded)
            trouble = None
            state = find(last, _ROLES.get("state"))
            log(DEBUG, "job %s: %s", inert(handle.request_id), inert(str(state))[:80])
            call(terms.hooks.poll, handle, last)
            if ends == "done":
                result, ends = yield from _read_result(config, handle, bounded)
                last = dict(result)
                # A result need not repeat the state.
                if ends == "done" or find(result, _ROLES.get("state")) is None:
                    return result
        except (ConnectionFailed, UnreadableResponse) as error:
            trouble = error
        except StatusError as error:
            if not may_retry_status("GET", error.status or 0, PLATFORM.statuses):
                raise
            trouble, asked = error, error.retry_after
        if ends == "failed":
            said = as_text(find(last, _ROLES["error_text"]))
            raise InferenceFailed(said, last, handle.request_id)
        remaining = deadline - config.clock()
        if remaining <= 0:
            raise InferenceTimeout(handle, config.clock() - start, last) from trouble
        yield Pause(poll_pause(interval, asked, remaining, PLATFORM.limits))


def _read_status(config: Config, handle: JobHandle, terms: Terms) -> Flow[tuple[dict[str, Any], Verdict | None]]:
    url = _trusted(config, handle.status_url, _QUEUE.status_path, handle.slug, handle.request_id)
    body, ends, _ = yield from _read_job(config, url, terms)
    return body, ends


def _read_result(config: Config, handle: JobHandle, terms: Terms) -> Flow[tuple[JobResult, Verdict | None]]:
    url = _trusted(config, handle.response_url, _QUEUE.result_path, handle.slug, handle.request_id)
    body, ends, response = yield from _read_job(config, url, terms)
    return JobResult(body, response, handle), ends


def _read_job(config: Config, url: str, terms: Terms) -> Flow[tuple[dict[str, Any], Verdict | None, Response]]:
    """The body of an answer about a job, what it means, and the whole answer."""
    request = request_for(config, "GET", url, terms)
    response = yield from send(config, request, terms, _JOB_ENDS)
    if response.is_success:
        body = read_object(response)
        return body, verdict(_QUEUE.acceptors, response.status_code, body), response
    # Such a status has two meanings, and the body tells which: the job failed, or the request was refused.
    body = response.json_object()
    ends = verdict(_QUEUE.acceptors, response.status_code, body)
    if ends is None:
        raise status_error(config, response, "GET")
    return body, ends, response


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


def _trusted(config: Config, named: object, path: str, slug: str, request_id: str) -> str:
    """The URL for a job: the one that the service named if it is on one of our own origins, else the documented one.

    So the key goes nowhere else, and a job that was paid for is found although its URL is foreign, relative or broken.
    """
    if isinstance(named, str) and len(named) <= _LONGEST and origin_of(named) in config.origins and is_plain(named):
        return named
    path = path.replace("{slug}", path_of(slug)).replace("{request_id}", quoted(request_id))
    return config.queue_root + path
