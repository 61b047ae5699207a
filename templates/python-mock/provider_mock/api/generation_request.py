"""Generation requests: what a payload asks for, its number, size, length, format and seed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple, cast
from zlib import crc32

from ..spec.facts import MISSING, Model
from ..spec.platform import PLATFORM
from ..spec.schema import number_for
from ..spec.sizes import image_size, leaves_shape_open, ratio_in, video_size
from ..state.records import checked

#: Defaults where neither the payload nor the page says.
_SIDE = 1024
_VIDEO_SIZE = 1280, 720
_QUALITY = 95
_SECONDS, _FRAME_RATE = 5.0, 24.0
#: How fast a text is spoken, in characters per second, and the shortest sound that it gives.
_CHARACTERS_PER_SECOND, _SHORTEST_SPEECH = 14, 1.0

#: The media types of the formats that the mock writes, by the name of the format.
_MEDIA_TYPES: Mapping[str, Mapping[str, str]] = {
    "image": {name: f"image/{name}" for name in ("jpeg", "png", "webp", "gif", "avif", "bmp")},
    "video": {"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "gif": "image/gif"},
    "audio": {
        "mp3": "audio/mpeg",
        "wav": "audio/wav",
        "ogg": "audio/ogg",
        "opus": "audio/ogg",
        "flac": "audio/flac",
        "m4a": "audio/mp4",
    },
    "text": {"json": "application/json"},
    "json": {"json": "application/json"},
    "model3d": {"glb": "model/gltf-binary"},
}
#: The largest width and height of an image, and of one in WebP.
_MOST_SIDE, _MOST_WEBP_SIDE = 16_384, 16_383
#: The largest number of files that one request gives.
_MOST_IMAGES = 16
#: What the mock makes at most: the length of a file in seconds, pixels of a frame, pixels times seconds, frames per second.
MOST_SECONDS = 600.0
MOST_FRAME = 1 << 24
MOST_PIXEL_SECONDS = 250_000_000
_FRAME_RATES = 1.0, 240.0
#: Other names of formats; media types are names, too.
_SPOKEN = {"jpg": "jpeg", "image/jpg": "jpeg", "audio/mp3": "mp3"}
_NUMBER = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)")

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class GenerationRequest(NamedTuple):
    """The parameters of one request that decide its output: `images` is the number of files. Equal requests have equal digests.

    `seconds` is how long the model works. `duration`, `frames` and `frame_rate` are those of video and sound, and 0
    otherwise. `characters` is the length of the text that was sent.
    """

    slug: str
    title: str
    prompt: str
    palette: int
    seed: int
    width: int
    height: int
    images: int
    format: str
    quality: int
    base64: bool
    digest: str
    seconds: float
    # Jobs that earlier versions stored end here.
    media: str = "image"
    duration: float = 0.0
    frames: int = 0
    frame_rate: float = 0.0
    characters: int = 0
    ratio: float = 0.0

    @classmethod
    def load(cls, values: list[Any]) -> GenerationRequest:
        """Return the request from its values in JSON. Raises ValueError and TypeError for values of no request."""
        found = checked(cls(*values))
        in_bounds = (
            found.format in _MEDIA_TYPES.get(found.media, ())
            and 1 <= found.images <= _MOST_IMAGES
            and min(found.width, found.height) >= 1
            and max(found.width, found.height) <= _MOST_SIDE
            and 1 <= found.quality <= 100
            and min(found.duration, found.frames, found.frame_rate, found.ratio) >= 0
        )
        if not in_bounds or found.excess is not None:
            raise ValueError("not a request of this mock")
        return found

    @property
    def media_type(self) -> str:
        """The media type of each file."""
        return _MEDIA_TYPES[self.media][self.format]

    @property
    def is_data(self) -> bool:
        """Return whether the answer is text or JSON rather than a file."""
        return self.media in ("text", "json")

    @property
    def pixels(self) -> int:
        """The size of one image or frame in pixels, at least 1."""
        return self.width * self.height

    @property
    def excess(self) -> str | None:
        """Return the reason why the mock can't make this file: it is too long, or has too many pixels."""
        if self.duration > MOST_SECONDS:
            return f"{self.duration:g} s is more than the {MOST_SECONDS:g} s that this mock makes."
        if self.media != "video":
            return None
        if self.pixels > MOST_FRAME:
            return f"{self.width} x {self.height} is more than the {MOST_FRAME:,} pixels of a video of this mock."
        if self.pixels * self.duration > MOST_PIXEL_SECONDS:
            most = MOST_PIXEL_SECONDS / self.pixels
            size = f"{self.width} x {self.height}"
            return f"{self.duration:g} s of {size} is more than the {most:.0f} s that this mock makes in this size."
        return None


