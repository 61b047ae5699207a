"""What can be set when a mock is made. The defaults suit a test suite on one machine."""

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

    `keys` are the API keys that are accepted; without any, every non-empty key is. `basis="documented"` makes the mock
    refuse (501) wherever it would have to guess. `hosts` are further names the mock may be called by; `public_url` is
    what absolute URLs begin with, where the Host header does not say it. `admin_token` is asked of everyone who uses
    `/__mock/`; without one, anyone who can reach the mock can. `state` is where jobs, credits and journal are kept: an
    SQLite file or a `redis://` URL; without one, in memory. `rules` is a YAML file of rules (see `rules`).
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
    #: Charged for a model whose page shows no price. A guess, and `x-mock-basis` says so.
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
