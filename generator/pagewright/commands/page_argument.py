"""The argument PAGE: a file, `-` for standard input, or an address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import PagewrightError

if TYPE_CHECKING:
    from ..transcribe.page_files import Address, SavedPage

_ADDRESS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://|(?:https?|ftp|file|data|javascript|about|mailto):)", re.IGNORECASE
)
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


class NoModelPage(PagewrightError):
    """A file or an answer is not a page of a model. Nothing was written."""


def page_argument(value: str) -> Path | Address:
    """Return the file or the address that PAGE names, as the type of a click argument.

    Addresses that are not http or https are refused later, when they are fetched.
    """
    if is_address(value):
        from ..transcribe.page_files import Address

        return Address(value)
    path: Path = _FILE.convert(value, None, None)
    return path


def source_of(page: Path | Address) -> SavedPage:
    """Return the page that the argument names. Standard input can be read only once, and an address is fetched.

    Raises:
        NoModelPage: It is not a page of a model.
        NotFetched: The address can't be fetched.
    """
    from ..transcribe.page_files import read_source
    from ..transcribe.pages.page import NotAModelPage

    try:
        return read_source(page)
    except NotAModelPage as error:
        raise NoModelPage(f"{page}: not a model's page: {error}.") from None


def is_address(text: str) -> bool:
    """Return whether `text` is meant as an address and not as the name of a file.

    >>> is_address("https://docs.acme.example/paint"), is_address("file:///etc/hosts"), is_address("pages/paint.html")
    (True, True, False)
    """
    return _ADDRESS.match(text) is not None