class _Parameters(NamedTuple):
    """The defaults of a model's parameters, and the schemas of those whose numbers may be sent as text."""

    model: Model
    defaults: Mapping[str, Any]
    as_text: Mapping[str, Mapping[str, Any]]


#: By slug. Asking a schema for each value of each request would take longer than all the rest.
_parameters: dict[str, _Parameters] = {}


def _parameters_of(model: Model) -> _Parameters:
    found = _parameters.get(model.slug)
    if found is None or found.model is not model:
        each = model.parameters.items()
        defaults = {name: parameter.default for name, parameter in each if parameter.default is not MISSING}
        as_text = {name: parameter.schema for name, parameter in each if parameter.schema.get("x-accepts-text")}
        found = _parameters[model.slug] = _Parameters(model, defaults, as_text)
    return found


class _Asked:
    """The values that a request asks for: those sent, else the service's defaults."""

    __slots__ = ("_as_text", "_defaults", "_payload")

    def __init__(self, parameters: _Parameters, payload: Mapping[str, Any]) -> None:
        self._payload = payload
        self._defaults = parameters.defaults
        self._as_text = parameters.as_text

    def __call__(self, name: str | None, otherwise: Any) -> Any:
        """Return the value of a parameter; `otherwise` if there is none, or none of this type."""
        if name is None:
            return otherwise
        for value in (self._payload.get(name, MISSING), self._defaults.get(name, MISSING)):
            meant = number_for(self._as_text[name], value) if name in self._as_text else value
            if type(meant) is type(otherwise):
                return meant
        return otherwise


def read_generation_request(model: Model, payload: Mapping[str, Any]) -> GenerationRequest:
    """Read what `payload` asks of `model`. An invalid value counts as left out."""
    output = model.output
    parameters = _parameters_of(model)
    asked = _Asked(parameters, payload)
    digest = _digest(parameters, payload)
    media = output.media
    kind = _format(media, asked(output.format, ""))
    ratio = _ratio(model, asked)
    width, height = _size(model, asked, ratio, kind)
    prompt = asked(output.prompt or output.text or "prompt", "") or _said(payload.get(output.messages or "messages"))
    frames, frame_rate, duration = _length(model, payload, len(prompt))
    # With -1 or without a seed the server picks one. The mock derives it from the request, so that equal requests give
    # equal files. The seed that a page prints as its default is a sample and not the one that is used.
    chosen = _chosen_seed(payload)
    seed = int(digest[:12], 16) if chosen is None else chosen
    return GenerationRequest(
        slug=model.slug,
        title=model.title,
        prompt=prompt[:160],
        palette=crc32(prompt.encode("utf-8", "replace")),
        seed=seed,
        width=width,
        height=height,
        images=min(max(asked(output.count, 1), 1), _MOST_IMAGES),
        format=kind,
        quality=min(max(asked(output.quality, _QUALITY), 1), 100),
        base64=asked(output.base64, False),
        digest=digest,
        seconds=model.latency_s or 2.5,
        media=media,
        duration=duration,
        frames=frames,
        frame_rate=frame_rate,
        characters=len(prompt),
        ratio=ratio,
    )


def _format(media: str, asked: str) -> str:
    """Return the format of files: the asked one, else that of the platform, else the first that the mock has."""
    formats = _MEDIA_TYPES[media]
    spoken = asked.lower().removeprefix(".")
    kind = _SPOKEN.get(spoken, spoken)
    if kind in formats:
        return kind
    wanted = kind if kind in formats.values() else PLATFORM.media[media].media_type
    return next((name for name, media_type in formats.items() if media_type == wanted), next(iter(formats)))


