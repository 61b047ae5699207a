"""Property test: every random provider that passes lint can be generated, type-checked and run."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.lint import lint
from pagewright.specs.load import load
from pagewright.workspace import open_workspace
from tests.providers.conftest import HERE, REPOSITORY, Workspace, make_workspace
from tests.providers.inventing import invent

#: Number of random providers that are generated, type-checked and run. More of them take long and show little more.
COUNT = 5
RUN = """
import sys
from importlib import import_module
name, prefix, model = sys.argv[1:]
client, mock = import_module(f"{name}_client"), import_module(f"{name}_mock")
with mock.serving(mock.Settings(pace=mock.Pace("polls", 2))) as running:
    with getattr(client, f"{prefix}Client")("a-key", running.url) as service:
        resource = getattr(service, model)
        for method in ("generate", "submit"):
            if hasattr(resource, method):
                made = getattr(resource, method)(prompt="fog", width=64, height=32)
                image = made.download(interval=0.01) if method == "submit" else made
                assert (image.width, image.height) == (64, 32), image
        method = "generate" if hasattr(resource, "generate") else "submit"
        try:
            getattr(resource, method)(width=1)
        except client.ValidationError as error:
            assert {each.rule for each in error.violations} == {"required", "minimum"}
print("ran")
"""


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, dict[str, object]]]:
    """The generated workspace of the random providers, and their platforms and models by name."""
    workspace = make_workspace(tmp_path_factory.mktemp("any") / "workspace")
    platforms: dict[str, Any] = {}
    for number in range(COUNT):
        name = f"rnd{'abcdefghij'[number]}"
        platform, model = invent(Random(f"platform {number}"), name)
        write(workspace, name, platform, model)
        platforms[name] = (platform, model)
    done = workspace.pagewright("generate")
    assert done.returncode == 0, done.stderr
    yield workspace, platforms


def write(workspace: Workspace, name: str, platform: dict[str, object], model: dict[str, object]) -> None:
    provider = workspace.provider(name)
    spec = provider.models / f"{model['slug']}.yaml"
    spec.parent.mkdir(parents=True, exist_ok=True)
    provider.platform.write_text(json.dumps(platform, indent=1))
    spec.write_text(json.dumps(model, indent=1))


def test_client_and_mock_of_each_random_provider_run(made_up: tuple[Workspace, dict[str, Any]]) -> None:
    workspace, platforms = made_up
    for name, (platform, _) in platforms.items():
        module = next((workspace.python(name) / f"{name}_client/resources").glob("[a-z]*.py")).stem
        done = workspace.run(name, "-W", "error", "-c", RUN, name, platform["class_prefix"], module)
        assert (done.returncode, done.stdout) == (0, "ran\n"), f"{name}: {done.stderr}\n{json.dumps(platform)}"


def test_packages_of_each_random_provider_type_check(made_up: tuple[Workspace, dict[str, object]]) -> None:
    workspace, platforms = made_up
    packages = [str(workspace.python(name) / f"{name}_{kind}") for name in platforms for kind in ("client", "mock")]
    path = ":".join(str(workspace.python(name)) for name in platforms)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--no-error-summary", *packages],
        env={"MYPYPATH": path, "PATH": "/usr/bin:/bin", "HOME": str(workspace.root)},
        cwd=workspace.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_mock_of_each_random_provider_has_no_drift(made_up: tuple[Workspace, dict[str, Any]]) -> None:
    workspace, platforms = made_up
    for name, (platform, _) in platforms.items():
        done = workspace.run(name, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"generated/{name}/contract")
        assert done.returncode == 0, f"{name}: {done.stdout[-3000:]}\n{json.dumps(platform)}"


def leaves(data: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield the path of each value in a document."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from leaves(value, (*path, key))


PLATFORMS = {
    path.parent.name: yaml.safe_load(path.read_text())
    for path in (*HERE.glob("specs/*/platform.yaml"), REPOSITORY / "specs/segmind/platform.yaml")
}
CUTS = [(name, path) for name, platform in sorted(PLATFORMS.items()) for path in leaves(platform)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.sampled_from(range(len(CUTS))), min_size=1, max_size=2))
def test_an_incomplete_platform_is_a_finding_or_can_be_generated(
    cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Remove values from a platform: either lint reports a finding, or the generated files are valid Python."""
    name = CUTS[cuts[0]][0]
    platform = copy.deepcopy(PLATFORMS[name])
    for cut in cuts:
        owner, path = CUTS[cut]
        if owner == name:
            take_out(platform, path)
    root = tmp_path_factory.mktemp("cut") / "w"
    workspace = make_workspace(root, name)
    workspace.provider(name).platform.write_text(json.dumps(platform, indent=1))
    targets, _ = load_targets(open_workspace(root))
    loaded = load(workspace.provider(name))
    found = [*loaded.findings, *lint(loaded.platform, loaded.models, complete=loaded.complete, targets=targets)]
    if loaded.catalog is None or found:
        assert found
        return
    names = ProviderNames(targets, loaded.catalog.platform.names)
    outputs = [
        each
        for each in plan(open_workspace(root), targets, loaded.catalog, names, "")
        if each.source.kind == "template"
    ]
    for file, content in render_all(Renderer(open_workspace(root), loaded.catalog, names), outputs).items():
        if file.endswith(".py"):
            compile(content, file, "exec")


def take_out(data: Any, path: tuple[object, ...]) -> None:
    """Remove the value at `path`, unless a value around it was removed already."""
    for key in path[:-1]:
        if isinstance(data, list) and not isinstance(key, int):
            return
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(data, dict):
        data.pop(path[-1], None)
    elif isinstance(data, list) and isinstance(path[-1], int) and path[-1] < len(data):
        del data[path[-1]]
