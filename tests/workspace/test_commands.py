"""The commands in a user's repository: what they write, and what they leave alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pagewright.workspace.config import read_config
from tests.transcribe.invented import PROMPT, page

from .conftest import LANTERN, REPOSITORY, TINY, Repository


def entries(repository: Repository) -> list[str]:
    config = read_config(repository.root)
    return [entry.path for entry in config.vendored] if config else []


def decide(repository: Repository, slug: str = LANTERN) -> None:
    """Delete the review comments of the spec, as a person does who has decided them."""
    path = f"specs/segmind/models/{slug}.yaml"
    lines = repository.read(path).splitlines(keepends=True)
    repository.write(path, "".join(line for line in lines if "# review:" not in line))


def test_transcribe_needs_no_workspace_for_standard_output(empty: Repository) -> None:
    status, printed = empty.run("transcribe", f"{LANTERN}.txt")
    assert (status, f"slug: {LANTERN}\n" in printed) == (1, True)
    status, printed = empty.run("transcribe", f"{LANTERN}.txt", "--write")
    assert (status, "pagewright init" in printed) == (2, True)
    assert not (empty.root / "specs").exists()


def test_transcribe_writes_the_spec_and_generates_nothing(repository: Repository) -> None:
    status, printed = repository.run("transcribe", f"{LANTERN}.txt", "--write")
    assert (status, f"pagewright vendor add acme/pictures --model {LANTERN}" in printed) == (1, True)
    assert not (repository.root / "generated").exists()
    assert repository.run("transcribe", f"{LANTERN}.txt", "--write")[0] == 1


def test_transcribe_generates_where_a_generated_tree_is_asked_for(repository: Repository) -> None:
    repository.write("pagewright.toml", 'generated = "made"\n')
    status, printed = repository.run("transcribe", f"{LANTERN}.txt", "--write")
    assert (status, "files were generated" in printed) == (1, True)
    assert (repository.root / "made/segmind/python/segmind_client/resources/acme_lantern.py").is_file()
    assert "made/segmind/ is up to date" in repository.do("generate", "--check")


def test_vendor_add_notes_a_package_inside_the_workspace_only(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.root / "below").mkdir()
    monkeypatch.chdir(repository.root / "below")
    repository.do("vendor", "add", "acme/pictures", "--model", TINY)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    repository.do("--root", str(repository.root), "vendor", "add", "pictures", "--model", TINY)
    assert (elsewhere / "pictures/VENDORED.json").is_file()
    assert entries(repository) == ["below/acme/pictures"]


def test_status_and_update_without_a_folder_act_on_every_package(repository: Repository) -> None:
    status, printed = repository.run("vendor", "status")
    assert (status, "no vendored package" in printed) == (2, True)
    repository.do("vendor", "add", "acme/one", "--model", TINY)
    repository.do("vendor", "add", "acme/suite", "--target", "contract", "--model", TINY)
    repository.do("vendor", "add", "acme/open-api", "--target", "openapi", "--model", TINY)
    assert repository.do("vendor", "status").count(": clean, ") == 3
    repository.own_spec(change=lambda text: text.replace("maximum: 4\n", "maximum: 3\n", 1))
    assert repository.run("vendor", "status")[0] == 1
    repository.do("vendor", "update")
    assert repository.do("vendor", "status").count(": clean, ") == 3
    document = json.loads(repository.read("acme/open-api/models/tinysd1_5_txt2img.openapi.json"))
    assert '"maximum": 3' in json.dumps(document)
    status, printed = repository.run("vendor", "update", "--ours", "x.py")
    assert (status, "name its DEST" in printed) == (2, True)


def test_a_package_of_python_needs_a_name_that_can_be_imported(repository: Repository) -> None:
    status, printed = repository.run("vendor", "add", "my-suite", "--target", "contract", "--model", TINY)
    assert (status, "can't be imported" in printed) == (2, True)
    assert not (repository.root / "my-suite").exists()
    assert entries(repository) == []


def test_new_stops_for_a_person_and_goes_on_when_run_again(empty: Repository) -> None:
    command = ("new", f"{LANTERN}.txt", "--into", "acme/pictures")
    for _ in range(2):
        status, printed = empty.run(*command)
        assert (status, "1 to review" in printed, "steps: default 4" in printed) == (1, True, True)
        assert not (empty.root / "acme").exists()
    decide(empty)
    printed = empty.do(*command)
    assert entries(empty) == ["acme/pictures"]
    example = printed[printed.index("from acme.pictures import") :]
    assert len(example.strip().splitlines()) == 3
    code = f"import sys; sys.path.insert(0, {str(empty.root)!r})\n{example}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, "image/jpeg 512x512" in done.stdout) == (0, True), done.stderr
    # Once more: nothing is lost, and the package has the model already.
    assert "up to date" in empty.do(*command).lower()


def test_the_example_of_new_sends_something_where_nothing_is_required(empty: Repository) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    rows = "The chat so far.\n\nArray items:\nrolerequired\nstring\n\nWho speaks.\n\ncontentrequired\nstring\n\nWhat is said.\n\n"
    text = page(
        f"messagesoptional\narray\n\n{rows}",
        title="Acme Chat",
        slug="acme-chat",
        sample={"messages": messages},
        returns="Text/JSON",
    )
    empty.write("acme-chat.txt", text)
    empty.run("new", "acme-chat.txt", "--into", "acme/chat")
    decide(empty, "acme-chat")
    assert f"acme_chat.generate(messages={messages!r})" in empty.do("new", "acme-chat.txt", "--into", "acme/chat")


def test_the_example_of_new_sends_what_its_client_accepts(empty: Repository) -> None:
    metals = 'metalrequired\nstring\n\nThe metal.\n\nAllowed values :\n"iron""gold"\n\n'
    text = page(PROMPT, metals, title="Acme Forge", slug="acme-forge", sample={"prompt": "a horse", "metal": "bronze"})
    empty.write("acme-forge.txt", text)
    command = ("new", "acme-forge.txt", "--into", "acme/forge")
    empty.run(*command)
    decide(empty, "acme-forge")
    assert "acme_forge.generate(prompt='a horse', metal='iron')" in empty.do(*command)


def test_new_adds_a_model_to_a_package_that_exists(empty: Repository) -> None:
    empty.do("init")
    empty.do("vendor", "add", "acme/pictures", "--model", TINY, "--with", "cli")
    empty.run("new", f"{LANTERN}.txt", "--into", "acme/pictures")
    decide(empty)
    empty.do("new", f"{LANTERN}.txt", "--into", "acme/pictures")
    record = json.loads(empty.read("acme/pictures/VENDORED.json"))
    assert sorted(record["models"]) == [LANTERN, TINY]
    assert {"cli", "mock"} <= set(record["with"])


def test_new_adds_a_model_to_a_package_whose_record_names_no_provider(empty: Repository) -> None:
    """Records of the first edition, which had one provider, name none."""
    empty.do("init")
    empty.do("vendor", "add", "acme/pictures", "--model", TINY)
    record = json.loads(empty.read("acme/pictures/VENDORED.json"))
    del record["provider"]
    empty.write("acme/pictures/VENDORED.json", json.dumps(record))
    empty.run("new", f"{LANTERN}.txt", "--into", "acme/pictures")
    decide(empty)
    empty.do("new", f"{LANTERN}.txt", "--into", "acme/pictures")
    assert sorted(json.loads(empty.read("acme/pictures/VENDORED.json"))["models"]) == [LANTERN, TINY]


def test_diff_without_a_workspace_reads_revisions_of_the_current_repository(empty: Repository) -> None:
    git = ["git", "-c", "user.name=Acme", "-c", "user.email=acme@acme.example"]
    subprocess.run([*git, "init", "-q"], check=True)
    for price in ("0.5", "0.25"):
        spec = empty.own_spec()
        spec.write_text(re.sub("price_usd: .*", f"price_usd: {price}", spec.read_text()))
        subprocess.run([*git, "add", "specs"], check=True)
        subprocess.run([*git, "commit", "-qm", price], check=True)
    printed = empty.do("diff", "HEAD~1", "HEAD")
    assert "0.5" in printed and "0.25" in printed, printed


def test_remove_takes_out_spec_files_and_packages_and_names_the_callers(repository: Repository) -> None:
    repository.own_spec("acme-own")
    repository.do("vendor", "add", "acme/one", "--model", "acme-own")
    repository.do("vendor", "add", "acme/both", "--model", f"acme-own,{TINY}")
    repository.write(
        "shop.py", "from acme.both import SegmindClient\n\nSegmindClient().acme_own.generate(prompt='x')\n"
    )
    status, printed = repository.run("remove", "acme-own")
    assert (status, "shop.py:3:1: C001" in printed, "1 call of acme-own left" in printed) == (1, True, True)
    assert not (repository.root / "specs/segmind/models/acme-own.yaml").exists()
    assert not (repository.root / "acme/one").exists()
    assert entries(repository) == ["acme/both"]
    assert list(json.loads(repository.read("acme/both/VENDORED.json"))["models"]) == [TINY]
    repository.write("shop.py", "")
    status, printed = repository.run("remove", "acme-own")
    assert (status, "has no spec of its own for 'acme-own'" in printed) == (1, True)


def test_remove_deletes_no_package_with_edits(repository: Repository) -> None:
    repository.own_spec("acme-own")
    repository.do("vendor", "add", "acme/one", "--model", "acme-own")
    with (repository.root / "acme/one/errors.py").open("a") as file:
        file.write("# mine\n")
    status, printed = repository.run("remove", "acme-own")
    assert (status, "errors.py was edited" in printed) == (1, True)
    assert (repository.root / "specs/segmind/models/acme-own.yaml").is_file()
    assert (repository.root / "acme/one/errors.py").is_file()


def test_remove_of_a_replacement_brings_the_installed_spec_back(repository: Repository) -> None:
    repository.own_spec()
    assert "counts again" in repository.do("remove", TINY)
    assert repository.do("lint") == "No findings in 5 specs.\n"


def test_schemas_for_editors_are_printed_and_written(repository: Repository) -> None:
    installed = (REPOSITORY / "specs/schema/model.schema.json").read_text(encoding="utf-8")
    assert repository.do("schema") == installed
    assert "specs/schema/model.schema.json was written" in repository.do("schema", "--write")
    assert "up to date" in repository.do("schema", "--write")
    repository.write("specs/schema/model.schema.json", "{}")
    repository.do("schema", "--write")
    assert repository.read("specs/schema/model.schema.json") == installed


def test_pages_that_are_not_at_hand_are_no_findings_for_installed_specs(repository: Repository) -> None:
    repository.run("transcribe", f"{LANTERN}.txt", "--write")
    decide(repository)
    repository.do("transcribe", "--check", "--pages", ".")
    (repository.root / f"{LANTERN}.txt").unlink()
    status, printed = repository.run("transcribe", "--check", "--pages", ".")
    assert (status, printed.count("P001"), "acme-lantern" in printed) == (1, 1, True)


def test_paths_of_the_machine_are_in_no_file_of_a_package(repository: Repository) -> None:
    repository.own_spec("acme-own")
    repository.do("vendor", "add", "acme/both", "--model", f"acme-own,{TINY}", "--with", "mock")
    for path in (repository.root / "acme/both").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(REPOSITORY).encode() not in content and str(Path.home()).encode() not in content, path


def test_callers_hear_of_a_rename_after_the_update_too(repository: Repository) -> None:
    repository.own_spec()
    repository.do("vendor", "add", "acme/pictures", "--model", TINY)
    call = (
        "with SegmindClient('k') as client:\n    client.tinysd1_5_txt2img.generate(prompt='fog', guidance_scale=7.5)\n"
    )
    repository.write("shop.py", f"from acme.pictures import SegmindClient\n\n{call}")
    for old, new in (("guidance_scale", "guidance"), ("guidance", "cfg")):
        spec = repository.read(f"specs/segmind/models/{TINY}.yaml")
        assert old in spec
        repository.write(f"specs/segmind/models/{TINY}.yaml", spec.replace(old, new))
        repository.do("vendor", "update")
        status, printed = repository.run("vendor", "check-callers", "shop.py")
        assert (status, f"It was renamed to {new}." in printed) == (1, True)
        assert "up to date" in repository.do("vendor", "update").lower()
