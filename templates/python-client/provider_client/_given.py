"""What a client is given at its construction: a key, an address, an environment. The key is wrapped up at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, NoReturn

from ._errors import ConfigurationError
from .spec.platform import PLATFORM

#: Keys shorter than this are not looked for in texts of the service: they would be found in every other word.
_SHORTEST_SECRET = 6
_VERSIONS = frozenset(
    found[1] for path in (PLATFORM.sync.path, PLATFORM.queue.submit_path) if (found := re.match(r"/(v[0-9]+)/", path))
)


class Secret:
    """An API key that no `repr`, no traceback with locals and no pickle shows.

    It is only ever unwrapped inside an expression, never into a variable: whatever reports an exception with the
    variables of its frames (a debugger, a crash reporter) finds this object in its place.
    """

    __slots__ = ("_key",)

    def __init__(self, key: object) -> None:
        self._key = key

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._key)

    def flaw(self) -> str | None:
        """What makes the key unusable, None if nothing does."""
        if not self:
            return f"no API key: set {PLATFORM.environment.api_key}, or give api_key="
        if not is_sendable(self._key) or " " in str(self._key):
            return "the API key holds a character that no header can carry (a line end?)"
        return None

    def header(self) -> dict[str, str]:
        """The header that carries the key."""
        return {PLATFORM.auth.header: PLATFORM.auth.value(str(self._key))}

    def text(self) -> str:
        """The key itself, for another client; not for a variable."""
        return str(self._key)

    def is_in(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts holds the key."""
        return len(str(self._key)) >= _SHORTEST_SECRET and str(self._key) in "\n".join(texts)

    def strike(self, text: str) -> str:
        """The text with the key struck out: some services repeat a key that they refuse."""
        return text.replace(str(self._key), "[key]") if len(str(self._key)) >= _SHORTEST_SECRET else text

    def strike_bytes(self, content: bytes) -> bytes:
        """As `strike`; what does not hold the key is not copied."""
        if len(str(self._key)) < _SHORTEST_SECRET or str(self._key).encode("ascii", "replace") not in content:
            return content
        return content.replace(str(self._key).encode("ascii", "replace"), b"[key]")

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled: make the client where it is used, or send a job's handle")


class Given(NamedTuple):
    """Settings from the constructor's arguments and the environment. `base_url` is "" if neither sets it."""

    key: Secret
    base_url: str
    log: str

    @classmethod
    def take(cls, api_key: str | None, base_url: str | None, environ: Mapping[str, str] | None) -> Given:
        """Reads arguments before the environment. Fails for nothing, since its frame holds the key as it came."""
        source = os.environ if environ is None else environ
        return cls(
            Secret(api_key if api_key is not None else source.get(PLATFORM.environment.api_key, "")),
            base_url or source.get(PLATFORM.environment.base_url) or "",
            source.get(PLATFORM.environment.log) or "",
        )


def is_sendable(value: object) -> bool:
    """Whether a header can carry the value as it is."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()


def root_of(base_url: str) -> str:
    """Return the base URL without a trailing version such as /v1, with which the platform's paths begin.

    Raises:
        ConfigurationError: It is no http(s) address.
    """
    root = base_url.strip().rstrip("/")
    scheme, _, rest = root.partition("://")
    host = rest.partition("/")[0]
    port = host.rpartition("]")[2].partition(":")[2]
    if (
        scheme.lower() not in ("http", "https")
        or not host.removesuffix(f":{port}")
        or not root.isprintable()
        or any(c in rest for c in "?# @\\")
        or (port and not (port.isascii() and port.isdigit() and int(port) < 65536))
    ):
        raise ConfigurationError(f"base_url {root!r} is no http(s) address (and it can't hold user, query or fragment)")
    head, _, last = root.rpartition("/")
    return head if last in _VERSIONS and head != f"{scheme}:/" else root