def _size(model: Model, asked: _Asked, ratio: float, kind: str) -> tuple[int, int]:
    """Return width and height; 1 for files without them. Those of a video are even, since its codecs have no others."""
    output = model.output
    if output.media not in ("image", "video"):
        return 1, 1
    # A size that is named wins; a name such as 'custom' leaves it to width and height.
    named = output.sizes.get(asked(output.size_preset, ""))
    usual = _VIDEO_SIZE if output.media == "video" else (_SIDE, _SIDE)
    width, height = named or (asked(output.width, usual[0]), asked(output.height, usual[1]))
    if ratio:
        shape = video_size if output.media == "video" else image_size
        width, height = shape((width, height), ratio)
    most = _MOST_WEBP_SIDE if kind == "webp" and output.media == "image" else _MOST_SIDE
    width, height = min(max(width, 1), most), min(max(height, 1), most)
    return (width + width % 2, height + height % 2) if output.media == "video" else (width, height)


def _ratio(model: Model, asked: _Asked) -> float:
    """Return the ratio that decides the shape; 0 if there is none, or if the size is given in pixels."""
    output = model.output
    if output.aspect_ratio is None:
        return 0.0
    preset = asked(output.size_preset, "")
    in_pixels = preset in output.sizes or asked(output.width, 0) or asked(output.height, 0)
    if in_pixels and not leaves_shape_open(preset):
        return 0.0
    return ratio_in(asked(output.aspect_ratio, "")) or 0.0


def _length(model: Model, payload: Mapping[str, Any], characters: int) -> tuple[int, float, float]:
    """Return the number of frames, the frame rate and the length in seconds; 0 where the medium has none."""
    output = model.output
    if output.media not in ("video", "audio"):
        return 0, 0.0, 0.0

    def number(name: str | None) -> float | None:
        if name is None:
            return None
        parameter = model.parameters.get(name)
        values = [payload.get(name), parameter.default if parameter is not None else None]
        return next((found for found in map(leading_number, values) if found), None)

    seconds, frames, rate = number(output.duration), number(output.frames), number(output.frame_rate)
    if output.media == "audio":
        spoken = max(_SHORTEST_SPEECH, characters / _CHARACTERS_PER_SECOND)
        return 0, 0.0, seconds or (round(spoken, 2) if output.text is not None else _SECONDS)
    if rate is None and seconds is not None and frames is not None:
        rate = frames / seconds
    rate = min(max(rate or _FRAME_RATE, _FRAME_RATES[0]), _FRAME_RATES[1])
    shown = max(1, round(frames or (seconds or _SECONDS) * rate))
    return shown, rate, shown / rate


def leading_number(value: object) -> float | None:
    """Return a number that is sent as such or at the beginning of a text; None for anything else, and below 0.

    >>> leading_number("5 seconds"), leading_number(2.5), leading_number("auto")
    (5.0, 2.5, None)
    """
    if isinstance(value, str):
        found = _NUMBER.match(value)
        return float(found[1]) if found else None
    if isinstance(value, (int, float)) and type(value) is not bool and 0 <= value < 1e9:
        return float(value)
    return None


def _said(messages: object) -> str:
    """Return the text of the last message of a chat; "" if there is none."""
    last = cast("list[object]", messages)[-1] if isinstance(messages, list) and messages else None
    content = cast("dict[str, object]", last).get("content") if isinstance(last, dict) else None
    parts = cast("list[object]", content) if isinstance(content, list) else [content]
    texts = [cast("dict[str, object]", part).get("text") if isinstance(part, dict) else part for part in parts]
    return " ".join(text for text in texts if isinstance(text, str))


def _chosen_seed(payload: Mapping[str, Any]) -> int | None:
    sent = payload.get("seed")
    return sent if type(sent) is int and sent >= 0 else None


def _digest(parameters: _Parameters, payload: Mapping[str, Any]) -> str:
    """Return a digest of the request that ignores the order of keys, base64 or bytes, and 7 versus 7.0.

    A parameter that is left out counts as sent with its default. A seed that the server picks is not part of the digest.
    """
    model = parameters.model
    drawn = {**parameters.defaults, **payload}
    if model.output.base64 is not None:
        drawn.pop(model.output.base64, None)
    if _chosen_seed(payload) is None:
        drawn.pop("seed", None)
    for name, value in drawn.items():
        if type(value) is float and value.is_integer():
            drawn[name] = int(value)
    return sha256(_canonical([model.slug, drawn]).encode("ascii")).hexdigest()[:32]
