"""Regeneration: everything from nothing, and with nothing to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..budgets import FULL_REGENERATION, NOTHING_CHANGED
from ..measure import in_turn, peers_of, seconds_of
from ..peers import DOCUMENT, PYTHON, ROOT, own_command, peer_command, peer_environment
from ..table import TableRow

_PEER = "openapi-python-client"
_YAML = "python -c 'import yaml'"


def cold(what: str) -> TableRow:
    """Every target of every model into an empty folder, beside a client alone from our OpenAPI document."""
    with _clone() as clone:
        generate = [own_command("pagewright"), "--root", str(clone), "--quiet", "generate"]

        def ours() -> float:
            shutil.rmtree(clone / "generated", ignore_errors=True)
            return seconds_of(generate)

        command = [peer_command(_PEER), "generate", "--path", str(DOCUMENT), "--overwrite"]
        command += ["--output-path", str(clone / "peer")]
        medians = in_turn({"ours": ours, _PEER: lambda: seconds_of(command, peer_environment())}, rounds=5)
        files = sum(path.is_file() for path in (clone / "generated").rglob("*"))
        theirs = sum(path.is_file() for path in (clone / "peer").rglob("*.py"))
    note = f"{files} files for client, mock and documents; {_PEER}: {theirs} for a client."
    return TableRow(what, "s", medians["ours"], peers_of(medians), FULL_REGENERATION, note)


def unchanged(what: str) -> TableRow:
    with _clone() as clone:
        generate = [own_command("pagewright"), "--root", str(clone), "--quiet", "generate"]
        seconds_of(generate)
        bare = [str(PYTHON), "-c", "import yaml"]
        medians = in_turn({"ours": lambda: seconds_of(generate), _YAML: lambda: seconds_of(bare)}, rounds=11)
    return TableRow(what, "s", medians["ours"], peers_of(medians), NOTHING_CHANGED)


@contextmanager
def _clone() -> Iterator[Path]:
    """Copy the generator's input to a new folder."""
    with TemporaryDirectory(prefix="pagewright-bench-") as folder:
        clone = Path(folder)
        for name in ("specs", "templates"):
            shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(ROOT / "requirements.lock", clone)
        yield clone
