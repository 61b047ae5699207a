"""What a payload orders, by the spec: how many pictures, of which size and format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .spec.contract import Platform
from .spec.facts import MISSING, Model, Source

#: Media types by the names of formats.
_MEDIA_TYPES = {"jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


#: Formats in which a quality can be chosen.
LOSSY = frozenset({"image/jpeg", "image/webp"})


class Order(NamedTuple):
    """The pictures that a payload asks for; None where the spec does not say.

    With `in_json` the answer of a synchronous call is JSON that holds them.
    """

    width: int | None
    height: int | None
    pictures: int
    media_type: str | None
    in_json: bool
    size_source: Source
    format_source: Source


def media_type_of(name: str) -> str | None:
    """The media type of a format by its name; None if that is unknown."""
    return _MEDIA_TYPES.get(name.lower())


def order_of(platform: Platform, model: Model, payload: Mapping[str, Any]) -> Order:
    """What `payload` orders of `model`: its own values, else the service's defaults."""

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
    spoken = value("format")
    if "format" in model.output:
        media_type = media_type_of(str(spoken))
        format_source = source("format")
    else:
        media_type, format_source = platform.sync.media_type or None, platform.assumed("format")
    width, height = named or (number("width"), number("height"))
    return Order(
        width=width,
        height=height,
        pictures=number("count") or 1,
        media_type=media_type,
        in_json=platform.sync.returns == "json" or value("base64") is True,
        size_source=source("size_preset" if named else "width" if width is not None else "height"),
        format_source=format_source,
    )
