"""Optional parts of the vendored mock: a copy without them runs, says what is missing, and passes the consumer's checks."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from tests.waiting import killed_at_the_end

REPOSITORY = Path(__file__).parents[2]
MODEL = "tinysd1.5-txt2img"
#: A file of each part.
FILES = {
    "playground": "mock/playground/pages.py",
    "proxy": "mock/proxy/recording.py",
    "redis": "mock/state/store/redis.py",
}


def vendor(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["--root", str(REPOSITORY), "vendor", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the mock and no part of it."""
    folder = tmp_path_factory.mktemp("lean")
    (folder / "acme").mkdir()
    (folder / "acme/__init__.py").write_text('"""Acme."""\n')
    vendor("add", str(folder / "acme/pictures"), "--model", MODEL, "--with", "mock")
    return folder


@pytest.fixture
def copy(lean: Path, tmp_path: Path) -> Path:
    """The package of `lean`, to be changed."""
    shutil.copytree(lean / "acme/pictures", tmp_path / "pictures")
    return tmp_path / "pictures"


def record_of(package: Path) -> dict[str, object]:
    record: dict[str, object] = json.loads((package / "VENDORED.json").read_bytes())
    return record


def parts_in(package: Path) -> set[str]:
    return {part for part, path in FILES.items() if (package / path).is_file()}


def mock(lean: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(lean), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "acme.pictures.mock", "--port", "0", *arguments]
    return subprocess.run(command, cwd=lean, env=environment, capture_output=True, text=True, check=False)


def unreached(package: Path) -> set[str]:
    """Modules that nothing imports, starting at what users name; raises for an import that leads nowhere."""

    def imports(module: Path) -> Iterator[Path]:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = module.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                assert base.with_name(f"{base.name}.py").is_file() or base.is_dir(), (module, node.module)
                for place in (base, *(base / alias.name for alias in node.names)):
                    yield from (
                        each for each in (place.with_name(f"{place.name}.py"), place / "__init__.py") if each.is_file()
                    )

    every = set(package.glob("mock/**/*.py"))
    entries = ("__init__.py", "__main__.py", "pytest_plugin.py", "testing/__init__.py", "spec/models/*.py")
    waiting = [path for entry in entries for path in package.glob(f"mock/{entry}")]
    waiting += [package / path for path in FILES.values() if (package / path).is_file()]
    waiting += [*package.glob("mock/proxy/*.py"), *package.glob("mock/checks/har_command.py")]
    reached: set[Path] = set()
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += imports(module)
    return {path.relative_to(package).as_posix() for path in every - reached if path.name != "__init__.py"}


def test_the_mock_comes_without_its_parts(lean: Path) -> None:
    package = lean / "acme/pictures"
    assert parts_in(package) == set()
    assert unreached(package) == set(), "name these in a part of target.yaml"
    record = record_of(package)
    assert record["with"] == ["mock"] and "redis>=6.4" not in str(record["requires"])


@pytest.mark.parametrize("part", FILES)
def test_each_part_can_be_added_alone(copy: Path, part: str) -> None:
    vendor("update", str(copy), "--with", part)
    assert parts_in(copy) == {part}
    assert unreached(copy) == set()
    record = record_of(copy)
    assert record["with"] == sorted(["mock", part])
    assert ("redis>=6.4" in str(record["requires"])) is (part == "redis")


@pytest.mark.parametrize(
    ("options", "says", "part"),
    [
        (["--proxy", "https://example.com", "--max-paid-calls", "0"], "--proxy: this copy", "proxy"),
        (["--record", "there"], "--record: this copy", "proxy"),
        (["--replay", "there"], "--replay: this copy", "proxy"),
        (["--state", "redis://localhost"], "this copy", "redis"),
    ],
)
def test_an_option_without_its_part_names_the_command(lean: Path, options: list[str], says: str, part: str) -> None:
    done = mock(lean, *options)
    assert done.returncode == 2
    assert done.stderr.endswith(
        f"{says} of the mock was vendored without the part {part}. "
        f"Add it: pagewright vendor update acme/pictures --with mock,{part}\n"
    )
    assert done.stderr.count("\n") == 1


