"""The name by which users call this command: its own, or that of a vendored copy."""

from __future__ import annotations

import os

#: The packages that are installed with a command of their own.
_COMMANDS = {"provider_client": "provider-client", "provider_mock": "provider-mock"}


def _name() -> str:
    package = (__package__ or "").removesuffix("._command")
    root = os.path.dirname(__file__).removesuffix(f"{os.sep}_command")
    # A vendored copy has no distribution, and so no command, whatever its folder is called.
    is_vendored = package not in _COMMANDS or os.path.exists(os.path.join(root, "VENDORED.json"))
    return f"python -m {package}" if is_vendored else _COMMANDS[package]


PROGRAM = _name()
