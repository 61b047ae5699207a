"""An order's picture, from nothing to bytes. Runs in a worker thread; this and what it imports load Pillow."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from io import BytesIO
from typing import Any

from ..api.order import Order
from .artwork import draw
from .caption import write_caption
from .provenance import Provenance, embedding

#: Smaller pictures show the artwork alone: nobody could read a caption there.
_CAPTION_FROM = 256


def paint(order: Order, number: int) -> bytes:
    """Picture `number` (from 0) of an order, in the format and quality that was asked for.

    The pictures of one order differ by their seed, as they would if they were asked for one by one.
    """
    seed = order.seed + number
    image = draw(order.width, order.height, order.palette, seed)
    if min(order.width, order.height) >= _CAPTION_FROM:
        write_caption(image, order, seed)
    facts = embedding(order.format, Provenance(order.slug, seed, order.digest, number))
    out = BytesIO()
    image.save(out, order.format.upper(), **_options(order), **facts)
    if order.format == "bmp":
        # A BMP has no place for a comment, and readers stop after the pixels.
        out.write(order.digest.encode("ascii") + bytes([number]))
    return out.getvalue()


def rehearse() -> None:
    """Paints two pictures for nobody, which makes Pillow load its font and its encoders."""
    # To free a large block (untouched, so it costs nothing) teaches glibc to keep smaller ones. Otherwise the layers of
    # each picture would come anew from the system, page by page, which can take as long as painting itself.
    bytes(24 << 20)
    order = Order("", "", "A rehearsal", 0, 0, _CAPTION_FROM, _CAPTION_FROM, 1, "jpeg", 95, False, "", 0)
    paint(order, 0)
    # And of the usual size, so that the memory for it is there.
    paint(order._replace(width=1024, height=1024), 1)


def _options(order: Order) -> dict[str, Any]:
    if order.format == "png":
        return {"compress_level": 4}
    if order.format == "webp":
        # Quality 100 is still lossy; a small effort, since a test waits for it.
        return {"quality": order.quality, "method": 1}
    if order.format == "avif":
        return {"quality": order.quality, "speed": 10}
    return {"quality": order.quality} if order.format == "jpeg" else {}
