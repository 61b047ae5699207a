"""Decisions of a person stay, and a review has all that a person must know to decide."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pagewright.transcribe.changes.difference import Context, changes_between
from pagewright.transcribe.page_files import read_source
from pagewright.transcribe.update_from_page import update_from_page
from pagewright.workspace import Provider, open_workspace
from tests.material import ROOT

from .aurora import PAGE, copy_of, make_workspace, page_of, run, spec_of
from .test_page_edits import messages

#: Doubts of the reader that no fact keeps: a step after a range, a price that goes on, a title of a status.
DOUBTFUL = (
    PAGE.replace("Range: 10 - 40", "Range: 10 - 40Step: 5")
    .replace("~$0.006\n", "$0.05 per second (plus tax)\n")
    .replace("404\n\nNot Found", "402\n\nPay First\n\nNo credits\n\n404\n\nNot Found")
)


def update(workspace: Path, page: str) -> str:
    page_of(workspace).write_text(page, encoding="utf-8")
    return run(workspace, "transcribe", str(page_of(workspace)), "--update").output


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace whose reviews were decided, to copy and not to change."""
    return make_workspace(tmp_path_factory.mktemp("doubtful") / "workspace", DOUBTFUL)


@pytest.mark.parametrize("has_reviews", [True, False], ids=["record", "older record"])
def test_a_decided_review_does_not_come_back(doubtful: Path, tmp_path: Path, has_reviews: bool) -> None:
    workspace = copy_of(doubtful, tmp_path / "workspace")
    record = workspace / "pages/segmind/acme-aurora.json"
    data = json.loads(record.read_text(encoding="utf-8"))
    assert len(data["reviews"]) >= 3
    if not has_reviews:
        del data["reviews"]
        record.write_text(json.dumps(data), encoding="utf-8")
    output = update(workspace, DOUBTFUL.replace("Default: 5.5Range", "Default: 6.5Range"))
    assert "the default of `guidance` changed from 5.5 to 6.5" in output
    assert "to review" not in output and "# review:" not in spec_of(workspace).read_text(encoding="utf-8"), output
    assert json.loads(record.read_text(encoding="utf-8"))["reviews"]


def test_a_decided_review_of_a_renamed_parameter_does_not_come_back(doubtful: Path, tmp_path: Path) -> None:
    workspace = copy_of(doubtful, tmp_path / "workspace")
    output = update(workspace, DOUBTFUL.replace("num_inference_steps", "steps"))
    assert "was renamed to `steps`" in output and "to review" not in output, output


def test_a_new_doubt_is_reviewed_with_its_line(doubtful: Path, tmp_path: Path) -> None:
    workspace = copy_of(doubtful, tmp_path / "workspace")
    output = update(workspace, DOUBTFUL.replace("plus tax", "plus a fee").replace("5.5Range", "6.5Range"))
    text = spec_of(workspace).read_text(encoding="utf-8")
    (at,) = [number for number, line in enumerate(text.splitlines(), 1) if "# review:" in line]
    assert f"specs/segmind/models/acme-aurora.yaml:{at}: line " in output and "plus a fee" in output
    assert "1 to review" in output


@pytest.mark.parametrize(
    ("rule", "changed", "keyword", "says"),
    [
        ("At most 800 characters.", "At most 500 characters.", "maxLength: 800", "write maxLength: 500"),
        ("Between 3 and 800 characters, at least.", "Between 3 and 500 characters, at least.", "maxLength: 800", "500"),
        ("At most 800 characters.", "", "maxLength: 800", "a rule is gone"),
    ],
)
def test_a_keyword_with_the_old_figure_of_a_rule_is_named(
    tmp_path: Path, rule: str, changed: str, keyword: str, says: str
) -> None:
    page = PAGE.replace("What to draw.", f"What to draw. {rule}")
    workspace = make_workspace(tmp_path / "workspace", page)
    text = spec_of(workspace).read_text(encoding="utf-8")
    spec_of(workspace).write_text(
        text.replace("    prompt:\n      type: string\n", f"    prompt:\n      type: string\n      {keyword}\n"),
        encoding="utf-8",
    )
    output = update(workspace, page.replace(rule, changed))
    assert f"the spec has {keyword}" in output and says in output, output
    assert keyword in spec_of(workspace).read_text(encoding="utf-8")


def test_a_keyword_with_the_figure_of_a_rule_on_the_page_is_named(tmp_path: Path) -> None:
    page = PAGE.replace("Response Type", "A prompt must not exceed 800 characters.\n\nResponse Type")
    workspace = make_workspace(tmp_path / "workspace", page)
    text = spec_of(workspace).read_text(encoding="utf-8")
    schema = "    prompt:\n      type: string\n"
    spec_of(workspace).write_text(text.replace(schema, f"{schema}      maxLength: 800\n"), encoding="utf-8")
    output = update(workspace, page.replace("800", "500"))
    assert "the spec has maxLength: 800 of prompt; if it follows, write maxLength: 500" in output


