"""The real client, vendored three levels deep under another name: on its own, beside the original, in two versions."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from click.testing import CliRunner

import segmind_client
from pagewright.cli import main
from pagewright.rendering.target import load_targets
from pagewright.workspace import open_workspace
from tests.waiting import killed_at_the_end

REPOSITORY = Path(__file__).parents[2]
MODEL = "tinysd1.5-txt2img"
OTHER = "stable-diffusion-3-medium-txt2img"
#: All that a vendored client needs.
NEEDED = ("anyio", "h11", "httpcore2", "httpx2", "idna", "truststore", "typing_extensions")


def add(dest: Path, *arguments: str, root: Path = REPOSITORY) -> Path:
    result = CliRunner().invoke(main, ["--root", str(root), "vendor", "add", str(dest), *arguments])
    assert result.exit_code == 0, result.output
    return dest


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of the client; the newer one draws no more than two pictures at once."""
    folder = tmp_path_factory.mktemp("theirs")
    add(folder / "acme/very/deep/pictures", "--model", MODEL)
    root = folder / "newer"
    for name in ("specs", "templates"):
        shutil.copytree(REPOSITORY / name, root / name)
    spec = root / f"specs/segmind/models/{MODEL}.yaml"
    text = spec.read_text()
    assert "maximum: 4" in text
    spec.write_text(text.replace("maximum: 4", "maximum: 2"))
    add(folder / "acme/newer", "--model", f"{MODEL},{OTHER}", "--with", "cli,mock,pydantic", root=root)
    shutil.rmtree(root)
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with httpx2 and what that imports, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    for name in NEEDED:
        for path in distribution(name).files or ():
            top = path.parts[0]
            if top != ".." and not (folder / top).exists() and not top.startswith("__"):
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder


@pytest.fixture(scope="module")
def server(tree: Path) -> Iterator[str]:
    """The mock that was vendored with the newer version, run by its own name."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "acme.newer.mock", "--port", "0"]
    with killed_at_the_end(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield line.split()[-1]


def run(code: str, *places: Path, **environment: str) -> str:
    """In a Python that sees these folders and the standard library, nothing else."""
    start = f"import sys\nsys.path[:0] = {[str(place) for place in places]!r}\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", start + textwrap.dedent(code)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_vendored_client_needs_httpx2_alone(tree: Path, bare: Path, server: str) -> None:
    said = run(
        """
        from acme.very.deep.pictures import SegmindClient, ValidationError, __version__
        import asyncio, acme.very.deep.pictures as pictures
        with SegmindClient() as client:
            image = client.tinysd1_5_txt2img.generate(prompt="A lighthouse in fog", seed=7)
            print(image.width, image.media_type)
            print(client.tinysd1_5_txt2img.submit(prompt="fog").wait(interval=0.01)["status"])
            try:
                client.stable_diffusion_3_medium_txt2img
            except AttributeError:
                print("only what was asked for")
        async def draw():
            async with pictures.AsyncSegmindClient() as client:
                return await client.tinysd1_5_txt2img.generate(prompt="fog")
        print(asyncio.run(draw()).width)
        print(sorted(name for name in sys.modules if name.startswith(("segmind", "pydantic", "generator"))))
        """,
        tree, bare, SEGMIND_API_KEY="key", SEGMIND_BASE_URL=server,
    )  # fmt: skip
    assert said.split("\n") == ["512 image/jpeg", "COMPLETED", "only what was asked for", "512", "[]", ""]


def test_two_versions_and_the_original_in_one_process(tree: Path, bare: Path, server: str) -> None:
    said = run(
        """
        import acme.very.deep.pictures as old, acme.newer as new, segmind_client as original
        sets = [old, new, original]
        assert len({each.SegmindClient for each in sets} | {each.ValidationError for each in sets}) == 6
        for each in sets:
            with each.SegmindClient() as client:
                for samples in (2, 3):
                    try:
                        client.tinysd1_5_txt2img.submit(prompt="fog", samples=samples)
                        print(each.__name__, samples, "sent")
                    except each.ValidationError as error:
                        assert not isinstance(error, original.ValidationError) or each is original
                        print(each.__name__, samples, "refused here")
                    except each.BadRequestError:
                        print(each.__name__, samples, "refused there")
        """,
        tree, bare, Path(segmind_client.__file__).parents[1], SEGMIND_API_KEY="key", SEGMIND_BASE_URL=server,
    )  # fmt: skip
    assert said.splitlines() == [
        "acme.very.deep.pictures 2 sent",
        "acme.very.deep.pictures 3 refused there",
        "acme.newer 2 sent",
        "acme.newer 3 refused here",
        "segmind_client 2 sent",
        "segmind_client 3 refused there",
    ]


def test_a_vendored_package_has_a_command_line_and_pydantic_models(tree: Path, server: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, sys.path)]),
        "SEGMIND_API_KEY": "key",
        "SEGMIND_BASE_URL": server,
    }
    command = [sys.executable, "-m", "acme.newer", MODEL, "--prompt", "fog", "--out", str(tmp_path / "fog.jpeg")]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    assert (tmp_path / "fog.jpeg").stat().st_size > 1000
    code = """
