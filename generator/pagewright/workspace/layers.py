"""A workspace and its providers: own files laid over those that the generator was installed with."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .config import EVERYTHING, Config
from .files import tree

SPECS = "specs"
SCHEMAS = "specs/schema"
TEMPLATES = "templates"
GENERATED = "generated"
PLATFORM = "platform.yaml"
MODELS = "models"
#: A folder of `templates/` that has this file is a whole target.
DESCRIPTION = "target.yaml"


@dataclass(frozen=True)
class Workspace:
    """The folder `root` with its configuration, over the folder `installed` that holds what every workspace can use.

    A repository of Pagewright itself is both at once.
    """

    root: Path
    installed: Path
    config: Config

    @property
    def schemas(self) -> Path:
        """The folder of the meta-schemas, which belong to the generator."""
        return self.installed / SCHEMAS

    @property
    def specs(self) -> Path:
        """The folder of the workspace's own specs."""
        return self.root / self.config.specs

    @property
    def generated(self) -> Path:
        """The folder of what `generate` makes."""
        return self.root / (self.config.generated or GENERATED)

    @cached_property
    def has_installed_layer(self) -> bool:
        """Return whether there is anything below the workspace's own files."""
        return not _is_same(self.root, self.installed)

    @cached_property
    def templates(self) -> dict[str, Path]:
        """Every template by its path below `templates/`: those installed, replaced and extended by the workspace's own.

        A folder of the workspace's own that has a `target.yaml` is taken whole: nothing of an installed target of that
        name remains. `templates = ["*"]` takes nothing that is installed.
        """
        own = {name: path for name, path in tree(self.root / TEMPLATES).items() if self._is_own(name)}
        if not self.has_installed_layer or EVERYTHING in self.config.templates:
            return own
        whole = {name.partition("/")[0] for name in own if name.endswith(f"/{DESCRIPTION}") and name.count("/") == 1}
        below = {
            name: path for name, path in tree(self.installed / TEMPLATES).items() if name.partition("/")[0] not in whole
        }
        return below | own

    def overrides(self, name: str) -> bool:
        """Return whether a template is the workspace's own, beside installed ones."""
        return EVERYTHING not in self.config.templates and self._is_own(name)

    def _is_own(self, name: str) -> bool:
        """Return whether a template is declared: by itself, by a pattern, or by a folder that it is in."""
        return any(
            fnmatch.fnmatchcase(name, entry) or name.startswith(f"{entry.rstrip('/')}/")
            for entry in self.config.templates
        )

    @cached_property
    def undeclared_templates(self) -> list[str]:
        """Own files that would replace an installed template, or make a target, if `templates` declared them."""
        installed = tree(self.installed / TEMPLATES)
        return [
            name
            for name in tree(self.root / TEMPLATES)
            if not self._is_own(name) and (name in installed or name.endswith(f"/{DESCRIPTION}"))
        ]

    def origin(self, path: Path) -> str:
        """Return a file's name as people find it: relative to the workspace if it is in there."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


@dataclass(frozen=True)
class Provider:
    """One provider of a workspace: the files of its specs, and the folder of what is generated from them."""

    workspace: Workspace
    name: str

    @property
    def root(self) -> Path:
        return self.workspace.root

    @property
    def specs(self) -> Path:
        """The folder of the workspace's own specs of this provider."""
        return self.workspace.specs / self.name

    @property
    def models(self) -> Path:
        """The folder in which a spec of one's own belongs."""
        return self.specs / MODELS

    @property
    def generated(self) -> Path:
        return self.workspace.generated / self.name

    @property
    def is_generated(self) -> bool:
        """Return whether the workspace has a generated tree of this provider, or asks for one."""
        return self.workspace.config.generated is not None or self.generated.is_dir()

    @property
    def installed(self) -> Path | None:
        """The folder of the installed specs that are taken along; None if there are none."""
        if not self.workspace.has_installed_layer:
            return None
        folder = self.workspace.installed / SPECS / self.name
        chosen = self.workspace.config.providers
        wanted = chosen is None or self.name in chosen or not (self.specs / PLATFORM).exists()
        # A workspace that holds everything itself takes nothing.
        return folder if wanted and chosen != () and folder.is_dir() else None

    @property
    def platform(self) -> Path:
        """The file with the facts about the provider, own before installed; it may be missing."""
        own = self.specs / PLATFORM
        if self.installed and not os.path.lexists(own):
            return self.installed / PLATFORM
        return own

    @property
    def layers(self) -> list[Path]:
        """The folders of specs, the one whose files count first last."""
        return [folder for folder in (self.installed, self.specs) if folder is not None]

    @property
    def slugs(self) -> dict[str, Path]:
        """The files of the models by slug, own before installed, as far as their names tell."""
        found: dict[str, Path] = {}
        for folder in self.layers:
            models = tree(folder / MODELS)
            found |= {name.removesuffix(".yaml"): path for name, path in models.items() if name.endswith(".yaml")}
        return dict(sorted(found.items()))

    def logical(self, path: Path) -> str:
        """Return the name of a spec wherever it is kept, as generated files call it: `specs/<provider>/…`."""
        text = str(path)
        for folder in self.layers:
            prefix = f"{folder}{os.sep}"
            if text.startswith(prefix):
                return f"{SPECS}/{self.name}/{text[len(prefix) :].replace(os.sep, '/')}"
        return self.workspace.origin(path)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
