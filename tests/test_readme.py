"""The README's tour works when it is pasted: its blocks run in order, in one shell, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.material import absent

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|python) tour\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_tour_runs(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        absent("curl")
    script = ["set -eu", "trap 'kill $(jobs -p)' EXIT"]
    for number, (language, code) in enumerate(BLOCK.findall(README)):
        if language == "python":
            (tmp_path / f"block-{number}.py").write_text(code, encoding="utf-8")
            code = f"python -W error block-{number}.py\n"
        script.append(code)
    # The one thing not taken from the README: a port that is free here, and the environment instead of its activation.
    text = "\n".join(script).replace("8787", str(free_port())).replace(". .venv/bin/activate\n", "")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEGMIND_")}
    run = subprocess.run(
        ["bash", "-c", text],
        cwd=tmp_path,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for expected in ("1344 768 image/png", "COMPLETED", "samples: 9 is above the maximum 4", "\n429\n", "json-on-200"):
        assert expected in run.stdout
    for picture in ("lighthouse.jpeg", "queued.jpeg", "lighthouse.png", "queued-7.jpeg"):
        assert (tmp_path / picture).stat().st_size > 1000


def test_every_command_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)", README)) - {"you"}
    assert targets, "the README names no make target"
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
