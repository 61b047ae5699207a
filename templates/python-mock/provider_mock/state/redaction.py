"""Keys leave the mock under a label only: the one place that knows which texts are keys, and which names hide them."""

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
#: What stands in place of a value that is secret by its name.
REDACTED = "redacted"
#: Headers that carry secrets by the habits of the web.
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
#: Names of query parameters and JSON keys whose values are: their letters alone, without a vendor's prefix.
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
_PREFIX = re.compile(r"^(x?(amz|aws|goog)|x)")

_MOST = 10_000
#: A shorter key of a caller is no secret, and blotting out every "k1" would make a journal unreadable. The service's
#: own key, which is pinned, is one however short it is.
_SHORTEST = 6

#: Words in the names of headers whose values are secret somewhere: what is shown to people is better left out once too often.
_SECRET_WORDS = ("auth", "cookie", "credential", "key", "passw", "secret", "session", "token")


@lru_cache(maxsize=1024)
def is_secret_header(name: str) -> bool:
    """Whether the value of a header with this name is shown nowhere."""
    name = name.lower()
    return any(word in name for word in _SECRET_WORDS) or name == KEY_HEADER


def identity(key: str) -> str:
    """What the state knows a key by: the same for the same key, in every process, and no way back to it."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def label(identity: str) -> str:
    """What stands for a key in journals, logs and admin answers, by its identity."""
    return "key-" + identity[:8]


def readable(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Headers as text, with the values of those that carry secrets left out."""
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    return {name: REDACTED if is_secret_header(name) else value for name, value in named.items()}


def is_secret(name: str) -> bool:
    """Whether what stands under this name, in a query or in JSON, is a secret.

    >>> is_secret("api_key"), is_secret("X-Amz-Signature"), is_secret("max_tokens")
    (True, True, False)
    """
    letters = re.sub(r"[^a-z]", "", name.lower())
    return letters in _SECRET_NAMES or _PREFIX.sub("", letters, count=1) in _SECRET_NAMES


class Redactor:
    """Remembers the keys that were sent, accepted or not, and takes them out of any text."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._pinned: dict[str, str] = {}

    def pin(self, key: str) -> None:
        """Makes a key known for good: it is not among those that are forgotten when too many were sent."""
        self._pinned[key] = identity(key)

    def strip(self, body: bytes, key: str | None = None) -> bytes:
        """A body without the pinned keys and without `key`, in any of the spellings that JSON and URLs have for them."""
        for known in (*self._pinned, key):
            if known is None or (len(known) < _SHORTEST and known not in self._pinned):
                continue
            name = label(identity(known)).encode("ascii")
            for spelling in {known, json.dumps(known)[1:-1], quote(known, safe="")}:
                found = spelling.encode("utf-8", "surrogateescape")
                body = body.replace(found, name) if len(known) >= _SHORTEST else _strip_word(body, found, name)
        return body

    def identify(self, key: str) -> str:
        """The identity of a key, which is known as a key from now on.

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
        """The text without any key, and without anything that a terminal would act on."""
        # The pinned ones first: a shorter key that is part of one would leave the rest of it standing.
        for key, known in self._pinned.items():
            if len(key) < _SHORTEST:
                text = _as_word(key).sub(label(known), text)
        for key, known in (*self._pinned.items(), *self._known.items()):
            if len(key) >= _SHORTEST:
                if key in text:
                    text = text.replace(key, label(known))
                escaped = json.dumps(key)[1:-1]
                if escaped is not key and escaped in text:
                    text = text.replace(escaped, label(known))
        return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _as_word(key: str) -> re.Pattern[str]:
    """A short key, where it is a word by itself: its letters occur in everything."""
    return re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(key)}(?![A-Za-z0-9_-])")


def _strip_word(body: bytes, key: bytes, name: bytes) -> bytes:
    """A text without a short key; what is no text, such as a picture, has its bytes by chance."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    return re.sub(rb"(?<![A-Za-z0-9_-])" + re.escape(key) + rb"(?![A-Za-z0-9_-])", name, body)
