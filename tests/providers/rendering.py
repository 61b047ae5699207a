"""Files of single targets, rendered for an invented provider."""

from __future__ import annotations

import shutil
from pathlib import Path

from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.load import load
from pagewright.workspace import find_provider, open_workspace

ROOT = Path(__file__).parents[2]
SPECS = Path(__file__).parent / "specs"


def rendered(
    root: Path, provider: str, *targets: str, without: str = "", models: tuple[str, ...] = ()
) -> dict[str, bytes]:
    """Return the files of some targets for a provider, by their paths in its folder of `generated/`.

    `without` names a line of the provider's `platform.yaml` that is taken out first, by its key. `models` are the slugs of the
    models that are rendered; () is for all.
    """
    (root / "specs").mkdir(parents=True)
    (root / "templates").symlink_to(ROOT / "templates")
    (root / "specs" / "schema").symlink_to(ROOT / "specs" / "schema")
    shutil.copytree(SPECS / provider, root / "specs" / provider)
    folder = root / "specs" / provider / "models"
    for path in folder.rglob("*.yaml"):
        if models and path.relative_to(folder).as_posix().removesuffix(".yaml") not in models:
            path.unlink()
    if without:
        platform = root / "specs" / provider / "platform.yaml"
        lines = platform.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.strip().startswith(f"{without}:")]
        assert len(kept) == len(lines) - 1, f"{without} is not a single line of {platform}"
        platform.write_text("".join(kept), encoding="utf-8")
    loaded = load(find_provider(open_workspace(root)))
    assert loaded.catalog and not loaded.findings, loaded.findings
    every, findings = load_targets(open_workspace(root))
    assert not findings
    names = ProviderNames(every, loaded.catalog.platform.names)
    wanted = [target for target in every if target.name in targets]
    return dict(
        render_all(
            Renderer(open_workspace(root), loaded.catalog, names),
            plan(open_workspace(root), wanted, loaded.catalog, names, ""),
        )
    )
