"""Install a lock file into this Python's environment with pip, and tell on a terminal how far it is.

    python scripts/install.py requirements.lock

pip works for a minute or more here, and says either nothing or several hundred lines. What it says is shown if it fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]


def main() -> int:
    lock = sys.argv[1]
    total = len(re.findall(r"^[\w.-]+==", Path(lock).read_text(encoding="utf-8"), re.MULTILINE))
    print(f"Installing {total} packages from {lock} (a minute or two) …", flush=True)
    command = [*_PIP, "--require-hashes", "-r", lock]
    said: list[str] = []
    found = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line)
            if line.startswith("Collecting "):
                found += 1
                _show(f"  {found} of {total}: {line.split()[1].partition('=')[0]}")
            elif line.startswith("Installing collected packages"):
                _show("  unpacking …")
    _show("")
    if pip.returncode:
        print(*said, sep="", file=sys.stderr)
        print(f"pip could not install {lock}; its output is above.", file=sys.stderr)
    return pip.returncode


def _show(progress: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{progress}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