from acme.newer.pydantic_models.tinysd1_5_txt2img import Tinysd1_5Txt2imgInput as Input
print(Input(prompt="fog", samples=2).model_dump(by_alias=True, exclude_unset=True))
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "{'prompt': 'fog', 'samples': 2}\n", done.stderr


def test_a_vendored_command_calls_itself_by_its_own_name(tree: Path, tmp_path: Path) -> None:
    """In usage, messages, hints and completion: there is no command `segmind-client` or `segmind-mock`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, sys.path)]), "COLUMNS": "200"}
    environment["SEGMIND_API_KEY"] = "key"
    handle = (
        '{"slug": "m", "request_id": "r", "status_url": "http://127.0.0.1:9/s", "response_url": "http://127.0.0.1:9/r"}'
    )
    (tmp_path / "handle.json").write_text(handle)
    cases = {
        "acme.newer": [
            ["--help"],
            ["--version"],
            ["nothing"],
            ["--completion", "bash"],
            ["resume", "--help"],
            ["resume", "handle.json", "--timeout", "0.01", "--base-url", "http://127.0.0.1:9"],
            [MODEL, "--help"],
            [MODEL, "--promt", "x"],
            [MODEL, "--prompt", "x", "--base-url", "http://127.0.0.1:9", "--timeout", "0.01"],
        ],
        "acme.newer.mock": [
            ["--help"],
            ["--version"],
            ["--completion", "zsh"],
            ["--nothing"],
            ["--workers", "2"],
            ["inspect", "--help"],
        ],
    }
    for module, calls in cases.items():
        for arguments in calls:
            done = subprocess.run(
                [sys.executable, "-m", module, *arguments],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
            )
            said = done.stdout + done.stderr
            assert f"-m {module}" in said and "Traceback" not in said, said
            assert "segmind-client" not in said and "segmind-mock" not in said, said


@pytest.mark.parametrize("parts", ["mock,playground", "mock,playground,cli"])
def test_the_playground_of_a_vendored_mock_names_the_vendored_client(tmp_path: Path, parts: str) -> None:
    add(tmp_path / "acme/shown", "--model", MODEL, "--with", parts)
    code = f"""
import httpx2
from acme.shown.mock import serving
from acme.shown.mock.server.app import log
with serving() as mock:
    print(log.name)
    print(httpx2.get(mock.url + "/playground/{MODEL}").text)
