"""The API key and the address of the command line, from its options or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._credentials import ApiKey, Credentials
from .._errors import ConfigurationError
from .._urls import api_root
from ..spec.platform import PLATFORM
from .exit_codes import CommandError, ExitCode


def read_key(given: Mapping[str, Any]) -> str | None:
    """Return the key in the file of `--key-file`; None, after checking it, for the key of the environment.

    Raises:
        CommandError: There is no key, or it can't be sent in a header, or the file is not text.
        OSError: The file can't be read.
    """
    if "key_file" in given:
        try:
            with open(given["key_file"], encoding="utf-8-sig") as file:
                key = ApiKey(file.readline().strip())
        except UnicodeDecodeError:
            raise CommandError(f"{given['key_file']}: not UTF-8; save the file as UTF-8", ExitCode.FILE) from None
        missing = f"{given['key_file']}: no API key on its first line"
    else:
        key = Credentials.read(None, None, None).key
        missing = f"no API key: set {PLATFORM.environment.api_key}, or name a file that contains it with --key-file"
    problem = key.problem() if key else missing
    if problem:
        raise CommandError(problem, ExitCode.KEY)
    return key.value() if "key_file" in given else None


def check_environment(given: Mapping[str, Any]) -> None:
    """Check the address in the environment, unless an option replaces it.

    Raises:
        CommandError: It is not a URL of a service.
    """
    variable = PLATFORM.environment.base_url
    address = os.environ.get(variable)
    if not address or "base_url" in given:
        return
    try:
        api_root(address)
    except ConfigurationError as error:
        problem = str(error.detail).removeprefix("base_url ")
        raise CommandError(f"{variable}: {problem}; correct it, or name the address with --base-url") from None
