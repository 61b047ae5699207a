"""docs/media-answers.md says what the client makes of each answer, and it is what is measured.

`PAGEWRIGHT_WRITE_TABLES=1 python -m pytest tests/media/test_answers.py` writes the tables.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from tests.media.answers import tables
from tests.media.fake_service import Service

DOCUMENT = Path(__file__).parents[2] / "docs" / "media-answers.md"


def test_the_document_has_the_measured_answers(lumen: ModuleType, service: Service) -> None:
    measured = tables(lumen, service)
    text = DOCUMENT.read_text(encoding="utf-8")
    begin = text.index("## A model of the medium")
    if os.environ.get("PAGEWRIGHT_WRITE_TABLES"):
        DOCUMENT.write_text(text[:begin] + measured, encoding="utf-8")
        return
    assert text[begin:] == measured
