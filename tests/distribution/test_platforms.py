"""Systems other than Linux and macOS, which have no fcntl, and interpreters for which uvloop is not made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
#: Found by Python before anything else runs.
HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in NAMES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
SAYS = "runs on Linux and macOS only: this Python has no module fcntl\n"


def _without(folder: Path, *modules: str) -> dict[str, str]:
    (folder / "sitecustomize.py").write_text(HIDE.replace("NAMES", repr(modules)))
    return {**os.environ, "PYTHONPATH": str(folder)}


def _run(command: str, environment: dict[str, str], cwd: Path) -> tuple[int, str, str]:
    program, *arguments = command.split()
    done = subprocess.run(
        [str(BIN / program), *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("segmind-mock --port 0", f"segmind-mock: the mock {SAYS}"),
        ("segmind-mock inspect x.png", f"segmind-mock: the mock {SAYS}"),
        ("python -m segmind_mock", f"segmind-mock: the mock {SAYS}"),
        ("pagewright lint", f"pagewright: {SAYS}"),
        ("pagewright generate", f"pagewright: {SAYS}"),
        ("pagewright vendor status x", f"pagewright: {SAYS}"),
        ("python -m pagewright lint", f"pagewright: {SAYS}"),
    ],
)
def test_without_fcntl_mock_and_generator_refuse_in_one_line(command: str, says: str, tmp_path: Path) -> None:
    assert _run(command, _without(tmp_path, "fcntl"), tmp_path) == (2, "", says)


def test_without_fcntl_the_fixture_refuses_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "test_shop.py").write_text("def test_it(segmind_mock):\n    pass\n")
    status, said, _ = _run("python -m pytest -q -p no:fakefs test_shop.py", _without(tmp_path, "fcntl"), tmp_path)
    assert status == 1 and f"\nsegmind_mock: the mock {SAYS}" in said and "Traceback" not in said


def test_without_fcntl_the_client_works(tmp_path: Path) -> None:
    environment = _without(tmp_path, "fcntl")
    assert _run("segmind-client --version", environment, tmp_path)[0] == 0
    status, said, _ = _run("segmind-client tinysd1.5-txt2img --prompt fog --dry-run", environment, tmp_path)
    assert status == 0 and "fog" in said
    code = "import segmind_client; segmind_client.SegmindClient('a-key').close()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_uvloop_the_mock_works(tmp_path: Path) -> None:
    command = [str(BIN / "segmind-mock"), "--port", "0"]
    environment = {**_without(tmp_path, "uvloop"), "SEGMIND_API_KEY": "any-key"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as mock:
        assert mock.stdout is not None
        try:
            line = mock.stdout.readline()
            assert line.startswith("listening on ")
            ask = f"segmind-client tinysd1.5-txt2img --prompt fog --async --poll-interval 0.01 --base-url {line.split()[-1]}"
            status, _, said = _run(ask, environment, tmp_path)
            assert status == 0, said
        finally:
            mock.terminate()
    assert (tmp_path / "tinysd1.5-txt2img.jpeg").stat().st_size > 1000
