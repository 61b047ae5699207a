"""Load specs from files: parse, check against the meta-schemas, build. Reports all findings at once."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..findings import Finding
from ..workspace import MODELS, Provider
from .metaschema import Checker, printable
from .spec import Catalog, Model, Platform, model_from, platform_from

if TYPE_CHECKING:
    from .cache import Cache


class Loaded(NamedTuple):
    """The specs that could be built, and the findings in all of them. `unchanged` are the paths of models that came
    from the cache: an earlier run checked their content with the same rules and found nothing."""

    platform: Platform | None
    models: tuple[Model, ...]
    findings: list[Finding]
    complete: bool
    unchanged: frozenset[str] = frozenset()

    @property
    def catalog(self) -> Catalog | None:
        """The whole catalogue, or None if a file is not valid."""
        return Catalog(self.platform, self.models) if self.platform and self.complete else None


def load_platform(provider: Provider, cache: Cache | None = None) -> Loaded:
    """Read what is true of `provider`, without its models."""
    return _platform(provider, Checker(provider.workspace, cache))


def _platform(provider: Provider, checker: Checker) -> Loaded:
    if not _is_plain(provider.platform):
        message = "Every catalogue has a platform.yaml: a file, and no link."
        finding = Finding(_name(provider, provider.platform), 1, 1, "S001", "missing-file", message)
        return Loaded(None, (), [finding], complete=False)
    document, findings = checker.read(provider.platform, provider.logical(provider.platform), "platform.schema.json")
    return Loaded(platform_from(document) if document else None, (), findings, complete=False)


def load(provider: Provider, cache: Cache | None = None, only: Collection[str] | None = None) -> Loaded:
    """Read all specs of `provider`, or those of the models in `only`; with a `cache` only those that it does not know."""
    checker = Checker(provider.workspace, cache)
    loaded = _platform(provider, checker)
    platform, findings = loaded.platform, loaded.findings
    paths: dict[str, Path] = {}
    for layer in provider.layers:
        there, strays = _model_files(provider, layer)
        paths |= {provider.logical(path): path for path in there}
        findings += strays
    if only is not None:
        wanted = {f"{provider.logical(provider.models)}/{slug}.yaml" for slug in only}
        paths = {name: path for name, path in paths.items() if name in wanted}
    models: list[Model] = []
    unchanged: set[str] = set()
    for name, path in sorted(paths.items()):
        hits = cache.hits if cache else 0
        document, found = checker.read(path, name, "model.schema.json")
        findings += found
        if document:
            models.append(model_from(document))
            if cache and cache.hits > hits:
                unchanged.add(document.path)
    if not paths:
        findings.append(
            Finding(
                _name(provider, provider.models), 1, 1, "S001", "missing-file", "There is no model: add a <slug>.yaml."
            )
        )
    complete = platform is not None and bool(models) and len(models) == len(paths)
    return Loaded(platform, tuple(models), findings, complete, frozenset(unchanged))


def _name(provider: Provider, path: Path) -> str:
    return provider.workspace.origin(path)


def _model_files(provider: Provider, layer: Path) -> tuple[list[Path], list[Finding]]:
    """Return the model files of a folder of specs, in order of their paths by code point, and a finding for any other file."""
    paths: list[Path] = []
    findings: list[Finding] = []
    for path in _below(layer / MODELS):
        if path.suffix == ".yaml" and _is_plain(path):
            paths.append(path)
        else:
            message = "A model is a file <slug>.yaml in models/, and no link. Rename it or move it away."
            findings.append(Finding(printable(_name(provider, path)), 1, 1, "S006", "stray-file", message))
    return paths, findings


def _below(folder: Path) -> list[Path]:
    """Everything in `folder` but folders, whose content is there instead: a slug with a slash is a file in one. What
    editors and tools leave is passed over, and so are folders without any file."""
    found: list[Path] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        is_folder = path.is_dir() and not path.is_symlink() and path.suffix != ".yaml"
        found += _below(path) if is_folder else [path]
    return sorted(found, key=lambda path: path.as_posix())


def _is_plain(path: Path) -> bool:
    """Return whether `path` is a file and not a link. A link may lead to a device that never ends, or to a private file whose
    content a finding would quote."""
    return path.is_file() and not path.is_symlink()
