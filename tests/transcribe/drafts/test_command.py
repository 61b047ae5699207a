"""`pagewright transcribe` as a user meets it: a page in, a spec out, doubts beside it; and from a page to a client."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pagewright.cli import main
from pagewright.generate import generate
from pagewright.specs.document import read_document
from pagewright.workspace import find_provider, open_workspace
from tests.material import ROOT
from tests.waiting import killed_at_the_end

#: The README's page of an invented model, without the contradiction that it shows.
SHOWN = ROOT / "docs" / "acme-lantern.txt"
PAGE = (
    SHOWN.read_text(encoding="utf-8")
    .replace('"steps": 4', '"steps": 20')
    .replace("Default: 4Range", "Default: 20Range")
    .replace("~$0.004", "$0.004")
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A clone with the real specs and templates."""
    for name in ("specs", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def transcribe(root: Path, text: str, *options: str) -> Result:
    page = root / "acme-lantern.spaced.txt"
    page.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["--root", str(root), "transcribe", str(page), *options])


def test_a_page_without_doubts_gives_a_spec_without_reviews(workspace: Path) -> None:
    done = transcribe(workspace, PAGE)
    assert (done.exit_code, done.stderr) == (0, "")
    document, findings = read_document("x", done.stdout.encode())
    assert document and not findings
    assert document.get("/slug") == "acme-lantern"
    assert document.get("/input/properties/width/enum") == [512, 768, 1024]
    assert "# review" not in done.stdout


def test_a_doubt_is_told_in_both_places(workspace: Path) -> None:
    done = transcribe(workspace, PAGE.replace("Default: 20Range", "Default: 4Range"))
    assert done.exit_code == 1
    assert "acme-lantern.spaced.txt:51:1: steps: default 4 is outside of minimum 10\n" in done.stderr
    assert "# review: line 51:1: steps: default 4 is outside of minimum 10" in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the page is empty"),
        ("<!doctype html><p>x", "this is HTML"),
        ("Cooking with gas, a story.", "no endpoint"),
        (PAGE.replace("/v1/acme-lantern", "/workflows/0123456789abcdef01234567-v1"), "workflow"),
        ("x" * (2 << 20), "more than a documentation page has"),
    ],
    ids=["empty", "html", "prose", "workflow", "huge"],
)
@pytest.mark.parametrize("option", ["--quiet", "--write"])
def test_what_is_no_page_gives_one_line_and_no_spec(workspace: Path, text: str, says: str, option: str) -> None:
    done = transcribe(workspace, text, option)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert says in done.stderr
    assert not (workspace / "specs/segmind/models/acme-lantern.yaml").exists()


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_not_opened(device: str) -> None:
    command = [sys.executable, "-m", "pagewright", "--root", str(ROOT), "transcribe", device]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pagewright: {device}: not a model's page: it is not a file.\n"


