"""Settings of a mock. The defaults suit a test suite on one machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .api.jobs import DEFAULT_PACE, Pace
from .platform.assumptions import PRICE
from .spec.platform import PLATFORM
from .state.money import micros

Caution = Literal["any", "documented"]


@dataclass(frozen=True)
class Settings:
    """The settings of one mock; amounts of credits are in millionths of a dollar.

    `keys` are the accepted API keys; without any, every non-empty key is accepted. `basis="documented"` makes the mock
    refuse (501) wherever it would have to guess. `hosts` are further names for the mock. `public_url` is the beginning
    of absolute URLs in answers, instead of the Host header. `admin_token` is required from callers of `/__mock/`;
    without one, anyone who can reach the mock may call it. `state` is where jobs, credits and the journal are stored:
    an SQLite file or a `redis://` URL; without one, they stay in memory. `rules` is a YAML file of rules (see `rules`).
    `cors` are the origins whose web pages may read answers, `*` for all; those of `/__mock/` only with `cors_admin`.
    """

    pace: Pace = DEFAULT_PACE
    credits: int = micros(100)
    keys: frozenset[str] = frozenset()
    basis: Caution = "any"
    hosts: frozenset[str] = frozenset()
    public_url: str | None = None
    admin_token: str | None = None
    state: str | None = None
    rules: str | None = None
    cors: frozenset[str] = frozenset()
    cors_admin: bool = False
    #: Price of a model whose page shows none. It is a guess, which `x-mock-basis` says.
    default_price: int = micros(PRICE)
    #: The largest body of a request that is read.
    body_bytes: int = PLATFORM.limits.max_request_bytes
    cache_bytes: int = 64 << 20
    pixels_in_flight: int = 42_000_000
    journal_entries: int = 10_000
    journal_bytes: int = 16 << 20
    accounts: int = 10_000
    jobs_per_key: int = 10_000
    jobs_total: int = 100_000