def test_a_mock_without_parts_answers(lean: Path) -> None:
    code = (
        "import httpx2, sys\n"
        "from acme.pictures import SegmindClient\n"
        "url = sys.argv[1]\n"
        "with SegmindClient(api_key='key-of-the-test', base_url=url) as client:\n"
        "    print(client.tinysd1_5_txt2img.generate(prompt='fog').width)\n"
        "for path in ('/', '/playground/x'):\n"
        "    answer = httpx2.get(url + path)\n"
        "    print(answer.status_code, answer.text.strip())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(lean), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "acme.pictures.mock", "--port", "0"]
    process = subprocess.Popen(command, cwd=lean, stdout=subprocess.PIPE, text=True, env=environment)
    with killed_at_the_end(process):
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        done = subprocess.run(
            [sys.executable, "-c", code, url], env=environment, capture_output=True, text=True, check=False
        )
    missing = (
        "404 this copy of the mock was vendored without the part playground. "
        "Add it: pagewright vendor update acme/pictures --with mock,playground"
    )
    assert done.stdout.splitlines() == ["512", missing, missing], done.stderr


def written_before_there_were_parts(package: Path) -> None:
    """Make the package one that an older edition wrote."""
    vendor("update", str(package), "--with", "mock,playground,proxy,redis")
    record = record_of(package)
    del record["offered"]
    (package / "VENDORED.json").write_text(json.dumps({**record, "with": ["mock"], "inputs": "of an older edition"}))


@pytest.mark.parametrize("options", [(), ("--with", "cli,mock")], ids=["as before", "with a part more"])
def test_a_package_from_before_there_were_parts_keeps_them(copy: Path, options: tuple[str, ...]) -> None:
    written_before_there_were_parts(copy)
    assert "clean" in vendor("status", str(copy))
    assert "deleted" not in vendor("update", str(copy), *options)
    assert parts_in(copy) == set(FILES)
    assert set(FILES) < set(record_of(copy)["with"])  # type: ignore[call-overload]
    vendor("update", str(copy), "--with", "mock")
    assert parts_in(copy) == set()


def test_a_package_from_before_there_were_parts_without_the_mock_gets_none(copy: Path) -> None:
    written_before_there_were_parts(copy)
    vendor("update", str(copy), "--with", "none")
    assert record_of(copy)["with"] == [] and not (copy / "mock").exists()


def test_the_requirement_and_its_range_are_named(lean: Path, tmp_path: Path) -> None:
    dest = str(tmp_path / "client")
    assert "It needs httpx2>=2.16,<3. Commit all of it" in vendor("add", dest, "--model", MODEL)
    assert record_of(Path(dest))["requires"] == ["httpx2>=2.16,<3"]
    assert vendor("status", dest).endswith(" files. It needs httpx2>=2.16,<3.\n")
    assert json.loads(vendor("status", dest, "--format", "json"))[0]["requires"] == ["httpx2>=2.16,<3"]


@pytest.mark.parametrize(
    "options", [[], ["--line-length", "40"], ["--line-length", "200", "--extend-select", "E501,I,B,UP,PGH,RUF"]]
)
def test_ruff_finds_nothing_without_configuration(lean: Path, options: list[str]) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", *options, "acme"]
    done = subprocess.run(command, cwd=lean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:2000]


def test_mypy_finds_nothing_without_configuration_and_without_what_the_mock_imports(lean: Path, tmp_path: Path) -> None:
    """Only what every package needs is installed, and the consumer's own code is checked with the package's types."""
    (tmp_path / "shop.py").write_text(
        "from acme.pictures import SegmindClient\nfrom acme.pictures.mock.testing import SegmindMock as SegmindMock\n\n"
        "def draw(client: SegmindClient) -> int:\n"
        '    return client.tinysd1_5_txt2img.generate(prompt="fog").width\n\n'
        "wrong: str = draw(SegmindClient())\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-site-packages", "--cache-dir", str(tmp_path / "cache")]
    command += [str(tmp_path / "shop.py"), str(lean / "acme")]
    done = subprocess.run(
        command, cwd=lean, env={**os.environ, "MYPYPATH": str(lean)}, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and "shop.py:7: error: Incompatible types in assignment" in lines[0], done.stdout