def test_a_page_may_come_through_a_pipe(tmp_path: Path) -> None:
    page = tmp_path / "acme-lantern.txt"
    os.mkfifo(page)
    # Opening a pipe waits for its other end. A thread that waits could not be ended, if nobody reads.
    (tmp_path / "source").write_text(PAGE, encoding="utf-8")
    with killed_at_the_end(subprocess.Popen(["sh", "-c", 'exec cat "$0" > "$1"', tmp_path / "source", page])):
        done = CliRunner().invoke(main, ["--root", str(ROOT), "transcribe", str(page)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "slug: acme-lantern" in done.stdout


def test_a_pipe_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    page = tmp_path / "endless"
    os.mkfifo(page)
    with killed_at_the_end(subprocess.Popen(["sh", "-c", f"exec yes > {page}"])):
        done = CliRunner().invoke(main, ["--root", str(ROOT), "transcribe", str(page)])
    assert (done.exit_code, "more than a documentation page has" in done.stderr) == (1, True)


def test_of_a_file_that_is_too_large_no_more_is_read(tmp_path: Path) -> None:
    """It has holes for content, and would not fit into memory."""
    page = tmp_path / "large"
    with page.open("wb") as file:
        file.truncate(1 << 40)
    done = CliRunner().invoke(main, ["--root", str(ROOT), "transcribe", str(page)])
    assert (done.exit_code, "more than a documentation page has" in done.stderr) == (1, True)


def test_from_a_page_to_a_client_that_draws_on_the_mock(workspace: Path) -> None:
    """The promise: one command, then the model is there. The mock and the client in here are the workspace's own."""
    done = transcribe(workspace, PAGE, "--write")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("specs/segmind/models/acme-lantern.yaml is new, and ")
    code = """
from segmind_client import SegmindClient
from segmind_mock import Pace, Settings, serving

with serving(Settings(pace=Pace("instant"))) as mock, SegmindClient("key", mock.url) as client:
    image = client.acme_lantern.generate(prompt="a lamp", width=768)
    job = client.acme_lantern.submit(prompt="a lamp", height=1024).download(interval=0.01)
    print(image.width, image.height, image.remaining_credits, job.width, job.height)
"""
    drawn = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(workspace / "generated" / "segmind" / "python")},
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
    )
    assert drawn.stdout == "768 512 99.996 512 1024\n", drawn.stderr
    checked = generate(find_provider(open_workspace(workspace)), check=True)
    assert not checked.findings and not checked.differences


def test_an_existing_spec_is_compared_and_left_alone(workspace: Path) -> None:
    assert transcribe(workspace, PAGE, "--write").exit_code == 0
    spec = workspace / "specs/segmind/models/acme-lantern.yaml"
    before = spec.read_bytes()
    done = transcribe(workspace, PAGE.replace("Range: 10 - 40", "Range: 10 - 30"), "--write")
    assert done.exit_code == 1
    assert "the maximum of `steps` fell from 40 to 30" in done.stdout
    assert "stays as it is" in done.stderr
    assert spec.read_bytes() == before


@pytest.mark.parametrize("where", ["API Endpoint", "heightoptional", "5127681024", "20Range", "Width in"])
def test_a_page_that_was_cut_off_is_never_written(workspace: Path, where: str) -> None:
    end = PAGE.index(where) + 3
    done = transcribe(workspace, PAGE[:end], "--write")
    assert done.exit_code == 1
    assert "the page is not whole" in done.stderr
    assert not (workspace / "specs/segmind/models/acme-lantern.yaml").exists()
    shown = transcribe(workspace, PAGE[:end])
    assert (shown.exit_code, "INCOMPLETE" in shown.stdout) == (1, True)


def test_nothing_is_written_beside_specs_that_are_wrong(workspace: Path) -> None:
    other = workspace / "specs/segmind/models/tinysd1.5-txt2img.yaml"
    other.write_text(other.read_text().replace("maximum: 100", "maximum: 10"), encoding="utf-8")
    done = transcribe(workspace, PAGE, "--write")
    assert done.exit_code == 1
    assert "L014" in done.stderr or "L030" in done.stderr
    assert not list((workspace / "specs/segmind/models").glob("*acme*"))


def test_a_folder_of_pages_that_does_not_exist_matters_to_check_alone(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGEWRIGHT_PAGES", str(workspace / "nowhere"))
    done = transcribe(workspace, PAGE)
    assert (done.exit_code, done.stderr) == (0, "")
    refused = CliRunner().invoke(main, ["--root", str(workspace), "transcribe", "--check"])
    assert refused.exit_code == 2
    assert f"'{workspace / 'nowhere'}' is not a folder" in refused.stderr and "PAGEWRIGHT_PAGES" in refused.stderr


@pytest.mark.parametrize("arguments", [[], ["--check"], ["acme-lantern.spaced.txt", "--check"], ["--write"]])
def test_wrong_usage_of_transcribe_is_status_2(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.delenv("PAGEWRIGHT_PAGES", raising=False)
    monkeypatch.chdir(workspace)
    (workspace / "acme-lantern.spaced.txt").write_text(PAGE, encoding="utf-8")
    assert CliRunner().invoke(main, ["--root", str(workspace), "transcribe", *arguments]).exit_code == 2
