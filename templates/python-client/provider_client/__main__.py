"""The command line as `python -m provider_client`. A vendored copy has it if it was made with the part `cli`."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec


def main() -> int:
    """Run the command line and return its exit code: 2 if this copy has none."""
    if find_spec(f"{__package__}.cli"):
        return int(import_module(f"{__package__}.cli").main())
    print(f"python -m {__package__}: {_missing()}", file=sys.stderr)
    return 2


def _missing() -> str:
    """Return the message of a copy without a command line, with the command that adds it."""
    import json
    from pathlib import Path

    folder, here = Path(__file__).parent, Path.cwd()
    shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
    try:
        chosen = [str(each) for each in json.loads((folder / "VENDORED.json").read_bytes())["with"]]
    except (OSError, ValueError, KeyError, TypeError):
        chosen = []
    parts = ",".join(sorted({*chosen, "cli"}))
    return (
        "this copy of the client was vendored without the part cli, its command line. "
        f"Add it: pagewright vendor update {shown} --with {parts}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
