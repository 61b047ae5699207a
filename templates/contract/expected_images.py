"""Number, size and format of the images that a payload asks for, according to the spec."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from .spec.contract import Platform
from .spec.facts import MISSING, Model, Source
from .spec.validity import number_of

#: Media types by the names of formats.
_MEDIA_TYPES = {"jpg": "image/jpeg"} | {name: f"image/{name}" for name in ("jpeg", "png", "webp", "gif", "avif", "bmp")}
#: What the suite asks for at most: more images and more pixels would only show limits of size.
MOST_IMAGES, MOST_PIXELS = 16, 1 << 24
#: The largest side that images of every format can have.
_MOST_SIDE = 16_383

#: Formats that have a quality.
LOSSY = frozenset({"image/jpeg", "image/webp"})


class ExpectedImages(NamedTuple):
    """Images that a payload asks for; None where the spec does not say. `pixels` is the size of one, at least.

    With `in_json` a synchronous call returns JSON that contains the images. `unknown_format` is the name of a format that
    the suite can't recognize; "" if it can.
    """

    width: int | None
    height: int | None
    image_count: int
    media_type: str | None
    in_json: bool
    size_source: Source
    height_source: Source
    format_source: Source
    unknown_format: str = ""
    pixels: int = 1


def media_type_of(name: str) -> str | None:
    """Return the media type of a format by its name; None if it is unknown."""
    return _MEDIA_TYPES.get(name.lower())


def expected_images(platform: Platform, model: Model, payload: Mapping[str, Any]) -> ExpectedImages:
    """Return the images that `payload` asks for, with the service's defaults where it has no value."""

    def value(role: str, kind: type) -> Any:
        """Return the value sent, else the default; None if neither has the type `kind`."""
        name = model.output.get(role, "")
        parameter = model.parameters.get(name)
        if parameter is None:
            return None
        values = (number_of(parameter.schema, payload.get(name, MISSING)), parameter.default)
        return next((found for found in values if type(found) is kind), None)

    def side(length: int | None) -> int | None:
        """Return a width or height, None if no image can have it."""
        return length if length is not None and 0 < length <= _MOST_SIDE else None

    def source(role: str) -> Source:
        name = model.output.get(role, "")
        parameter = model.parameters.get(name)
        if parameter is None:
            return model.source()
        return model.source(parameter.pointer("" if name in payload else "default"))

    named = model.sizes.get(value("size_preset", str) or "")
    format_name = value("format", str) or ""
    if "format" in model.output:
        media_type = media_type_of(format_name)
        format_source = source("format")
    else:
        media_type, format_source = platform.sync.media_type or None, platform.source("/sync/media_type")
    asked = named or (value("width", int), value("height", int))
    width, height = map(side, asked)
    return ExpectedImages(
        width=width,
        height=height,
        image_count=max(value("count", int) or 1, 1),
        media_type=media_type,
        in_json=platform.sync.returns == "json" or value("base64", bool) is True,
        size_source=source("size_preset" if named else "width"),
        height_source=source("size_preset" if named else "height"),
        format_source=format_source,
        unknown_format="" if media_type else format_name,
        pixels=prod(min(max(length or 1, 1), _MOST_SIDE) for length in asked),
    )
