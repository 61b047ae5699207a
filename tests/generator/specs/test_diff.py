"""What a change of a spec means to somebody who calls the model."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from pagewright.comparing.diff import compare, report, step
from pagewright.specs.document import read_document
from tests.generator.conftest import ACME, REPOSITORY

MODEL = b"""
slug: acme-paint
title: Acme Paint
summary: Draws.
task: text-to-image
pages: [acme-paint.spaced]
sync: {method: POST, path: /v1/acme-paint}
async: {method: POST, path: /v2/acme-paint}
price_usd: 0.01
input:
  type: object
  required: [prompt]
  properties:
    prompt: {type: string}
    steps: {type: integer, default: 20, minimum: 10, maximum: 70, multipleOf: 2}
    style: {type: string, enum: [oil, ink]}
    mood: {type: string, x-known-values: [calm], x-known-total: 3}
    photo: {type: string, format: uri}
responses: {returns: Image, statuses: {"400": Bad Request, "500": Server Error}}
output: {media: image}
example: {prompt: A lighthouse}
"""

P = "/input/properties"
#: Where, what is put there (None takes it away), and the code and kind of the one change that it is.
CASES = [
    ("/sync/path", "/v1/paint", "D012", "breaking"),
    ("/sync", None, "D010", "breaking"),
    (f"{P}/steps", None, "D020", "breaking"),
    (f"{P}/size", {"type": "integer"}, "D022", "additive"),
    ("/input/required", ["prompt", "style"], "D023", "breaking"),
    ("/input/required", [], "D024", "additive"),
    (f"{P}/steps/type", "number", "D030", "additive"),
    (f"{P}/prompt/type", "integer", "D030", "breaking"),
    (f"{P}/steps/minimum", 20, "D031", "breaking"),
    (f"{P}/steps/minimum", 4, "D032", "additive"),
    (f"{P}/steps/minimum", None, "D032", "additive"),
    (f"{P}/steps/maximum", 50, "D031", "breaking"),
    (f"{P}/steps/maximum", 90, "D032", "additive"),
    (f"{P}/prompt/maxLength", 100, "D031", "breaking"),
    (f"{P}/steps/multipleOf", 4, "D033", "breaking"),
    (f"{P}/steps/multipleOf", 1, "D033", "additive"),
    (f"{P}/steps/multipleOf", 0.5, "D033", "additive"),
    (f"{P}/steps/type", ["integer", "null"], "D030", "additive"),
    (f"{P}/prompt/pattern", "^[a-z]+$", "D043", "breaking"),
    (f"{P}/steps/exclusiveMaximum", 71, "D031", "breaking"),
    (f"{P}/steps/x-accepts-text", True, "D044", "additive"),
    (f"{P}/style/enum", ["oil"], "D034", "breaking"),
    (f"{P}/style/enum", ["oil", "ink", "chalk"], "D035", "additive"),
    (f"{P}/style", {"type": "string", "x-known-values": ["oil"]}, "D036", "additive"),
    (f"{P}/mood", {"type": "string", "enum": ["calm"]}, "D041", "breaking"),
    (f"{P}/steps/default", 30, "D037", "breaking"),
    (f"{P}/steps/default", None, "D037", "textual"),
    (f"{P}/prompt/format", "uri", "D038", "breaking"),
    (f"{P}/photo/x-accepts", ["url", "base64"], "D042", "additive"),
    (f"{P}/photo/x-accepts", ["base64"], "D042", "breaking"),
    (f"{P}/prompt/items", {"type": "string"}, "D039", "breaking"),
    ("/output/media", "video", "D040", "breaking"),
    ("/price_usd", 0.02, "D050", "textual"),
    ("/title", "Acme Paint 2", "D051", "textual"),
    ("/name", "paint", "D051", "breaking"),
    (f"{P}/steps/description", "How many.", "D052", "textual"),
    (f"{P}/mood/x-known-total", 4, "D053", "textual"),
    ("/pricing", [{"unit": "call", "amount": 0.55, "average": True, "basis": "page"}], "D050", "textual"),
    ("/responses/statuses/422", "Unprocessable Entity", "D054", "textual"),
    ("/responses/statuses/400", None, "D055", "textual"),
    ("/responses/statuses/500", "Broken", "D056", "textual"),
    ("/responses/returns", "Video", "D051", "textual"),
]  # fmt: skip


def model() -> dict[str, Any]:
    document, findings = read_document("acme-paint.yaml", MODEL)
    assert document and not findings
    data: dict[str, Any] = document.data
    return data


def changed(at: str, value: object) -> dict[str, Any]:
    data = copy.deepcopy(model())
    *path, last = at.split("/")[1:]
    place = data
    for part in path:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(("at", "value", "code", "kind"), CASES, ids=[f"{case[0]}={case[1]}" for case in CASES])
def test_each_edit_is_one_change_with_its_code(at: str, value: object, code: str, kind: str) -> None:
    (change,) = compare({"acme-paint": model()}, {"acme-paint": changed(at, value)})
    assert (change.code, change.kind, change.owner) == (code, kind, "acme-paint")
    assert change.at == at or change.at.startswith(at) or at.startswith("/input/required")


def test_prices_are_told_in_words() -> None:
    pricing = [{"unit": "token", "per": 1_000_000, "amount": amount, "basis": "page"} for amount in (0.2, 0.6)]
    (change,) = compare({"acme-paint": model()}, {"acme-paint": changed("/pricing", pricing)})
    assert change.message == "price was not stated, is 0.2 USD per 1 million tokens and 0.6 USD per 1 million tokens"


def test_a_renamed_parameter_is_one_change_and_its_differences_are_others() -> None:
    new = changed(f"{P}/steps", None)
    new["input"]["properties"]["rounds"] = model()["input"]["properties"]["steps"]
    (change,) = compare({"acme-paint": model()}, {"acme-paint": new})
    assert (change.code, change.kind, change.message) == ("D025", "breaking", "steps is now called rounds")
    new["input"]["properties"]["rounds"] = {"type": "integer", "default": 30, "minimum": 1}
    assert {change.code for change in compare({"acme-paint": model()}, {"acme-paint": new})} == {"D020", "D022"}


def test_two_new_parameters_that_are_alike_are_no_rename() -> None:
    new = changed(f"{P}/steps", None)
    for name in ("rounds", "passes"):
        new["input"]["properties"][name] = model()["input"]["properties"]["steps"]
    codes = [change.code for change in compare({"acme-paint": model()}, {"acme-paint": new})]
    assert sorted(codes) == ["D020", "D022", "D022"]


def test_a_price_that_changes_is_told_with_both_figures() -> None:
    def priced(amount: float) -> dict[str, object]:
        return changed("/pricing", [{"unit": "call", "amount": amount, "average": True, "basis": "page"}])

    (change,) = compare({"acme-paint": priced(0.55)}, {"acme-paint": priced(5.5)})
    assert "0.55" in change.message and "5.5" in change.message


def test_a_new_required_parameter_is_breaking() -> None:
    new = changed(f"{P}/size", {"type": "integer"})
    new["input"]["required"] = ["prompt", "size"]
    (change,) = compare({"acme-paint": model()}, {"acme-paint": new})
    assert (change.code, change.kind) == ("D021", "breaking")


def test_added_and_removed_models_are_changes() -> None:
    assert [change.code for change in compare({}, {"acme-paint": model()})] == ["D001"]
    assert [change.code for change in compare({"acme-paint": model()}, {})] == ["D002"]


def test_every_code_of_a_change_has_a_test() -> None:
    source = (REPOSITORY / "generator" / "pagewright" / "comparing" / "diff.py").read_text(encoding="utf-8")
    codes = {part.split('"')[0] for part in source.split('"D')[1:] if part[:3].isdigit()}
    tried = {case[2].removeprefix("D") for case in CASES} | {"021", "025", "001", "002", "011"}
    assert codes - tried == {"060", "061", "062", "063"}, "the platform's have a test of their own"


def test_an_operation_that_is_new() -> None:
    old = changed("/async", None)
    assert [change.code for change in compare({"a": old}, {"a": model()})] == ["D011"]


def test_changes_of_the_platform_have_their_codes() -> None:
    old = {"base_url": "https://a.example", "summary": "x", "statuses": {"400": {"title": "Bad", "retry": "never"}}}
    new = {"base_url": "https://b.example", "summary": "y", "statuses": {"429": {"title": "Slow"}}}
    codes = [change.code for change in compare({"platform": old}, {"platform": new})]
    assert sorted(codes) == ["D060", "D061", "D062", "D063"]


def test_equal_specs_have_no_changes() -> None:
    assert compare({"a": model()}, {"a": model()}) == []
    assert step([]) == "none"
    assert report([], "text") == "0 changes; version step: none"
    assert report([], "markdown") == "No changes."


def test_a_default_of_true_differs_from_one() -> None:
    old, new = changed(f"{P}/steps/default", 1), changed(f"{P}/steps/default", True)
    assert [change.code for change in compare({"a": old}, {"a": new})] == ["D037"]


def test_fingerprints_are_stable_and_apart() -> None:
    first = compare({"a": model()}, {"a": changed("/title", "Acme Paint 2")})[0].fingerprint
    assert first == compare({"a": model()}, {"a": changed("/title", "Acme Paint 2")})[0].fingerprint
    assert first != compare({"a": model()}, {"a": changed("/title", "Acme Paint 3")})[0].fingerprint
    assert first != compare({"b": model()}, {"b": changed("/title", "Acme Paint 2")})[0].fingerprint


def write(folder: Path, name: str, data: dict[str, object]) -> Path:
    path = folder / "specs" / "acme" / "models" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--root", str(REPOSITORY), "diff", *arguments])
    return done.exit_code, done.output


def test_two_files_two_folders_and_two_revisions(tmp_path: Path) -> None:
    old = write(tmp_path / "old", "acme-paint", model())
    new = write(tmp_path / "new", "acme-paint", changed(f"{P}/steps/minimum", 20))
    status, said = run(str(old), str(new))
    assert (status, said.splitlines()[-1]) == (0, "1 change; version step: major")
    assert run(str(tmp_path / "old"), str(tmp_path / "new")) == (status, said)
    for folder, message in (("old", "one"), ("new", "two")):
        repository = tmp_path / "repository"
        write(
            repository, "acme-paint", json.loads((tmp_path / folder / "specs/acme/models/acme-paint.yaml").read_text())
        )
        (repository / "templates").mkdir(exist_ok=True)
        git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.invalid"]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", message], check=True)
    done = CliRunner().invoke(main, ["--root", str(repository), "diff", "HEAD~1", "HEAD"])
    assert (done.exit_code, done.output) == (status, said)


@pytest.mark.parametrize(("fail_on", "expected"), [("breaking", 1), ("additive", 1), ("textual", 1)])
def test_failing_on_a_breaking_change(tmp_path: Path, fail_on: str, expected: int) -> None:
    old = write(tmp_path / "old", "acme-paint", model())
    new = write(tmp_path / "new", "acme-paint", changed(f"{P}/steps/minimum", 20))
    assert run(str(old), str(new), "--fail-on", fail_on)[0] == expected
    assert run(str(old), str(old), "--fail-on", fail_on)[0] == 0


def test_a_textual_change_does_not_fail_on_breaking(tmp_path: Path) -> None:
    old = write(tmp_path / "old", "acme-paint", model())
    new = write(tmp_path / "new", "acme-paint", changed("/title", "Other"))
    assert run(str(old), str(new), "--fail-on", "breaking")[0] == 0


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_a_diff_as_json_or_as_markdown(tmp_path: Path, form: str) -> None:
    old = write(tmp_path / "old", "acme-paint", model())
    new = write(tmp_path / "new", "acme-paint", changed(f"{P}/size", {"type": "integer"}))
    said = run(str(old), str(new), "--format", form)[1]
    if form == "json":
        assert json.loads(said)["step"] == "minor"
    else:
        assert said == "### Added\n\n- `acme-paint`: size is new\n"


@pytest.mark.parametrize("name", ["no-such-revision", "--output=x", "-x"])
def test_what_is_neither_file_nor_folder_nor_revision(name: str) -> None:
    status, said = run("--", name, "HEAD")
    assert status == 2
    assert "no such file, folder or git revision" in said


def test_a_file_beside_a_folder_and_a_broken_spec(tmp_path: Path) -> None:
    path = write(tmp_path, "acme-paint", model())
    assert run(str(path), str(tmp_path))[0] == 2
    path.write_text("a: [", encoding="utf-8")
    status, said = run(str(path), str(path))
    assert (status, "acme-paint.yaml:2:1: Y001" in said) == (1, True), said
    path.write_text("a: 1", encoding="utf-8")
    assert "neither a model's spec" in run(str(path), str(path))[1]


def test_a_platform_of_the_first_edition_says_the_same_in_other_places() -> None:
    old, new = ACME.parent / "old_platform_format" / "platform.yaml", ACME / "specs" / "acme" / "platform.yaml"
    done = CliRunner().invoke(main, ["diff", str(old), str(new), "--format", "json", "--fail-on", "breaking"])
    assert done.exit_code == 0, done.output
    moved = {change["at"] for change in json.loads(done.output)["changes"]}
    assert not {"/queue/acceptors", "/roles/error_text", "/environment/api_key", "/base_url"} & moved


def test_of_several_providers_each_has_its_own_platform(tmp_path: Path) -> None:
    for edition in ("old", "new"):
        for name in ("acme", "birch"):
            shutil.copytree(ACME / "specs" / "acme", tmp_path / edition / "specs" / name)
    place = tmp_path / "new/specs/birch/platform.yaml"
    place.write_text(place.read_text().replace("value: QUEUED", "value: WAITING"))
    done = CliRunner().invoke(main, ["diff", str(tmp_path / "old"), str(tmp_path / "new")])
    assert "birch/platform: /queue/acceptors" in done.output and "acme/" not in done.output


@pytest.mark.parametrize("keyword", ["default", "x-known-values", "example"])
def test_numbers_and_truth_values_differ_at_any_depth(keyword: str) -> None:
    old, new = model(), model()
    for data, value in ((old, 1), (new, True)):
        if keyword == "example":
            data["example"]["loras"] = [{"weight": value}]
        else:
            data["input"]["properties"]["mood"][keyword] = [value]
    changes = compare({"acme-paint": old}, {"acme-paint": new})
    assert len(changes) == 1 and keyword.removeprefix("x-") in changes[0].name
    assert compare({"acme-paint": new}, {"acme-paint": new}) == []


def test_a_change_is_named_by_an_escaped_pointer() -> None:
    old, new = model(), model()
    for data, default in ((old, 1), (new, 2)):
        data["input"]["properties"]["a/b~c"] = {"type": "integer", "default": default}
    assert [change.at for change in compare({"acme-paint": old}, {"acme-paint": new})] == [
        "/input/properties/a~1b~0c/default"
    ]
