"""The argument PAGE: a file, `-` for standard input, or an address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..fetching import is_address

if TYPE_CHECKING:
    from ..transcribe.page_files import Address

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


def page_argument(value: str) -> Path | Address:
    """Return the file or the address that PAGE names, as the type of a click argument.

    Addresses that are not http or https are refused later, when they are fetched.
    """
    if is_address(value):
        from ..transcribe.page_files import Address

        return Address(value)
    path: Path = _FILE.convert(value, None, None)
    return path
