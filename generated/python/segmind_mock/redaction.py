"""Keys leave the mock under a label only: the one place that knows which texts are keys."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256

_MOST = 10_000
#: A shorter key is no secret, and blotting out every "k1" would make a journal unreadable.
_SHORTEST = 6


def label(key: str) -> str:
    """What stands for a key in journals, logs and admin answers.

    >>> label("SG_0123456789")
    'key-a37ee350'
    """
    return "key-" + sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:8]


class Redactor:
    """Remembers the keys that were sent, accepted or not, and takes them out of any text."""

    def __init__(self) -> None:
        self._labels: OrderedDict[str, str] = OrderedDict()

    def label(self, key: str) -> str:
        """The label of a key, which is known as a key from now on."""
        known = self._labels.get(key)
        if known is None:
            known = self._labels[key] = label(key)
            if len(self._labels) > _MOST:
                self._labels.popitem(last=False)
        return known

    def clean(self, text: str) -> str:
        """The text without any key, and without anything that a terminal would act on."""
        for key, name in self._labels.items():
            if len(key) >= _SHORTEST and key in text:
                text = text.replace(key, name)
        return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
