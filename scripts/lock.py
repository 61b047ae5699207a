"""Resolve all dependencies of the repository again, into lock files with hashes and no addresses."""

from __future__ import annotations

import subprocess
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements.lock"
PROJECTS = ["pyproject.toml", "generated/segmind/python/pyproject.toml"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pip-tools"], check=True)
        # What a resolver adds by itself (an index, a folder of wheels, its own command line) differs by machine.
        hide = ["--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-header", "--no-annotate"]
        compile_command = [python, "-m", "piptools", "compile", "--quiet", "--upgrade", "--generate-hashes"]
        scope = ["--all-extras", "--strip-extras", "--output-file", LOCK, *PROJECTS]
        subprocess.run([*compile_command, *hide, *scope], check=True, cwd=ROOT)
    npm = ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]
    subprocess.run(npm, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
