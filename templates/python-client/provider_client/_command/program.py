"""The names of this package and of its command: the installed ones, or those of a vendored copy."""

from __future__ import annotations

import os

#: The packages that are installed with a command of their own.
_COMMANDS = {"provider_client": "provider-client", "provider_mock": "provider-mock"}


#: The package as users import it.
PACKAGE = (__package__ or "").removesuffix("._command")
_ROOT = os.path.dirname(__file__).removesuffix(f"{os.sep}_command")
#: A vendored copy has no distribution, and so no command, whatever its folder is called.
IS_VENDORED = PACKAGE not in _COMMANDS or os.path.exists(os.path.join(_ROOT, "VENDORED.json"))
#: What users type to run it.
PROGRAM = f"python -m {PACKAGE}" if IS_VENDORED else _COMMANDS[PACKAGE]
