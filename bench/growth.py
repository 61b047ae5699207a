"""`python -m bench.growth [--draw-only]`: how cost grows from 4 models to 50 and 500, as docs/growth.json and .svg."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from .growth_chart import draw
from .measure import processor_seconds_of
from .rows import catalogue
from .table import Unit

DOCS = Path(__file__).parents[1] / "docs"
FIGURES, CHART = DOCS / "growth.json", DOCS / "growth.svg"
SIZES = (4, 50, 500)
#: In seconds of processor time where that can be had, since the machine is seldom idle.
MEASURES: dict[str, tuple[Unit, Callable[[int], float]]] = {
    "generate, everything": ("s", partial(catalogue.full, take=processor_seconds_of)),
    "generate, one spec changed": ("s", partial(catalogue.changed, take=processor_seconds_of)),
    "generate, nothing changed": ("s", partial(catalogue.unchanged, take=processor_seconds_of)),
    "mypy --strict on the client": ("s", partial(catalogue.mypy, take=processor_seconds_of)),
    "segmind-client --help, over bare Python": ("s", partial(catalogue.help_over_bare, take=processor_seconds_of)),
    "import SegmindClient, over bare Python": ("s", partial(catalogue.import_over_bare, take=processor_seconds_of)),
    "mock, start to listening (by the clock)": ("s", catalogue.start_mock),
    "memory while generating everything": ("MB", catalogue.peak_memory),
}


def measure() -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    for name, (unit, take) in MEASURES.items():
        values: list[float] = []
        for models in SIZES:
            print(f"{name}, {models} models …", file=sys.stderr, flush=True)
            values.append(round(take(models), 4))
        lines.append({"name": name, "unit": unit, "values": values})
    return {"machine": f"{os.cpu_count()} cores, Python {sys.version.split()[0]}", "sizes": SIZES, "lines": lines}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.growth", description="Measure how cost grows with the catalogue.")
    parser.add_argument("--draw-only", action="store_true", help="draw the figures that are there")
    if not parser.parse_args().draw_only:
        FIGURES.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
    CHART.write_text(draw(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
