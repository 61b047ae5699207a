"""Invented models of every medium, from their page to the contract suite: spec, client, command line, mock, no drift."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from tests.media.conftest import HERE

PAGES = sorted(path.stem for path in (HERE / "pages").glob("*.txt"))
#: Specs that have more than their page says, by a person's decision: parts of a message, and an image as base64.
DECIDED = ("quill-8b", "sway")


class Made(NamedTuple):
    """The answer of a model's mock to its example: the type of the result, the description of the file, and its suffix."""

    kind: str
    words: str
    suffix: str


MADE = {
    "plate": Made("ImageResult", "image/jpeg, 1024×1024", "jpeg"),
    "reel-1": Made("VideoResult", "video/mp4, 320×180, 2.0 s", "mp4"),
    "sway": Made("VideoResult", "video/mp4, 1280×720, 2.0 s", "mp4"),
    "murmur": Made("AudioResult", "audio/mpeg, 1.0 s, 24000 Hz, mono", "mp3"),
    "hum-2": Made("AudioResult", "audio/mpeg, 4.0 s, 24000 Hz, mono", "mp3"),
    "clay": Made("FileResult", "model/gltf-binary", "glb"),
    "relief": Made("FileResult", "model/gltf-binary", "glb"),
    "quill-8b": Made("TextResult", "Hello", "txt"),
    "sage": Made("TextResult", "Write a haiku", "txt"),
    "vectors-3": Made("JsonResult", '"embedding"', "json"),
    "tagger": Made("JsonResult", "", "json"),
}


class Running(NamedTuple):
    """A mock of the invented models, its address, and their facts."""

    url: str
    models: dict[str, Any]


@pytest.fixture(scope="module")
def mock(lumen: ModuleType) -> Iterator[Running]:
    package = importlib.import_module("lumen_mock")
    catalog = importlib.import_module("lumen_mock.spec.catalog")
    with package.serving(package.Settings(pace=package.Pace("polls", 2))) as running:
        yield Running(running.url, {slug: catalog.get(slug) for slug in catalog.MODULES})


def test_every_medium_has_two_models_with_a_page(mock: Running) -> None:
    media = [model.output.media for model in mock.models.values()]
    assert {each for each in media if media.count(each) >= 2} == {"video", "audio", "text", "json", "model3d"}
    assert sorted(mock.models) == PAGES == sorted(MADE)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in DECIDED])
def test_a_page_is_read_into_the_spec(python: Path, page: str) -> None:
    done = _pagewright(python, "transcribe", str(HERE / "pages" / f"{page}.txt"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (HERE / "specs" / "models" / f"{page}.yaml").read_text(encoding="utf-8")


def test_no_spec_differs_from_its_page(python: Path) -> None:
    done = _pagewright(python, "transcribe", "--check", "--pages", str(HERE / "pages"))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("slug", PAGES)
def test_the_clients_agree_about_what_the_mock_makes(lumen: ModuleType, mock: Running, slug: str) -> None:
    name, payload = slug.replace("-", "_"), mock.models[slug].example

    async def later() -> list[object]:
        async with lumen.AsyncLumenClient("a-key", mock.url) as client:
            resource = getattr(client, name)
            job = await resource.submit(**payload)
            return [await resource.generate(**payload), await job.download(interval=0.01)]

    with lumen.LumenClient("a-key", mock.url) as client:
        resource = getattr(client, name)
        results = [resource.generate(**payload), resource.submit(**payload).download(interval=0.01)]
    for result in [*results, *asyncio.run(later())]:
        assert type(result) is getattr(lumen, MADE[slug].kind) and getattr(result, "problem", None) is None
        assert MADE[slug].words in _words(lumen, result)
        assert _words(lumen, result) == _words(lumen, results[0])


@pytest.mark.parametrize("queue", [[], ["--async", "--poll-interval", "0.01"]])
@pytest.mark.parametrize("slug", PAGES)
def test_the_command_line_saves_what_the_mock_makes(
    python: Path, mock: Running, tmp_path: Path, slug: str, queue: list[str]
) -> None:
    name = f"made.{MADE[slug].suffix}"
    command = [slug, "--params", json.dumps(mock.models[slug].example), "--out", "made", "--base-url", mock.url, *queue]
    done = _run(python, tmp_path, "-m", "lumen_client", *command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith((f"{name}: ", f"{name}  ")) and done.stdout.count("\n") == 1
    assert (tmp_path / name).stat().st_size > 0
    if MADE[slug].kind in ("VideoResult", "AudioResult", "FileResult"):
        assert done.stdout == f"{name}: {MADE[slug].words}\n"


def test_the_contract_suite_finds_no_drift(python: Path) -> None:
    root = python.parents[2]
    contract = root / "generated" / "lumen" / "contract"
    done = _run(root, root, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(contract), path=f"{python}:{root}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 drift, 0 not available, 0 not checked" in done.stdout


def _words(lumen: ModuleType, result: Any) -> str:
    if isinstance(result, lumen.FileResult):
        return ", ".join(filter(None, [result.media_type, result.files[0].measures]))
    return result.text if isinstance(result, lumen.TextResult) else json.dumps(result.data)


def _pagewright(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = python.parents[2]
    return _run(root, root, "-m", "pagewright", "--root", str(root), *arguments)


def _run(python: Path, folder: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, without the variables of the test run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LUMEN", "PYTEST_XDIST"))}
    more = {"PYTHONPATH": path or str(python), "LUMEN_API_KEY": "a-key", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    line = [sys.executable, *arguments]
    return subprocess.run(
        line, cwd=folder, env={**clean, **more}, capture_output=True, text=True, encoding="utf-8", check=False
    )
