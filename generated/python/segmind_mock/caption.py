"""What is written into a picture: model, size, seed and the beginning of the prompt."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from functools import lru_cache
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

from .order import Order

#: The font that comes with Pillow, so that a picture is the same on a machine without fonts. It knows these signs only.
_DRAWABLE = frozenset(map(chr, range(0x20, 0x7F))) | {"·", "…"}
_SPOKEN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "×": "x", "ß": "ss", "ø": "o", "æ": "ae"}
)


def write_caption(image: Image.Image, order: Order, seed: int) -> None:
    """Writes two lines at the lower left, on a veil that keeps them legible whatever is beneath."""
    size = max(10, round(min(image.size) / 46))
    font = _font(size)
    margin = round(size * 1.1)
    room = image.width - 2 * margin
    facts = fit(f"{order.title}  ·  {order.width} x {order.height}  ·  seed {seed}", font, room)
    words = fit(legible(order.prompt), font, room)
    lines = [line for line in (words, facts) if line]
    leading = round(size * 1.45)
    tall = min(image.height, leading * len(lines) + margin * 3)
    shade = Image.linear_gradient("L").resize((1, tall)).point([round(step * 0.72) for step in range(256)])
    veil = Image.new("RGB", (image.width, tall), (6, 8, 16))
    image.paste(veil, (0, image.height - tall), shade.resize(veil.size, Image.Resampling.NEAREST))
    draw = ImageDraw.Draw(image)
    y = image.height - margin - leading * len(lines) + (leading - size) // 2
    for line, colour in zip(lines, ((255, 255, 255), (205, 210, 222))[-len(lines) :], strict=True):
        draw.text((margin, y), line, font=font, fill=colour)
        y += leading


def legible(text: str) -> str:
    """The text on one line, in signs that the font has: accents fall away, unknown letters become '·', controls vanish.

    >>> legible("a\\x1b[31m café\\n\\u202eby  the sea \\u5b57")
    'a[31m cafe by the sea ·'
    """
    shown: list[str] = []
    for sign in normalize("NFKD", text.translate(_SPOKEN)):
        if sign in _DRAWABLE:
            shown.append(sign)
        elif sign.isspace():
            shown.append(" ")
        elif sign.isprintable() and not combining(sign):
            shown.append("·")
    return " ".join("".join(shown).split())


def fit(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> str:
    """The text, cut with an ellipsis where it would run out of the room (in pixels)."""
    if font.getlength(text) <= room:
        return text
    shortest, longest = 0, len(text)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if font.getlength(text[:middle].rstrip() + "…") <= room:
            shortest = middle
        else:
            longest = middle - 1
    return text[:shortest].rstrip() + "…" if shortest else ""


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return font
    # The basic layout is part of Pillow; the other one depends on what else is installed, and so would the pixels.
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)
