"""The stage for a page's sample: extract it, run it unchanged against a mock, and inspect the requests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from pagewright.specs.spec import Catalog, Erratum, Model
from tests.material import ROOT, absent, page_of
from tests.samples.extract import samples
from tests.samples.mock import Mock
from tests.waiting import LIMIT_S

#: What the mock charges for a picture of a model whose page shows no price, in dollars.
UNKNOWN_PRICE = 0.01


@dataclass(frozen=True)
class Run:
    """The exit code and the output of a sample's process."""

    status: int
    printed: str
    complained: str


@dataclass(frozen=True)
class Stage:
    """A mock and a folder in which a sample runs."""

    mock: Mock
    folder: Path

    def python(self, sample: str, library: str, *options: str, **environment: str) -> Run:
        """Run a Python sample that uses `library`; see launch.py for the options."""
        launcher = Path(__file__).with_name("launch.py")
        command = [sys.executable, "-P", str(launcher), *options, library]
        return self._run(command, self._write("sample.py", sample), environment)

    def node(self, sample: str, **environment: str) -> Run:
        """Run a JavaScript sample."""
        node = shutil.which("node")
        modules = ROOT / "node_modules"
        if node is None or not (modules / "axios").is_dir():
            absent("node, or axios in node_modules (`make` installs it)")
        command = [node, "--require", str(Path(__file__).with_name("redirect.cjs"))]
        return self._run(command, self._write("sample.cjs", sample), {"NODE_PATH": str(modules), **environment})

    def _write(self, name: str, sample: str) -> Path:
        path = self.folder / name
        path.write_text(sample, encoding="utf-8", newline="\n")
        return path

    def _run(self, command: list[str], sample: Path, environment: Mapping[str, str]) -> Run:
        done = subprocess.run(
            [*command, str(sample)],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "SAMPLE_MOCK": self.mock.origin, **environment},
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def sample_of(page: str) -> str:
    """Return the only code sample of a page."""
    found = samples(page_of(page))
    assert len(found) == 1, f"{page} has {len(found)} samples"
    return found[0]


def model_of(catalog: Catalog, page: str) -> Model:
    """Return the model that a page documents."""
    return next(model for model in catalog.models if page in model.pages)


def erratum_of(catalog: Catalog, page: str, pointer: str) -> Erratum:
    """Return the erratum about `page` at `pointer` of its model's spec or of the platform's spec."""
    for erratum in (*model_of(catalog, page).errata, *catalog.platform.errata):
        if (erratum.page, erratum.at) == (page, pointer):
            return erratum
    pytest.fail(f"{page}: the sample is wrong about itself, and specs/ has no erratum at {pointer} that says so")


def price_of(model: Model) -> float:
    """Return the price of one image in dollars."""
    return UNKNOWN_PRICE if model.price_usd is None else model.price_usd


def look_at(picture: bytes) -> tuple[str, tuple[int, int]]:
    """Decode an image completely and return its format and size."""
    with Image.open(BytesIO(picture)) as image:
        image.load()
        return str(image.format), image.size


def size_asked(model: Model, payload: Mapping[str, object]) -> tuple[object, object]:
    """Return the width and height in a payload."""
    return payload[model.output["width"]], payload[model.output["height"]]
