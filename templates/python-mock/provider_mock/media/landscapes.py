"""The landscapes: a sky in the colours of the palette, and one of five scenes that the seed selects and shapes."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin
from random import Random
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw

from .palettes import PALETTES, Palette, mix
from .shapes import Point, ball, conifers, disc, enlarge, glow, gradient, hills, land, mountains, stars

#: Soft shapes are drawn this many times smaller.
_SOFT = 6
#: The side of the canvas for northern lights, and one ray of them from its top to just below its foot.
_CURTAIN = 96
_RAY = bytes([*(round(255 * (step / 40) ** 1.7) for step in range(40)), 225, 180, 135, 95, 64, 40, 24, 13, 6])


class _Scene(NamedTuple):
    """The arguments of a composition. `unit` is a thousandth of the shorter side, `light` the position of the light."""

    image: Image.Image
    rng: Random
    palette: Palette
    unit: float
    light: Point

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height


def draw(width: int, height: int, palette: int, seed: int) -> Image.Image:
    """Draw an image of exactly this size. Equal arguments give equal pixels.

    `palette` is any number that stands for the prompt. It selects the colours alone, and together with `seed` the scene.
    """
    # Random hashes a string in the same way in each process.
    rng = Random(f"{palette} {seed}")
    colours = PALETTES[palette % len(PALETTES)]
    compose, horizon = _COMPOSITIONS[rng.randrange(len(_COMPOSITIONS))]
    light = (width * rng.uniform(0.14, 0.86), height * rng.uniform(0.2, 0.42))
    image = _sky(width, height, horizon, rng, colours, light, aurora=compose is _northern_lights)
    compose(_Scene(image, rng, colours, min(width, height) / 1000, light))
    return image


def _sky(
    width: int, height: int, horizon: float, rng: Random, palette: Palette, light: Point, aurora: bool
) -> Image.Image:
    """Draw everything without an edge, down to the share of the height where land begins, small, and enlarge it."""
    small = max(1, width // _SOFT), max(1, height // _SOFT)
    # Northern lights need a night sky, whatever the palette.
    stops = [mix(colour, palette.near, 0.68) for colour in palette.sky[:4]] if aurora else palette.sky
    sky = Image.new("RGB", small, stops[-1])
    sky.paste(gradient((small[0], max(2, round(small[1] * rng.uniform(0.62, 0.9)))), stops), (0, 0))
    x, y = light[0] / _SOFT, light[1] / _SOFT
    reach = max(small) * 0.62
    if aurora:
        _curtains(sky, rng, palette)
    else:
        glow(sky, (x, y), (reach, reach), palette.light, 0.55, 3)
        glow(sky, (x, y), (reach * 0.35, reach * 0.35), palette.light, 0.7, 2)
        for _ in range(rng.randrange(5, 10)):
            at = small[0] * rng.uniform(-0.1, 1.1), small[1] * rng.uniform(0.08, 0.6)
            long = small[0] * rng.uniform(0.15, 0.45)
            glow(sky, at, (long, long * rng.uniform(0.04, 0.1)), mix(palette.light, palette.accent, rng.random()), 0.4)
    seen = max(1, round(height * horizon))
    part = (0, 0, small[0], min(small[1], max(1.0, small[1] * horizon)))
    image = Image.new("RGB", (width, height), palette.near)
    image.paste(enlarge(sky, (width, seen), part), (0, 0))
    return image


def _curtains(sky: Image.Image, rng: Random, palette: Palette) -> None:
    """Draw northern lights: columns that fade upwards from a winding line, on a very small canvas."""
    for colour in (palette.accent, mix(palette.accent, palette.light, 0.5), mix(palette.accent, palette.sky[2], 0.3)):
        base, often, phase = rng.uniform(0.55, 0.75), rng.uniform(0.5, 1.1), rng.uniform(0, 2 * pi)
        columns: list[bytes] = []
        brightness = bytearray()
        for number in range(_CURTAIN):
            along = number / _CURTAIN * 2 * pi
            wave = sin(along * often + phase) + 0.35 * sin(along * often * 2.7 + phase * 2)
            bright = 0.5 + 0.28 * sin(along * often * 1.6 - phase) + 0.2 * sin(along * 13 + wave * 6)
            foot = round(_CURTAIN * (base + 0.06 * wave))
            columns.append(_RAY.rjust(foot, b"\0")[:_CURTAIN].ljust(_CURTAIN, b"\0"))
            brightness.append(round(255 * min(1.0, max(0.0, bright))))
        rays = Image.frombytes("L", (_CURTAIN, _CURTAIN), b"".join(columns)).transpose(Image.Transpose.TRANSPOSE)
        shine = Image.frombytes("L", (_CURTAIN, 1), bytes(brightness))
        mask = ImageChops.multiply(rays, shine.resize(rays.size, Image.Resampling.NEAREST))
        sky.paste(Image.new("RGB", sky.size, colour), (0, 0), mask.resize(sky.size, Image.Resampling.BICUBIC))


def _sun_or_moon(scene: _Scene, moon: float = 1.0) -> None:
    """Draw stars in a dark sky, and the sun or a moon."""
    palette, unit = scene.palette, scene.unit
    if palette.dark:
        stars(scene.image, scene.rng, scene.height * 0.62, 150, palette.light, unit)
    radius = unit * scene.rng.uniform(45, 80) * moon
    bite = None
    if palette.dark and scene.rng.random() < 0.5:
        bite = scene.light[0] + radius * 0.55, scene.light[1] - radius * 0.25
    disc(scene.image, scene.light, radius, palette.light, bite)


def _ranges(scene: _Scene, top: float, bottom: float, many: int, firs: bool) -> None:
    """Draw mountain ranges behind each other, from the colour of the haze to that of the foreground."""
    palette, rng = scene.palette, scene.rng
    haze = palette.sky[-1]
    for number in range(many):
        near = number / max(1, many - 1)
        base = scene.height * (top + (bottom - top) * near**1.15)
        after = (number + 1) / max(1, many - 1)
        hidden = scene.height * (top + (bottom - top) * after**1.15 + 0.01)
        crest = mix(mix(palette.far, haze, 0.45), palette.near, near**0.9)
        foot = mix(crest, haze, 0.5 * (1 - near) + 0.06)
        rise = scene.height * (0.2 - 0.06 * near)
        line = (
            mountains(rng, scene.width, base, rise, 0.55) if near < 0.55 else hills(rng, scene.width, base, rise, 1.1)
        )
        trees = conifers(rng, line, scene.unit * 70) if firs and number == many - 1 else []
        land(scene.image, line, trees, (crest, mix(crest, foot, 0.5), foot), scene.height if after > 1 else hidden)


def _valley(scene: _Scene) -> None:
    _sun_or_moon(scene)
    _ranges(scene, scene.rng.uniform(0.5, 0.64), 1.0, scene.rng.randrange(4, 7), firs=True)
    _birds(scene)


def _northern_lights(scene: _Scene) -> None:
    palette = scene.palette
    stars(scene.image, scene.rng, scene.height * 0.7, 220, palette.light, scene.unit)
    night = palette._replace(far=mix(palette.far, palette.near, 0.4), sky=(mix(palette.sky[3], palette.near, 0.55),))
    _ranges(scene._replace(palette=night), 0.8, 1.02, 3, firs=True)


def _lake(scene: _Scene) -> None:
    """Draw a shore and its reflection in the water."""
    _sun_or_moon(scene)
    image, unit, palette, rng = scene.image, scene.unit, scene.palette, scene.rng
    bank = rng.uniform(0.48, 0.6)
    _ranges(scene, bank, bank + 0.08, 3, firs=True)
    shore = max(1, min(scene.height - 1, round(scene.height * (bank + 0.1))))
    depth = scene.height - shore
    if not depth:
        return
    mirrored = image.crop((0, max(0, shore - depth), scene.width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    water = mirrored.resize((scene.width, depth))
    image.paste(Image.blend(water, gradient(water.size, (palette.sky[2], palette.near)), 0.38), (0, shore))
    strokes = ImageDraw.Draw(image, "RGBA")
    for _ in range(70):
        y = shore + depth * rng.random() ** 1.4
        away = (y - shore) / depth
        x = rng.gauss(scene.light[0], unit * (40 + 190 * away))
        long = unit * rng.uniform(14, 70) * (0.4 + away)
        thick = max(1, round(unit * (0.8 + 2.4 * away)))
        strokes.line((x - long, y, x + long, y), fill=(*palette.light, rng.randrange(25, 110)), width=thick)


def _dunes(scene: _Scene) -> None:
    """Draw sand in long waves, each lit on the crest."""
    _sun_or_moon(scene, moon=1.5)
    palette, rng = scene.palette, scene.rng
    many, top, steep = rng.randrange(3, 7), rng.uniform(0.52, 0.71), rng.uniform(0.7, 1.2)
    apart = (1.06 - top) / (many - 1)
    for number in range(many):
        near = number / (many - 1)
        base = scene.height * (top + apart * number)
        line = hills(rng, scene.width, base, scene.height * (0.1 + 0.12 * near) * steep, rng.uniform(0.5, 1.3))
        body = mix(mix(palette.far, palette.sky[-1], 0.4), palette.near, near)
        rim = mix(body, palette.accent, 0.55 * (1 - near * 0.6))
        hidden = scene.height * (top + apart * (number + 1) + 0.01)
        land(scene.image, line, [], (rim, body, body), scene.height if number == many - 1 else hidden)
    _birds(scene)


def _planet(scene: _Scene) -> None:
    """Draw a planet that fills the sky, lit from one side, over a small range."""
    image, rng, palette, unit = scene.image, scene.rng, scene.palette, scene.unit
    stars(image, rng, scene.height * 0.8, 200, palette.light, unit)
    radius = unit * rng.uniform(250, 330)
    x, y = scene.width * rng.uniform(0.3, 0.7), scene.height * rng.uniform(0.36, 0.5)
    side = max(4, round(radius * 2))
    bands = [mix(palette.accent, palette.far, rng.random() * 0.8) for _ in range(9)]
    globe = gradient((max(1, side // 3), max(1, side // 3)), bands).rotate(
        rng.uniform(-25, 25), Image.Resampling.BILINEAR, fillcolor=bands[4]
    )
    shade = mix(palette.near, palette.sky[0], 0.25)
    shadow = Image.new("RGB", globe.size, shade)
    lit = Image.new("L", globe.size)
    reach = globe.width
    glow_at = (globe.width * 0.3, globe.height * 0.28)
    spot = Image.new("RGB", globe.size)
    glow(spot, glow_at, (reach * 0.95, reach * 0.95), (255, 255, 255), 1, 1)
    lit = spot.getchannel(0).point([min(255, round(step * 1.35)) for step in range(256)])
    globe = Image.composite(globe, shadow, lit)
    ball(image, enlarge(globe, (side, side), (0, 0, *globe.size)), (x, y))
    disc(image, (x + radius * 1.15, y - radius * 0.75), radius * 0.09, palette.light)
    _ranges(scene, 0.84, 1.0, 4, firs=False)


def _birds(scene: _Scene) -> None:
    rng, unit = scene.rng, scene.unit
    if scene.palette.dark or rng.random() < 0.4 or unit < 0.25:
        return
    strokes = ImageDraw.Draw(scene.image, "RGBA")
    x, y = scene.width * rng.uniform(0.15, 0.7), scene.height * rng.uniform(0.15, 0.35)
    for _ in range(rng.randrange(3, 8)):
        at, up, wing = x + unit * rng.uniform(-90, 90), y + unit * rng.uniform(-50, 50), unit * rng.uniform(7, 14)
        shape = [(at - wing, up - wing * 0.45), (at - wing * 0.4, up - wing * 0.5), (at, up)]
        shape += [(at + wing * 0.4, up - wing * 0.5), (at + wing, up - wing * 0.45)]
        strokes.line(shape, fill=(*scene.palette.near, 200), width=max(1, round(unit * 1.8)), joint="curve")


#: Each landscape, and the share of the height down to which its sky is seen.
_COMPOSITIONS: tuple[tuple[Callable[[_Scene], None], float], ...] = (
    (_valley, 0.66),
    (_lake, 0.62),
    (_northern_lights, 0.82),
    (_dunes, 0.72),
    (_planet, 0.86),
)
