"""`python -m bench [--json FILE] [--only WORD]`: measure every row and print the table as Markdown.

What can't be measured, or has a peer that does not start, is named on standard error and has no row; the exit status is
then 1. `make bench-setup` installs every peer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .rows import calling, catalogue, fixture, generation, serving, startup, transcription, validation, videos
from .table import NotMeasured, TableRow, as_json, markdown

ROWS: dict[str, Callable[[str], TableRow]] = {
    "full regeneration, cold": generation.cold,
    "regeneration, nothing changed": generation.unchanged,
    "first use of SegmindClient, over bare Python": startup.first_use,
    "segmind-client --help, over bare Python": startup.show_help,
    "validator, valid body of 14 parameters": validation.valid_body,
    "client call on loopback": calling.submit,
    "client call on loopback, asyncio": calling.submit_in_a_loop,
    "mock, v2 submit, validated": serving.submit,
    "mock, v2 status poll": serving.poll,
    "mock, 1024² JPEG, first": serving.first_image,
    "mock, 1024² JPEG, repeated": serving.repeated_image,
    "mock, 5 s of 720p video, first": videos.first_video,
    "mock, 5 s of 720p video, repeated": videos.repeated_video,
    "mock, start to listening": serving.start,
    "mock, first fixture in process": fixture.in_process,
    "client, save of a video of 500 MB, memory": videos.large_file,
    "transcribe one page": transcription.one_page,
    "transcribe one page, HTML": transcription.html_page,
    "catalogue of 500, full regeneration": catalogue.regeneration,
    "catalogue of 500, memory of that": catalogue.memory,
    "catalogue of 500, one spec changed": catalogue.one_changed,
    "catalogue of 500, nothing changed": catalogue.nothing_changed,
    "catalogue of 500, first use of SegmindClient, over bare Python": catalogue.first_use,
    "catalogue of 500, segmind-client --help, over bare Python": catalogue.show_help,
    "catalogue of 500, mypy --strict on the client": catalogue.type_check,
    "catalogue of 500, mock, start to listening": catalogue.mock_start,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the budgets beside their peers.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", default="", metavar="WORD", help="measure only rows whose name has this word")
    asked = parser.parse_args()
    machine = [_machine()]
    rows: list[TableRow] = []
    failures: list[str] = []
    for what, measure in ROWS.items():
        if asked.only in what:
            print(f"{what} …", file=sys.stderr, flush=True)
            try:
                rows.append(measure(what))
            except NotMeasured as error:
                failures.append(f"{what}: {error}")
            except Exception as error:  # one row that breaks must not cost the others
                failures.append(f"{what}: {type(error).__name__}: {error}")
    if any(row.unit == "/s" for row in rows):
        machine.append(serving.generator_itself())
    print(markdown(rows, machine))
    if asked.json:
        asked.json.write_text(json.dumps(as_json(rows, machine), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for failure in failures:
        print(f"bench: not measured: {failure}", file=sys.stderr)
    return 1 if failures or not rows else 0


def _machine() -> str:
    """Return the properties of the machine that the figures depend on, without its name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({model}), {platform.system()}, "
        f"Python {platform.python_version()}, load {load:.1f} at the start"
    )


if __name__ == "__main__":
    sys.exit(main())