"""
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("acme.shown.mock\n"), done.stderr
    assert "from <span>acme.shown</span> import SegmindClient" in done.stdout
    assert f"python -m acme.shown</span> {MODEL}" in done.stdout
    assert ("vendored without the part cli" in done.stdout) is ("cli" not in parts)
    for name in ("segmind_client", "segmind-client", "segmind_mock", "segmind-mock"):
        assert name not in done.stdout


def test_completion_of_a_vendored_command_defines_it(tree: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, sys.path)])}
    code = (
        f'eval "$({sys.executable} -m acme.newer --completion bash)"; acme-newer --version; COMP_CWORD=1; '
        "COMP_WORDS=(acme-newer tiny); _acme_newer acme-newer; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert re.fullmatch(rf"python -m acme\.newer [0-9.]+\n{re.escape(MODEL)}\n", done.stdout), done.stdout


def test_a_copy_under_the_name_of_the_original_knows_that_it_is_a_copy(tmp_path: Path) -> None:
    add(tmp_path / "segmind_client", "--model", MODEL, "--with", "cli")
    command = [sys.executable, "-m", "segmind_client", "--version"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("python -m segmind_client ")


def test_a_vendored_mock_is_a_pytest_plugin_under_its_own_name(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from acme.very.deep.pictures import SegmindClient\n\n\n"
        "def test_it(segmind_mock):\n"
        "    with SegmindClient() as client:\n"
        '        assert client.tinysd1_5_txt2img.generate(prompt="fog").width == 512\n'
        "    assert len(segmind_mock.requests) == 1\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, sys.path)])}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "acme.newer.mock.pytest_plugin", "--rootdir", str(tmp_path)]
    done = subprocess.run([*command, str(tmp_path)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_accepts_a_vendored_package(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(tmp_path / "mypy.ini"), "--cache-dir", str(tmp_path / "cache"),
         "-p", "acme.very.deep.pictures"],
        cwd=tree, env={**os.environ, "PYTHONPATH": "", "MYPYPATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues found in" in done.stdout


def imports(package: Path, module: Path) -> Iterator[Path]:
    """The modules of the package that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = module.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            for place in (base, *(base / alias.name for alias in node.names)):
                for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
                    if path.is_file() and path.is_relative_to(package):
                        yield path
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not any(name.startswith("segmind_") for name in names), f"{module}: an import by the old name"


@pytest.mark.parametrize("name", ["acme/very/deep/pictures", "acme/newer"])
def test_every_relative_import_of_a_package_leads_to_its_own_file(tree: Path, name: str) -> None:
    package = tree / name
    for module in package.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = module.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                assert base.with_name(f"{base.name}.py").is_file() or base.is_dir(), (module, node.module)
                assert base.is_relative_to(package), f"{module} imports from outside the package"


def test_what_only_a_part_needs_is_named_in_that_part(tree: Path) -> None:
    """A module that nothing in the bare package imports belongs into `parts` of target.yaml."""
    package = tree / "acme/very/deep/pictures"
    reached: set[Path] = set()
    # These are looked up by name: the facts of a model by its slug, its types by the reader.
    waiting = [
        package / "__init__.py",
        package / "__main__.py",
        *package.glob("spec/models/*.py"),
        *package.glob("types/*.py"),
    ]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += imports(package, module)
    unneeded = {path.relative_to(package).as_posix() for path in package.rglob("*.py")} - {
        path.relative_to(package).as_posix() for path in reached
    }
    folders = ("_clients", "_flows", "_network", "_results", "resources", "spec")
    assert unneeded <= {f"{folder}/__init__.py" for folder in folders}, "name these in a part of target.yaml"


def test_what_a_target_requires_is_what_the_distribution_requires() -> None:
    distribution = REPOSITORY / "generated" / "segmind" / "python" / "pyproject.toml"
    project = tomllib.loads(distribution.read_text())["project"]
    needed, extras = project["dependencies"], project["optional-dependencies"]
    targets, _ = load_targets(open_workspace(REPOSITORY))
    found = {target.name: target.vendoring for target in targets if target.vendoring}
    assert list(found["python-client"].requires) == needed
    assert list(found["python-client"].parts["pydantic"].requires) == extras["pydantic"]
    assert sorted(found["python-mock"].requires) == sorted([*needed, *extras["mock"]])
