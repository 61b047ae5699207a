"""Resolve all dependencies of the repository again, into lock files with hashes and no addresses."""

from __future__ import annotations

import subprocess
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What is resolved into which file.
LOCKS = {
    "requirements.lock": ["--all-extras", "pyproject.toml", "generated/segmind/python/pyproject.toml"],
    "bench/requirements.txt": ["bench/requirements.in"],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pip-tools"], check=True)
        # What a resolver adds by itself (an index, a folder of wheels, its own command line) differs by machine.
        hide = ["--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-header", "--no-annotate"]
        resolve = [python, "-m", "piptools", "compile", "--quiet", "--upgrade", "--generate-hashes", "--strip-extras"]
        for lock, sources in LOCKS.items():
            subprocess.run([*resolve, *hide, "--output-file", lock, *sources], check=True, cwd=ROOT)
    npm = ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]
    for place in (ROOT, ROOT / "bench"):
        subprocess.run(npm, check=True, cwd=place)


if __name__ == "__main__":
    main()
