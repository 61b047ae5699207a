"""Captions of images: model, size, seed and the beginning of the prompt."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias
from unicodedata import category, combining, name, normalize

from PIL import Image, ImageDraw, ImageFont

from ..api.generation_request import GenerationRequest
from .palettes import Colour

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

#: The characters of Pillow's own font, which makes images the same on machines with other fonts or none.
_DRAWABLE = frozenset(map(chr, range(0x20, 0x7F))) | {"·", "…"}
_SPOKEN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "×": "x", "ß": "ss", "ø": "o", "æ": "ae"}
)


#: The smallest font size in pixels that can be read without magnification.
_SMALLEST = 13
_BRIGHT, _PALE = (255, 255, 255), (228, 232, 240)
#: The opacity of the shade, of 255. Over white, text in the paler colour has a contrast above 4.5 to 1.
_VEIL = 172


def write_caption(image: Image.Image, generation: GenerationRequest, seed: int) -> None:
    """Write a few lines at the lower left, on a shade that keeps them legible."""
    size = max(_SMALLEST, round(min(image.size) / 44))
    font = _font(size)
    margin = round(size * 0.8)
    leading = round(size * 1.4)
    # At least three lines, and no more than a third of the image.
    most = max(3, (image.height // 3 - 3 * margin) // leading)
    lines = compose(generation, seed, font, image.width - 2 * margin, most)
    tall = min(image.height, leading * len(lines) + margin * 3)
    fade = min(tall, margin * 2)
    shade = Image.new("L", (1, tall), _VEIL)
    shade.paste(Image.linear_gradient("L").resize((1, fade)).point([step * _VEIL // 255 for step in range(256)]))
    veil = Image.new("RGB", (image.width, tall), (6, 8, 16))
    image.paste(veil, (0, image.height - tall), shade.resize(veil.size, Image.Resampling.NEAREST))
    draw = ImageDraw.Draw(image)
    y = image.height - margin - leading * len(lines) + (leading - size) // 2
    for line in lines:
        draw.text((margin, y), line.text, font=font, fill=line.colour)
        y += leading


class CaptionLine(NamedTuple):
    """One line of a caption and its colour."""

    text: str
    colour: Colour


def compose(generation: GenerationRequest, seed: int, font: Font, room: float, most: int) -> list[CaptionLine]:
    """Return at most `most` (3 or more) lines: the prompt on one or two, then model, size and seed.

    If these three don't fit on one line, the model gets its own line and may be cut. Size and seed are never cut, since
    they identify the image.
    """
    facts = f"{generation.width} x {generation.height} · seed {seed}"
    title = legible(generation.title)
    together = f"{title} · {facts}"
    last = [together] if font.getlength(together) <= room else [fit(title, font, room), facts]
    first = wrap(legible(generation.prompt), font, room, min(2, most - len(last)))
    lines = [*(CaptionLine(text, _BRIGHT) for text in first), *(CaptionLine(text, _PALE) for text in last)]
    return [line for line in lines if line.text]


def wrap(text: str, font: Font, room: float, most: int) -> list[str]:
    """Break the text into at most `most` lines, between words if possible. The last line may be cut."""
    if most < 2 or font.getlength(text) <= room:
        return [fit(text, font, room)]
    whole = fit(text, font, room).removesuffix("…")
    # A word is only broken if the line would otherwise be mostly empty.
    at = whole.rfind(" ")
    if at < len(whole) // 2 or text[len(whole) : len(whole) + 1] == " ":
        at = len(whole)
    return [text[:at].rstrip(), *wrap(text[at:].lstrip(), font, room, most - 1)]


def legible(text: str) -> str:
    """Return the text on one line in characters of the font, without accents and control characters.

    Words in another script are replaced by its name, and an emoji by its name. Any other character becomes '·'.

    >>> legible("a\\x1b[31m café\\n\\u202eby  the sea \\u5b57\\u5b57 \\U0001f30a")
    'a[31m cafe by the sea (CJK) (water wave)'
    """
    shown: list[str] = []
    named = ""
    for sign in normalize("NFKD", text.translate(_SPOKEN)):
        if sign in _DRAWABLE:
            shown.append(sign)
            named = named if sign == " " else ""
        elif sign.isspace():
            shown.append(" ")
        elif sign.isprintable() and not combining(sign):
            spoken = _spoken(sign)
            # Consecutive words of one script are replaced by one name.
            if spoken != named:
                shown.append(spoken)
                named = spoken
    return " ".join("".join(shown).split())


def _spoken(sign: str) -> str:
    called, kind = name(sign, ""), category(sign)
    if kind.startswith("L") and called:
        script = called.split()[0]
        return f"({script if script == 'CJK' else script.capitalize()})"
    if kind == "So" and called.isascii():
        return f"({called.lower()})"
    return "" if kind.startswith("M") else "·"


def fit(text: str, font: Font, room: float) -> str:
    """Return the text, cut with an ellipsis if it is wider than `room` (in pixels)."""
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
def _font(size: int) -> Font:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return font
    # The basic layout is part of Pillow. The other one, and so the pixels, would depend on installed libraries.
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)
