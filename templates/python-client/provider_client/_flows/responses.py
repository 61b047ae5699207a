"""The service's responses: headers, files, JSON bodies and error statuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._config import Config
from .._errors import AmbiguousOutcome, ProviderError, StatusError, UnreadableResponse
from .._http import Response, T
from .._text import printable
from ..errors import BY_STATUS
from ..spec.answers import as_list, as_object, find
from ..spec.platform import PLATFORM
from .retry import asked_delay, is_ambiguous_status

if TYPE_CHECKING:
    from .._results.image_result import Image, ImageResult

#: The name of each response header, by its key in the platform's spec.
HEADER_NAMES = {key: header.name for key, header in PLATFORM.headers.items()}
_EXCERPT = 500


def header(response: Response, name: str) -> str | None:
    """Return a response header by its key in the platform's spec; None if the response or the platform has none."""
    return response.headers.get(HEADER_NAMES.get(name, ""))


def read_images(response: Response) -> ImageResult:
    """Return the images in a synchronous response: the body itself, or base64 in a JSON body.

    The bytes of the body decide which, not the `content-type` header.

    Raises:
        UnreadableResponse: The response contains no image.
    """
    from .._results.formats.measure import is_json
    from .._results.image_result import Image, ImageResult, image_from_base64
    from .._results.lazy_json import LazyJson

    content = response.content
    if not is_json(content):
        return ImageResult((read_image(Image, content, response),), response, HEADER_NAMES)
    lazy = readable(response, lambda whole: LazyJson(whole.content))
    data = lazy.document
    body = as_object(data) or {}
    pointer = PLATFORM.roles.get("base64")
    found = find(body, pointer)
    if found is None or found == []:
        shown = error_text(find(body, PLATFORM.roles["error_text"])) or keys_of(body) or type(data).__name__
        raise unreadable_response(response, f"JSON without an image{f' at {pointer}' if pointer else ''}: {shown}")
    texts: list[Any] = as_list(found) or [found]
    images = tuple(read_image(image_from_base64, lazy.text(text), response) for text in texts)
    return ImageResult(images, response, HEADER_NAMES)


def read_image(read: Callable[[T], Image], source: T, response: Response) -> Image:
    """Return the image that `read` makes from `source`.

    Raises:
        UnreadableResponse: `source` is not an image.
    """
    from .._results.images import NotAnImage

    try:
        return read(source)
    except NotAnImage as error:
        raise unreadable_response(response, str(error)) from None


def read_object(response: Response) -> dict[str, Any]:
    """Return the JSON object in a response.

    Raises:
        UnreadableResponse: The body is not a JSON object.
    """
    data = readable(response, Response.json)
    body = as_object(data)
    if body is None:
        raise unreadable_response(response, f"expected a JSON object, got {type(data).__name__}")
    return body


def read_request_id(response: Response, body: Mapping[str, Any]) -> str:
    """Return the job's id from the response to a submit.

    Raises:
        UnreadableResponse: The id is missing.
    """
    pointer = PLATFORM.roles["request_id"]
    request_id = find(body, pointer)
    if not isinstance(request_id, str) or not request_id:
        detail = f"a job was accepted, but its id ({pointer}) is missing; the body has: {keys_of(body) or 'no keys'}"
        raise unreadable_response(response, detail)
    return request_id


def unreadable_response(response: Response, detail: str) -> UnreadableResponse:
    """Return the exception for a response whose status is a success but whose body can't be used."""
    request_id = header(response, "request_id")
    return UnreadableResponse(
        printable(detail), response.content, response.media_type, request_id, response.status_code
    )


def status_error(config: Config, response: Response, method: str) -> ProviderError:
    """Return the exception for an error status, whatever the body is."""
    status = response.status_code
    detail, excerpt = _error_text(response)
    if 300 <= status < 400 and "location" in response.headers:
        detail = f"a redirect to {printable(response.headers['location'])[:_EXCERPT]}, which is not followed"
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


def error_text(value: object) -> str | None:
    """Return the text of an error on one line. Some services send an object or a list instead of a string."""
    if value is None:
        return None
    return printable(value if isinstance(value, str) else json.dumps(value, default=str))[:_EXCERPT]


def _error_text(response: Response) -> tuple[str | None, str]:
    """Return the service's error text and the beginning of the body, both short and without control characters."""
    excerpt = printable(response.body[: 4 * _EXCERPT].decode("utf-8", "replace")[:_EXCERPT])
    text = error_text(find(response.json_object(), PLATFORM.roles["error_text"]))
    if text:
        return text, excerpt
    if response.media_type == "text/html":
        return f"an HTML page of {len(response.body)} bytes", excerpt
    return (" ".join(excerpt.split())[:200] or None), excerpt


def readable(response: Response, read: Callable[[Response], T]) -> T:
    """Return what `read` makes of a response.

    Raises:
        UnreadableResponse: `read` raised a `ValueError`: the body is not JSON.
    """
    try:
        return read(response)
    except ValueError as error:
        what = "an empty body" if not response.body else f"{response.media_type or 'an untyped body'} is not JSON"
        raise unreadable_response(response, f"{what}: {error}") from None


def keys_of(body: Mapping[str, Any]) -> str:
    """Return the keys of a JSON object for a message."""
    return printable(", ".join(sorted(body)))[:_EXCERPT]
