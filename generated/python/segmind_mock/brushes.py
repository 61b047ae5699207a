"""The strokes that scenes are made of. All the work per pixel is done by Pillow in C.

What is soft (sky, glow, clouds) is painted on a small canvas and enlarged once; what has an edge (land, a disc) is
painted at full size, with edges smoothed only in the strip where they run.
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


@lru_cache(maxsize=8)
def _falloff(power: int) -> Image.Image:
    """A round mask that fades from its centre to its rim (where Pillow's gradient is 181; its corners are 255)."""
    faded = [round(255 * max(0.0, 1 - step / 180) ** power) for step in range(256)]
    return Image.radial_gradient("L").point(faded)


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """A vertical blend through the colours."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    return column.resize((1, size[1]), Image.Resampling.BICUBIC).resize(size, Image.Resampling.NEAREST)


def glow(image: Image.Image, at: Point, reach: Point, colour: Colour, strength: float, power: int = 2) -> None:
    """Light around a point that fades out at `reach` (horizontally, vertically)."""
    width, height = max(2, round(reach[0] * 2)), max(2, round(reach[1] * 2))
    mask = _falloff(power).resize((width, height), Image.Resampling.BILINEAR)
    if strength < 1:
        mask = mask.point([round(step * strength) for step in range(256)])
    image.paste(colour, (round(at[0] - width / 2), round(at[1] - height / 2)), mask)


def disc(image: Image.Image, at: Point, radius: float, colour: Colour, bite: Point | None = None) -> None:
    """A disc; `bite` is the centre of a second one that is cut out of it, which leaves a crescent."""
    fine = 4
    side = max(2, round(radius * 2) + 2)
    mask = Image.new("L", (side * fine, side * fine))
    draw = ImageDraw.Draw(mask)
    middle, reach = side * fine / 2, radius * fine
    draw.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), fill=255)
    if bite is not None:
        x, y = middle + (bite[0] - at[0]) * fine, middle + (bite[1] - at[1]) * fine
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=0)
    image.paste(colour, (round(at[0] - side / 2), round(at[1] - side / 2)), mask.reduce(fine))


def land(image: Image.Image, shapes: Sequence[Sequence[Point]], blend: Sequence[Colour], down_to: float) -> None:
    """Fills the shapes (each closed along the lower edge) with a vertical blend, as far down as it will be seen."""
    width, height = image.width, max(1, min(image.height, round(down_to)))
    heights = [y for shape in shapes for _, y in shape]
    top = max(0, min(height - 1, int(min(heights)) - 1))
    bottom = max(top + 1, min(height, int(max(heights)) + 2))
    fine = 2
    mask = Image.new("L", (width * fine, (bottom - top) * fine))
    draw = ImageDraw.Draw(mask)
    for shape in shapes:
        outline = [(x * fine, (y - top) * fine) for x, y in shape]
        draw.polygon([*outline, (outline[-1][0], mask.height), (outline[0][0], mask.height)], fill=255)
    fill = gradient((width, max(height, bottom) - top), blend)
    if bottom < height:
        image.paste(fill.crop((0, bottom - top, width, height - top)), (0, bottom))
    image.paste(fill.crop((0, 0, width, bottom - top)), (0, top), mask.reduce(fine))


def mountains(rng: Random, width: int, base: float, rise: float, rough: float) -> list[Point]:
    """A jagged skyline from left to right: midpoints displaced, and displaced again at half the scale."""
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
    """A soft skyline from left to right: a few waves laid over each other."""
    parts = [(waves * part, rng.uniform(0, 2 * pi), 1 / part) for part in (1, 1.7, 2.9)]
    points = max(24, min(width // 6, 400))
    line: list[Point] = []
    for i in range(points + 1):
        y = sum(share * sin(often * 2 * pi * i / points + phase) for often, phase, share in parts)
        line.append((width * i / points, base - rise * (0.5 + y / 3.9)))
    return line


def conifers(rng: Random, line: Sequence[Point], size: float) -> list[list[Point]]:
    """Firs on a skyline, in groups and each of its own height."""
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
    """Stars down to a height, fewer and fainter towards it; fewer in a small picture."""
    size = max(0.4, unit * 0.9)
    many = round(many * min(1.0, 0.15 + unit))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(many):
        x, y = rng.random() * image.width, rng.random() ** 1.6 * below
        bright = rng.random() ** 2 * (1 - y / below * 0.7)
        reach = size * (0.5 + bright)
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(*colour, round(50 + 200 * bright)))
