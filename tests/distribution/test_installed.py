"""The wheels in clean environments: the tour's Python example, a missing extra, and `vendor` in an empty folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT
from .environments import Environment

TOUR = (ROOT / "docs/tour.md").read_text(encoding="utf-8")


@pytest.fixture
def mock_url(client_and_mock: Environment, tmp_path: Path) -> Iterator[str]:
    """The address of a mock that runs from the wheel."""
    command = [str(client_and_mock.bin / "segmind-mock"), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=client_and_mock.variables(), cwd=tmp_path
    ) as mock:
        assert mock.stdout is not None
        try:
            line = mock.stdout.readline()
            assert line.startswith("listening on ")
            yield line.split()[-1]
        finally:
            mock.terminate()


def test_the_python_example_of_the_tour(client_alone: Environment, mock_url: str, tmp_path: Path) -> None:
    """The client has nothing but httpx2; the mock runs in an environment of its own."""
    example = re.findall(r"^```python run\n(.*?)^```$", TOUR, re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    environ = {"SEGMIND_BASE_URL": mock_url, "SEGMIND_API_KEY": "any-key"}
    done = client_alone.run("python", "-W", "error", "example.py", cwd=tmp_path, environ=environ)
    assert done.returncode == 0, done.stderr
    assert "1344 768 image/png" in done.stdout and "COMPLETED" in done.stdout
    drawn = client_alone.run("segmind-client", "tinysd1.5-txt2img", "--prompt", "fog", cwd=tmp_path, environ=environ)
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "tinysd1.5-txt2img.jpeg").stat().st_size > 1000


@pytest.mark.parametrize("command", ["segmind-mock", "python -m segmind_mock"])
def test_the_mock_without_its_extra(command: str, client_alone: Environment, tmp_path: Path) -> None:
    program, *arguments = command.split()
    done = client_alone.run(program, *arguments, "--port", "0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "segmind-mock: httptools, pillow, pyyaml, uvicorn are missing. "
        "Install the extra mock: pip install 'segmind-client[mock]'\n"
    )


def test_redis_without_its_extra(client_and_mock: Environment, tmp_path: Path) -> None:
    done = client_and_mock.run("segmind-mock", "--port", "0", "--state", "redis://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 2
    expected = "segmind-mock: redis is missing. Install the extra redis: pip install 'segmind-client[redis]'\n"
    assert done.stderr == expected


def test_pydantic_models_without_their_extra(client_alone: Environment, tmp_path: Path) -> None:
    code = "import segmind_client.pydantic_models.tinysd1_5_txt2img"
    done = client_alone.run("python", "-c", code, cwd=tmp_path)
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: segmind_client.pydantic_models needs pydantic. "
        "Install it: pip install 'segmind-client[pydantic]'"
    )


def test_the_mock_s_names_without_its_extra(client_alone: Environment, tmp_path: Path) -> None:
    done = client_alone.run("python", "-c", "from segmind_mock import serving", cwd=tmp_path)
    assert done.stderr.splitlines()[-1].endswith("Install the extra mock: pip install 'segmind-client[mock]'")


def test_pytest_where_the_extra_is_missing(client_alone: Environment, tmp_path: Path) -> None:
    """The plugin is loaded in every run of pytest: it says nothing until its fixture is used, and then one line."""
    client_alone.add(["pytest"])
    (tmp_path / "test_shop.py").write_text("def test_it():\n    pass\n")
    quiet = client_alone.run("python", "-W", "error", "-m", "pytest", "-q", "test_shop.py", cwd=tmp_path)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert "segmind" not in quiet.stdout
    (tmp_path / "test_shop.py").write_text(
        "def test_it(segmind_mock):\n    pass\ndef test_too(segmind_mock_server): pass\n"
    )
    asked = client_alone.run("python", "-m", "pytest", "-q", "test_shop.py", cwd=tmp_path)
    assert asked.returncode == 1 and "Traceback" not in asked.stdout
    line = "segmind_mock: httptools, pillow, pyyaml, uvicorn are missing. Install the extra mock: pip install 'segmind-client[mock]'"
    assert asked.stdout.splitlines().count(line) == 2, asked.stdout


def test_the_pytest_fixture_with_the_extra(client_and_mock: Environment, tmp_path: Path) -> None:
    client_and_mock.add(["pytest"])
    (tmp_path / "test_shop.py").write_text(
        "from segmind_client import SegmindClient\n\n"
        "def test_it(segmind_mock):\n"
        "    with SegmindClient() as client:\n"
        "        assert client.tinysd1_5_txt2img.generate(prompt='fog').width == 512\n"
    )
    done = client_and_mock.run("python", "-W", "error", "-m", "pytest", "-q", "test_shop.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_vendor_in_an_empty_folder(generator: Environment, client_alone: Environment, tmp_path: Path) -> None:
    """The installed generator brings specs and templates along; what it writes needs only httpx2."""
    arguments = ["vendor", "add", "acme/pictures", "--model", "tinysd1.5-txt2img", "--with", "cli"]
    done = generator.run("pagewright", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    status = generator.run("pagewright", "vendor", "status", "acme/pictures", cwd=tmp_path)
    assert status.returncode == 0, status.stdout
    assert client_alone.run("python", "-m", "acme.pictures", "--help", cwd=tmp_path).returncode == 0
    assert not [name for name in ("segmind_client", "segmind_mock") if (generator.packages / name).exists()]


def test_a_vendored_mock_names_packages_since_it_has_no_extras(
    generator: Environment, client_alone: Environment, tmp_path: Path
) -> None:
    arguments = ["vendor", "add", "pictures", "--model", "tinysd1.5-txt2img", "--with", "mock,pydantic"]
    assert generator.run("pagewright", *arguments, cwd=tmp_path).returncode == 0
    mock = client_alone.run("python", "-m", "pictures.mock", cwd=tmp_path)
    said = "python -m pictures.mock: httptools, pillow, pyyaml, uvicorn are missing: pip install httptools pillow pyyaml uvicorn\n"
    assert (mock.returncode, mock.stderr) == (2, said)
    models = client_alone.run("python", "-c", "import pictures.pydantic_models", cwd=tmp_path)
    assert models.stderr.endswith("pictures.pydantic_models needs pydantic. Install it: pip install 'pydantic>=2.7'\n")
