"""An order's picture, from nothing to bytes. Runs in a worker thread; this and what it imports load Pillow."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from io import BytesIO
from typing import Any

from ..api.generation_request import GenerationRequest
from .caption import write_caption
from .landscapes import draw
from .metadata import ImageOrigin, embedding

#: Smaller pictures show the artwork alone: nobody could read a caption there.
_CAPTION_FROM = 256


def render_image(generation: GenerationRequest, number: int) -> bytes:
    """Picture `number` (from 0) of an order, in the format and quality that was asked for.

    The pictures of one order differ by their seed, as they would if they were asked for one by one.
    """
    seed = generation.seed + number
    image = draw(generation.width, generation.height, generation.palette, seed)
    if min(generation.width, generation.height) >= _CAPTION_FROM:
        write_caption(image, generation, seed)
    facts = embedding(generation.format, ImageOrigin(generation.slug, seed, generation.digest, number))
    out = BytesIO()
    image.save(out, generation.format.upper(), **_options(generation), **facts)
    return out.getvalue()


def warm_up() -> None:
    """Paints two pictures for nobody, which makes Pillow load its font and its encoders."""
    # To free a large block (untouched, so it costs nothing) teaches glibc to keep smaller ones. Otherwise the layers of
    # each picture would come anew from the system, page by page, which can take as long as painting itself.
    bytes(24 << 20)
    generation = GenerationRequest(
        "", "", "A rehearsal", 0, 0, _CAPTION_FROM, _CAPTION_FROM, 1, "jpeg", 95, False, "", 0
    )
    render_image(generation, 0)
    # And of the usual size, so that the memory for it is there.
    render_image(generation._replace(width=1024, height=1024), 1)


def _options(generation: GenerationRequest) -> dict[str, Any]:
    if generation.format == "png":
        return {"compress_level": 4}
    if generation.format == "webp":
        # Quality 100 is still lossy; a small effort, since a test waits for it.
        return {"quality": generation.quality, "method": 1}
    return {"quality": generation.quality}
