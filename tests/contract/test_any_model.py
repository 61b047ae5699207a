"""Property test: the suite finds nothing on its own mock, for every model that passes lint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pagewright.generate import generate
from pagewright.specs.load_and_lint import read_checked
from pagewright.workspace import Provider, find_provider, open_workspace
from tests.contract.inventing import invent_model

ROOT = Path(__file__).parents[2]
#: Number of random models. More of them take long and show little more.
COUNT = 12
#: Runs the suite with so little memory that no text of 2^31 characters fits into it.
RUN = """
import resource, sys, pytest
resource.setrlimit(resource.RLIMIT_AS, (5_000_000_000, 5_000_000_000))
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", sys.argv[1]]))
"""
#: Parameters, and the roles in the output, of models that were once judged wrongly.
ODD: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "bool-enum": ({"n": {"type": "boolean", "enum": [True], "default": True}}, {}),
    "count-one": (
        {"num": {"type": "integer", "default": 1, "minimum": 1, "maximum": 1}, "b": {"type": "boolean"}},
        {"count": "num", "base64": "b"},
    ),
    "count-two": (
        {"n": {"type": "integer", "enum": [2], "default": 2}, "b": {"type": "boolean"}},
        {"count": "n", "base64": "b"},
    ),
    "count-many": ({"n": {"type": "integer", "minimum": 1, "maximum": 2**31}}, {"count": "n"}),
    "free-size": (
        {"width": {"type": "integer", "default": 1024}, "height": {"type": "integer", "default": 1024}},
        {"width": "width", "height": "height"},
    ),
    "no-size": ({"w": {"type": "integer", "minimum": 0, "maximum": 2048}}, {"width": "w"}),
    "huge-size": ({"w": {"type": "integer", "minimum": 40000}, "h": {"type": "integer", "minimum": 40000}}, {"width": "w", "height": "h"}),
    "formats": (
        {"f": {"type": "string", "enum": ["png", "gif", "webp", "avif", "bmp", "JPG", "PNG", "jpeg", "tiff"], "default": "gif"}},
        {"format": "f"},
    ),
    "media-types": (
        {"f": {"type": "string", "enum": ["image/png", "IMAGE/WEBP", "image/jpg"], "default": "image/png"}},
        {"format": "f"},
    ),
    "null-default": (
        {name: {"type": "string", "default": None} for name in ("negative_prompt", "style")}
        | {"seed": {"type": "integer", "default": None}, "image": {"type": "string", "format": "uri", "default": None}},
        {},
    ),
    "large-seed": ({"seed": {"type": "integer", "minimum": 1000, "maximum": 99999}}, {}),
    "huge-text": ({"prompt": {"type": "string", "maxLength": 2**31 - 1}, "list": {"type": "array", "minItems": 2**31}}, {}),
    "old-seed": ({"seed": {"type": ["integer", "null"], "minimum": -5, "maximum": -1}}, {}),
    "one-or-true": ({"mood": {"anyOf": [{"type": "integer"}, {"type": "boolean"}], "default": 1}}, {}),
    "text-default": (
        {
            "frames": {"type": ["integer", "null"], "maximum": 100, "x-accepts-text": True, "default": "14"},
            "n": {"type": "integer", "minimum": 1, "maximum": 4, "x-accepts-text": True, "default": "2"},
            "w": {"type": "integer", "x-accepts-text": True, "default": "512"},
            "seed": {"type": "integer", "x-accepts-text": True, "default": "7"},
        },
        {"width": "w", "count": "n"},
    ),
    "digits": ({"a": {"type": "number", "minimum": 0.12345678901234567, "maximum": 99999999999999.98}, "b": {"type": "number", "maximum": 12345678901234567.0}}, {}),
}  # fmt: skip


def write(root: Path, models: dict[str, dict[str, object]]) -> Provider:
    """Write a workspace with these models of Segmind."""
    shutil.copytree(ROOT / "templates", root / "templates")
    shutil.copytree(ROOT / "specs" / "schema", root / "specs" / "schema")
    folder = root / "specs" / "segmind" / "models"
    folder.mkdir(parents=True)
    platform = (ROOT / "specs" / "segmind" / "platform.yaml").read_text(encoding="utf-8")
    # Its errata are about pages of models that are not here.
    folder.with_name("platform.yaml").write_text(f"{platform.partition('errata:')[0]}errata: []\n", encoding="utf-8")
    for slug, model in models.items():
        (folder / f"{slug}.yaml").write_text(json.dumps(model, indent=1), encoding="utf-8")
    return find_provider(open_workspace(root))


def odd_models() -> dict[str, dict[str, object]]:
    """Return the models of `ODD` as they stand in specs."""
    return {
        slug: {
            "slug": slug,
            "title": "A model",
            "summary": "It draws.",
            "task": "draw",
            "pages": ["page"],
            "sync": {"method": "POST", "path": f"/v1/{slug}"},
            "async": {"method": "POST", "path": f"/v2/{slug}"},
            "input": {"type": "object", "required": [], "properties": properties},
            "output": {"media": "image", **output},
            "example": {},
        }
        for slug, (properties, output) in ODD.items()
    }


def of_errata() -> dict[str, object]:
    """Return a model whose page has an invalid default and an invalid example, as errata say."""
    model = odd_models()["large-seed"]
    steps = {"type": "integer", "minimum": 10, "default": 5}
    changed = {"slug": "errata", "sync": {"method": "POST", "path": "/v1/errata"}, "example": {"steps": 7}}
    erratum = {"at": "/input/properties/steps/default", "page": "page", "documented": None, "used": 5}
    example = {"at": "/example/steps", "page": "page", "documented": None, "used": 7}
    why = {"basis": "observed", "why": "The page contradicts itself."}
    model = {**model, **changed, "input": {"type": "object", "required": [], "properties": {"steps": steps}}}
    del model["async"]
    return {**model, "errata": [{**erratum, **why}, {**example, **why}]}


def of_prices() -> dict[str, dict[str, object]]:
    """Return a model for each unit of prices."""
    schema = json.loads((ROOT / "specs" / "schema" / "model.schema.json").read_text(encoding="utf-8"))
    units = schema["properties"]["pricing"]["items"]["properties"]["unit"]["enum"]
    models: dict[str, dict[str, object]] = {}
    for unit in units:
        pricing = [{"unit": unit, "amount": 0.004, "basis": "page"}]
        paths = {way: {"method": "POST", "path": f"/{way}/per-{unit}"} for way in ("sync", "async")}
        models[f"per-{unit}"] = {**odd_models()["free-size"], **paths, "slug": f"per-{unit}", "pricing": pricing}
    return models


@pytest.mark.parametrize("kind", ["odd", "random"])
def test_the_suite_finds_nothing_on_its_own_mock(kind: str, tmp_path: Path) -> None:
    models = {**odd_models(), **of_prices(), "errata": of_errata()}
    if kind == "random":
        models = {
            f"model-{number}": invent_model(Random(f"model {number}"), f"model-{number}") for number in range(COUNT)
        }
    root = tmp_path / "workspace"
    provider = write(root, models)
    refused = {finding.path for finding in read_checked(provider).findings}
    for path in refused:
        (root / path).unlink()
    assert len(refused) <= (3 if kind == "random" else 0), refused
    result = generate(provider)
    assert not result.findings, "\n".join(map(str, result.findings))
    generated = root / "generated" / "segmind"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEGMIND", "PYTEST_XDIST"))}
    paths = os.pathsep.join([str(generated / "python"), str(root)])
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(generated / "contract")],
        env={**clean, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": paths},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    assert " 0 in doubt, 0 drift, 0 not available" in done.stdout
