"""The result of a call, from a synchronous response, from downloaded files or from a job's output: by the model's medium."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from .._http import Response
from .._results.data_result import JsonResult, TextResult
from .._results.file_result import AudioResult, FileResult, VideoResult
from .._results.formats.measure import described, is_json
from .._results.image_result import Image, ImageResult, content_from_base64
from .._results.images import NotAnImage
from .._results.jobs import JobResult
from .._results.lazy_json import LazyJson
from .._results.media_file import MediaFile
from .._results.result import Result
from ..spec.answers import as_list, as_object, find, tokens
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .media import DATA, media_of
from .responses import HEADER_NAMES, error_text, keys_of, read_image, read_images, readable, unreadable_response

_FILES: dict[str, type[FileResult]] = {"video": VideoResult, "audio": AudioResult, "model3d": FileResult}
#: Bodies that are a message rather than a file.
_MESSAGES = ("an empty body", "an HTML page", "JSON")


def read_result(model: Model | None, response: Response) -> Result:
    """Return the result in a synchronous response.

    Raises:
        UnreadableResponse: The response is no result of any kind. The exception holds its body.
    """
    media = media_of(model)
    if media == "image":
        return read_images(response)
    if media in DATA:
        return _read_data(model, response)
    if not is_json(response.body):
        return _FILES[media]((_file(response.body, response),), response, HEADER_NAMES)
    return _FILES[media](_files_in_json(media, response), response, HEADER_NAMES)


def read_output(model: Model, result: JobResult) -> Result:
    """Return the text or the JSON in the result of a job.

    Raises:
        UnreadableResponse: There is none. The exception holds the result's body.
    """
    response = result.response or Response(200, {}, json.dumps(dict(result)).encode(), "data:")
    medium = PLATFORM.media[media_of(model)]
    output = result.output
    if output is None:
        shown = keys_of(result) or "no keys"
        raise unreadable_response(response, f"no output at {medium.roles.get('output')}; the body has: {shown}")
    data = _parsed(output)
    return _text(model, data, response) if media_of(model) == "text" else _json(model, data, response)


def files_result(media: str | None, responses: Sequence[tuple[Any, Response]], last: Response) -> FileResult:
    """Return the result of files that were downloaded, or that were inline in data URLs.

    `responses` has the content of each file with its response. If `media` is None, the files decide the kind of the result.

    Raises:
        UnreadableResponse: A file is no file of any kind, or one that must be an image is not.
    """
    if media == "image":
        images = tuple(read_image(Image, content, response) for content, response in responses)
        return ImageResult(images, last, HEADER_NAMES)
    files = tuple(_file(content, response, media) for content, response in responses)
    if media is not None:
        return _FILES[media](files, last, HEADER_NAMES)
    for file, (_, response) in zip(files, responses, strict=True):
        if file.problem is not None:
            raise unreadable_response(response, file.problem)
    kinds = {file.media_type.partition("/")[0] for file in files}
    if kinds == {"image"} and all(file.width for file in files):
        return files_result("image", responses, last)
    kind = kinds.pop() if len(kinds) == 1 else ""
    return _FILES.get(kind, FileResult)(files, last, HEADER_NAMES)


def _file(content: Any, response: Response, media: str | None = None) -> MediaFile:
    """Return a file. One of an unknown format, or that is cut short, is handed over with its `problem`."""
    file = MediaFile(content)
    if file.problem is None or described(content) not in _MESSAGES:
        return file
    # Some formats of 3D models are JSON or text themselves.
    if media == "model3d" and is_json(content) and not _error_in(response.json_object()):
        return file
    raise unreadable_response(response, file.problem)


def _error_in(body: object) -> str | None:
    return error_text(find(body, PLATFORM.roles["error_text"]))


def _files_in_json(media: str, response: Response) -> tuple[MediaFile, ...]:
    """Return the files that a JSON body has as base64, under the medium's name or under that of another medium."""
    lazy = readable(response, lambda whole: LazyJson(whole.content))
    body = as_object(lazy.document) or {}
    own = PLATFORM.media[media].roles.get("base64")
    found = _first(body, [own, *(medium.roles.get("base64") for medium in PLATFORM.media.values())])
    if found is None:
        shown = _error_in(body)
        if media == "model3d" and not shown:
            return (MediaFile(response.body),)
        detail = f"JSON without a file{f' at {own}' if own else ''}: {shown or keys_of(body) or 'no keys'}"
        raise unreadable_response(response, detail)
    files: list[MediaFile] = []
    for text in as_list(found) or [found]:
        try:
            files.append(_file(content_from_base64(lazy.text(text)), response))
        except NotAnImage as error:
            raise unreadable_response(response, str(error)) from None
    return tuple(files)


