"""Calls that the new version refuses are named, others are not: in a consumer's code, with the real client."""

from __future__ import annotations

import inspect
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import segmind_client
from pagewright.cli import main
from pagewright.vendor.callers.surface import surface_of
from pagewright.vendor.package import open_source
from pagewright.workspace import find_provider, open_workspace
from tests.material import ROOT

REPOSITORY = Path(__file__).parents[2]
MODEL = "tinysd1.5-txt2img"


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of others, with a client vendored in it."""
    folder = tmp_path_factory.mktemp("consumer")
    shutil.copytree(Path(__file__).parent / "consumer", folder, dirs_exist_ok=True)
    status, said = vendor("add", str(folder / "acme/vendored/pictures"), "--model", MODEL)
    assert status == 0, said
    return folder


@pytest.fixture(autouse=True)
def _there(consumer: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(consumer)
    yield


def vendor(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--root", str(REPOSITORY), "vendor", *arguments])
    return result.exit_code, result.output


def expected(folder: Path) -> Counter[tuple[str, int, str]]:
    """What the comments in the consumer's code ask for."""
    return Counter(
        (path.relative_to(folder).as_posix(), number, code)
        for path in folder.glob("acme/shop/*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for code in (line.partition("  #: ")[2].split() if "  #: " in line else ())
    )


@pytest.fixture(scope="module")
def notes(consumer: Path) -> list[str]:
    """Lines that say what could not be judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(consumer)
        return [line for line in vendor("check-callers", "acme")[1].splitlines() if line.startswith("note: ")]


def test_every_call_is_judged_as_its_comment_says(consumer: Path) -> None:
    status, said = vendor("check-callers", ".", "--format", "json")
    found = json.loads(said[: said.rindex("]") + 1])
    assert Counter((each["path"], each["line"], each["code"]) for each in found) == expected(consumer)
    assert status == 1


def test_what_is_said_and_where(consumer: Path) -> None:
    status, said = vendor("check-callers", "acme")
    assert status == 1
    lines = said.splitlines()
    assert (
        "acme/shop/orders.py:23:59: C004 refused-value: tinysd1.5-txt2img: samples: 9 is above the maximum 4. "
        "[page tinysd1.5-txt2img.spaced]"
    ) in lines
    assert any("stepz: is not a parameter of the model." in line for line in lines)
    assert any(
        "tinysd_txt2img: is not a model of this client. Did you mean tinysd1_5_txt2img?" in line for line in lines
    )
    assert any("arguments come from **given; its other arguments were judged" in line for line in lines)
    refused = sum(code.startswith("C") for _, _, code in expected(consumer).elements())
    # What cannot be judged is counted by call.
    unjudged = len({(path, line) for path, line, code in expected(consumer) if code == "N001"})
    assert re.search(
        rf"^\d+ calls in 7 files: {refused} findings, {unjudged} could not be judged\.$", said, re.MULTILINE
    )
    assert len(
        re.findall(r"^note: acme/shop/\w+\.py:\d+:\d+: N001 .* could not be judged: .*\.", said, re.MULTILINE)
    ) == (sum(code == "N001" for *_, code in expected(consumer).elements()))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("for size in GROWING", "img_width: could not be judged: GROWING is changed after it was assigned."),
        ("int(n)", "samples: could not be judged: the value of open('counts.txt') is known only when it runs."),
        ("samples=n)  #: C004 N001", "n is an argument of arguments(), of which only the default was judged."),
        ("samples=k)", "samples: could not be judged: k is an argument of arguments()."),
        ("samples=three", "samples: could not be judged: it may be refused, 9 is above the maximum 4."),
        ("samples=five", "five is assigned more than once, and the value of five is known only when it runs."),
        ("samples=seven", "seven depends on itself."),
        ("samples=nowhere", "nowhere is not defined in the files that were read."),
        ("Count.ONE)", "Count.ONE is a member of an enum."),
        ("(**given)  #", "could not be judged: arguments come from **given; nothing of it could be judged."),
        ("partial(model", "more arguments may be given when the partial is called; its other arguments were judged."),
        ("nobody knows", "scheduler: 'nobody knows' is not among the 12 known values. The page does not show"),
    ],
)
def test_why_a_call_could_not_be_judged(consumer: Path, notes: list[str], line: str, why: str) -> None:
    text = (consumer / "acme/shop/values.py").read_text().splitlines()
    number = next(number for number, each in enumerate(text, start=1) if line in each)
    there = [each for each in notes if re.match(rf"note: acme/shop/values\.py:({number}|{number + 1}):", each)]
    assert any(why in each for each in there), (there, why)


def test_annotations_for_what_could_not_be_judged(consumer: Path) -> None:
    _, said = vendor("check-callers", "acme", "--format", "github")
    assert re.search(r"^::notice file=acme/shop/orders\.py,line=31,col=\d+,title=N001 not-judged::", said, re.MULTILINE)


def test_annotations_for_github(consumer: Path) -> None:
    status, said = vendor("check-callers", "acme", "--format", "github")
    assert status == 1
    assert (
        "::error file=acme/shop/orders.py,line=23,col=59,title=C004 refused-value::tinysd1.5-txt2img: samples" in said
    )


def test_code_that_is_right_is_status_0(consumer: Path, tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text(
        f'from acme.vendored.pictures import run\n\nrun("{MODEL}", prompt="fog")\n', encoding="utf-8"
    )
    package = str(consumer / "acme/vendored/pictures")
    assert vendor("check-callers", str(tmp_path), "--package", package) == (
        0,
        "1 call in 1 file: 0 findings, 0 could not be judged.\n",
    )


def test_a_package_by_its_import_name(tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text(f'import segmind_client as s\n\ns.run("{MODEL}", prompt="fog", samples=9)\n')
    status, said = vendor("check-callers", str(tmp_path), "--package", "segmind_client")
    assert (status, "it.py:3:50: C004" in said) == (1, True), said


def test_a_model_that_is_gone_from_the_specs(consumer: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("specs", "templates"):
        shutil.copytree(REPOSITORY / name, root / name)
    # It has another slug now; so its page, which errata of the platform name, is still somebody's.
    spec = root / f"specs/segmind/models/{MODEL}.yaml"
    text = spec.read_text()
    spec.unlink()
    spec.with_name("tinysd9-txt2img.yaml").write_text(text.replace(f"slug: {MODEL}", "slug: tinysd9-txt2img"))
    result = CliRunner().invoke(main, ["--root", str(root), "vendor", "check-callers", "acme"])
    assert result.exit_code == 1, result.output
    assert "acme/shop/orders.py:15:5: C001 removed-model: tinysd1.5-txt2img: no spec describes" in result.output


def test_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    assert vendor("check-callers", str(tmp_path))[0] == 2
    assert vendor("check-callers", "/nowhere")[0] == 2
    assert vendor("check-callers", str(tmp_path), "--package", str(tmp_path))[0] == 2


@pytest.fixture
def theirs(consumer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with the package beside the code that calls it, and the current folder at its root."""
    root = tmp_path / "theirs"
    (root / ".git").mkdir(parents=True)
    (root / "src").mkdir()
    shutil.copytree(consumer / "acme/vendored", root / "acme/vendored")
    (root / "src/it.py").write_text(
        "from acme.vendored.pictures import SegmindClient\n\n\n"
        "def draw(client: SegmindClient) -> None:\n"
        '    client.tinysd1_5_txt2img.generate(prompt="fog", samples=9)\n'
        '    client.tinysd1_5_txt2img.generate(prompt="fog")\n'
    )
    monkeypatch.chdir(root)
    return root


ONE_OF_TWO = "2 calls in 1 file: 1 finding, 0 could not be judged."


@pytest.mark.parametrize("here", [".", "src", "src/deep"])
def test_the_package_may_be_elsewhere_in_the_repository(
    theirs: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    (theirs / "src/deep").mkdir()
    monkeypatch.chdir(theirs / here)
    status, said = vendor("check-callers", str(theirs / "src"))
    assert (status, ONE_OF_TWO in said) == (1, True), said


def test_a_package_around_code_that_is_not_in_a_repository(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (theirs / ".git").rmdir()
    assert vendor("check-callers", "src")[0] == 1
    monkeypatch.chdir(theirs / "src")
    assert vendor("check-callers", ".")[0] == 2


def test_a_package_of_others_around_the_current_folder_is_not_meant(consumer: Path, tmp_path: Path) -> None:
    """The current folder says where to look only if the code is in there."""
    (tmp_path / "a.py").write_text("x = 1\n")
    assert Path.cwd() == consumer
    assert vendor("check-callers", str(tmp_path))[0] == 2


class TestTwoPackages:
    @pytest.mark.parametrize("models", [MODEL, "stable-diffusion-3-medium-txt2img"], ids=["alike", "other"])
    def test_a_call_counts_once_and_for_the_package_that_it_calls(self, theirs: Path, models: str) -> None:
        assert vendor("add", str(theirs / "other/drawings"), "--model", models)[0] == 0
        status, said = vendor("check-callers", ".")
        assert (status, said.count(": C")) == (1, 1), said
        assert said.splitlines()[-1] == ONE_OF_TWO.replace("1 file:", "2 files:")

    def test_what_is_counted_is_what_is_listed(self, consumer: Path, tmp_path: Path) -> None:
        """Over every kind of call that there is, guessed ones among them."""
        second = tmp_path / "drawings"
        assert vendor("add", str(second), "--model", "stable-diffusion-3-medium-txt2img")[0] == 0
        alone = vendor("check-callers", ".", "--package", "acme/vendored/pictures")
        assert vendor("check-callers", ".", "--package", "acme/vendored/pictures", "--package", str(second)) == alone


def test_files_that_are_no_python_are_named_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def f(:\n")
    (tmp_path / "worse.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "deep.py").write_text("(" * 500 + ")" * 500)
    status, said = vendor("check-callers", str(tmp_path), "--package", "acme.pictures")
    assert status == 0
    assert said.count("N003 not-read") == 3


def test_the_surface_is_the_client_s() -> None:
    surface = surface_of(open_source(find_provider(open_workspace(ROOT))))
    assert set(segmind_client.__all__) >= surface.clients | surface.runners
    for client in (segmind_client.SegmindClient, segmind_client.AsyncSegmindClient):
        assert all(callable(getattr(client, name)) for name in surface.runners)
    from segmind_client.resources.tinysd1_5_txt2img import Tinysd1_5Txt2img

    for name in surface.methods:
        arguments = inspect.signature(getattr(Tinysd1_5Txt2img, name)).parameters.values()
        named = {each.name for each in arguments if each.kind is inspect.Parameter.KEYWORD_ONLY}
        assert named == {*surface.options, surface.extra}
