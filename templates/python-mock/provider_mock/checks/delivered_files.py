"""Checks of files and answers: are they of the kind, format, size, length and number that was requested?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ..api.generation_request import GenerationRequest, read_generation_request
from ..formats.file_info import FileInfo, UnreadableFile
from ..formats.measure import measure
from ..images import NotAnImage, decode_base64
from ..platform.bodies import bodies_of
from ..platform.statuses import INVALID
from ..spec.answers import find
from ..spec.facts import Basis, Model
from ..spec.platform import PLATFORM
from ..spec.sizes import is_of_ratio
from .findings import ProxyFinding, assumed, departs
from .observed_exchange import NOT_JSON, ObservedExchange
from .schemas import basis_at, check_schema, kind_of

_JSON = PLATFORM.sync.returns == "json"
_SAME_TYPE = {
    "image/jpg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "application/ogg": "audio/ogg",
}
#: How the media types of the files of a medium begin, and how messages call them.
_KINDS = {"image": "image", "video": "video", "audio": "audio", "model3d": "model"}
_CALLED = {"image": "an image", "video": "a video", "audio": "sound", "model3d": "a 3D model"}
#: How far a file's length may be from the asked one, in seconds and as a share, and a frame rate as a share.
_NEAR_S, _NEAR, _NEAR_RATE = 0.25, 0.05, 0.03


def check_sync(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    """Yield the findings about a successful synchronous answer: a file, JSON that contains it, or an answer in JSON."""
    model = observed.model
    if model is None:
        return
    if observed.violations:
        refused = "; ".join(map(str, observed.violations))
        yield departs("accepted-invalid", "status", str(INVALID), f"200 for: {refused}", "page", "the validator")
    if not observed.body:
        yield departs("empty-body", "body", _CALLED.get(model.output.media, "JSON"), "nothing")
        return
    generation = read_generation_request(model, observed.payload or {})
    if generation.is_data:
        yield from _check_answer(observed, model)
        return
    if _JSON or generation.base64:
        yield from _check_base64(observed, model, generation)
        return
    try:
        found = measure(observed.body)
    except UnreadableFile as wrong:
        if generation.images > 1:
            yield assumed("many-bytes", "body", "the first file alone", wrong)
        elif observed.object is not None:
            expected = _CALLED[generation.media]
            yield departs("json-on-200", "body", expected, "JSON", "observed", "sync.returns of the platform")
        else:
            yield _not_a_file("body", generation, wrong)
        return
    declared = _SAME_TYPE.get(observed.declared, observed.declared)
    if declared != found.media_type:
        yield departs("content-type-mismatch", "content-type", found.media_type, declared or "nothing")
    yield from check_file(observed.body, "body", model, generation, bool(observed.violations))


def _check_base64(observed: ObservedExchange, model: Model, generation: GenerationRequest) -> Iterator[ProxyFinding]:
    content, medium = observed.object, generation.media
    role = PLATFORM.media[medium].roles.get("base64", "/")
    if content is None:
        got = "other JSON" if observed.content is not NOT_JSON else _described(observed.body)
        yield assumed("base64-body", "body", f"JSON with {_CALLED[medium]} at {role}", got, "not-a-picture")
        return
    held = find(content, role, NOT_JSON)
    # The value at the role itself is checked in detail below.
    schema = bodies_of(medium).get("media", {})
    yield from (found for found in check_schema(schema, content) if not f"{found.place}/".startswith(f"{role}/"))
    if held is NOT_JSON:
        yield assumed("base64-body", role, _CALLED[medium], "nothing", "missing-field")
        return
    listed = cast("Sequence[Any]", held) if isinstance(held, list) else [held]
    if len(listed) != generation.images and not observed.violations:
        # That several images come as a list is only observed. Their number is documented by the page.
        basis: Basis = "page" if isinstance(held, list) or generation.images == 1 else basis_at("media", role, medium)
        yield departs("wrong-count", role, str(generation.images), len(listed), basis, _page(model))
    for number, text in enumerate(listed):
        place = f"{role}/{number}" if isinstance(held, list) else role
        if not isinstance(text, str):
            yield departs("wrong-type", place, "base64", kind_of(text), basis_at("media", role, medium))
            continue
        if text[:5].lower() == "data:":
            yield departs("data-url", place, "base64 alone", text[:40], basis_at("media", role, medium))
        try:
            file = decode_base64(text)
        except NotAnImage as wrong:
            yield departs("bad-base64", place, "base64", wrong)
        else:
            yield from check_file(file, place, model, generation, bool(observed.violations))


def check_file(
    content: bytes, place: str, model: Model, generation: GenerationRequest, invalid: bool = False
) -> Iterator[ProxyFinding]:
    """Yield the findings about one file. After an `invalid` request it only has to be of the medium."""
    try:
        found = measure(content)
    except UnreadableFile as wrong:
        yield _not_a_file(place, generation, wrong)
        return
    if found.kind != _KINDS[generation.media] and found.media_type != generation.media_type:
        yield _not_a_file(place, generation, found.media_type)
        return
    if invalid:
        return
    if found.media_type != generation.media_type:
        if model.output.format is None:
            yield assumed("format", place, generation.media_type, found.media_type, "wrong-format")
        else:
            source = _source(model, model.output.format)
            yield departs("wrong-format", place, generation.media_type, found.media_type, "page", source)
    output = model.output
    sized = output.size_preset or output.width or output.height or output.aspect_ratio
    if sized is not None and not _is_of_size(found, generation, named=output.size_preset is not None):
        got = f"{found.width}x{found.height}"
        yield departs(
            "wrong-size", place, f"{generation.width}x{generation.height}", got, "page", _source(model, sized)
        )
    yield from _check_length(found, place, model, generation)


def _is_of_size(found: FileInfo, generation: GenerationRequest, *, named: bool) -> bool:
    """Return whether a file has the asked size. A video may be upright: its shape may depend on other parameters."""
    got, wanted = (found.width, found.height), (generation.width, generation.height)
    if generation.ratio and found.width and found.height:
        has_lines = not named or min(found.width, found.height) == min(wanted)
        return has_lines and is_of_ratio(found.width, found.height, generation.ratio)
    if generation.media == "video" and found.width and found.height:
        return got == wanted or min(found.width, found.height) == min(wanted) == found.width
    return got == wanted


def _check_length(found: FileInfo, place: str, model: Model, generation: GenerationRequest) -> Iterator[ProxyFinding]:
    """Yield the findings about length and frame rate, as far as the request has them and the file tells them."""
    output, length, rate = model.output, found.duration_s, found.frame_rate
    decisive = output.duration or (output.frames if output.frame_rate is not None else None)
    asked = generation.duration
    if decisive is not None and length is not None and abs(length - asked) > max(_NEAR_S, asked * _NEAR):
        source = _source(model, decisive)
        yield departs("wrong-length", place, f"{asked:g} s", f"{length:g} s", "page", source)
    if (
        output.frame_rate is not None
        and rate
        and abs(rate - generation.frame_rate) > generation.frame_rate * _NEAR_RATE
    ):
        source = _source(model, output.frame_rate)
        yield departs("wrong-rate", place, f"{generation.frame_rate:g} frames per second", f"{rate:g}", "page", source)


def _not_a_file(place: str, generation: GenerationRequest, wrong: object) -> ProxyFinding:
    code = "not-a-picture" if generation.media == "image" else "wrong-kind"
    return departs(code, place, _CALLED[generation.media], wrong)


def _check_answer(observed: ObservedExchange, model: Model) -> Iterator[ProxyFinding]:
    """Yield the findings about the synchronous answer of a text or JSON model."""
    medium = model.output.media
    if observed.content is NOT_JSON:
        yield departs("wrong-kind", "body", "JSON", _described(observed.body))
        return
    role = PLATFORM.media[medium].roles.get("data")
    if role is None:
        yield from _check_data(observed.content, "", model)
        return
    yield from check_schema(bodies_of(medium).get("media", {}), observed.content)
    yield from _check_data(find(observed.content, role), role, model)


def check_queued_answer(content: object, model: Model) -> Iterator[ProxyFinding]:
    """Yield the findings about the answer of a text or JSON model in a result."""
    medium = PLATFORM.media[model.output.media]
    place = medium.roles.get("output", "")
    value = find(content, place)
    if medium.output == "json-text":
        try:
            value = json.loads(value) if isinstance(value, str) else NOT_JSON
        except (ValueError, RecursionError):
            value = NOT_JSON
        if value is NOT_JSON:
            got = "a text that is no JSON" if isinstance(find(content, place), str) else kind_of(find(content, place))
            yield departs("wrong-kind", place, "JSON as a string", got, basis_at("result", place, model.output.media))
            return
    yield from _check_data(value, place, model)


def _check_data(value: object, place: str, model: Model) -> Iterator[ProxyFinding]:
    """Yield the differences of an answer from the model's chat format, or from the schema on its page."""
    output, chats = model.output, PLATFORM.chat_formats
    if output.media == "text" and chats:
        chat = chats[output.api_format or next(iter(chats))]
        yield from check_schema(chat.body, value, place, chat.basis)
    else:
        yield from check_schema(output.schema or {}, value, place)


