"""Suite and mock of a catalog with every kind of parameter, more states, and a model that costs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pagewright.generate import generate
from pagewright.workspace import find_provider, open_workspace

ROOT = Path(__file__).parents[2]


def test_the_mock_of_unusual_specs_has_no_drift(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(ROOT / "templates", root / "templates")
    shutil.copytree(ROOT / "specs" / "schema", root / "specs" / "schema")
    shutil.copytree(Path(__file__).parent / "odd", root / "specs" / "segmind" / "models")
    platform = (ROOT / "specs" / "segmind" / "platform.yaml").read_text(encoding="utf-8")
    for state, outcome, more in (("QUEUED", "pending", "STARTING"), ("COMPLETED", "done", "DONE")):
        acceptor = f"    - {{outcome: {outcome}, http: 200, path: /status, value: {state}}}\n"
        assert acceptor in platform
        platform = platform.replace(acceptor, acceptor + acceptor.replace(state, more))
    # Its errata are about pages of models that are not here.
    platform = f"{platform.partition('errata:')[0]}errata: []\n"
    (root / "specs" / "segmind" / "platform.yaml").write_text(platform, encoding="utf-8")
    generate(find_provider(open_workspace(root)))
    paths = os.pathsep.join([str(root / "generated" / "segmind" / "python"), str(root)])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(root / "generated" / "segmind" / "contract"),
    ]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEGMIND", "PYTEST_XDIST"))}
    done = subprocess.run(
        command,
        env={**clean, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": paths},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 drift, 0 not available, 6 not checked" in done.stdout
    assert "missing boundaries: odd-model masks minItems 1, odd-model masks maxItems 3" in done.stdout
    assert "missing states: odd-model DONE" in done.stdout
