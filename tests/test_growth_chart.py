"""The chart of growth: an SVG that can be read, whatever was measured."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench.growth import MEASURES, SIZES
from bench.growth_chart import draw

_SVG = "{http://www.w3.org/2000/svg}"


def _figures(values: list[float]) -> dict[str, object]:
    return {
        "sizes": SIZES,
        "lines": [{"name": name, "unit": unit, "values": values} for name, (unit, _) in MEASURES.items()],
    }


@pytest.mark.parametrize("values", [[0.01, 0.1, 1.0], [1.0, 1.0, 1.0], [0.0004, 3.0, 250.0]])
def test_every_line_and_its_name_is_inside(values: list[float]) -> None:
    chart = ElementTree.fromstring(draw(_figures(values)))
    width, height = (float(part) for part in chart.attrib["viewBox"].split()[2:])
    timed = [name for name, (unit, _) in MEASURES.items() if unit == "s"]
    assert len(list(chart.iter(f"{_SVG}polyline"))) == len(timed)
    words = {text.text: (float(text.attrib["x"]), float(text.attrib["y"])) for text in chart.iter(f"{_SVG}text")}
    assert set(timed) <= words.keys()
    assert all(0 <= x <= width and 0 <= y <= height for x, y in words.values())


def test_no_name_stands_on_another() -> None:
    chart = ElementTree.fromstring(draw(_figures([0.02, 0.02, 0.02])))
    places = sorted(float(text.attrib["y"]) for text in chart.iter(f"{_SVG}text") if text.text in MEASURES)
    assert all(later - earlier >= 14 for earlier, later in pairwise(places))
