"""Stores for the mock's state: in memory, in an SQLite file, or in Redis. `base` defines the interface."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...optional_parts import find_part, load
from ...requirements import MissingRequirement, check
from ..clock import Clock
from .base import Bounds, Store, StoreError, Transaction

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_REDIS = ("redis://", "rediss://", "unix://")

__all__ = ["Bounds", "Store", "StoreError", "Transaction", "open_store"]


def open_store(location: str | None, clock: Clock, bounds: Bounds, clean: Callable[[str], str]) -> Store:
    """Return the store for `--state`: in memory without a location, Redis for a `redis://` URL, else an SQLite file.

    `clean` removes keys from text; it is applied to everything that leaves this process. Raises StoreError.
    """
    if location is None:
        from .memory import MemoryStore

        return MemoryStore(clock, bounds)
    if not location or (_SCHEME.match(location) and not location.startswith(_REDIS)):
        raise StoreError(f"cannot keep state in {location!a}: expected a file, or a URL such as redis://HOST")
    if location.startswith(_REDIS):
        try:
            find_part("redis")
            check("redis")
            redis = load("redis")
        except MissingRequirement as error:
            raise StoreError(str(error)) from None
        store: Store = redis.RedisStore(clock, bounds, clean, location)
        return store
    from .sqlite import SQLiteStore

    return SQLiteStore(clock, bounds, clean, location)
