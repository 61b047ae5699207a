"""Workspaces of invented providers, which are unlike ours in all that a spec can say."""

from __future__ import annotations

import shutil
from pathlib import Path

from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.load import load
from pagewright.workspace import find_provider

ROOT = Path(__file__).parents[2]
PROVIDERS = Path(__file__).parent / "providers"


def rendered(root: Path, provider: str, *targets: str) -> dict[str, bytes]:
    """The files of some targets for one of the providers, by their paths below its folder of `generated/`."""
    (root / "specs").mkdir(parents=True)
    (root / "templates").symlink_to(ROOT / "templates")
    (root / "specs" / "schema").symlink_to(ROOT / "specs" / "schema")
    shutil.copytree(PROVIDERS / provider, root / "specs" / provider)
    loaded = load(find_provider(root))
    assert loaded.catalog and not loaded.findings, loaded.findings
    every, findings = load_targets(root)
    assert not findings
    names = ProviderNames(every, loaded.catalog.platform.names)
    wanted = [target for target in every if target.name in targets]
    return dict(render_all(Renderer(root, loaded.catalog, names), plan(root, wanted, loaded.catalog, names, "")))
