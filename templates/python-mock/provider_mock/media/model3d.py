"""3D models: a gem whose shape and colours the request selects."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random

from ..api.generation_request import GenerationRequest
from .containers.glb import Mesh, model_file
from .metadata import Origin
from .palettes import PALETTES, mix


def render_model(generation: GenerationRequest, number: int) -> bytes:
    """Return model `number` (from 0) of a request, as GLB."""
    seed = generation.seed + number
    origin = Origin(generation.slug, seed, generation.digest, number)
    return model_file(_gem(seed, generation.palette), origin._asdict())


def _gem(seed: int, palette: int) -> Mesh:
    """Return rings of points between two tips, joined by triangles."""
    rng = Random(f"{palette} {seed}")
    sides, rings = rng.randrange(5, 12), rng.randrange(2, 6)
    colours = PALETTES[palette % len(PALETTES)]
    points = [(0.0, 1.0, 0.0)]
    shades = [0.0]
    for ring in range(1, rings + 1):
        share = ring / (rings + 1)
        reach = sin(pi * share) * rng.uniform(0.6, 1.0)
        turn = rng.uniform(0, pi / sides)
        for side in range(sides):
            angle = 2 * pi * side / sides + turn
            points.append((reach * cos(angle), 1 - 2 * share, reach * sin(angle)))
            shades.append(min(1.0, share + rng.uniform(0, 0.15)))
    points.append((0.0, -1.0, 0.0))
    shades.append(1.0)
    triangles: list[tuple[int, int, int]] = []
    for side in range(sides):
        after = (side + 1) % sides
        triangles.append((0, 1 + after, 1 + side))
        for ring in range(rings - 1):
            upper, lower = 1 + ring * sides, 1 + (ring + 1) * sides
            triangles += [(upper + side, upper + after, lower + side), (upper + after, lower + after, lower + side)]
        last = 1 + (rings - 1) * sides
        triangles.append((last + side, last + after, len(points) - 1))
    drawn = [mix(colours.light, colours.accent, shade) for shade in shades]
    return Mesh(points, [(red / 255, green / 255, blue / 255) for red, green, blue in drawn], triangles)
