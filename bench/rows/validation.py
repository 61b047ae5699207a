"""The generated validator beside general ones, on one valid body of 14 parameters."""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import Any

from pagewright.specs.load import load
from pagewright.workspace import find_provider, open_workspace

from ..budgets import VALIDATION
from ..measure import peers_of
from ..peers import GENERATED, ROOT, SLUG, environment, peer_command
from ..table import NotMeasured, TableRow


def valid_body(what: str) -> TableRow:
    """All four in one process, turn about: `time_validators.py`, run by the peers' Python."""
    done = subprocess.run(
        [peer_command("python"), str(ROOT / "bench/programs/time_validators.py"), SLUG, json.dumps(_input_schema())],
        env=environment(PYTHONPATH=str(GENERATED / "python")),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotMeasured((done.stderr.strip().splitlines() or ["no word"])[-1])
    answer = json.loads(done.stdout)
    medians = {name: median(values) for name, values in answer["seconds"].items()}
    found = ", ".join(f"{name} {count}" for name, count in answer["found"].items())
    note = f"Mistakes reported of a body with three: {found}."
    return TableRow(what, "s", medians["ours"], peers_of(medians), VALIDATION, note)


def _input_schema() -> Any:
    return next(model.input_schema for model in load(find_provider(open_workspace(ROOT))).models if model.slug == SLUG)
