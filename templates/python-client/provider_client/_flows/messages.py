"""Requests as they go out, and what the service's answers say: both without the network, and without decisions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .._answers.images import NotAPicture
from .._answers.lifting import Lifted
from .._answers.results import Image, ImageResult, picture_from
from .._config import Config, Terms
from .._errors import AmbiguousOutcome, ProviderError, StatusError, UnreadableResponse
from .._wire import Request, Response, T, as_list, as_object, inert, quoted
from ..errors import BY_STATUS
from ..spec.answers import find
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .checks import encoded
from .retry import asked_delay, is_ambiguous_status

#: The names of the response headers, by what they mean.
HEADER_NAMES = {key: header.name for key, header in PLATFORM.headers.items()}
_EXCERPT = 500


def header(response: Response, name: str) -> str | None:
    """Return one of the platform's headers, by our own name for it; None if the answer or the platform has none."""
    return response.headers.get(HEADER_NAMES.get(name, ""))


def path_of(slug: str) -> str:
    """Return a slug as a part of a URL's path. A slash in it stays one only where the provider's slugs have that many."""
    parts = slug.split("/")
    if len(parts) != PLATFORM.slug_parts or {"", ".", ".."} & set(parts):
        return quoted(slug)
    return "/".join(map(quoted, parts))


def sync_request(config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], terms: Terms) -> Request:
    """Return the POST of a synchronous call.

    Raises:
        ValidationError: The payload holds what JSON can't.
    """
    path = model.sync.path if model and model.sync else PLATFORM.sync.path.replace("{slug}", path_of(slug))
    body = encoded(slug, payload, PLATFORM.sync.parameters)
    return request_for(config, "POST", config.root + path, terms, body=body)


def submit_request(config: Config, slug: str, model: Model | None, payload: Mapping[str, Any], terms: Terms) -> Request:
    """Return the POST that queues a job.

    Raises:
        ValidationError: The payload holds what JSON can't.
    """
    queue = PLATFORM.queue
    path = model.submit.path if model and model.submit else queue.submit_path.replace("{slug}", path_of(slug))
    body = encoded(slug, payload, queue.parameters)
    return request_for(config, "POST", config.queue_root + path, terms, body=body)


def request_for(config: Config, method: str, url: str, terms: Terms, *, body: bytes | None = None) -> Request:
    """A request to the service. Its body is encoded once, and reused by every attempt."""
    headers = terms.headers if body is None else {**terms.headers, "content-type": "application/json"}
    deadline = config.clock() + terms.timeout
    return Request(method, url, headers, body, terms.connect_timeout, terms.read_timeout, deadline, with_key=True)


def public_request(config: Config, url: str, terms: Terms, deadline: float) -> Request:
    """A GET of what anybody may fetch: neither the key nor a caller's header goes with it."""
    headers = {name: config.terms.headers[name] for name in ("user-agent", "accept")}
    return Request("GET", url, headers, None, terms.connect_timeout, terms.read_timeout, deadline, with_key=False)


def read_pictures(response: Response) -> ImageResult:
    """Return the images in a synchronous answer: the body itself, or base64 in its JSON; told apart by the bytes, not the header.

    Raises:
        UnreadableResponse: There is none.
    """
    content = response.content
    if content.lstrip()[:1] not in (b"{", b"["):
        return ImageResult((picture(Image, content, response),), response, HEADER_NAMES)
    lifted = _readable(response, lambda whole: Lifted(whole.content))
    data = lifted.document
    body = as_object(data) or {}
    pointer = PLATFORM.roles.get("base64")
    found = find(body, pointer)
    if found is None or found == []:
        said = as_text(find(body, PLATFORM.roles["error_text"])) or _keys(body) or type(data).__name__
        raise unreadable(response, f"JSON without an image{f' at {pointer}' if pointer else ''}: {said}")
    texts: list[Any] = as_list(found) or [found]
    images = tuple(picture(picture_from, lifted.text(text), response) for text in texts)
    return ImageResult(images, response, HEADER_NAMES)


def picture(read: Callable[[T], Image], source: T, response: Response) -> Image:
    """What `read` makes of `source`.

    Raises:
        UnreadableResponse: It is no picture.
    """
    try:
        return read(source)
    except NotAPicture as error:
        raise unreadable(response, str(error)) from None


def read_object(response: Response) -> dict[str, Any]:
    """The JSON object in an answer.

    Raises:
        UnreadableResponse: There is none.
    """
    data = _readable(response, Response.json)
    body = as_object(data)
    if body is None:
        raise unreadable(response, f"JSON, but {type(data).__name__} where an object was expected")
    return body


def read_request_id(response: Response, body: Mapping[str, Any]) -> str:
    """The name of the job that an answer to a submit announces.

    Raises:
        UnreadableResponse: There is none.
    """
    pointer = PLATFORM.roles["request_id"]
    request_id = find(body, pointer)
    if not isinstance(request_id, str) or not request_id:
        detail = f"a job was accepted, but its id ({pointer}) is missing; there are: {_keys(body) or 'no keys'}"
        raise unreadable(response, detail)
    return request_id


def unreadable(response: Response, detail: str) -> UnreadableResponse:
    """The exception for an answer that is not what its status promises."""
    request_id = header(response, "request_id")
    return UnreadableResponse(inert(detail), response.content, response.media_type, request_id, response.status_code)


def status_error(config: Config, response: Response, method: str) -> ProviderError:
    """The exception for an error status, whatever the body is."""
    status = response.status_code
    detail, excerpt = _error_text(response)
    request_id = header(response, "request_id")
    if is_ambiguous_status(method, status, PLATFORM.statuses):
        return AmbiguousOutcome(status, detail, request_id)
    return BY_STATUS.get(status, StatusError)(
        status,
        detail,
        request_id,
        retry_after=asked_delay(response.headers, HEADER_NAMES.get("rate_limit_reset", ""), config.now()),
        media_type=response.media_type,
        excerpt=excerpt,
        headers=response.headers,
    )


def as_text(value: object) -> str | None:
    """An error's text on one line; services send objects and lists there too."""
    if value is None:
        return None
    return inert(value if isinstance(value, str) else json.dumps(value, default=str))[:_EXCERPT]


def _error_text(response: Response) -> tuple[str | None, str]:
    """What the service says is wrong, and the beginning of the body, both short and free of control characters."""
    excerpt = inert(response.content[: 4 * _EXCERPT].decode("utf-8", "replace")[:_EXCERPT])
    said = as_text(find(response.json_object(), PLATFORM.roles["error_text"]))
    if said:
        return said, excerpt
    if response.media_type == "text/html":
        return f"an HTML page of {len(response.content)} bytes", excerpt
    return (" ".join(excerpt.split())[:200] or None), excerpt


def _readable(response: Response, read: Callable[[Response], T]) -> T:
    try:
        return read(response)
    except ValueError as error:
        what = "an empty body" if not response.content else f"{response.media_type or 'an untyped body'}, no JSON"
        raise unreadable(response, f"{what}: {error}") from None


def _keys(body: Mapping[str, Any]) -> str:
    return inert(", ".join(sorted(body)))[:_EXCERPT]
