"""The lints that need the page: each oddity is told, with its place, and a page without any gives none."""

from __future__ import annotations

import pytest

from pagewright.transcribe.draft import draft
from pagewright.transcribe.pages.read_page import read_page
from pagewright.transcribe.suspicions import suspicions
from tests.material import ROOT, page_of, segmind

PAGE = (ROOT / "docs" / "acme-lantern.txt").read_text(encoding="utf-8")

#: What is put in place of what on the page, how the line begins that it is told at, and what it says.
CASES = [
    ("How many steps", "How many steps, in multiples of 4", "stepsoptional", "steps: a rule is only in its description: 'multiples of 4'"),
    ("How many steps", "How many steps; can only be 20", "stepsoptional", "steps: a rule is only in its description: 'can only be'"),
    ("Answer in base64", "Between 3 and 5 letters", "base64optional", "base64: a rule is only in its description: 'Between 3 and 5'"),
    ("What to draw", "How to change the reference image", "promptrequired", "prompt: its description speaks of a reference image"),
    ("What to draw", "Copies the input photo", "promptrequired", "prompt: its description speaks of an input photo, and no parameter takes"),
    ("What to draw", "Input image, as URL or base64", "promptrequired", "prompt: its description speaks of a file; if it takes one, write format: uri, x-accepts: [url, base64] into its schema"),
    ("What to draw", "A mask in base64", "promptrequired", "prompt: its description speaks of a file; if it takes one, write format: base64 into"),
    ("What to draw", "As strong as style_weight says", "promptrequired", "prompt: its description speaks of 'style_weight'"),
    ("Draws lamplight.", "Based on Acme 2.", "Based on", "the page speaks of 'Acme 2', the title of Acme 3"),
    (
        "Answer in base64\n\nDefault: false",
        'Answer\n\nDefault: "a"\nAllowed values (9 total):\n"a""bb""ccc"+6 more',
        "base64optional",
        "base64: the page shows 3 of 9 values",
    ),
    (
        "Answer in base64\n\nDefault: false",
        'Answer\n\nDefault: "heun"\nAllowed values :\n"heun""ddi""mddim_pp"',
        "base64optional",
        "base64: 'ddi' and 'mddim_pp' look like 'ddim' and 'ddim_pp' with one slipped letter",
    ),
]  # fmt: skip


def found_in(text: str) -> list[tuple[int, str]]:
    reading = read_page(text, segmind())
    return [(reading.page.place(doubt.offset)[0], doubt.message) for doubt in suspicions(reading)]


def test_a_page_without_oddities() -> None:
    assert found_in(PAGE) == []


@pytest.mark.parametrize(("old", "new", "begins", "says"), CASES, ids=[case[3][:40] for case in CASES])
def test_each_oddity_is_reported_once_at_its_line(old: str, new: str, begins: str, says: str) -> None:
    assert old in PAGE
    text = PAGE.replace(old, new).replace("optional\nboolean\n\nAnswer\n", "optional\nstring\n\nAnswer\n")
    text = text.replace("Acme Lantern", "Acme 3") if "Acme 3" in says else text
    found = found_in(text)
    lines = [text.split("\n")[line - 1] for line, message in found if message.startswith(says)]
    assert len(lines) == 1, found
    assert lines[0].startswith(begins)


def test_the_oddities_of_the_real_pages(subtests: pytest.Subtests) -> None:
    expected = {
        "stable-diffusion-3-medium-txt2img.compact": {"/summary", "denoise", "img_height", "img_width", "scheduler"},
        "stable-diffusion-3.5-large-txt2img.spaced": {"sampler"},
        "stable-diffusion-3.5-large-txt2img.attributes": set(),
        "stable-diffusion-3.5-turbo-txt2img.compact": {"sampler"},
        "tinysd1.5-txt2img.spaced": {"scheduler"},
    }
    for page, places in expected.items():
        with subtests.test(page):
            pointers = {doubt.pointer for doubt in suspicions(read_page(page_of(page), segmind()))}
            assert {pointer.removeprefix("/input/properties/") for pointer in pointers} == places


def test_suspicions_become_reviews_of_the_draft() -> None:
    reviews = draft(PAGE.replace("How many steps", "How many steps, in multiples of 4"), "acme", segmind()).reviews
    assert any("multiples of 4" in review.message and review.pointer.endswith("/steps") for review in reviews)
