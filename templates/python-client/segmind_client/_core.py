"""The client without its input and output: every conversation with the service as a generator.

A flow yields a `Request` to be sent or a `Pause` to be kept, gets the `Response`, and returns what came of it. The sync
and the async client are loops that drive flows; nothing in here blocks, and every decision is made here once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urljoin

from ._config import Config, RequestOptions, origin_of
from ._errors import (
    AmbiguousOutcome,
    ConnectionFailed,
    InferenceFailed,
    InferenceTimeout,
    SegmindError,
    StatusError,
    UnreadableResponse,
)
from ._images import Image, ImageResult, NotAPicture, picture_from
from ._job import JobHandle, JobResult
from ._retry import asked_delay, backoff, is_ambiguous_status, may_retry_status
from ._wire import Flow, Interrupted, NotSent, Pause, Request, Response, T, as_list, as_object
from .errors import BY_STATUS
from .spec.facts import Model
from .spec.platform import PLATFORM

_QUEUE = PLATFORM.queue
_EXCERPT = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 3
_HEADER_NAMES = {key: header.name for key, header in PLATFORM.headers.items()}


def call_sync(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[Response]:
    """v1: one POST, the raw response to it."""
    return (yield from _send(config, sync_request(config, slug, model, payload, options), options))


def generate(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[ImageResult]:
    """v1: one POST, the pictures in the answer."""
    return read_pictures((yield from call_sync(config, slug, model, payload, options)))


def submit(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Flow[tuple[JobHandle, dict[str, Any]]]:
    """v2: one POST; the job's handle and the body that announced it."""
    response = yield from _send(config, submit_request(config, slug, model, payload, options), options)
    body = _object(response)
    request_id = body.get("request_id")
    if not isinstance(request_id, str) or not request_id:
        detail = f"a job was accepted, but its request_id is missing; there are: {', '.join(sorted(body)) or 'no keys'}"
        raise _unreadable(response, detail)
    status_url = _trusted(config, body.get("status_url"), _QUEUE.status_path, request_id)
    response_url = _trusted(config, body.get("response_url"), _QUEUE.result_path, request_id)
    return JobHandle(slug, request_id, status_url, response_url), body


