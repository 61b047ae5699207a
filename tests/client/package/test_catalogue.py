"""A package of many models: starting it costs what it costs with few, and every model is there, typed, under a name of
its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from pagewright.generate import generate
from pagewright.rendering import names
from pagewright.rendering.views import catalog_names
from pagewright.specs.load import load
from pagewright.workspace import find_provider, open_workspace
from scripts.synthetic_catalogue import known_slugs, make_workspace
from segmind_client import AsyncSegmindClient, SegmindClient
from tests.material import catalogue_slugs, reserved

REPOSITORY = Path(__file__).parents[3]
FEW, MANY = REPOSITORY / "generated/segmind/python", 40
_SEPARATORS = re.compile("[-._]")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with many generated models."""
    root = tmp_path_factory.mktemp("catalogue") / "workspace"
    make_workspace(root, MANY)
    assert not generate(find_provider(open_workspace(root))).findings
    return root


def _run(path: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, cwd=path
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


_LOADED = "import sys; print(*sorted(name for name in sys.modules if '_pagewright' not in name))"
#: Every public name: the package itself loads them as they are used.
_ALL = "from segmind_client import *\n"
_HELP = (
    "import contextlib, io, segmind_client.cli as c\nwith contextlib.redirect_stdout(io.StringIO()):\n    c.main([])\n"
)


@pytest.mark.parametrize("code", [_ALL, _HELP], ids=["import", "help"])
def test_starting_loads_the_same_whatever_the_number_of_models(many: Path, code: str) -> None:
    loaded = _run(many / "generated/segmind/python", "-c", code + _LOADED).split()
    assert loaded == _run(FEW, "-c", code + _LOADED).split()
    assert "segmind_client.spec.catalog" in loaded
    assert not [name for name in loaded if ".resources." in name or ".spec.models." in name or "._models" in name]


def test_what_starts_is_of_the_same_size_but_for_the_list_of_models(many: Path) -> None:
    """The size of the modules imported at start only grows by the list of slugs, about one line per model."""
    loaded = [n for n in _run(FEW, "-c", _ALL + _LOADED).split() if n.startswith("segmind_client.")]
    grown = {}
    for name in loaded:
        path = name.replace(".", "/") + ".py"
        if (FEW / path).is_file():
            grown[name] = (many / "generated/segmind/python" / path).stat().st_size - (FEW / path).stat().st_size
    assert 0 < grown.pop("segmind_client.spec.catalog") < 120 * MANY
    assert set(grown.values()) == {0}


def test_every_model_is_an_attribute_of_its_own(many: Path) -> None:
    code = (
        "from segmind_client import SegmindClient\nfrom segmind_client.spec.catalog import MODULES\n"
        "client = SegmindClient('a-key')\n"
        "print(*(getattr(client, name).model.slug for name in MODULES.values()))\n"
        "assert set(MODULES.values()) <= set(dir(client))\n"
    )
    slugs = [path.stem for path in (many / "specs/segmind/models").glob("*.yaml")]
    assert sorted(_run(many / "generated/segmind/python", "-c", code).split()) == sorted(slugs)


def test_an_attribute_is_made_once() -> None:
    client = SegmindClient("a-key", environ={})
    assert client.tinysd1_5_txt2img is client.tinysd1_5_txt2img


@pytest.mark.parametrize("client", [SegmindClient, AsyncSegmindClient])
def test_a_client_has_no_attributes_for_unknown_models(client: type[SegmindClient]) -> None:
    made = client("a-key", environ={})
    assert not hasattr(made, "tinysd1_5") and not hasattr(made, "_models") and not hasattr(made, "__nothing__")
    with pytest.raises(AttributeError, match="'tinysd1_5_txt2im'"):
        made.tinysd1_5_txt2im  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("client", [SegmindClient, AsyncSegmindClient])
def test_no_model_can_take_the_name_of_what_a_client_has(client: type) -> None:
    """A model with the name of an existing attribute would be hidden."""
    own = [name for name in dir(client) if not name.startswith("_")]
    assert own and not [name for name in own if names.model_name(name, reserved()) == name]


def test_types_know_every_model_and_no_other(many: Path, tmp_path: Path) -> None:
    name = sorted(_modules(many))[0]
    caller = tmp_path / "caller.py"
    caller.write_text(
        "from segmind_client import AsyncSegmindClient, SegmindClient\n\n"
        f"reveal_type(SegmindClient('a').{name}.submit)\nreveal_type(AsyncSegmindClient('a').{name}.submit)\n"
        "SegmindClient('a').no_such_model\n"
        "SegmindClient('a').tinysd1_5_txt2img.generate(prompt=7)\n"
        "SegmindClient('a').tinysd1_5_txt2img.generate(prompt='fog')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", str(caller)],
        env={**os.environ, "MYPYPATH": str(many / "generated/segmind/python"), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.findall(r"caller.py:(\d+): (note|error): (.*)", done.stdout)
    assert [(line, kind) for line, kind, _ in said] == [
        ("3", "note"),
        ("4", "note"),
        ("5", "error"),
        ("6", "error"),
    ], said
    assert "-> segmind_client._clients.jobs.AsyncJob" in said[0][2]
    assert "Coroutine[" in said[1][2] and "AsyncioJob" in said[1][2]
    assert "no_such_model" in said[2][2] and "prompt" in said[3][2]


def _modules(workspace: Path) -> set[str]:
    catalog = load(find_provider(open_workspace(workspace))).catalog
    assert catalog
    return {str(name) for name in catalog_names(catalog, reserved()).values()}


def test_operations_have_names_of_their_own(many: Path) -> None:
    document = json.loads((many / "generated/segmind/openapi/platform.openapi.json").read_bytes())
    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for key, operation in path.items()
        if key != "parameters"
    ]
    assert len(ids) == len({name.casefold() for name in ids}) > MANY
    assert len({name.casefold() for name in document["components"]["schemas"]}) == len(
        document["components"]["schemas"]
    )


def test_slugs_that_differ_in_punctuation_or_case_alone_get_names_of_their_own() -> None:
    """With every real slug, deliberately similar names collide in no language."""
    slugs = (
        catalogue_slugs() if known_slugs() else [path.stem for path in (REPOSITORY / "specs/segmind/models").iterdir()]
    )
    near = {
        variant
        for slug in slugs
        for variant in (
            slug,
            slug.upper(),
            _SEPARATORS.sub("_", slug),
            _SEPARATORS.sub("..", slug),
            f"{slug}-",
            f"-{slug}",
        )
    }
    named = names.model_names(near, reserved())
    assert len(named) == len(near) > 3 * len(slugs)
    assert all(name.isidentifier() and name.isascii() for name in named.values())
    # As attribute, module, operation and class, also on file systems that ignore case.
    for fold in (
        str.casefold,
        partial(names.class_name, reserved=reserved()),
        partial(names.collision_key, reserved=reserved()),
    ):
        assert len({fold(name) for name in named.values()}) == len(near)
