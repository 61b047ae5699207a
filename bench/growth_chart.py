"""The growth of cost as a chart: models and seconds both on logarithmic scales, so that a straight line of slope one is
linear growth and a level one is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .table import shown

_WIDTH, _HEIGHT = 860, 470
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 570, 50, 420
_COLOURS = ("#b4552d", "#c98a1b", "#5b7a2e", "#7a4f9a", "#2f6f8f", "#3b3b8f", "#8a8a8a")
_APART = 34
_FONT = "font-family='system-ui, sans-serif'"


def draw(figures: Mapping[str, Any]) -> str:
    """An SVG of every line whose unit is seconds; the memory stands below it in words."""
    sizes: Sequence[int] = figures["sizes"]
    timed = [line for line in figures["lines"] if line["unit"] == "s"]
    values = [value for line in timed for value in line["values"]]
    low = 10 ** math.floor(math.log10(max(min(values), 1e-4)))
    high = max(10 ** math.ceil(math.log10(max(values))), 10 * low)

    def across(models: int) -> float:
        share = math.log(models / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return _LEFT + 30 + share * (_RIGHT - _LEFT - 60)

    def up(value: float) -> float:
        return _BOTTOM - math.log(max(value, low) / low) / math.log(high / low) * (_BOTTOM - _TOP)

    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' {_FONT} font-size='13'>",
        "<title>What a catalogue of 4, 50 and 500 models costs</title>",
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='#fffdf9'/>",
        _words(_LEFT, 26, "Seconds of processor time, by number of models (both scales logarithmic)", weight=600),
    ]
    power = low
    while power <= high * 1.001:
        y = up(power)
        parts.append(f"<path d='M{_LEFT} {y:.1f}H{_RIGHT}' stroke='#e4ddd0'/>")
        parts.append(_words(_LEFT - 8, y + 4, shown(power, "s"), anchor="end", colour="#666"))
        power *= 10
    parts += [_words(across(size), _BOTTOM + 22, f"{size} models", anchor="middle", colour="#666") for size in sizes]
    ends = _labels([up(line["values"][-1]) for line in timed])
    for line, colour, end in zip(timed, _COLOURS, ends, strict=True):
        points = [(across(size), up(value)) for size, value in zip(sizes, line["values"], strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2.5'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{colour}'/>" for x, y in points]
        x, y = points[-1]
        parts.append(
            f"<path d='M{x + 6:.1f} {y:.1f}L{_RIGHT + 8} {end - 4:.1f}' stroke='{colour}' stroke-opacity='.5'/>"
        )
        parts.append(_words(_RIGHT + 14, end - 5, line["name"], colour=colour))
        said = " → ".join(shown(value, "s") for value in line["values"])
        parts.append(_words(_RIGHT + 14, end + 10, said, colour="#666"))
    for line in figures["lines"]:
        if line["unit"] == "MB":
            said = " → ".join(shown(value, "MB") for value in line["values"])
            parts.append(_words(_LEFT, _HEIGHT - 10, f"{line['name']}: {said}", colour="#666"))
    return "\n".join([*parts, "</svg>", ""])


def _labels(places: Sequence[float]) -> list[float]:
    """Return the heights of the labels at the ends of the lines: they do not overlap or leave the chart."""
    result = [0.0] * len(places)
    floor = _BOTTOM + 10.0
    for index in sorted(range(len(places)), key=lambda index: -places[index]):
        result[index] = floor = min(places[index], floor - _APART)
    ceiling = float(_TOP) - _APART
    for index in sorted(range(len(places)), key=lambda index: result[index]):
        result[index] = ceiling = max(result[index], ceiling + _APART)
    return result


def _words(x: float, y: float, text: str, anchor: str = "start", colour: str = "#222", weight: int = 400) -> str:
    where = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'"
    return f"<text {where} fill='{colour}' font-weight='{weight}'>{escape(text)}</text>"
