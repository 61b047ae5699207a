"""The size of images and videos whose shape is asked for by a ratio."""

from __future__ import annotations

import re
from math import log, sqrt

#: A size that is named by the lines of a video, such as `720p` or `4k`: its shorter side.
_LINES = re.compile(r"[0-9]{3,4}p|[248]k", re.IGNORECASE)
#: How far a shape may be from the ratio, as a logarithm: about a tenth.
_ROUNDING = 0.1
#: An image is at most so many times as wide as high, or as high as wide.
_MOST = 10
_RATIO = re.compile(r"(?<![0-9.])([1-9][0-9]?(?:\.[0-9]{1,3})?)[:/]([1-9][0-9]?(?:\.[0-9]{1,3})?)(?![0-9.])")


def ratio_in(text: str) -> float | None:
    """Return width divided by height, as a text states it; None for one without a ratio, such as "auto", or a time.

    >>> ratio_in("9:16"), ratio_in("4:1 (banner)"), ratio_in("auto"), ratio_in("1:45")
    (0.5625, 4.0, None, None)
    """
    found = _RATIO.search(text)
    ratio = float(found[1]) / float(found[2]) if found else 0.0
    return ratio if 1 / _MOST <= ratio <= _MOST else None


def is_of_ratio(width: int, height: int, ratio: float) -> bool:
    """Return whether a file has about the shape that was asked for. Services round to what their models can make.

    >>> is_of_ratio(832, 1216, 2 / 3), is_of_ratio(720, 1280, 9 / 16), is_of_ratio(1280, 720, 9 / 16)
    (True, True, False)
    """
    return abs(log(width / height / ratio)) < _ROUNDING


def leaves_shape_open(size_name: str) -> bool:
    """Return whether a named size only says how many lines there are."""
    return _LINES.fullmatch(size_name) is not None


def video_size(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    """Return the size of a video of that shape with the same lines, both sides even, as codecs of video need them.

    >>> video_size((1280, 720), 9 / 16), video_size((1280, 720), 1.0)
    ((720, 1280), (720, 720))
    """
    lines = min(size)
    width, height = (lines * ratio, lines) if ratio >= 1 else (lines, lines / ratio)
    return round(width / 2) * 2, round(height / 2) * 2


def image_size(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    """Return the size of an image of that shape with about as many pixels, both sides multiples of 8.

    >>> image_size((1024, 1024), 16 / 9), image_size((1024, 1024), 1.0)
    ((1368, 768), (1024, 1024))
    """
    pixels = size[0] * size[1]
    return max(8, round(sqrt(pixels * ratio) / 8) * 8), max(8, round(sqrt(pixels / ratio) / 8) * 8)
