"""The flow that downloads images, without the API key, from any host."""

from __future__ import annotations

from .._config import CallSettings, Config, RequestOptions
from .._errors import ProviderError, UnreadableResponse
from .._flow import Flow
from .._http import Response
from .._results.image_result import Image, ImageResult, image_from_base64
from .._results.jobs import JobResult
from .requests import public_request
from .responses import HEADER_NAMES, read_image
from .sending import send

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 3


def download(config: Config, source: JobResult | str, options: RequestOptions) -> Flow[ImageResult]:
    """Download the images of a job's result, or the image at a URL, without sending the API key.

    The call's `timeout` is for all images together. `source` may be any string that a service calls a URL. An exception
    holds the job's handle if it is known.
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
    settings = config.settings_for(options)
    deadline = config.clock() + settings.timeout
    images: list[Image] = []
    response = Response(200, {}, b"", "data:")
    for url in urls:
        if url[:5].lower() == "data:":
            inline = Response(200, {}, url.encode("utf-8", "replace"), "data:")
            images.append(read_image(image_from_base64, url, inline))
            continue
        response = yield from _fetch(config, url, settings, deadline)
        images.append(read_image(Image, response.content, response))
    if not images:
        raise UnreadableResponse("the job's result contains no image URL")
    return ImageResult(tuple(images), response, HEADER_NAMES)


def _fetch(config: Config, url: str, settings: CallSettings, deadline: float) -> Flow[Response]:
    """GET a public URL and follow a few redirects."""
    for _ in range(_MAX_REDIRECTS + 1):
        if not url[:8].lower().startswith(("https://", "http://")):
            raise UnreadableResponse(f"the image's address {url[:80]!r} is not an http(s) URL")
        request = public_request(config, url, settings, deadline)
        response = yield from send(config, request, settings, _REDIRECTS)
        if response.is_success:
            return response
        from urllib.parse import urljoin

        try:
            url = urljoin(url, response.headers.get("location", ""))
        except ValueError:
            raise UnreadableResponse("a redirect of the image's address leads to an invalid URL") from None
    raise UnreadableResponse(f"the image's address has more than {_MAX_REDIRECTS} redirects")