def _first(body: object, pointers: Iterable[str | None]) -> Any:
    for pointer in pointers:
        found = find(body, pointer)
        if found is not None and found != []:
            return found
    return None


def _read_data(model: Model | None, response: Response) -> Result:
    """Return the text or the JSON in a synchronous response."""
    assert model is not None
    medium = PLATFORM.media[model.output.media]
    try:
        data = response.json()
    except ValueError:
        plain = _plain_text(response) if model.output.media == "text" else None
        if plain is None:
            readable(response, Response.json)
        return TextResult(plain or "", plain, response, HEADER_NAMES)
    data = find(data, medium.roles.get("data"), data)
    return (_text if model.output.media == "text" else _json)(model, _parsed(data), response)


def _json(model: Model, data: Any, response: Response) -> JsonResult:
    message = _error_in(data)
    named = tokens(PLATFORM.roles["error_text"])[:1]
    if message and not {*named} & {*(model.output.schema or {}).get("properties", ())}:
        raise unreadable_response(response, f"JSON with an error: {message}")
    return JsonResult(data, response, HEADER_NAMES)


def _plain_text(response: Response) -> str | None:
    """Return a body that is text, but neither JSON nor HTML; else None."""
    try:
        text = response.content.decode()
    except UnicodeDecodeError:
        return None
    broken = text.lstrip()[:1] in ("{", "[") or described(response.content) in _MESSAGES
    return None if broken or not text.strip() else text


def _text(model: Model, data: Any, response: Response) -> TextResult:
    """Return the text in the answer of a chat: in the format that the model's page names, else in any of the platform's."""
    if isinstance(data, str):
        return TextResult(data, data, response, HEADER_NAMES)
    formats = PLATFORM.chat_formats
    own = formats.get(model.output.api_format or "")
    for chat in ([own] if own else []) + [each for each in formats.values() if each is not own]:
        text = _joined(find(data, chat.text))
        if text is not None:
            usage = as_object(find(data, chat.usage)) if chat.usage else None
            reason = find(data, chat.finish_reason) if chat.finish_reason else None
            end = reason if isinstance(reason, str) else None
            return TextResult(text, data, response, HEADER_NAMES, usage=usage, finish_reason=end)
    message = _error_in(data)
    if message:
        raise unreadable_response(response, f"JSON with an error: {message}")
    places = ", ".join(chat.text for chat in formats.values())
    body = as_object(data)
    shown = f"an object with {keys_of(body) or 'no keys'}" if body is not None else type(data).__name__
    problem = f"no text at {places or 'any known place'}: the answer is {shown}"
    return TextResult("", data, response, HEADER_NAMES, problem=problem)


def _joined(content: Any) -> str | None:
    """Return a text, or the texts of a list of parts; None if it is neither."""
    if isinstance(content, str):
        return content
    parts = as_list(content)
    if parts is None:
        return None
    texts = [part if isinstance(part, str) else find(part, "/text") for part in parts]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found or not parts else None


def _parsed(value: Any) -> Any:
    """Return the value of JSON that is given as a string; any other value, and any other string, unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