def files_in(content: object, medium: str = "image") -> Iterator[tuple[str, str, int | None]]:
    """Yield the files of a result: JSON pointer, URL, and size in bytes if the result has one."""
    roles = PLATFORM.media[medium].roles
    output, files = find(content, roles.get("output")), find(content, roles.get("files"))
    for number, url in enumerate(cast("Sequence[Any]", output) if isinstance(output, list) else [output]):
        if isinstance(url, str):
            yield f"{roles['output']}/{number}" if isinstance(output, list) else roles["output"], url, None
    for number, item in enumerate(cast("Sequence[Any]", files) if isinstance(files, list) else [files]):
        url, size = find(item, roles.get("file_url")), find(item, roles.get("file_size"))
        if isinstance(url, str):
            inside = f"/{number}" if isinstance(files, list) else ""
            place = f"{roles['files']}{inside}{roles['file_url']}"
            yield place, url, size if type(size) is int else None


def check_count(content: object, generation: GenerationRequest, model: Model) -> Iterator[ProxyFinding]:
    """Yield findings if a result has another number of files than requested. A single object describes one file."""
    roles: Mapping[str, str] = PLATFORM.media[generation.media].roles
    for role in ("files", "output"):
        place = roles.get(role)
        held = find(content, place)
        count = len(cast("Sequence[Any]", held)) if isinstance(held, list) else 1
        wanted = generation.images if role == "output" or isinstance(held, list) else 1
        if place is not None and held is not None and count != wanted:
            yield assumed("many-outputs", place, f"{generation.images} ({_page(model)})", count, "wrong-count")


def _source(model: Model, parameter: str) -> str:
    known = model.parameters.get(parameter)
    return f"{parameter}, {known.source}" if known is not None and known.source else _page(model)


def _page(model: Model) -> str:
    return f"page {model.pages[0]}" if model.pages else "the model's page"


def _described(body: bytes) -> str:
    try:
        return measure(body).media_type
    except UnreadableFile as wrong:
        return str(wrong)