def read_status(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[dict[str, Any]]:
    """Where a job stands. A FAILED job's body is returned, although it comes under an error status."""
    url = _trusted(config, handle.status_url, _QUEUE.status_path, handle.request_id)
    return (yield from _read_job(config, url, options))


def read_result(config: Config, handle: JobHandle, options: RequestOptions) -> Flow[JobResult]:
    """What a job gave. A FAILED job's body is returned, although it comes under an error status."""
    url = _trusted(config, handle.response_url, _QUEUE.result_path, handle.request_id)
    return JobResult((yield from _read_job(config, url, options)))


def wait(
    config: Config, handle: JobHandle, timeout: float, interval: float, options: RequestOptions
) -> Flow[JobResult]:
    """Asks until the job is done, failed, or `timeout` seconds are over; `interval` seconds between two questions.

    A failure to get an answer (a broken connection, a gateway's error, a rate limit) is no answer about the job: the
    next question may get one. So may a state that nobody has documented.
    """
    start = config.clock()
    deadline = start + timeout
    last: dict[str, Any] = {}
    trouble: SegmindError | None = None
    while True:
        pause = interval
        # No single question may outlast the wait by more than it takes to see that the time is over.
        patience = max(1.0, deadline - config.clock())
        bounded = options._replace(timeout=min(patience, options.timeout or config.timeout))
        try:
            last = yield from read_status(config, handle, bounded)
            trouble = None
            if last.get("status") in _QUEUE.done:
                result = yield from read_result(config, handle, bounded)
                last = dict(result)
                if result.get("status") in _QUEUE.done or "status" not in result:
                    return result
        except (ConnectionFailed, StatusError) as error:
            if isinstance(error, StatusError) and not may_retry_status("GET", error.status or 0, PLATFORM.statuses):
                raise
            trouble = error
            pause = max(interval, (error.retry_after if isinstance(error, StatusError) else None) or 0.0)
        if last.get("status") in _QUEUE.failed:
            raise InferenceFailed(_text(last.get(PLATFORM.error_key)), last, handle.request_id)
        remaining = deadline - config.clock()
        if remaining <= 0:
            raise InferenceTimeout(handle, config.clock() - start, last) from trouble
        yield Pause(min(pause, remaining))


def download(config: Config, urls: list[str], options: RequestOptions) -> Flow[ImageResult]:
    """Fetches pictures by their URLs, without the key, wherever they are."""
    images: list[Image] = []
    headers: Mapping[str, str] = {}
    for url in urls:
        if url.startswith("data:"):
            response = Response(200, {}, url.encode("utf-8", "replace"), "data:")
            images.append(_picture(picture_from, url, response))
            continue
        response = yield from _fetch(config, url, options)
        headers = response.headers
        images.append(_picture(Image, response.content, response))
    if not images:
        raise UnreadableResponse("the job names no picture to download")
    return ImageResult(tuple(images), headers, _HEADER_NAMES)


def read_pictures(response: Response) -> ImageResult:
    """The pictures in a v1 answer: the body itself, or base64 in its JSON; told apart by the bytes, not the header.

    Raises:
        UnreadableResponse: There is none.
    """
    content = response.content
    if content.lstrip()[:1] not in (b"{", b"["):
        return ImageResult((_picture(Image, content, response),), response.headers, _HEADER_NAMES)
    try:
        data = response.json()
    except ValueError as error:
        raise _unreadable(response, f"broken JSON: {error}") from None
    body = as_object(data) or {}
    found = body.get(PLATFORM.base64_key)
    if found is None or found == []:
        said = _text(body.get(PLATFORM.error_key)) or ", ".join(sorted(body)) or type(data).__name__
        raise _unreadable(response, f"JSON without a picture under {PLATFORM.base64_key!r}: {said}")
    texts: list[Any] = as_list(found) or [found]
    images = tuple(_picture(picture_from, text, response) for text in texts)
    return ImageResult(images, response.headers, _HEADER_NAMES)


def sync_request(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Request:
    """The POST of v1."""
    path = model.sync.path if model and model.sync else PLATFORM.sync_path.replace("{slug}", quote(slug, safe=""))
    return request_for(config, "POST", config.root + path, payload, options)


def submit_request(
    config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
) -> Request:
    """The POST of v2."""
    path = model.submit.path if model and model.submit else _QUEUE.submit_path.replace("{slug}", quote(slug, safe=""))
    return request_for(config, "POST", config.root + path, payload, options)


def request_for(
    config: Config,
    method: str,
    url: str,
    payload: Mapping[str, Any] | None,
    options: RequestOptions,
    *,
    with_key: bool = True,
) -> Request:
    """A request as it goes out. The body is encoded once and reused by every attempt."""
    headers = {name.lower(): value for name, value in (options.headers or {}).items()}
    headers.update(config.headers(with_key=with_key))
    body = None
    if payload is not None:
        body = json.dumps(payload, allow_nan=False, separators=(",", ":")).encode("ascii")
        headers["content-type"] = "application/json"
    return Request(
        method,
        url,
        headers,
        body,
        options.connect_timeout or config.connect_timeout,
        options.read_timeout or config.read_timeout,
        config.clock() + (options.timeout or config.timeout),
    )


def status_error(response: Response, method: str, now: float) -> SegmindError:
    """The exception for an error status, whatever the body is."""
    status = response.status_code
    detail, excerpt = _error_text(response)
    request_id = response.headers.get(_HEADER_NAMES["request_id"])
    if is_ambiguous_status(method, status, PLATFORM.statuses):
        return AmbiguousOutcome(status, detail, request_id)
    return BY_STATUS.get(status, StatusError)(
        status,
        detail,
        request_id,
        retry_after=asked_delay(response.headers, _HEADER_NAMES["rate_limit_reset"], now),
        media_type=response.media_type,
        excerpt=excerpt,
    )


def _send(
    config: Config, request: Request, options: RequestOptions, expected: frozenset[int] = frozenset()
) -> Flow[Response]:
    """Sends a request as often as it may be sent; returns a success, or a status that is `expected`, or raises."""
    attempts = options.max_attempts or config.max_attempts
    attempt = 0
    while True:
        attempt += 1
        delay: float | None = None
        try:
            response = yield request
        except NotSent as error:
            failure: SegmindError = ConnectionFailed(f"{origin_of(request.url)}: {error}")
        except Interrupted as error:
            if request.method != "GET":
                raise AmbiguousOutcome(detail=f"{request.method} {request.url} was sent, then: {error}") from None
            failure = ConnectionFailed(f"{origin_of(request.url)}: {error}")
        else:
            assert response is not None
            if response.is_success or response.status_code in expected:
                return response
            failure = status_error(response, request.method, config.now())
            if not may_retry_status(request.method, response.status_code, PLATFORM.statuses):
                raise failure
            delay = failure.retry_after if isinstance(failure, StatusError) else None
            if delay is not None and delay > PLATFORM.limits.max_retry_after_s:
                raise failure
        pause = backoff(attempt, PLATFORM.limits, config.random()) if delay is None else delay
        if attempt >= attempts or config.clock() + pause >= request.deadline:
            raise failure
        yield Pause(pause)


def _read_job(config: Config, url: str, options: RequestOptions) -> Flow[dict[str, Any]]:
    request = request_for(config, "GET", url, None, options)
    response = yield from _send(config, request, options, frozenset({_QUEUE.failed_status}))
    if response.status_code == _QUEUE.failed_status:
        # This status has two meanings, and the body tells which: the job FAILED, or the request was refused.
        body = response.json_object()
        if body.get("status") in _QUEUE.failed:
            return body
        raise status_error(response, "GET", config.now())
    return _object(response)


def _fetch(config: Config, url: str, options: RequestOptions) -> Flow[Response]:
    """GETs a public URL, following a few redirects; neither the key nor a caller's header goes with it."""
    public = options._replace(headers=None)
    for _ in range(_MAX_REDIRECTS + 1):
        if not url.startswith(("https://", "http://")):
            raise UnreadableResponse(f"the picture's address {url[:80]!r} is no http(s) URL")
        request = request_for(config, "GET", url, None, public, with_key=False)
        response = yield from _send(config, request, public, _REDIRECTS)
        if response.is_success:
            return response
        url = urljoin(url, response.headers.get("location", ""))
    raise UnreadableResponse(f"more than {_MAX_REDIRECTS} redirects on the way to the picture")


def _trusted(config: Config, named: object, path: str, request_id: str) -> str:
    """The URL for a job: the one that the service named if it is on our own origin, else the documented one.

    So the key goes nowhere else, and a job that was paid for is found although its URL is foreign or relative.
    """
    if isinstance(named, str) and origin_of(named) == config.origin:
        return named
    return config.root + path.replace("{request_id}", quote(request_id, safe=""))


def _object(response: Response) -> dict[str, Any]:
    try:
        data = response.json()
    except ValueError as error:
        raise _unreadable(response, f"no JSON: {error}") from None
    body = as_object(data)
    if body is None:
        raise _unreadable(response, f"JSON, but {type(data).__name__} where an object was expected")
    return body


def _unreadable(response: Response, detail: str) -> UnreadableResponse:
    request_id = response.headers.get(_HEADER_NAMES["request_id"])
    return UnreadableResponse(detail, response.content, response.media_type, request_id)


def _picture(read: Callable[[T], Image], source: T, response: Response) -> Image:
    try:
        return read(source)
    except NotAPicture as error:
        raise _unreadable(response, str(error)) from None


def _error_text(response: Response) -> tuple[str | None, str]:
    """What the service says is wrong, and the beginning of the body, both short and free of control characters."""
    excerpt = "".join(c if c.isprintable() else " " for c in response.text[:_EXCERPT])
    said = _text(response.json_object().get(PLATFORM.error_key))
    if said:
        return said, excerpt
    if response.media_type == "text/html":
        return f"an HTML page of {len(response.content)} bytes", excerpt
    return (" ".join(excerpt.split())[:200] or None), excerpt


def _text(value: object) -> str | None:
    """An error's text on one line; services send objects and lists there too."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return "".join(c if c.isprintable() else " " for c in text)[:_EXCERPT]
