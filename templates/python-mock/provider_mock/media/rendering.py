"""Rendering of one image to bytes. Runs in a worker thread. This module and its imports load Pillow."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from io import BytesIO
from typing import Any

from ..api.generation_request import GenerationRequest
from .caption import write_caption
from .landscapes import draw
from .metadata import Origin, embedding

#: Smaller images have no caption, since it could not be read.
_CAPTION_FROM = 256


def render_image(generation: GenerationRequest, number: int) -> bytes:
    """Render image `number` (from 0) of a request, in the requested format and quality.

    The images of one request differ by their seed, as if they were requested one by one.
    """
    seed = generation.seed + number
    image = draw(generation.width, generation.height, generation.palette, seed)
    if min(generation.width, generation.height) >= _CAPTION_FROM:
        write_caption(image, generation, seed)
    facts = embedding(generation.format, Origin(generation.slug, seed, generation.digest, number))
    out = BytesIO()
    image.save(out, generation.format.upper(), **_options(generation), **facts)
    if generation.format == "bmp":
        # A BMP has no place for a comment, and readers stop after the pixels.
        out.write(generation.digest.encode("ascii") + bytes([number]))
    return out.getvalue()


def warm_up() -> None:
    """Render two images and discard them, which makes Pillow load its font and its encoders."""
    # Freeing a large block, which was never touched, makes glibc keep smaller ones. Otherwise the memory for the layers
    # of each image is requested from the system again, page by page, which can take as long as drawing.
    bytes(24 << 20)
    generation = GenerationRequest("", "", "Warm-up", 0, 0, _CAPTION_FROM, _CAPTION_FROM, 1, "jpeg", 95, False, "", 0)
    render_image(generation, 0)
    # In the usual size, so that the memory for it is allocated.
    render_image(generation._replace(width=1024, height=1024), 1)


def _options(generation: GenerationRequest) -> dict[str, Any]:
    if generation.format == "png":
        return {"compress_level": 4}
    if generation.format == "webp":
        # Quality 100 is still lossy. A fast method, since a test waits for it.
        return {"quality": generation.quality, "method": 1}
    if generation.format == "avif":
        return {"quality": generation.quality, "speed": 10}
    return {"quality": generation.quality} if generation.format == "jpeg" else {}
