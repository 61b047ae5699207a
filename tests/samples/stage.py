"""The stage on which a page's sample plays: it is taken from the page, run as printed, and what it did is looked at."""

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
    """How a sample's process ended, and what it printed."""

    status: int
    printed: str
    complained: str


@dataclass(frozen=True)
class Stage:
    """A mock, and a folder for the sample to run in."""

    mock: Mock
    folder: Path

    def python(self, sample: str, library: str, *options: str, **environment: str) -> Run:
        """Runs a Python sample whose requests go through `library`; see launch.py for the options."""
        launcher = Path(__file__).with_name("launch.py")
        command = [sys.executable, "-P", str(launcher), *options, library]
        return self._run(command, self._write("sample.py", sample), environment)

    def node(self, sample: str, **environment: str) -> Run:
        """Runs a JavaScript sample."""
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
    """The one code sample of a documentation page."""
    found = samples(page_of(page))
    assert len(found) == 1, f"{page} has {len(found)} samples"
    return found[0]


def model_of(catalog: Catalog, page: str) -> Model:
    """The model that a page documents."""
    return next(model for model in catalog.models if page in model.pages)


def erratum_of(catalog: Catalog, page: str, pointer: str) -> Erratum:
    """The erratum that covers what `page` says at `pointer` of its model's spec, or of the platform's."""
    for erratum in (*model_of(catalog, page).errata, *catalog.platform.errata):
        if (erratum.page, erratum.at) == (page, pointer):
            return erratum
    pytest.fail(f"{page}: the sample is wrong about itself, and specs/ has no erratum at {pointer} that says so")


def price_of(model: Model) -> float:
    """What one picture costs, in dollars."""
    return UNKNOWN_PRICE if model.price_usd is None else model.price_usd


def look_at(picture: bytes) -> tuple[str, tuple[int, int]]:
    """The format and the size of a picture, all of which can be decoded."""
    with Image.open(BytesIO(picture)) as image:
        image.load()
        return str(image.format), image.size


def size_asked(model: Model, payload: Mapping[str, object]) -> tuple[object, object]:
    """The width and height that a payload asks for."""
    return payload[model.output["width"]], payload[model.output["height"]]
