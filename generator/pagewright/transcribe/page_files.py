"""Sources of pages: files, standard input and addresses. Finds the name of a page, and the file that holds it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..fetching import Fetched, fetch, printable
from .forms.document import NotAModelPage
from .forms.encoding import MAX_BYTES, decoded
from .forms.source import SAVE, bytes_of

#: Endings of the forms in which a page may be saved; where a folder has several, the one that keeps the most counts.
SUFFIXES = (".mhtml", ".webarchive", ".html", ".htm", ".md", ".txt")
_INDEXES = ("llms.txt", "llms-full.txt", "llms-small.txt")
#: Parts of an address that name a view of a page.
_VIEWS = frozenset({"api", "docs", "documentation", "index", "playground", "readme", "reference"})
#: What a spec can name a page.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Address:
    """The http or https address of a page."""

    url: str

    def __str__(self) -> str:
        return printable(self.url)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """The content of a page, and the name under which it is filed: "" if nothing names it. `url` is "" for files.

    `given` is the argument that named it: a path, `-` or an address. `unusable` is the name of a file that a spec can't
    name a page, such as one that a browser made of a title.
    """

    given: str
    content: bytes | str
    name: str
    url: str = ""
    unusable: str = ""


def read_source(page: Path | Address) -> SavedPage:
    """Return the page in a file, at an address, or from standard input if the path is `-`.

    Raises:
        NotAModelPage: It is not a file, or a list of pages.
        NotFetched: The address can't be fetched.
        OSError: The file can't be read.
    """
    last = (urlsplit(page.url).path if isinstance(page, Address) else str(page)).rpartition("/")[2].lower()
    if last in _INDEXES:
        raise NotAModelPage(f"{last} is an index for language models, not a model's page; {SAVE}")
    if isinstance(page, Address):
        url = page.url.partition("#")[0]
        return SavedPage(str(page), content_of(fetch(url)), name_of_address(url), url)
    if str(page) == "-":
        return SavedPage("-", sys.stdin.buffer.read(MAX_BYTES + 1), "")
    name = page_name(page)
    usable = _NAME.match(name) is not None
    return SavedPage(str(page), bytes_of(page, pipe=True), name if usable else "", unusable="" if usable else name)


def page_name(path: Path) -> str:
    """Return the name under which a page is filed: that of its file, without the ending of its form.

    >>> page_name(Path("pages/acme-lantern.spaced.txt")), page_name(Path("sdxl1.0"))
    ('acme-lantern.spaced', 'sdxl1.0')
    """
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def page_file(folder: Path, name: str) -> Path | None:
    """Return the file in `folder` that holds the page `name`, in whatever form; None if there is none."""
    return next((path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()), None)


def name_of_address(url: str) -> str:
    """Return the name under which a page is filed that was fetched: the part of its path that names the model.

    >>> name_of_address("https://docs.acme.example/models/acme-lantern.html?tab=api")
    'acme-lantern'
    >>> name_of_address("https://docs.acme.example/models/acme-lantern/api/")
    'acme-lantern'
    """
    segments = [part for part in unquote(urlsplit(url).path).split("/") if part]
    names = [_NOT_IN_A_NAME.sub("-", page_name(Path(part))).strip("-._") for part in segments]
    return next((name for name in reversed(names) if name and name.lower() not in _VIEWS), "page")


def content_of(fetched: Fetched) -> bytes | str:
    """Return what was fetched: as text if the server declared an encoding that the bytes do not show by themselves."""
    if fetched.charset and fetched.charset.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii"):
        return decoded(fetched.content, fetched.charset)
    return fetched.content
