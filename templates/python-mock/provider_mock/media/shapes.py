"""The shapes that landscapes are made of. Pillow does all the work per pixel in C.

Soft shapes (sky, glow, clouds) are drawn on a small canvas and enlarged once. Shapes with an edge (land, a disc) are
drawn at full size, and only their edges are smoothed. Through a mask, Pillow pastes an image much faster than a colour,
so colours are pasted as images of one colour.
"""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import pi, sin
from random import Random

from PIL import Image, ImageDraw

from .palettes import Colour

Point = tuple[float, float]


#: Enlarged images of at least this width have their columns in pairs: half the work, and no visible steps.
_PAIRED = 512
#: Land is drawn in pieces of this width, each no higher than necessary.
_PIECE = 256


@lru_cache(maxsize=8)
def _falloff(power: int, strength: float) -> Image.Image:
    """Return a round mask that fades from its centre to its rim (where Pillow's gradient is 181; its corners are 255)."""
    faded = [round(255 * strength * max(0.0, 1 - step / 180) ** power) for step in range(256)]
    return Image.radial_gradient("L").point(faded).reduce(2)


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """Return a vertical gradient through the colours."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    return column.resize((1, size[1]), Image.Resampling.BICUBIC).resize(size, Image.Resampling.NEAREST)


def enlarge(image: Image.Image, size: tuple[int, int], part: tuple[float, float, float, float]) -> Image.Image:
    """Return a part of a small image without edges, smoothly enlarged."""
    if size[0] < _PAIRED:
        return image.resize(size, Image.Resampling.BILINEAR, part)
    paired = image.resize(((size[0] + 1) // 2, size[1]), Image.Resampling.BILINEAR, part)
    return paired.resize(size, Image.Resampling.NEAREST)


def glow(image: Image.Image, at: Point, reach: Point, colour: Colour, strength: float, power: int = 2) -> None:
    """Draw light around a point that fades out at `reach` (horizontally, vertically)."""
    width, height = max(2, round(reach[0] * 2)), max(2, round(reach[1] * 2))
    x, y = round(at[0] - width / 2), round(at[1] - height / 2)
    left, top, right, bottom = max(0, x), max(0, y), min(image.width, x + width), min(image.height, y + height)
    if left >= right or top >= bottom:
        return
    mask = _falloff(power, strength)
    across, down = mask.width / width, mask.height / height
    part = ((left - x) * across, (top - y) * down, (right - x) * across, (bottom - y) * down)
    mask = mask.resize((right - left, bottom - top), Image.Resampling.BILINEAR, part)
    image.paste(Image.new("RGB", mask.size, colour), (left, top), mask)


def disc(image: Image.Image, at: Point, radius: float, colour: Colour, bite: Point | None = None) -> None:
    """Draw a disc. `bite` is the centre of a second disc that is cut out, which leaves a crescent."""
    fine = 4
    side = max(2, round(radius * 2) + 2)
    mask = Image.new("L", (side * fine, side * fine))
    draw = ImageDraw.Draw(mask)
    middle, reach = side * fine / 2, radius * fine
    draw.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), fill=255)
    if bite is not None:
        x, y = middle + (bite[0] - at[0]) * fine, middle + (bite[1] - at[1]) * fine
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=0)
    image.paste(
        Image.new("RGB", (side, side), colour), (round(at[0] - side / 2), round(at[1] - side / 2)), mask.reduce(fine)
    )


def ball(image: Image.Image, surface: Image.Image, at: Point) -> None:
    """Cut the largest disc out of a square surface and paste it with its centre at a point."""
    fine = 3
    half = (surface.width + 1) // 2
    corner = Image.new("L", (half * fine, half * fine))
    reach = surface.width * fine - 1
    ImageDraw.Draw(corner).ellipse((0, 0, reach, reach), fill=255)
    corner = corner.reduce(fine)
    # The other three corners are this one, mirrored.
    rim = Image.new("L", surface.size)
    rim.paste(corner, (0, 0))
    rim.paste(corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (surface.width - half, 0))
    lower = rim.crop((0, 0, surface.width, half)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    rim.paste(lower, (0, surface.height - half))
    image.paste(surface, (round(at[0] - surface.width / 2), round(at[1] - surface.height / 2)), rim)


def land(
    image: Image.Image, line: Sequence[Point], trees: Sequence[Sequence[Point]], blend: Sequence[Colour], down_to: float
) -> None:
    """Fill the area under a skyline, and the trees on it, with a vertical gradient, as far down as it will be visible.

    The points of the line have equal distances.
    """
    height = max(1, min(image.height, round(down_to)))

    def row_above(heights: Sequence[float]) -> int:
        return max(0, min(height - 1, int(min(heights)) - 1))

    crest = row_above([y for shape in (line, *trees) for _, y in shape])
    fill = gradient((min(_PIECE, image.width), height - crest), blend)
    step = line[1][0] - line[0][0]
    fine = 2
    for left in range(0, image.width, _PIECE):
        right = min(left + _PIECE, image.width)
        ground = line[int(left / step) : int(right / step) + 2]
        shapes = [ground, *(tree for tree in trees if tree[0][0] < right and tree[-1][0] > left)]
        heights = [y for shape in shapes for _, y in shape]
        top = row_above(heights)
        bottom = max(top + 1, min(height, int(max(heights)) + 2))
        mask = Image.new("L", ((right - left) * fine, (bottom - top) * fine))
        draw = ImageDraw.Draw(mask)
        for shape in shapes:
            # Pillow truncates fractions. That must happen before the shift, or there are gaps between pieces.
            outline = [(int(x * fine) - left * fine, int(y * fine) - top * fine) for x, y in shape]
            draw.polygon([*outline, (outline[-1][0], mask.height), (outline[0][0], mask.height)], fill=255)
        image.paste(fill.crop((0, top - crest, right - left, bottom - crest)), (left, top), mask.reduce(fine))
        if bottom < height:
            image.paste(fill.crop((0, bottom - crest, right - left, height - crest)), (left, bottom))


def mountains(rng: Random, width: int, base: float, rise: float, rough: float) -> list[Point]:
    """Return a jagged skyline from left to right: midpoints displaced, and displaced again at half the scale."""
    heights = [rng.random(), rng.random(), rng.random()]
    scale = 0.5
    while len(heights) < max(24, min(width / 4, 700)):
        finer = [heights[0]]
        for left, right in pairwise(heights):
            finer += [(left + right) / 2 + (rng.random() - 0.5) * scale, right]
        heights = finer
        scale *= rough
    low, high = min(heights), max(heights)
    step = width / (len(heights) - 1)
    return [(i * step, base - rise * (y - low) / (high - low)) for i, y in enumerate(heights)]


def hills(rng: Random, width: int, base: float, rise: float, waves: float) -> list[Point]:
    """Return a soft skyline from left to right: a sum of a few waves."""
    points = max(24, min(width // 10, 400))
    heights = [0.0] * (points + 1)
    for part in (1, 1.7, 2.9):
        turn, phase = waves * part * 2 * pi / points, rng.uniform(0, 2 * pi)
        heights = [y + sin(turn * i + phase) / part for i, y in enumerate(heights)]
    return [(width * i / points, base - rise * (0.5 + y / 3.9)) for i, y in enumerate(heights)]


def conifers(rng: Random, line: Sequence[Point], size: float) -> list[list[Point]]:
    """Return firs on a skyline, in groups and with different heights."""
    trees: list[list[Point]] = []
    at = rng.uniform(0, 0.05)
    while at < 1:
        x, foot = line[min(len(line) - 1, int(at * len(line)))]
        tall = size * rng.uniform(0.55, 1.25)
        for tier in range(4):
            top, low, reach = tall * (1 - tier * 0.22), tall * (0.62 - tier * 0.22), tall * (0.12 + tier * 0.055)
            trees.append([(x - reach, foot - max(low, 0)), (x, foot - top), (x + reach, foot - max(low, 0))])
        at += rng.uniform(0.004, 0.03) if rng.random() < 0.8 else rng.uniform(0.05, 0.2)
    return trees


def stars(image: Image.Image, rng: Random, below: float, many: int, colour: Colour, unit: float) -> None:
    """Draw stars down to a height, fewer and fainter towards it; fewer in a small image."""
    size = max(0.4, unit * 0.9)
    many = round(many * min(1.0, 0.15 + unit))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(many):
        x, y = rng.random() * image.width, rng.random() ** 1.6 * below
        bright = rng.random() ** 2 * (1 - y / below * 0.7)
        reach = size * (0.5 + bright)
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(*colour, round(50 + 200 * bright)))
