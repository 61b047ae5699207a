"""Pages under the names that browsers give them, saved again and again: what `new`, `--check` and `--update` make of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.transcribe.invented import PROMPT, page

from .conftest import LANTERN, PAGE, Repository

SAVED = "Acme Lantern API _ Segmind.txt"
AGAIN = "Acme Lantern API _ Segmind (1).txt"
SPEC = f"specs/segmind/models/{LANTERN}.yaml"
RECORD = f"pages/segmind/{LANTERN}.json"
TEXT = (
    PAGE.read_text(encoding="utf-8").replace('"steps": 4', '"steps": 20').replace("Default: 4Range", "Default: 20Range")
)
CHANGED = TEXT.replace("Range: 10 - 40", "Range: 10 - 30")


@pytest.fixture
def saved(empty: Repository) -> Repository:
    """A repository with a spec of a page that was saved from a browser."""
    (empty.root / PAGE.name).unlink()
    empty.write(SAVED, TEXT)
    empty.write("pagewright.toml", 'providers = ["segmind"]\n')
    assert f"is filed as page {LANTERN!r}" in empty.do("transcribe", SAVED, "--write")
    return empty


def test_a_page_is_filed_under_its_slug_if_its_name_can_not_be_a_pages(saved: Repository) -> None:
    assert f"pages: [{LANTERN}]\n" in saved.read(SPEC)
    assert (saved.root / RECORD).is_file()


def test_another_copy_is_the_same_page(saved: Repository) -> None:
    saved.write(AGAIN, CHANGED)
    status, printed = saved.run("transcribe", "--check", AGAIN)
    assert status == 1
    assert "the maximum of `steps` fell from 40 to 30" in printed
    assert f"{AGAIN} is taken for page {LANTERN}" in printed
    saved.do("transcribe", AGAIN, "--update")
    assert "maximum: 30" in saved.read(SPEC)
    saved.do("transcribe", "--check", AGAIN)


def test_a_folder_with_another_copy_is_checked(saved: Repository) -> None:
    saved.write(f"saved/{AGAIN}", CHANGED)
    status, printed = saved.run("transcribe", "--check", "--pages", "saved")
    assert (status, "fell from 40 to 30" in printed) == (1, True)
    saved.write(f"saved/{SAVED}", TEXT)
    status, printed = saved.run("transcribe", "--check", "--pages", "saved")
    assert (status, printed.count("P0")) == (1, 1)
    assert "several files could be page acme-lantern" in printed
    saved.write(f"saved/{LANTERN}.txt", TEXT)
    saved.do("transcribe", "--check", "--pages", "saved")


def test_of_several_pages_the_one_with_the_same_calls_is_meant(saved: Repository) -> None:
    spec = saved.read(SPEC)
    saved.write(SPEC, spec.replace(f"pages: [{LANTERN}]", f"pages: [{LANTERN}, {LANTERN}.v2]"))
    saved.write(AGAIN, CHANGED)
    assert "the maximum of `steps` fell" in saved.run("transcribe", "--check", AGAIN)[1]
    saved.write(SPEC, spec.replace(f"pages: [{LANTERN}]", f"pages: [{LANTERN}.v1, {LANTERN}.v2]"))
    for name in ("v1", "v2"):
        shutil.copy(saved.root / RECORD, saved.root / f"pages/segmind/{LANTERN}.{name}.json")
    status, printed = saved.run("transcribe", AGAIN, "--update")
    assert (status, "several that it could be" in printed) == (1, True)


def test_new_leaves_nothing_behind_if_it_fails(empty: Repository) -> None:
    empty.write("story.txt", "Cooking with gas.")
    empty.write("half.txt", TEXT[: TEXT.index("heightoptional")])
    before = sorted(empty.root.rglob("*"))
    for name in ("story.txt", "half.txt"):
        status, _ = empty.run("new", name, "--into", "acme/pictures")
        assert (status, sorted(empty.root.rglob("*"))) == (1, before)


def test_new_tells_of_a_changed_page(saved: Repository) -> None:
    saved.write(AGAIN, CHANGED)
    status, printed = saved.run("new", AGAIN, "--into", "acme/pictures")
    assert (status, (saved.root / "acme").exists()) == (1, False)
    assert (
        "differs from specs/segmind/models/acme-lantern.yaml in 1 fact, first: the maximum of `steps` fell" in printed
    )
    assert "--update" in printed


def test_new_refuses_a_changed_page_that_is_not_whole(saved: Repository) -> None:
    before = saved.read(SPEC)
    saved.write(AGAIN, CHANGED[: CHANGED.index("heightoptional")])
    status, printed = saved.run("new", AGAIN, "--into", "acme/pictures")
    assert (status, "cut off" in printed, "Nothing was updated" in printed) == (1, True, True)
    assert (saved.read(SPEC), (saved.root / "acme").exists()) == (before, False)


def test_new_reads_standard_input_once(empty: Repository) -> None:
    command = ("new", "-", "--into", "acme/pictures")
    assert "from acme.pictures import" in empty.do(*command, stdin=TEXT)
    assert "Up to date" in empty.do(*command, stdin=TEXT)
    status, printed = empty.run(*command, stdin=CHANGED)
    assert (status, "the page on standard input differs" in printed) == (1, True)
    assert "pagewright transcribe - --update" in printed


def test_an_older_spec_with_the_newer_record_is_told_what_to_do(saved: Repository) -> None:
    older = saved.read(SPEC)
    saved.write(AGAIN, CHANGED)
    saved.do("transcribe", AGAIN, "--update")
    newer = saved.read(SPEC)
    saved.write(SPEC, older)
    status, printed = saved.run("transcribe", AGAIN, "--update")
    assert (status, saved.read(SPEC)) == (1, older)
    assert "differs from it in 1 fact" in printed
    assert f"delete {RECORD}" in printed
    (saved.root / RECORD).unlink()
    saved.do("transcribe", AGAIN, "--update")
    assert saved.read(SPEC) == newer
    saved.do("transcribe", "--check", AGAIN)


def test_an_open_review_is_a_finding_until_it_is_decided(saved: Repository) -> None:
    saved.write(AGAIN, TEXT.replace("How many steps", "How many steps, in multiples of 2"))
    for _ in range(2):
        status, printed = saved.run("transcribe", AGAIN, "--update")
        assert (status, "1 to review." in printed) == (1, True)
    status, printed = saved.run("lint")
    assert (status, printed.count("R001 open-review")) == (1, 1)
    saved.write(SPEC, re.sub(r"\n *# review:[^\n]*", "", saved.read(SPEC)))
    saved.do("lint")
    saved.do("transcribe", AGAIN, "--update")


def test_a_rule_in_prose_that_was_written_as_keyword_is_documented(saved: Repository) -> None:
    page = TEXT.replace("How many steps", "How many steps, in multiples of 2, at most 40").replace(
        "What to draw", "What to draw, at most 800 characters"
    )
    page = page.replace("Default: 20Range: 10 - 40", "Default: 20")
    Path(SPEC).unlink()
    Path(RECORD).unlink()
    saved.write(SAVED, page)
    _, printed = saved.run("transcribe", SAVED, "--write")
    assert "if it holds, write maxLength: 800" in printed
    assert "if it holds, write multipleOf: 2" in printed
    spec = re.sub(r"\n *# review:[^\n]*", "", saved.read(SPEC))
    spec = re.sub(r"(    prompt:\n      type: string\n)", r"\1      maxLength: 800\n", spec)
    spec = re.sub(r"(    steps:\n      type: integer\n)", r"\1      maximum: 40\n      multipleOf: 2\n", spec)
    saved.write(SPEC, spec)
    saved.do("lint")
    saved.do("transcribe", "--check", SAVED)
    saved.do("transcribe", SAVED, "--update")
    _, printed = saved.run("transcribe", "--check", str(saved.write(AGAIN, page.replace("at most 40", "at most 50"))))
    assert "the rule in the description of `steps` changed from at most 40 to at most 50" in printed


def test_a_list_that_was_written_apart_as_the_review_said_is_no_difference(empty: Repository) -> None:
    glazes = "glazeoptional\nstring\n\nThe glaze.\n\nAllowed values :\nsaltashceladon\n\n"
    empty.write("pots.txt", page(PROMPT, glazes, slug="acme-pots", title="Acme Pots"))
    empty.write("pagewright.toml", 'providers = ["segmind"]\n')
    status, printed = empty.run("transcribe", "pots.txt", "--write")
    assert (status, "several may have run together" in printed) == (1, True)
    path = "specs/segmind/models/acme-pots.yaml"
    decided = empty.read(path).replace("[saltashceladon]", "[salt, ash, celadon]").splitlines(keepends=True)
    spec = empty.write(path, "".join(line for line in decided if "# review:" not in line))
    assert "says what its 1 page says" in empty.do("transcribe", "--check", "pots.txt")
    assert "unchanged" in empty.do("transcribe", "pots.txt", "--update")
    assert "[salt, ash, celadon]" in spec.read_text(encoding="utf-8")
