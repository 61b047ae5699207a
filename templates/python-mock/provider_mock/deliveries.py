"""Are the pictures that came those that were asked for? Format and size are read from their first bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from .findings import Finding, assumed, departs, pointer
from .images import NotAPicture, decode_base64, measure
from .order import Order, read_order
from .passage import NOTHING, Passage, origin_of
from .spec.facts import Basis, Model
from .spec.platform import PLATFORM

#: What workers say beside the picture in v1's JSON, as public clients have seen it.
_BESIDE = frozenset({"status", "image_format", "infer_time", "outputs"})
_SAME_TYPE = {"image/jpg": "image/jpeg", "image/x-png": "image/png"}


def check_sync(passage: Passage) -> Iterator[Finding]:
    """The answer 200 of v1: the picture itself, or, where base64 was asked for, JSON that holds it."""
    model = passage.model
    if model is None:
        return
    if passage.violations:
        refused = "; ".join(map(str, passage.violations))
        yield departs("accepted-invalid", "status", "400", f"200 for: {refused}", "page", "the validator")
    if not passage.body:
        yield departs("empty-body", "body", "a picture", "nothing")
        return
    order = read_order(model, passage.payload or {})
    if order.base64:
        yield from _check_base64(passage, model, order)
        return
    try:
        found = measure(passage.body)
    except NotAPicture as wrong:
        if order.pictures > 1:
            yield assumed("many-bytes", "body", "the first picture alone", wrong)
        elif passage.object is not None:
            erratum = "erratum /sync/returns: the pages say Text/JSON"
            yield departs("json-on-200", "body", "a picture", "JSON", "observed", erratum)
        else:
            yield departs("not-a-picture", "body", "a picture", wrong)
        return
    declared = _SAME_TYPE.get(passage.declared, passage.declared)
    if declared != found.media_type:
        yield departs("content-type-mismatch", "content-type", found.media_type, declared or "nothing")
    yield from check_picture(passage.body, "body", model, order, bool(passage.violations))


def _check_base64(passage: Passage, model: Model, order: Order) -> Iterator[Finding]:
    content = passage.object
    key = pointer(PLATFORM.roles["base64"][1:])
    if content is None:
        came = "other JSON" if passage.content is not NOTHING else _described(passage.body)
        yield assumed("base64-body", "body", f"JSON with the picture under {key}", came, "not-a-picture")
        return
    for name in content:
        if name not in _BESIDE and name != PLATFORM.roles["base64"][1:]:
            yield departs("additional-field", pointer(name), "no such key", type(content[name]).__name__, "inferred")
    if PLATFORM.roles["base64"][1:] not in content:
        yield assumed("base64-body", key, "the picture", "nothing", "missing-field")
        return
    held = content[PLATFORM.roles["base64"][1:]]
    listed = cast("Sequence[Any]", held) if isinstance(held, list) else [held]
    if len(listed) != order.pictures and not passage.violations:
        # That several come as a list is only observed; how many were asked for is the page's.
        basis: Basis = "page" if isinstance(held, list) or order.pictures == 1 else "observed"
        yield departs("wrong-count", key, str(order.pictures), len(listed), basis, _page(model))
    for number, text in enumerate(listed):
        place = f"{key}/{number}" if isinstance(held, list) else key
        if not isinstance(text, str):
            yield departs("wrong-type", place, "base64", type(text).__name__, "observed")
            continue
        if text[:5].lower() == "data:":
            yield departs("data-url", place, "base64 alone", text[:40], "observed")
        try:
            picture = decode_base64(text)
        except NotAPicture as wrong:
            yield departs("bad-base64", place, "base64", wrong)
        else:
            yield from check_picture(picture, place, model, order, bool(passage.violations))


def check_picture(picture: bytes, place: str, model: Model, order: Order, odd: bool = False) -> Iterator[Finding]:
    """One picture against its order. With `odd`, the order had wrong parameters, and only its being one counts."""
    try:
        found = measure(picture)
    except NotAPicture as wrong:
        yield departs("not-a-picture", place, "a picture", wrong)
        return
    if odd:
        return
    if found.media_type != order.media_type:
        if model.output.format is None:
            yield assumed("format", place, order.media_type, found.media_type, "wrong-format")
        else:
            source = _source(model, model.output.format)
            yield departs("wrong-format", place, order.media_type, found.media_type, "page", source)
    sized = model.output.size_preset or model.output.width or model.output.height
    if sized is not None and (found.width, found.height) != (order.width, order.height):
        came = f"{found.width}x{found.height}"
        yield departs("wrong-size", place, f"{order.width}x{order.height}", came, "page", _source(model, sized))


def check_outputs(passage: Passage, content: Mapping[str, Any]) -> Iterator[Finding]:
    """The URLs of a result. The pictures behind them are checked as they are fetched through the proxy."""
    output, images = content.get("output"), content.get("images")
    urls = [("/output", output)] if isinstance(output, str) else []
    if isinstance(output, list):
        urls = [(f"/output/{number}", url) for number, url in enumerate(cast("Sequence[Any]", output))]
    listed: Sequence[Any] = cast("Sequence[Any]", images) if isinstance(images, list) else ()
    for number, image in enumerate(listed):
        place = f"/images/{number}"
        if not isinstance(image, dict):
            yield departs("wrong-type", place, "an object", type(image).__name__, "observed")
            continue
        about = cast("dict[str, Any]", image)
        for name in ("url", "content_type", "file_name", "file_size"):
            if name not in about:
                yield departs("missing-field", f"{place}/{name}", "a value", "nothing", "observed")
        if "url" in about:
            urls.append((f"{place}/url", about["url"]))
    for place, url in urls:
        if not isinstance(url, str):
            yield departs("wrong-type", place, "a URL", type(url).__name__)
        elif origin_of(url) is None:
            yield departs("relative-url", place, "an absolute URL", url)


def check_count(content: Mapping[str, Any], order: Order, model: Model) -> Iterator[Finding]:
    """How many pictures a result has."""
    output, images = content.get("output"), content.get("images")
    for place, held in (("/images", images), ("/output", output)):
        count = len(cast("Sequence[Any]", held)) if isinstance(held, list) else 1
        if held is not None and count != order.pictures:
            yield assumed("many-outputs", place, f"{order.pictures} ({_page(model)})", count, "wrong-count")


def _source(model: Model, parameter: str) -> str:
    known = model.parameters.get(parameter)
    return f"{parameter}, {known.source}" if known is not None and known.source else _page(model)


def _page(model: Model) -> str:
    return f"page {model.pages[0]}" if model.pages else "the model's page"


def _described(body: bytes) -> str:
    try:
        return measure(body).media_type
    except NotAPicture as wrong:
        return str(wrong)
