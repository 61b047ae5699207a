"""Marks that programs put at each line of a text are taken off before the page is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pagewright.transcribe.forms.line_marks import without_line_marks
from tests.transcribe.invented import PROMPT, drafted, page, row

STEPS = row("steps", "integer", "How often to refine it, and what that costs of time.\n\nDefault: 20Range: 1 - 50")
STYLE = row("style", "string", 'How to paint.\n\nDefault: "soft"\nAllowed values :\n"soft""hard edge""1:1"')
PAGE = page(PROMPT, STEPS, STYLE, sample={"prompt": "a lamp in the rain", "steps": 25, "style": "1:1"})


def numbered(sign: str) -> Callable[[str], str]:
    return lambda text: "\n".join(f"{number:>4}{sign}{line}" for number, line in enumerate(text.split("\n"), 1))


def before(mark: str) -> Callable[[str], str]:
    return lambda text: "\n".join(mark + line for line in text.split("\n"))


def boxed(side: str) -> Callable[[str], str]:
    return lambda text: "\n".join(f"{side} {line.ljust(90)} {side}" for line in text.split("\n"))


def wrapped(width: int) -> Callable[[str], str]:
    """Break lines at the width of a terminal."""
    return lambda text: "\n".join(
        line[at : at + width] for line in text.split("\n") for at in range(0, max(len(line), 1), width)
    )


def spoken(text: str) -> str:
    for title in ("Acme Lantern", "API Endpoint", "Parameters", "Response Type", "Common Error Codes"):
        text = text.replace(title, f"heading level 2 {title}", 1)
    return text


@pytest.mark.parametrize(
    "made",
    [
        *map(numbered, ("  ", "\t", ":", " | ")),
        *map(before, ("> ", ">> ", "// ", "-- ", " * ", "[10:32] Ann: ", "09:15 Bob Noe: ")),
        boxed("\u2502"),
        boxed("|"),
        wrapped(40),
        wrapped(44),
        spoken,
    ],
)
def test_what_stands_at_each_line_is_no_part_of_the_page(made: Callable[[str], str]) -> None:
    plain, marked = drafted(PAGE), drafted(made(PAGE))
    assert marked.spec == plain.spec
    assert marked.complete


def test_places_are_those_of_the_text_that_was_saved() -> None:
    plain = page(PROMPT, STEPS.replace("Default: 20", "Default: many"))
    marked = numbered("  ")(plain)
    before_it, after_it = drafted(plain).reviews, drafted(marked).reviews
    assert [review.message for review in before_it] == [review.message for review in after_it]
    assert [(review.line, review.column + 6) for review in before_it] == [
        (review.line, review.column) for review in after_it
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line",
        "2 pictures\n4 lamps\n7 owls\n1 moon\n9 suns\n3 stars\n",
        "# A\n\nText that goes on\n\n# B\n\nand on\n\n# C\n\nand on\n",
        "a line of words that ends\nanother line of words, too\nand a third line of words\n" * 5,
    ],
)
def test_a_text_without_marks_stays_as_it_is(text: str) -> None:
    assert without_line_marks(text) == (text, [])
