"""Redaction: replaces API keys with labels, and knows the names of headers and fields with secrets."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from ..spec.platform import PLATFORM

#: The header that carries the API key, in lower case.
KEY_HEADER = PLATFORM.auth.header.lower()
#: Replacement for a value with a secret name.
REDACTED = "redacted"
#: Headers that usually contain secrets.
SECRET_HEADERS = frozenset(
    {
        KEY_HEADER,
        "api-key",
        "apikey",
        "authorization",
        "cookie",
        "ocp-apim-subscription-key",
        "proxy-authorization",
        "set-cookie",
        "x-amz-security-token",
        "x-api-key",
        "x-api-token",
        "x-auth-token",
        "x-csrf-token",
        "x-goog-api-key",
    }
)
#: Names of query parameters and JSON keys with secret values, as letters only and without a vendor's prefix.
_SECRET_NAMES = frozenset(
    {
        "accesskey",
        "accesstoken",
        "apikey",
        "apisecret",
        "apitoken",
        "authorization",
        "authtoken",
        "bearertoken",
        "clientsecret",
        "cookie",
        "credential",
        "passwd",
        "password",
        "privatekey",
        "refreshtoken",
        "secret",
        "secretaccesskey",
        "secretkey",
        "securitytoken",
        "sessiontoken",
        "sig",
        "signature",
        "subscriptionkey",
        "token",
    }
)
#: Names that are secret in a query only: there, `key` is that of an API.
_SECRET_IN_QUERY = frozenset({"auth", "bearer", "jwt", "key", "pass", "pwd"})
_PREFIX = re.compile(r"^(x?(amz|aws|goog)|x)")

_MOST = 10_000
#: Shorter keys of callers are not redacted, since replacing every "k1" would make a journal unreadable. The service's own
#: key, which is pinned, is always redacted.
SHORTEST_KEY = 6

#: Parts of header names that suggest a secret value.
_SECRET_WORDS = ("auth", "cookie", "credential", "key", "passw", "secret", "session", "token")


def is_secret_header(name: str) -> bool:
    """Return whether the value of a header with this name is secret."""
    name = name.lower()
    return any(word in name for word in _SECRET_WORDS) or name == KEY_HEADER


def identity(key: str) -> str:
    """Return the hash that replaces a key in the state. Equal keys have equal hashes in every process."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def label(identity: str) -> str:
    """Return the label for the identity of a key in journals, logs and admin answers."""
    return "key-" + identity[:8]


def readable(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Return the headers as text, with secret values redacted."""
    shown: dict[str, str] = {}
    for name, value in headers.items():
        text, secret = _header_name(name)
        shown[text] = REDACTED if secret else value.decode("latin-1")
    return shown


@lru_cache(maxsize=1024)
def _header_name(name: bytes) -> tuple[str, bool]:
    """Return the name of a header as text, and whether its value is secret."""
    text = name.decode("latin-1")
    return text, is_secret_header(text)


def is_secret(name: str) -> bool:
    """Return whether a value with this name in a query or in JSON is secret.

    >>> is_secret("api_key"), is_secret("X-Amz-Signature"), is_secret("max_tokens")
    (True, True, False)
    """
    letters = re.sub(r"[^a-z]", "", name.lower())
    return letters in _SECRET_NAMES or _PREFIX.sub("", letters, count=1) in _SECRET_NAMES


def is_secret_in_query(name: str) -> bool:
    """Return whether a value with this name in the query of a URL is secret.

    >>> is_secret_in_query("key"), is_secret_in_query("api_key"), is_secret_in_query("keyword")
    (True, True, False)
    """
    return is_secret(name) or re.sub(r"[^a-z]", "", name.lower()) in _SECRET_IN_QUERY or name.lower() == KEY_HEADER


class Redactor:
    """Keys that were sent, accepted or not, and their removal from text."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._pinned: dict[str, str] = {}

    def pin(self, key: str) -> None:
        """Remember a key permanently, while other keys may be forgotten when too many were sent."""
        self._pinned[key] = identity(key)

    def strip(self, body: bytes, key: str | None = None) -> bytes:
        """Return a body without the pinned keys and `key`, in all encodings of JSON and URLs."""
        for known in (*self._pinned, key):
            if known is None or (len(known) < SHORTEST_KEY and known not in self._pinned):
                continue
            name = label(identity(known)).encode("ascii")
            for spelling in {known, json.dumps(known)[1:-1], quote(known, safe="")}:
                found = spelling.encode("utf-8", "surrogateescape")
                body = body.replace(found, name) if len(known) >= SHORTEST_KEY else _strip_word(body, found, name)
        return body

    def identify(self, key: str) -> str:
        """Return the identity of a key and remember the key.

        >>> label(Redactor().identify("SG_0123456789"))
        'key-a37ee350'
        """
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = identity(key)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return known

    def clean(self, text: str) -> str:
        """Return the text without keys and without characters that a terminal would act on."""
        # The pinned ones first: a shorter key that is a part of one would leave the rest of it.
        for key, known in self._pinned.items():
            if len(key) < SHORTEST_KEY:
                text = _as_word(key).sub(label(known), text)
        for key, known in (*self._pinned.items(), *self._known.items()):
            if len(key) >= SHORTEST_KEY:
                if key in text:
                    text = text.replace(key, label(known))
                escaped = json.dumps(key)[1:-1]
                if escaped is not key and escaped in text:
                    text = text.replace(escaped, label(known))
        return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _as_word(key: str) -> re.Pattern[str]:
    """Return a pattern for a short key as a separate word, since its letters occur in any text."""
    return re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(key)}(?![A-Za-z0-9_-])")


def _strip_word(body: bytes, key: bytes, name: bytes) -> bytes:
    """Remove a short key from text. In other bytes, such as a video, it would only match by chance."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    return re.sub(rb"(?<![A-Za-z0-9_-])" + re.escape(key) + rb"(?![A-Za-z0-9_-])", name, body)
