"""The folders that a run works on: a team's own repository, laid over what the generator was installed with.

It knows where things are, and nothing of what is in a spec or a template.
"""

from __future__ import annotations

from .config import CONFIG, BadConfig, Config, Vendored
from .files import digest, files_below, fingerprint, tree
from .find import (
    NotAWorkspace,
    find_installed,
    find_provider,
    find_providers,
    find_workspace,
    installed_workspace,
    open_workspace,
)
from .fingerprints import LOCK, generator_fingerprint, inputs_fingerprint, templates_fingerprint
from .layers import DESCRIPTION, MODELS, SCHEMAS, SPECS, TEMPLATES, Provider, Workspace

__all__ = [
    "CONFIG",
    "DESCRIPTION",
    "LOCK",
    "MODELS",
    "SCHEMAS",
    "SPECS",
    "TEMPLATES",
    "BadConfig",
    "Config",
    "NotAWorkspace",
    "Provider",
    "Vendored",
    "Workspace",
    "digest",
    "files_below",
    "find_installed",
    "find_provider",
    "find_providers",
    "find_workspace",
    "fingerprint",
    "generator_fingerprint",
    "inputs_fingerprint",
    "installed_workspace",
    "open_workspace",
    "templates_fingerprint",
    "tree",
]
