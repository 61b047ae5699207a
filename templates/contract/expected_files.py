"""Number, kind, size, length and format of the files that a payload asks for, according to the spec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from .spec.contract import Platform
from .spec.facts import MISSING, Model, Source
from .spec.sizes import leaves_shape_open, ratio_in
from .spec.validity import number_of

#: What the suite asks for at most: more files, pixels or seconds would only show limits of size.
MOST_FILES, MOST_PIXELS, MOST_SECONDS = 16, 1 << 24, 120
#: The largest side that images of every format can have.
_MOST_SIDE = 16_383
#: A number at the beginning of a text, such as `5 seconds`.
_NUMBER = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)")

#: The media types of formats that have a quality.
LOSSY = frozenset({"image/jpeg", "image/webp"})


class ExpectedFiles(NamedTuple):
    """Files that a payload asks for; None where the spec does not say. `pixels` is the size of one, at least.

    With `in_json` a synchronous call returns JSON that contains the files. `unknown_format` is the name of a format that
    the suite can't recognize; "" if it can. With `lines`, such as those of 720p, only the shorter side is known. `seconds` is the length, `frame_rate` in frames per second.
    """

    width: int | None
    height: int | None
    file_count: int
    media_type: str | None
    in_json: bool
    size_source: Source
    height_source: Source
    format_source: Source
    unknown_format: str = ""
    pixels: int = 1
    medium: str = "image"
    seconds: float | None = None
    frames: float | None = None
    frame_rate: float | None = None
    length_source: Source = Source("", "inferred")
    rate_source: Source = Source("", "inferred")
    lines: int | None = None
    ratio: float | None = None
    ratio_source: Source | None = None

    @property
    def is_data(self) -> bool:
        """Return whether the answer is text or JSON rather than a file."""
        return self.medium in ("text", "json")


def expected_files(platform: Platform, model: Model, payload: Mapping[str, Any]) -> ExpectedFiles:
    """Return the files that `payload` asks for, with the service's defaults where it has no value."""

    def value(role: str, kind: type) -> Any:
        """Return the value sent, else the default; None if neither has the type `kind`."""
        return next((found for found in _values(model, role, payload) if type(found) is kind), None)

    def number(role: str) -> float | None:
        return next((found for found in map(_number, _values(model, role, payload)) if found), None)

    def side(length: int | None) -> int | None:
        """Return a width or height, None if no image can have it. Codecs of video have even ones only."""
        if length is None or not 0 < length <= _MOST_SIDE:
            return None
        return length + length % 2 if medium == "video" else length

    def source(role: str) -> Source:
        return _source(model, role, payload)

    medium = model.output["media"]
    formats = platform.media[medium].formats
    preset = value("size_preset", str) or ""
    named = model.sizes.get(preset)
    # The shape of a video may depend on other parameters.
    lines = named[1] if named and leaves_shape_open(preset) else None
    format_name = value("format", str) or ""
    if "format" in model.output:
        media_type = formats.get(format_name.lower())
        format_source = source("format")
    else:
        media_type, format_source = platform.media[medium].media_type or None, platform.source("/sync/media_type")
    asked = named or (value("width", int), value("height", int))
    ratio = ratio_in(value("aspect_ratio", str) or "") if lines is not None or asked == (None, None) else None
    width, height = map(side, asked if lines is None else (None, None))
    seconds, frames, rate = number("duration"), number("frames"), number("frame_rate")
    return ExpectedFiles(
        width=width,
        height=height,
        file_count=max(value("count", int) or 1, 1),
        media_type=media_type,
        in_json=platform.sync.returns == "json" or value("base64", bool) is True,
        size_source=source("size_preset" if named else "width"),
        height_source=source("size_preset" if named else "height"),
        format_source=format_source,
        unknown_format="" if media_type else format_name,
        pixels=prod(min(max(length or 1, 1), _MOST_SIDE) for length in asked),
        medium=medium,
        seconds=seconds if frames is None else frames / rate if rate else seconds,
        frames=frames,
        frame_rate=rate,
        length_source=source("duration" if frames is None else "frames"),
        rate_source=source("frame_rate"),
        lines=lines,
        ratio=ratio,
        ratio_source=source("aspect_ratio"),
    )


def _values(model: Model, role: str, payload: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what was sent for a role, and the default."""
    name = model.output.get(role, "")
    parameter = model.parameters.get(name)
    if parameter is None:
        return ()
    given = payload.get(name, MISSING), parameter.default
    return tuple(number_of(parameter.schema, value) for value in given)


def _number(value: object) -> float | None:
    """Return a number that is sent as such or at the beginning of a text."""
    if isinstance(value, str):
        found = _NUMBER.match(value)
        return float(found[1]) if found else None
    return float(value) if isinstance(value, (int, float)) and type(value) is not bool else None


def _source(model: Model, role: str, payload: Mapping[str, Any]) -> Source:
    name = model.output.get(role, "")
    parameter = model.parameters.get(name)
    if parameter is None:
        return model.source()
    return model.source(parameter.pointer("" if name in payload else "default"))