def test_a_keyword_without_an_erratum_is_named_with_the_rule_of_a_number(workspace: Path) -> None:
    text = spec_of(workspace).read_text(encoding="utf-8")
    head, _, _ = text.partition("  - at: /input/properties/width/minimum")
    spec_of(workspace).write_text(head, encoding="utf-8")
    output = update(workspace, PAGE.replace("multiples of 8", "multiples of 16"))
    assert "the spec has multipleOf: 8; if it follows, write multipleOf: 16" in output


def test_a_host_of_an_installed_platform_is_told_as_long_as_it_differs(workspace: Path) -> None:
    output = update(workspace, PAGE.replace("api.segmind.com", "eu.acme.example"))
    assert "platform.yaml: /base_url is that of the installed pagewright" in output
    assert "copy the file to specs/segmind/platform.yaml" in output
    assert messages(workspace) == []
    text = spec_of(workspace).read_text(encoding="utf-8")
    spec_of(workspace).write_text(
        "".join(line for line in text.splitlines(True) if "# review:" not in line), encoding="utf-8"
    )
    for arguments in (["--pages", str(workspace)], [str(page_of(workspace))]):
        done = run(workspace, "transcribe", "--check", *arguments)
        assert (
            "the host is 'api.segmind.com' in the platform and 'eu.acme.example' on the page acme-aurora" in done.output
        )
        assert done.exit_code == 1 and "copy the file to specs/segmind/platform.yaml" in done.output
    assert messages(workspace) != []


def test_nothing_to_review_is_not_announced(workspace: Path) -> None:
    assert "decide" not in update(workspace, PAGE.replace("~$0.006", "~$0.009"))


def test_a_half_page_says_where_it_ends(workspace: Path) -> None:
    output = update(workspace, PAGE[: PAGE.index("samplesoptional") + 40])
    page = page_of(workspace).read_text(encoding="utf-8").rstrip()
    assert f"acme-aurora.txt:{page.count(chr(10)) + 1}:" in output and "the page is cut off here" in output


#: What a person knows beyond the page, or leaves out: nothing of it is a change of the page.
OWN = {
    "    prompt:\n      type: string\n": "    prompt:\n      type: string\n      format: uri\n      minLength: 3\n",
    "  samples: 1\n": "",
}


def test_a_persons_own_edits_are_no_changes_of_the_page(workspace: Path) -> None:
    text = spec_of(workspace).read_text(encoding="utf-8")
    for old, new in OWN.items():
        assert old in text
        text = text.replace(old, new, 1)
    spec_of(workspace).write_text(text, encoding="utf-8")
    assert messages(workspace) == []
    done = run(workspace, "transcribe", str(page_of(workspace)), "--write")
    assert (done.exit_code, "the page is as it was last read" in done.output) == (0, True), done.output
    page_of(workspace).write_text(PAGE.replace("~$0.006", "~$0.009"), encoding="utf-8")
    assert [message.partition(" (")[0] for message in messages(workspace)] == [
        "price rose from 0.006 to 0.009 USD per image"
    ]
    done = run(workspace, "transcribe", str(page_of(workspace)), "--write")
    assert done.exit_code == 1 and done.output.count(": price rose from 0.006 to 0.009") == 1
    assert len(done.output.splitlines()) == 2, done.output


def test_a_spec_that_contradicts_an_unchanged_page_is_told_as_such(workspace: Path) -> None:
    text = spec_of(workspace).read_text(encoding="utf-8")
    spec_of(workspace).write_text(text.replace("maximum: 40", "maximum: 35"), encoding="utf-8")
    (told,) = messages(workspace)
    assert told.startswith(
        "the maximum of `num_inference_steps` is 35 in the spec and 40 on the page (page acme-aurora, line "
    ), told
    assert told.endswith("The page is as it was last read: fix the spec, or write an erratum.")
    page_of(workspace).write_text(PAGE.replace("10 - 40", "10 - 30"), encoding="utf-8")
    assert "fell from 40 to 30" in messages(workspace)[0]


ERRATUM = """
  - at: /input/properties/{name}/maximum
    page: acme-aurora
    documented: {documented}
    used: 30
    basis: observed
    why: More is answered with 400.
"""


def test_the_erratum_of_a_renamed_parameter_has_not_expired(workspace: Path) -> None:
    text = spec_of(workspace).read_text(encoding="utf-8").rstrip("\n")
    text = text.replace("maximum: 40", "maximum: 30") + ERRATUM.format(name="num_inference_steps", documented=40)
    spec_of(workspace).write_text(text, encoding="utf-8")
    assert messages(workspace) == []
    page = PAGE.replace("num_inference_steps", "steps")
    page_of(workspace).write_text(page, encoding="utf-8")
    done = run(workspace, "transcribe", "--check", str(page_of(workspace)))
    assert "expired" not in done.output and "--update keeps the erratum about it" in done.output
    update(workspace, page)
    assert "- at: /input/properties/steps/maximum" in spec_of(workspace).read_text(encoding="utf-8")
    assert messages(workspace) == []


