"""Generation requests: the images that a payload asks for, their number, size, format and seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from zlib import crc32

from ..spec.facts import MISSING, Model
from ..spec.platform import PLATFORM
from ..spec.schema import number_for

#: Defaults of an image where neither the payload nor the page says.
_SIDE = 1024
_FORMAT = PLATFORM.sync.media_type.removeprefix("image/") or "jpeg"
_QUALITY = 95

_MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_SPOKEN = {"jpg": "jpeg"}

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class GenerationRequest(NamedTuple):
    """The images that one request asks for. Equal requests have equal digests."""

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

    @property
    def media_type(self) -> str:
        """The media type of each image."""
        return _MEDIA_TYPES[self.format]

    @property
    def pixels(self) -> int:
        """The size of one image in pixels."""
        return self.width * self.height


def read_generation_request(model: Model, payload: Mapping[str, Any]) -> GenerationRequest:
    """Read what `payload` asks of `model`. An invalid value counts as left out."""
    output = model.output

    def asked(name: str | None, otherwise: Any) -> Any:
        """Return the value sent, else the service's default, else `otherwise`. A value of another type is ignored."""
        if name is None:
            return otherwise
        parameter = model.parameters.get(name)
        sent, default = payload.get(name, MISSING), MISSING
        if parameter is not None:
            sent, default = number_for(parameter.schema, sent), parameter.default
        for value in (sent, default):
            if type(value) is type(otherwise):
                return value
        return otherwise

    digest = _digest(model, payload)
    # A size that is named wins; a name such as 'custom' leaves it to width and height.
    named = output.sizes.get(asked(output.size_preset, ""))
    width, height = named or (asked(output.width, _SIDE), asked(output.height, _SIDE))
    spoken = asked(output.format, _FORMAT).lower()
    kind = _SPOKEN.get(spoken, spoken)
    prompt = asked("prompt", "")
    # With -1 or without a seed the server picks one. The mock derives it from the request, so that equal requests give
    # equal images. The seed that a page prints as its default is a sample and not the one that is used.
    chosen = _chosen_seed(payload)
    seed = int(digest[:12], 16) if chosen is None else chosen
    return GenerationRequest(
        slug=model.slug,
        title=model.title,
        prompt=prompt[:160],
        palette=crc32(prompt.encode("utf-8", "replace")),
        seed=seed,
        width=min(max(width, 1), 16_384),
        height=min(max(height, 1), 16_384),
        images=min(max(asked(output.count, 1), 1), 16),
        format=kind if kind in _MEDIA_TYPES else _FORMAT,
        quality=min(max(asked(output.quality, _QUALITY), 1), 100),
        base64=asked(output.base64, False),
        digest=digest,
        seconds=model.latency_s or 2.5,
    )


def _chosen_seed(payload: Mapping[str, Any]) -> int | None:
    sent = payload.get("seed")
    return sent if type(sent) is int and sent >= 0 else None


def _digest(model: Model, payload: Mapping[str, Any]) -> str:
    """Return a digest of the request that ignores the order of keys, base64 or bytes, and 7 versus 7.0.

    A parameter that is left out counts as sent with its default. A seed that the server picks is not part of the digest.
    """
    parameters = model.parameters.items()
    drawn = {name: parameter.default for name, parameter in parameters if parameter.default is not MISSING}
    drawn.update(payload)
    drawn.pop(model.output.base64 or "", None)
    if _chosen_seed(payload) is None:
        drawn.pop("seed", None)
    drawn = {
        name: int(value) if type(value) is float and value.is_integer() else value for name, value in drawn.items()
    }
    return sha256(_canonical([model.slug, drawn]).encode("ascii")).hexdigest()[:32]
