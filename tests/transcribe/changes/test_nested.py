"""Changes inside an array are told and merged like changes of a parameter, and texts written by hand stay."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.transcribe.facts.test_nesting import CONTENT, MESSAGES, ROLE, TEMPERATURE, chat

from .aurora import run
from .test_page_edits import difference, messages

PAGE = chat(MESSAGES, ROLE, CONTENT, TEMPERATURE)
SPEC = "specs/segmind/models/acme-parrot.yaml"
EDITS = {
    "renamed": (
        ("roler", "speakerr"),
        ('"role"', '"speaker"'),
        "parameter `messages[].role` was renamed to `messages[].speaker`",
    ),
    "optional": (("rolerequired", "roleoptional"), None, "parameter `messages[].role` is now optional"),
    "values": (('"system""user"', '"system""user""tool"'), None, "new value of `messages[].role`: 'tool'"),
    "default": (
        ("Who wrote it.\n\n", 'Who wrote it.\n\nDefault: "user"\n'),
        None,
        "the default of `messages[].role` is new: 'user'",
    ),
    "type": (
        ("contentrequired\nstring", "contentrequired\ninteger"),
        None,
        "the type of `messages[].content` changed from 'string' to 'integer'",
    ),
    "removed": ((ROLE, ""), ('"role": "user",', ""), "parameter `messages[].role` was removed"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "pagewright.toml").write_text("", encoding="utf-8")
    page = tmp_path / "acme.txt"
    page.write_text(PAGE, encoding="utf-8")
    written = run(tmp_path, "transcribe", str(page), "--write")
    text = (tmp_path / SPEC).read_text(encoding="utf-8")
    text = "".join(line for line in text.splitlines(True) if "# review:" not in line)
    assert "description: What was written." in text, written.output
    text = text.replace("description: What was written.", "description: 'The words.'  # Kim's")
    (tmp_path / SPEC).write_text(text, encoding="utf-8")
    assert run(tmp_path, "lint").exit_code == 0
    assert messages(tmp_path) == []
    return tmp_path


@pytest.mark.parametrize("name", EDITS)
def test_a_change_inside_of_an_array(name: str, workspace: Path) -> None:
    first, second, told = EDITS[name]
    page = PAGE
    for old, new in (pair for pair in (first, second) if pair is not None):
        assert old in page, old
        page = page.replace(old, new)
    (workspace / "acme.txt").write_text(page, encoding="utf-8")
    found = messages(workspace)
    assert any(told in message for message in found), found
    assert len([message for message in found if "the sample" not in message]) == 1, found
    before = (workspace / SPEC).read_text(encoding="utf-8")
    run(workspace, "transcribe", str(workspace / "acme.txt"), "--update")
    after = (workspace / SPEC).read_text(encoding="utf-8")
    assert messages(workspace) == []
    found = [line for line in run(workspace, "lint").output.splitlines() if line.startswith("specs/")]
    assert [line for line in found if " R001 open-review: " not in line] == []
    assert "description: 'The words.'  # Kim's" in after
    assert len(difference(before, after)) <= 16, difference(before, after)
    again = run(workspace, "transcribe", str(workspace / "acme.txt"), "--update")
    assert "nothing was written" in again.output


def test_a_person_may_say_more_of_what_is_inside(workspace: Path) -> None:
    text = (workspace / SPEC).read_text(encoding="utf-8")
    (workspace / SPEC).write_text(text.replace("'The words.'", "'The words.', maxLength: 9"), encoding="utf-8")
    spec = yaml.safe_load(text)
    spec["input"]["properties"]["messages"]["items"]["properties"]["content"]["default"] = "Hello"
    (workspace / SPEC).write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    assert messages(workspace) == []
