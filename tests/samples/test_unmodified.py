"""The extracted samples equal the page except for line numbers and line breaks."""

from __future__ import annotations

import pytest

from tests.samples.stage import page_of, sample_of

MEDIUM = "stable-diffusion-3-medium-txt2img.compact"
TURBO = "stable-diffusion-3.5-turbo-txt2img.compact"
LARGE = "stable-diffusion-3.5-large-txt2img.spaced"
LARGE_OLDER = "stable-diffusion-3.5-large-txt2img.attributes"
TINY = "tinysd1.5-txt2img.spaced"


@pytest.mark.parametrize(("page", "copies"), [(MEDIUM, 2), (TURBO, 2), (LARGE, 1), (TINY, 1)])
def test_each_line_stands_on_the_page_behind_its_number(page: str, copies: int) -> None:
    rest = page_of(page)
    for _ in range(copies):
        for number, line in enumerate(sample_of(page).splitlines(), 1):
            before, numbered, rest = rest.partition(f"{number}{line}")
            assert numbered, f"line {number} is not there"
            assert number == 1 or not before.strip(), f"there is more before line {number}: {before!r}"


def test_the_flattened_lines_stand_on_the_page_in_a_row() -> None:
    assert " 30 31 " + " ".join(sample_of(LARGE_OLDER).splitlines()) + "\nRESPONSE\n" in page_of(LARGE_OLDER)
