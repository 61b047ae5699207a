"""Number, size and format of the images that a payload asks for, according to the spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .spec.contract import Platform
from .spec.facts import MISSING, Model, Source

#: Media types by the names of formats.
_MEDIA_TYPES = {"jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


#: Formats that have a quality.
LOSSY = frozenset({"image/jpeg", "image/webp"})


class ExpectedImages(NamedTuple):
    """Images that a payload asks for; None where the spec does not say.

    With `in_json` a synchronous call returns JSON that contains the images.
    """

    width: int | None
    height: int | None
    image_count: int
    media_type: str | None
    in_json: bool
    size_source: Source
    format_source: Source


def media_type_of(name: str) -> str | None:
    """Return the media type of a format by its name; None if it is unknown."""
    return _MEDIA_TYPES.get(name.lower())


def expected_images(platform: Platform, model: Model, payload: Mapping[str, Any]) -> ExpectedImages:
    """Return the images that `payload` asks for, with the service's defaults where it has no value."""

    def value(role: str) -> Any:
        name = model.output.get(role, "")
        parameter = model.parameters.get(name)
        return MISSING if parameter is None else payload.get(name, parameter.default)

    def number(role: str) -> int | None:
        found = value(role)
        return found if type(found) is int else None

    def source(role: str) -> Source:
        name = model.output.get(role, "")
        parameter = model.parameters.get(name)
        if parameter is None:
            return model.source()
        return model.source(parameter.pointer("" if name in payload else "default"))

    preset = value("size_preset")
    named = model.sizes.get(preset) if isinstance(preset, str) else None
    format_name = value("format")
    if "format" in model.output:
        media_type = media_type_of(str(format_name))
        format_source = source("format")
    else:
        media_type, format_source = platform.sync.media_type or None, platform.assumed("format")
    width, height = named or (number("width"), number("height"))
    return ExpectedImages(
        width=width,
        height=height,
        image_count=number("count") or 1,
        media_type=media_type,
        in_json=platform.sync.returns == "json" or value("base64") is True,
        size_source=source("size_preset" if named else "width" if width is not None else "height"),
        format_source=format_source,
    )