def test_an_erratum_whose_value_the_page_has_now_has_expired(workspace: Path) -> None:
    text = spec_of(workspace).read_text(encoding="utf-8").rstrip("\n")
    text = text.replace("maximum: 40", "maximum: 30") + ERRATUM.format(name="num_inference_steps", documented=40)
    spec_of(workspace).write_text(text, encoding="utf-8")
    page_of(workspace).write_text(PAGE.replace("10 - 40", "10 - 30"), encoding="utf-8")
    (told,) = messages(workspace)
    assert "the erratum about it has expired" in told


def test_an_installed_model_says_which_file_it_wrote(tmp_path: Path) -> None:
    """A workspace over installed specs: its own file is new, and that is the one to review."""
    installed = tmp_path / "installed"
    make_workspace(installed)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/pagewright.toml").write_text("", encoding="utf-8")
    page = tmp_path / "own/acme-aurora.txt"
    page.write_text(PAGE.replace("60 requests", "30 requests"), encoding="utf-8")
    for name in ("specs", "templates"):
        shutil.copytree(ROOT / name, tmp_path / "layer" / name)
    shutil.copytree(installed / "specs/segmind/models", tmp_path / "layer/specs/segmind/models", dirs_exist_ok=True)
    shutil.copytree(installed / "pages", tmp_path / "layer/pages")
    workspace = replace(open_workspace(tmp_path / "own"), installed=tmp_path / "layer")
    provider = Provider(workspace, "segmind")
    result = update_from_page(provider, read_source(page))
    own = "specs/segmind/models/acme-aurora.yaml"
    assert (result.spec, result.wrote_spec) == (own, True) and (tmp_path / "own" / own).is_file()
    assert result.installed == str(tmp_path / "layer" / own)
    assert [line for line, _ in result.reviews] == [
        number
        for number, line in enumerate((tmp_path / "own" / own).read_text(encoding="utf-8").splitlines(), 1)
        if "# review:" in line
    ]


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        (
            (("~$0.006", "$0.05 per second"), ("$0.05 per second", "$0.07 per second")),
            "price rose from 0.05 to 0.07 USD per second",
        ),
        (
            (("~$0.006", "$0.05 per second"), ("$0.05 per second", "$0.04 - $0.09 per second")),
            "the price is 0.04 to 0.09 USD per second now; it was 0.05 USD per second",
        ),
        (
            (("~$0.006", "$1 per 1M input tokens, $4 per 1M output tokens"), ("$4 per", "$3 per")),
            "price fell from 4.0 to 3.0 USD per 1 million tokens of output",
        ),
        ((("~$0.006", "€0.05 per second"), ("€0.05", "€0.06")), "price rose from 0.05 to 0.06 EUR per second"),
        (
            (("~$0.006", "$0.05"), ("$0.05", "€0.05 per second")),
            "the price is 0.05 EUR per second now; it was 0.05 USD per image",
        ),
    ],
    ids=["a second", "a range", "tokens", "euro", "another unit"],
)
def test_prices_are_told_in_words(tmp_path: Path, edits: tuple[tuple[str, str], ...], told: str) -> None:
    first, second = edits
    page = PAGE.replace(*first)
    workspace = make_workspace(tmp_path / "workspace", page)
    page_of(workspace).write_text(page.replace(*second), encoding="utf-8")
    assert [message.partition(" (page")[0] for message in messages(workspace)] == [told]


def test_what_the_sample_still_sends_as_a_number_is_a_text_in_the_spec(workspace: Path) -> None:
    page = PAGE.replace("seedoptional\ninteger", "seedoptional\nstring").replace("Default: -1", 'Default: "7"')
    text = spec_of(workspace).read_text(encoding="utf-8")
    spec_of(workspace).write_text(
        "".join(line for line in text.splitlines(True) if "at: /example/seed" not in line), encoding="utf-8"
    )
    assert "1 to review" in update(workspace, page)
    text = spec_of(workspace).read_text(encoding="utf-8")
    assert 'seed: "7"' in text and 'documented: 7\n    used: "7"' in text, text
    assert messages(workspace) == []


@pytest.mark.parametrize(("status", "title"), [(402, "Payment Required"), (413, "Payload Too Large")])
def test_a_standard_phrase_needs_no_review(workspace: Path, status: int, title: str) -> None:
    output = update(workspace, PAGE.replace("404\n\nNot Found", f"{status}\n\n{title}\n\nMore\n\n404\n\nNot Found"))
    assert f"new status {status}: {title}" in output and "to review" not in output, output


def test_the_items_of_an_array_are_told_in_english() -> None:
    at = "/input/properties/loras/items"
    old: dict[str, Any] = {"/input/properties/loras/type": "array", at: {"[]": {"type": "string"}}}
    new: dict[str, Any] = {"/input/properties/loras/type": "array"}
    assert [change.message for change in changes_between(old, new, Context())] == [
        "the type of an item of `loras` is no longer stated; it was string"
    ]
    new[at] = {"role": {"type": "string"}, "text": {"type": "string"}}
    del old[at]
    assert [change.message for change in changes_between(old, new, Context())] == [
        "what is inside of `loras` is new: role (string), text (string)"
    ]
