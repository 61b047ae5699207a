"""The address of a page that a browser saved: it is in the page, and `--check --fetch` can ask for it again."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from .service import Service

#: Where a browser, or the page itself, writes its address; nearest to what was saved first.
_PLACES = (
    re.compile(rb"<!-- saved from url=\([0-9]{1,6}\)(\S{1,2000}) -->"),
    re.compile(rb"^Snapshot-Content-Location:[ \t]*(\S{1,2000})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE),
    re.compile(rb"<link\b[^>]{0,300}\brel=[\"']?canonical\b[^>]{0,300}\bhref=[\"']?([^\s\"'>]{1,2000})", re.IGNORECASE),
    re.compile(
        rb"<link\b[^>]{0,300}\bhref=[\"']?([^\s\"'>]{1,2000})[\"']?[^>]{0,300}\brel=[\"']?canonical\b", re.IGNORECASE
    ),
)
_LARGEST_HEAD = 1 << 20
_OF_AN_API = re.compile(r"(?:[a-z0-9-]*api[a-z0-9-]*|queue|rest|gateway)\Z")


def address_in(content: bytes | str) -> str:
    """Return the http or https address that a saved page says it has, "" if it says none."""
    head = (content if isinstance(content, bytes) else content.encode("utf-8", "replace"))[:_LARGEST_HEAD]
    for place in _PLACES:
        found = place.search(head)
        if found:
            url = found[1].decode("ascii", "replace").partition("#")[0].replace("&amp;", "&")
            if url.isascii() and re.match(r"https?://[^\s/@]+/", url, re.IGNORECASE):
                return url
    return ""


def is_usable(url: str, slug: str, service: Service) -> bool:
    """Return whether a spec can keep an address without a person: at the provider's own domain, with the model's name in
    its path, and without anything that may be private.

    An address is fetched again and again, so one that a page makes up must not lead to another server.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    domains = [_domain(own.partition(":")[0]) for own in service.hosts]
    is_own = any(host == domain or host.endswith(f".{domain}") for domain in domains)
    return is_own and port is None and not parts.query and parts.username is None and slug in parts.path


def _domain(host: str) -> str:
    """Return the domain of an API's host: `api.acme.example` is one of acme.example.

    >>> _domain("api.acme.example"), _domain("acme.co.uk")
    ('acme.example', 'acme.co.uk')
    """
    first, _, rest = host.partition(".")
    return rest if "." in rest and _OF_AN_API.match(first) else host


def with_address(pages: list[Any], url: str) -> list[Any]:
    """Return a spec's list of pages with the address of its first one."""
    name = pages[0] if isinstance(pages[0], str) else pages[0]["name"]
    return [{"name": name, "url": url}, *pages[1:]]
