"""GLB, the binary form of glTF 2.0: one mesh of coloured triangles, with the comment in its asset's extras."""

from __future__ import annotations

import json
from collections.abc import Sequence
from struct import pack, unpack_from
from typing import Any, NamedTuple

_JSON, _BINARY = b"JSON", b"BIN\0"


class Mesh(NamedTuple):
    """Points with their colours (each from 0 to 1), and triangles as indices of points."""

    points: Sequence[tuple[float, float, float]]
    colours: Sequence[tuple[float, float, float]]
    triangles: Sequence[tuple[int, int, int]]


def model_file(mesh: Mesh, extras: dict[str, Any]) -> bytes:
    """Return a file of this mesh."""
    points = b"".join(pack("<3f", *point) for point in mesh.points)
    colours = b"".join(pack("<3f", *colour) for colour in mesh.colours)
    indices = b"".join(pack("<3H", *triangle) for triangle in mesh.triangles)
    views = [(0, len(points), 34962), (len(points), len(colours), 34962), (len(points) * 2, len(indices), 34963)]
    low = [min(point[axis] for point in mesh.points) for axis in range(3)]
    high = [max(point[axis] for point in mesh.points) for axis in range(3)]
    count = len(mesh.points)
    binary = points + colours + indices
    binary += bytes(-len(binary) % 4)
    document = {
        "asset": {"version": "2.0", "generator": "mock", "extras": extras},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "materials": [{"doubleSided": True, "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.8}}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2, "material": 0, "mode": 4}]}
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": count,
                "type": "VEC3",
                "min": [*unpack_from("<3f", pack("<3f", *low))],
                "max": [*unpack_from("<3f", pack("<3f", *high))],
            },
            {"bufferView": 1, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 2, "componentType": 5123, "count": 3 * len(mesh.triangles), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": start, "byteLength": length, "target": target}
            for start, length, target in views
        ],
        "buffers": [{"byteLength": len(binary)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 4)
    body = pack("<I4s", len(text), _JSON) + text + pack("<I4s", len(binary), _BINARY) + binary
    return pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def comment_in(data: bytes) -> bytes | None:
    """Return the extras of a file as JSON; None if it has none, or is no such file."""
    if data[:4] != b"glTF" or data[16:20] != _JSON:
        return None
    size = int.from_bytes(data[12:16], "little")
    try:
        extras = json.loads(data[20 : 20 + size])["asset"]["extras"]
        return json.dumps(extras).encode("ascii")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
