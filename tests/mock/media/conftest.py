"""Invented models of every medium, generated as models of Segmind, and their mock in process.

Their specs are in `models/`. The generated packages have names that other tests have loaded from this repository, so that
they are loaded here under a name of their own.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagewright.generate import generate
from pagewright.workspace import find_provider, open_workspace

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def make_root(root: Path) -> Path:
    """Return a folder with Segmind's platform, the invented models and what is generated from them."""
    shutil.copytree(ROOT / "templates", root / "templates")
    shutil.copytree(ROOT / "specs" / "schema", root / "specs" / "schema")
    shutil.copytree(HERE / "models", root / "specs" / "segmind" / "models")
    platform = (ROOT / "specs" / "segmind" / "platform.yaml").read_text(encoding="utf-8")
    # Its errata are about pages of models that are not here.
    text = f"{platform.partition('errata:')[0]}errata: []\n"
    (root / "specs" / "segmind" / "platform.yaml").write_text(text, encoding="utf-8")
    result = generate(find_provider(open_workspace(root)))
    assert not result.findings, "\n".join(map(str, result.findings))
    return root


@pytest.fixture(scope="session")
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the invented models, generated."""
    return make_root(tmp_path_factory.mktemp("media") / "workspace")


@pytest.fixture(scope="session")
def media_mock(media_root: Path) -> Iterator[object]:
    """The package of their mock, under the name `media_models_mock`."""
    folder = media_root / "generated" / "segmind" / "python"
    package = media_root / "loaded"
    shutil.copytree(folder / "segmind_mock", package / "media_models_mock")
    sys.path.insert(0, str(package))
    try:
        yield importlib.import_module("media_models_mock")
    finally:
        sys.path.remove(str(package))
