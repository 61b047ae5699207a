"""Find the workspace and the provider that a command works on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import UsageError
from .config import CONFIG, SELF_CONTAINED, Config, read_config
from .layers import DESCRIPTION, MODELS, PLATFORM, SCHEMAS, SPECS, TEMPLATES, Provider, Workspace

#: Where an installed package keeps what a repository of Pagewright has at its top.
INSTALLED = "_workspace"


class NotAWorkspace(UsageError):
    """There is no workspace, or no such provider in it."""


def find_installed() -> Path:
    """Return the folder with the specs, schemas and templates of this generator: in a clone its top, else in the package.

    Raises:
        NotAWorkspace: The installation is damaged.
    """
    own = Path(__file__).resolve().parent.parent
    for folder in (own / INSTALLED, own.parent.parent):
        if (folder / SCHEMAS).is_dir() and (folder / TEMPLATES).is_dir():
            return folder
    raise NotAWorkspace("this installation of pagewright has no templates. Install it again.")


def find_workspace(start: Path) -> Workspace:
    """Return the nearest workspace, from the folder `start` upwards.

    Raises:
        NotAWorkspace: There is none.
        BadConfig: Its configuration is wrong.
    """
    for folder in (start, *start.parents):
        if (config := _config_of(folder)) is not None:
            return Workspace(folder, find_installed(), config)
    raise NotAWorkspace(f"no {CONFIG} in {start} or above. Make a workspace with `pagewright init`.")


def open_workspace(folder: Path) -> Workspace:
    """Return the workspace at `folder` itself.

    Raises:
        NotAWorkspace: It is none.
        BadConfig: Its configuration is wrong.
    """
    config = _config_of(folder)
    if config is None:
        raise NotAWorkspace(f"{folder} has no {CONFIG}. Make it a workspace with `pagewright --root {folder} init`.")
    return Workspace(folder, find_installed(), config)


def installed_workspace() -> Workspace:
    """Return what the generator was installed with, for commands that need nothing of the user's."""
    folder = find_installed()
    return Workspace(folder, folder, SELF_CONTAINED)


def _config_of(folder: Path) -> Config | None:
    config = read_config(folder)
    if config is None and any(_spec_folders(folder / SPECS)) and any((folder / TEMPLATES).glob(f"*/{DESCRIPTION}")):
        return SELF_CONTAINED
    return config


def find_providers(workspace: Workspace) -> list[Provider]:
    """Return every provider of a workspace, in order of its name.

    Raises:
        NotAWorkspace: There is none, or the configuration names one that is not installed.
    """
    schemas = Path(SCHEMAS).name
    own = {path.name for path in _spec_folders(workspace.specs)}
    installed = (
        {path.name for path in _folders(workspace.installed / SPECS)} if workspace.has_installed_layer else set[str]()
    )
    installed.discard(schemas)
    chosen = workspace.config.providers
    for name in chosen or ():
        if name not in installed | own:
            known = ", ".join(sorted(installed)) or "none"
            raise NotAWorkspace(f"{workspace.config.file}: providers: {name!r} is not installed; there are: {known}.")
    names = (own - {schemas}) | (installed if chosen is None else set(chosen))
    if not names:
        raise NotAWorkspace(
            f"{workspace.specs} has no folder of a provider. Add {workspace.config.specs}/<provider>/{PLATFORM}."
        )
    return [Provider(workspace, name) for name in sorted(names)]


def _spec_folders(folder: Path) -> list[Path]:
    """Return the folders that look like the specs of a provider."""
    return [path for path in _folders(folder) if (path / PLATFORM).exists() or (path / MODELS).is_dir()]


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]


def find_provider(workspace: Workspace, name: str | None = None, models: Iterable[str] = ()) -> Provider:
    """Return the provider with this name; without a name the only one, or the one that has all of `models`.

    Raises:
        NotAWorkspace: There is none of that name, or there are several and none was named.
    """
    providers = find_providers(workspace)
    names = ", ".join(provider.name for provider in providers)
    if name is not None:
        found = next((provider for provider in providers if provider.name == name), None)
        if found is None:
            raise NotAWorkspace(f"there is no provider {name!r} in {workspace.root}; there are: {names}.")
        return found
    if len(providers) > 1 and (slugs := list(models)):
        fitting = [each for each in providers if each.slugs.keys() >= set(slugs)]
        providers = fitting if len(fitting) == 1 else providers
    if len(providers) > 1:
        raise NotAWorkspace(f"{workspace.root} has several providers ({names}). Name one with --provider.")
    return providers[0]
