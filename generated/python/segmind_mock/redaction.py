"""Keys leave the mock under a label only: the one place that knows which texts are keys."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from .spec.platform import PLATFORM

_MOST = 10_000
#: A shorter key is no secret, and blotting out every "k1" would make a journal unreadable.
_SHORTEST = 6

#: Words in the names of headers that carry secrets somewhere, whether or not this API uses them.
SECRET_WORDS = ("auth", "cookie", "credential", "key", "passw", "secret", "session", "token")


@lru_cache(maxsize=1024)
def is_secret(header: str) -> bool:
    """Whether the value of a header with this name is shown nowhere."""
    name = header.lower()
    return any(word in name for word in SECRET_WORDS) or name == PLATFORM.key_header.lower()


def identity(key: str) -> str:
    """What the state knows a key by: the same for the same key, in every process, and no way back to it."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def label(identity: str) -> str:
    """What stands for a key in journals, logs and admin answers, by its identity."""
    return "key-" + identity[:8]


def readable(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Headers as text, with the values of those that carry secrets left out."""
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    return {name: "(redacted)" if is_secret(name) else value for name, value in named.items()}


class Redactor:
    """Remembers the keys that were sent, accepted or not, and takes them out of any text."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

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
        for key, known in self._known.items():
            if len(key) >= _SHORTEST:
                if key in text:
                    text = text.replace(key, label(known))
                escaped = json.dumps(key)[1:-1]
                if escaped is not key and escaped in text:
                    text = text.replace(escaped, label(known))
        return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
