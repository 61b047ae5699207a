"""The small pages of `tests/cases/transcribe/`: each folder holds page.txt, expected.json and a line that says why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases" / "transcribe"


@dataclass(frozen=True)
class Case:
    """A page and what it must yield, in the form that the known pages of other models come with."""

    name: str
    text: str
    expected: dict[str, Any]

    @property
    def is_refused(self) -> bool:
        return str(self.expected.get("expect", "")).startswith("refuse")

    def __str__(self) -> str:
        return self.name


def read_case(folder: Path) -> Case:
    text = (folder / "page.txt").read_bytes().decode()
    return Case(folder.name, text, json.loads((folder / "expected.json").read_text()))


EVERY_CASE = [read_case(folder) for folder in sorted(CASES.iterdir())]
PAGES = [case for case in EVERY_CASE if not case.is_refused]
REFUSED = [case for case in EVERY_CASE if case.is_refused]
WHOLE = [case for case in PAGES if case.expected["complete"]]
