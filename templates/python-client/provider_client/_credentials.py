"""The API key, base URL and log level, from the client's arguments or the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple, NoReturn

from .spec.platform import PLATFORM

#: Shorter keys are not redacted in texts of the service, because they occur in ordinary words.
_SHORTEST_SECRET = 6


class ApiKey:
    """An API key that does not appear in a `repr`, in a traceback with local variables, or in a pickle.

    The key is unwrapped inside expressions only, never into a variable, so a debugger or a crash reporter that shows the
    variables of frames shows this object instead.
    """

    __slots__ = ("_key",)

    def __init__(self, key: object) -> None:
        self._key = key

    def __bool__(self) -> bool:
        """Return whether there is a key."""
        return bool(self._key)

    def problem(self) -> str | None:
        """Return why the key can't be used; None if it can."""
        if not self:
            return f"no API key: set {PLATFORM.environment.api_key}, or pass api_key="
        if not is_sendable(self._key) or " " in str(self._key):
            return "the API key contains a character that is not allowed in a header, such as a line end"
        return None

    def header(self) -> dict[str, str]:
        """Return the header with the key."""
        return {PLATFORM.auth.header: PLATFORM.auth.value(str(self._key))}

    def value(self) -> str:
        """Return the key itself. Pass it on directly; don't store it in a variable."""
        return str(self._key)

    def is_in(self, texts: Iterable[str]) -> bool:
        """Return whether any of the texts contains the key."""
        return len(str(self._key)) >= _SHORTEST_SECRET and str(self._key) in "\n".join(texts)

    def redact(self, text: str) -> str:
        """Return the text with the key replaced: some services repeat a key that they refuse."""
        return text.replace(str(self._key), "[key]") if len(str(self._key)) >= _SHORTEST_SECRET else text

    def redact_bytes(self, content: bytes) -> bytes:
        """Return `content` with the key replaced; `content` itself, without a copy, if it does not contain the key."""
        if len(str(self._key)) < _SHORTEST_SECRET or str(self._key).encode("ascii", "replace") not in content:
            return content
        return content.replace(str(self._key).encode("ascii", "replace"), b"[key]")

    def __repr__(self) -> str:
        return "<ApiKey>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client with its API key can't be pickled: create the client where it is used, or send a job's handle"
        )


class Credentials(NamedTuple):
    """The API key, base URL and log level of a client. `base_url` and `log` are "" if they are not set."""

    key: ApiKey
    base_url: str
    log: str

    @classmethod
    def read(cls, api_key: str | None, base_url: str | None, environ: Mapping[str, str] | None) -> Credentials:
        """Read the arguments, else the environment. This never raises, because its frame contains the plain key."""
        source = os.environ if environ is None else environ
        return cls(
            ApiKey(api_key if api_key is not None else source.get(PLATFORM.environment.api_key, "")),
            base_url or source.get(PLATFORM.environment.base_url) or "",
            source.get(PLATFORM.environment.log) or "",
        )


def is_sendable(value: object) -> bool:
    """Return whether the value can be sent in a header unchanged."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
