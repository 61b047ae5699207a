"""Rewriting of URLs: moves absolute URLs in JSON to another origin, and removes secrets from queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus, urlsplit

from ..spec.origins import origin_of
from ..state.redaction import REDACTED, is_secret_in_query

_LITERAL = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_URL = re.compile(r"(https?://[^/?#\\\s]+)((?:[/?#].*)?)", re.DOTALL | re.IGNORECASE)
_SEPARATOR = re.compile("([&;])")
#: A longer string is not a URL, but probably a file in base64.
_LONGEST_URL = 8192


def move(text: str, old: str, new: str) -> str | None:
    """Return the URL `text` at the origin `new`; None if it is not a URL at the origin `old`.

    >>> move("https://API.example:443/v2/x", "https://api.example", "http://localhost:8787")
    'http://localhost:8787/v2/x'
    """
    found = _URL.fullmatch(text)
    return new + found[2] if found is not None and origin_of(found[1]) == old else None


def rewrite(body: bytes, old: str, new: str) -> bytes:
    """Return JSON with all URLs at `old` moved to `new`. Everything else, and any other body, is unchanged."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return body
    host = (urlsplit(old).hostname or "").encode("ascii", "replace")
    lower = body.lower()
    if host not in lower and b"\\u" not in lower:
        return body

    def one(literal: re.Match[bytes]) -> bytes:
        if literal.end() - literal.start() > _LONGEST_URL:
            return literal[0]
        try:
            moved = move(json.loads(literal[0]), old, new)
        except ValueError:
            return literal[0]
        return literal[0] if moved is None else json.dumps(moved).encode("ascii")

    return _LITERAL.sub(one, body)


def split_query(query: str, key: str | None = None) -> tuple[str, list[str]]:
    """Return a query without secrets, and the names of the secrets: secret names, and any value that contains `key`.

    >>> split_query("a=1&api_key=x&b"), split_query("a=1;key=x")
    (('a=1&b', ['api_key']), ('a=1', ['key']))
    """
    kept = ""
    secret: list[str] = []
    for separator, pair in _pairs(query):
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if is_secret_in_query(name) or (key and (key in unquote_plus(value) or key in name)):
            # A name that contains the key is not shown.
            secret.append(REDACTED if key and key in name else name)
        else:
            kept += f"{separator if kept else ''}{pair}"
    return kept, secret


def blot_query(url: str) -> str:
    """Return a URL with secret query values redacted, such as the signature of a public link."""
    before, mark, query = url.partition("?")
    query, hash_, fragment = query.partition("#")
    if not mark or not any(_has_secret_name(pair) for _, pair in _pairs(query)):
        return url
    blotted = "".join(
        separator + (f"{pair.partition('=')[0]}={REDACTED}" if _has_secret_name(pair) else pair)
        for separator, pair in _pairs(query)
    )
    return f"{before}?{blotted}{hash_}{fragment}"


def _has_secret_name(pair: str) -> bool:
    return is_secret_in_query(unquote_plus(pair.partition("=")[0]))


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a query, each with the separator before it. Some servers also split at semicolons."""
    separator = ""
    for at, part in enumerate(_SEPARATOR.split(query)):
        if at % 2:
            separator = part
        else:
            yield separator, part
