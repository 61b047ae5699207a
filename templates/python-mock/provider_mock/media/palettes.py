"""Palettes of matching colours. The prompt selects one, so that a prompt has the same colours with every seed."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Colour: TypeAlias = tuple[int, int, int]


class Palette(NamedTuple):
    """The colours of one scene: the sky from top to horizon, the light, and the land from far to near."""

    sky: tuple[Colour, ...]
    light: Colour
    far: Colour
    near: Colour
    accent: Colour

    @property
    def dark(self) -> bool:
        """Whether the sky is dark enough for stars."""
        return sum(self.sky[0]) < 200


def _colour(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def _palette(sky: str, light: str, far: str, near: str, accent: str) -> Palette:
    stops = tuple(_colour(code) for code in sky.split())
    return Palette(stops, _colour(light), _colour(far), _colour(near), _colour(accent))


PALETTES = (
    _palette("1b1f4b 4b3a78 b75c86 f7a26b ffd59a", "fff1cf", "96608f", "140f2d", "ff7e6b"),
    _palette("27497a 6f9cc4 cfd3cf f6cfa6 ffe6c4", "fffaea", "a3b1c8", "1f2f46", "f2a65a"),
    _palette("050a1f 0b1a3c 1b3766 35608f 6d93b3", "eef4ff", "2f517b", "040815", "7fd1ff"),
    _palette("150a1e 44112f 9c2a38 ec6b3a ffb35c", "ffe0a0", "84293a", "12060f", "ffcf56"),
    _palette("0c343d 1d6868 6fbd9e c9e8b8 f3f7d0", "fffde0", "5aa08c", "0a2328", "f6c177"),
    _palette("33265a 7d5497 d98db2 fbc3c4 ffe6dc", "fff8f0", "b07aa6", "2a1b3f", "ffa69e"),
    _palette("244063 5b86a8 b9c4b0 ecc088 fbe3b4", "fffbe8", "c58f63", "43221a", "e76f51"),
    _palette("0b2545 1b4470 6f97ba c4d7e0 f1f5ee", "ffffff", "7a99b8", "0b1d33", "ffb4a2"),
    _palette("020a17 052536 0c4a52 2a8a78 8fd3a8", "d8fff0", "0e4049", "010a12", "5cf2b4"),
    _palette("262a44 5f5674 b1807a e4ae74 fde8b8", "fff6da", "92707c", "1d1a2b", "f28482"),
    _palette("10002b 35086a 7a2fc0 d46fd6 ffc8dd", "fff0fa", "5b2a92", "0b0120", "4cc9f0"),
    _palette("06304a 226a80 74aaa6 f4b09a fbd3bd", "fff5ea", "4f8a92", "05202f", "ef6f6c"),
)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the mix of two colours: `one` at share 0 and `other` at share 1."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )
