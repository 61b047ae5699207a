"""Fetch the pages whose addresses the specs name into a folder of saved pages.

One request at a time, and conditional where the folder has the page as the server sent it: what a server gave to ask by
is kept in the folder, in `.fetched.json`. A page that can't be had, or is none of a model any more, is a finding; what
was saved of it stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..fetching import Fetched, NotFetched, Validators, fetch, printable
from ..findings import Finding
from ..publishing.publish import write_whole
from ..specs.load import load
from ..specs.spec import Model
from ..specs.values import is_mapping
from ..workspace import Provider, digest
from .check_workspace import is_checked
from .page_files import SUFFIXES, content_of, page_file
from .pages.page import NotAModelPage
from .pages.read_page import read_page
from .service import Service, service_of

VALIDATORS = ".fetched.json"
_GONE = ("404", "410")
_FORMS = {"text/plain": ".txt", "text/markdown": ".md", "text/x-markdown": ".md", "multipart/related": ".mhtml"}


@dataclass(slots=True)
class FetchedPages:
    """Result of fetching: what to tell about each page, findings by the name of the page, and the pages that specs name
    without an address.
    """

    lines: list[str] = field(default_factory=list[str])
    findings: dict[str, Finding] = field(default_factory=dict[str, Finding])
    without: list[str] = field(default_factory=list[str])


def fetch_pages(providers: Collection[Provider], folder: Path, get: Callable[..., Fetched] = fetch) -> FetchedPages:
    """Fetch every page that has an address in the specs of `providers` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    result = FetchedPages()
    known = _read_validators(folder)
    for provider in providers:
        loaded = load(provider)
        if loaded.platform is None:
            continue
        service = service_of(loaded.platform)
        for model in loaded.models:
            if is_checked(provider, model, folder):
                result.without += [name for name in model.pages if name not in model.page_urls]
            for name, url in model.page_urls.items():
                if name not in result.findings:
                    _fetch(model, name, url, folder, known, service, get, result)
    return result


def _fetch(
    model: Model,
    name: str,
    url: str,
    folder: Path,
    known: dict[str, dict[str, str]],
    service: Service,
    get: Callable[..., Fetched],
    result: FetchedPages,
) -> None:
    saved = page_file(folder, name)
    entry = known.get(name, {})
    is_as_sent = saved is not None and entry.get("url") == url and digest(saved.read_bytes()) == entry.get("sha256")
    validators = Validators(entry.get("etag", ""), entry.get("last_modified", "")) if is_as_sent else None
    content: bytes | str = b""
    try:
        fetched = get(url, validators=validators)
        if not fetched.not_modified:
            content = content_of(fetched)
            read_page(content, replace(service, known_slug=model.slug))
    except NotFetched as error:
        result.findings[name] = _finding(model, name, _why(error))
        return
    except NotAModelPage as error:
        result.findings[name] = _finding(
            model, name, f"{printable(url)}: it is no longer the page of a model: {error}."
        )
        return
    if fetched.not_modified:
        result.lines.append(f"{printable(url)}: unchanged")
        return
    path = folder / f"{name}{_suffix(fetched)}"
    data = content.encode() if isinstance(content, str) else content
    write_whole(path, data)
    for suffix in SUFFIXES:
        other = folder / f"{name}{suffix}"
        if other != path:
            other.unlink(missing_ok=True)
    known[name] = {
        "url": url,
        "sha256": digest(data),
        "etag": fetched.validators.etag,
        "last_modified": fetched.validators.last_modified,
    }
    write_whole(folder / VALIDATORS, (json.dumps(known, indent=1, sort_keys=True) + "\n").encode())
    result.lines.append(f"{printable(url)}: saved as {path.name}")


def _why(error: NotFetched) -> str:
    words = error.reason.split()
    if any(status in words for status in _GONE) and "answers" in words:
        return f"{error.address}: the page is gone ({error.reason}); the model may be retired."
    return str(error)


def _finding(model: Model, name: str, message: str) -> Finding:
    place = f"/pages/{model.pages.index(name)}"
    return model.document.finding(place, "P011", "page-not-fetched", f"{name}: {message}")


def _suffix(fetched: Fetched) -> str:
    """Return the ending for a fetched page, by what the server says it is."""
    return _FORMS.get(fetched.media_type, ".html")


def _read_validators(folder: Path) -> dict[str, dict[str, str]]:
    """Return what is kept of earlier fetches, by page; a file that can't be read is as good as none."""
    try:
        data: Any = json.loads((folder / VALIDATORS).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not is_mapping(data):
        return {}
    return {str(name): _texts(entry) for name, entry in data.items() if is_mapping(entry)}


def _texts(entry: Mapping[Any, Any]) -> dict[str, str]:
    return {str(key): value for key, value in entry.items() if isinstance(value, str)}
