"""Checks of the images in answers: are they of the format, size and number that was requested?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from ..api.generation_request import GenerationRequest, read_generation_request
from ..images import NotAnImage, decode_base64, measure
from ..platform.bodies import BODIES
from ..platform.statuses import INVALID
from ..spec.answers import find
from ..spec.facts import Basis, Model
from ..spec.platform import PLATFORM
from .findings import ProxyFinding, assumed, departs
from .observed_exchange import NOT_JSON, ObservedExchange
from .schemas import basis_at, check_schema, kind_of

_ROLES = PLATFORM.roles
_JSON = PLATFORM.sync.returns == "json"
_BASE64 = _ROLES.get("base64", "/")
_MEDIA = BODIES.get("media", {})
_SAME_TYPE = {"image/jpg": "image/jpeg", "image/x-png": "image/png"}


def check_sync(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    """Yield the findings about a successful synchronous answer: an image, or JSON that contains it."""
    model = observed.model
    if model is None:
        return
    if observed.violations:
        refused = "; ".join(map(str, observed.violations))
        yield departs("accepted-invalid", "status", str(INVALID), f"200 for: {refused}", "page", "the validator")
    if not observed.body:
        yield departs("empty-body", "body", "an image", "nothing")
        return
    generation = read_generation_request(model, observed.payload or {})
    if _JSON or generation.base64:
        yield from _check_base64(observed, model, generation)
        return
    try:
        found = measure(observed.body)
    except NotAnImage as wrong:
        if generation.images > 1:
            yield assumed("many-bytes", "body", "the first image alone", wrong)
        elif observed.object is not None:
            yield departs("json-on-200", "body", "an image", "JSON", "observed", "sync.returns of the platform")
        else:
            yield departs("not-a-picture", "body", "an image", wrong)
        return
    declared = _SAME_TYPE.get(observed.declared, observed.declared)
    if declared != found.media_type:
        yield departs("content-type-mismatch", "content-type", found.media_type, declared or "nothing")
    yield from check_image(observed.body, "body", model, generation, bool(observed.violations))


def _check_base64(observed: ObservedExchange, model: Model, generation: GenerationRequest) -> Iterator[ProxyFinding]:
    content = observed.object
    if content is None:
        got = "other JSON" if observed.content is not NOT_JSON else _described(observed.body)
        yield assumed("base64-body", "body", f"JSON with the image at {_BASE64}", got, "not-a-picture")
        return
    held = find(content, _BASE64, NOT_JSON)
    # The value at the role itself is checked in detail below.
    yield from (found for found in check_schema(_MEDIA, content) if not f"{found.place}/".startswith(f"{_BASE64}/"))
    if held is NOT_JSON:
        yield assumed("base64-body", _BASE64, "the image", "nothing", "missing-field")
        return
    listed = cast("Sequence[Any]", held) if isinstance(held, list) else [held]
    if len(listed) != generation.images and not observed.violations:
        # That several images come as a list is only observed. Their number is documented by the page.
        basis: Basis = "page" if isinstance(held, list) or generation.images == 1 else _basis_of_base64()
        yield departs("wrong-count", _BASE64, str(generation.images), len(listed), basis, _page(model))
    for number, text in enumerate(listed):
        place = f"{_BASE64}/{number}" if isinstance(held, list) else _BASE64
        if not isinstance(text, str):
            yield departs("wrong-type", place, "base64", kind_of(text), _basis_of_base64())
            continue
        if text[:5].lower() == "data:":
            yield departs("data-url", place, "base64 alone", text[:40], _basis_of_base64())
        try:
            image = decode_base64(text)
        except NotAnImage as wrong:
            yield departs("bad-base64", place, "base64", wrong)
        else:
            yield from check_image(image, place, model, generation, bool(observed.violations))


def check_image(
    image: bytes, place: str, model: Model, generation: GenerationRequest, invalid: bool = False
) -> Iterator[ProxyFinding]:
    """Yield the findings about one image. After an `invalid` request it only has to be an image."""
    try:
        found = measure(image)
    except NotAnImage as wrong:
        yield departs("not-a-picture", place, "an image", wrong)
        return
    if invalid:
        return
    if found.media_type != generation.media_type:
        if model.output.format is None:
            yield assumed("format", place, generation.media_type, found.media_type, "wrong-format")
        else:
            source = _source(model, model.output.format)
            yield departs("wrong-format", place, generation.media_type, found.media_type, "page", source)
    sized = model.output.size_preset or model.output.width or model.output.height
    if sized is not None and (found.width, found.height) != (generation.width, generation.height):
        got = f"{found.width}x{found.height}"
        yield departs(
            "wrong-size", place, f"{generation.width}x{generation.height}", got, "page", _source(model, sized)
        )


def files_in(content: object) -> Iterator[tuple[str, str, int | None]]:
    """Yield the files of a result: JSON pointer, URL, and size in bytes if the result has one."""
    output, files = find(content, _ROLES.get("output")), find(content, _ROLES.get("files"))
    for number, url in enumerate(cast("Sequence[Any]", output) if isinstance(output, list) else [output]):
        if isinstance(url, str):
            yield f"{_ROLES['output']}/{number}" if isinstance(output, list) else _ROLES["output"], url, None
    for number, item in enumerate(cast("Sequence[Any]", files) if isinstance(files, list) else ()):
        url, size = find(item, _ROLES.get("file_url")), find(item, _ROLES.get("file_size"))
        if isinstance(url, str):
            place = f"{_ROLES['files']}/{number}{_ROLES['file_url']}"
            yield place, url, size if type(size) is int else None


def check_count(content: object, generation: GenerationRequest, model: Model) -> Iterator[ProxyFinding]:
    """Yield findings if a result has another number of images than requested."""
    for role in ("files", "output"):
        place = _ROLES.get(role)
        held = find(content, place)
        count = len(cast("Sequence[Any]", held)) if isinstance(held, list) else 1
        if place is not None and held is not None and count != generation.images:
            yield assumed("many-outputs", place, f"{generation.images} ({_page(model)})", count, "wrong-count")


def _basis_of_base64() -> Basis:
    return basis_at("media", _BASE64)


def _source(model: Model, parameter: str) -> str:
    known = model.parameters.get(parameter)
    return f"{parameter}, {known.source}" if known is not None and known.source else _page(model)


def _page(model: Model) -> str:
    return f"page {model.pages[0]}" if model.pages else "the model's page"


def _described(body: bytes) -> str:
    try:
        return measure(body).media_type
    except NotAnImage as wrong:
        return str(wrong)
