"""The flow that returns the result of a job or the file at a URL. Files are downloaded without the API key, from any host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._config import CallSettings, Config, RequestOptions
from .._errors import ProviderError, UnreadableResponse
from .._flow import Flow
from .._http import Response
from .._results.jobs import JobResult
from .media import DATA, media_of
from .requests import public_request
from .responses import unreadable_response
from .sending import send

if TYPE_CHECKING:
    from .._results.result import Result
    from .._results.stored_content import FileContent

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 3


def download(config: Config, source: JobResult | str, options: RequestOptions) -> Flow[Result]:
    """Return the result of a job, whose files are downloaded, or the file at a URL, without sending the API key.

    The result of a job has the job's request id: a host of files has its own ids, or none. The call's `timeout` is for all files together. `source` may be any string that a service calls a URL. Text and JSON are in
    the job's result already. An exception holds the job's handle if it is known.
    """
    try:
        if isinstance(source, JobResult):
            model = source.model
            if model is not None and media_of(model) in DATA:
                from .results import read_output

                return _of_job(read_output(model, source), source)
            media = media_of(model) if model is not None else None
            if not source.urls:
                what = {"video": "video", "audio": "audio", "model3d": "file"}.get(media or "", "image")
                raise _without_url(source, f"the job's result contains no {what} URL")
            return _of_job((yield from _download(config, source.urls, options, media)), source)
        if isinstance(source, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            return (yield from _download(config, [source], options, None))
        raise UnreadableResponse(f"expected the URL of a file or a job's result, got {type(source).__name__}")
    except ProviderError as error:
        error.handle = source.handle if isinstance(source, JobResult) else None
        raise


def _of_job(result: Result, source: JobResult) -> Result:
    if source.handle is not None:
        result.request_id = source.handle.request_id
    return result


def _download(config: Config, urls: list[str], options: RequestOptions, media: str | None) -> Flow[Result]:
    settings = config.settings_for(options)
    deadline = config.clock() + settings.timeout
    files: list[tuple[FileContent, Response]] = []
    response = Response(200, {}, b"", "data:")
    for url in urls:
        if url[:5].lower() == "data:":
            inline = Response(200, {}, url.encode("utf-8", "replace"), "data:")
            files.append((_decoded(url, inline), inline))
            continue
        response = yield from _fetch(config, url, settings, deadline, may_store=media != "image")
        files.append((response.body, response))
    from .results import files_result

    return files_result(media, files, response)


def _without_url(source: JobResult, detail: str) -> UnreadableResponse:
    return UnreadableResponse(detail) if source.response is None else unreadable_response(source.response, detail)


def _decoded(url: str, response: Response) -> bytes:
    from .._results.image_result import content_from_base64
    from .._results.images import NotAnImage

    try:
        return content_from_base64(url)
    except NotAnImage as error:
        raise unreadable_response(response, str(error)) from None


def _fetch(config: Config, url: str, settings: CallSettings, deadline: float, *, may_store: bool) -> Flow[Response]:
    """GET a public URL and follow a few redirects."""
    for _ in range(_MAX_REDIRECTS + 1):
        if not url[:8].lower().startswith(("https://", "http://")):
            raise UnreadableResponse(f"the file's address {url[:80]!r} is not an http(s) URL")
        request = public_request(config, url, settings, deadline, may_store=may_store)
        response = yield from send(config, request, settings, _REDIRECTS)
        if response.is_success:
            return response
        from urllib.parse import urljoin

        if not response.headers.get("location"):
            raise unreadable_response(response, f"status {response.status_code}, a redirect that does not say where to")
        try:
            url = urljoin(url, response.headers["location"])
        except ValueError:
            raise UnreadableResponse("a redirect of the file's address leads to an invalid URL") from None
    raise UnreadableResponse(f"the file's address has more than {_MAX_REDIRECTS} redirects")
