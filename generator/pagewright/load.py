"""From files to specs: parse, check against the meta-schemas, build. Every finding at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .findings import Finding
from .metaschema import Checker, printable
from .spec import Catalog, Model, Platform, model_from, platform_from
from .workspace import Provider

if TYPE_CHECKING:
    from .cache import Cache


@dataclass(frozen=True, slots=True)
class Loaded:
    """The specs that could be built, and what is wrong with any of them."""

    platform: Platform | None
    models: tuple[Model, ...]
    findings: list[Finding]
    complete: bool

    @property
    def catalog(self) -> Catalog | None:
        """The whole catalogue; None unless every file could be built."""
        return Catalog(self.platform, self.models) if self.platform and self.complete else None


def load(provider: Provider, cache: Cache | None = None) -> Loaded:
    """Reads all specs of `provider`; with a `cache` only those that it does not know."""
    checker = Checker(provider.root, cache)
    findings: list[Finding] = []
    platform: Platform | None = None
    if _is_plain(provider.platform):
        document, found = checker.read(provider.platform, "platform.schema.json")
        findings += found
        platform = platform_from(document) if document else None
    else:
        message = "Every catalogue has a platform.yaml: a file, and no link."
        findings.append(Finding(_name(provider, provider.platform), 1, 1, "S001", "missing-file", message))
    paths, strays = _model_files(provider)
    findings += strays
    models: list[Model] = []
    for path in paths:
        document, found = checker.read(path, "model.schema.json")
        findings += found
        if document:
            models.append(model_from(document))
    if not paths:
        findings.append(
            Finding(
                _name(provider, provider.models), 1, 1, "S001", "missing-file", "There is no model: add a <slug>.yaml."
            )
        )
    complete = platform is not None and bool(models) and len(models) == len(paths)
    return Loaded(platform, tuple(models), findings, complete)


def _name(provider: Provider, path: Path) -> str:
    return path.relative_to(provider.root).as_posix()


def _model_files(provider: Provider) -> tuple[list[Path], list[Finding]]:
    """The model files in order of their names by code point, and what else lies there and would be passed over."""
    paths: list[Path] = []
    findings: list[Finding] = []
    folder = provider.models
    for path in sorted(folder.iterdir(), key=lambda path: path.name) if folder.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.suffix == ".yaml" and _is_plain(path):
            paths.append(path)
        else:
            message = "A model is a file <slug>.yaml in this folder, and no link. Rename it or move it away."
            findings.append(
                Finding(f"{_name(provider, folder)}/{printable(path.name)}", 1, 1, "S006", "stray-file", message)
            )
    return paths, findings


def _is_plain(path: Path) -> bool:
    """Whether a file of its own stands there. What a link leads to may be anything: a device without an end, or a file
    whose content is nobody's business and would be quoted in a finding."""
    return path.is_file() and not path.is_symlink()
