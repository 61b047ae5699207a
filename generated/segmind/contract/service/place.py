"""Where the suite runs: on a mock that it starts itself, or at an address that it is given."""

from __future__ import annotations

import importlib
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..spec.contract import Platform
from .memory import Memory
from .money import Budget, Ledger
from .wire import Send, origin_of, over, patiently

KEY = "contract-suite"
OTHER_KEY = "contract-suite-2"
#: So many requests in a row may have no answer before the suite gives up: each may take minutes to have none.
_MOST_SILENCES = 5
#: What each key has on the suite's own mock, in millionths of a dollar: enough for the whole catalogue.
_CREDITS = 10**12


class Misused(Exception):
    """The options contradict each other or leave something out; the message says what to give."""


class Place(NamedTuple):
    """A service to hold to the contract.

    `base` is what paths are added to; with "" each request goes to the service's own address. `strict` holds it to what is only assumed, too. A service that `provokes` takes
    the mock's scenarios and has its admin endpoints. With `any_key` it does not tell keys apart. `other_key` is a second
    key that is accepted, `""` if there is none. A place that is `shared` gets other requests at the same time.
    """

    send: Send
    base: str
    key: str
    other_key: str
    budget: Budget
    ledger: Ledger
    strict: bool
    provokes: bool
    any_key: bool
    shared: bool
    memory: Memory

    def at(self, base_url: str) -> str:
        """The base URL that is used instead of the service's own."""
        return self.base or base_url

    def origin(self, base_url: str) -> str:
        """The origin of its absolute URLs, in place of the service's `base_url`."""
        return origin_of(self.at(base_url)) or self.at(base_url)


class Wishes(NamedTuple):
    """The options of a run, as given."""

    base_url: str | None = None
    max_usd: str | None = None
    free: bool = False
    strict: bool = False
    provoke: bool = False
    any_key: bool = False


def check(platform: Platform, wishes: Wishes, environ: Mapping[str, str]) -> None:
    """Raises Misused for options that are not enough to start with."""
    if find_spec("httpx2") is None:
        raise Misused("httpx2 is not installed, by which requests are sent")
    if wishes.base_url is None:
        if find_spec("segmind_mock") is None:
            raise Misused("the mock is not installed: install it, or give --base-url")
        if wishes.max_usd is not None or wishes.free or wishes.provoke or wishes.any_key:
            raise Misused(
                "--max-usd, --free, --provoke and --any-key are about the service at --base-url, which is not given"
            )
        return
    if origin_of(wishes.base_url) is None or not {"?", "#"}.isdisjoint(wishes.base_url):
        raise Misused(f"--base-url {wishes.base_url!r} is no absolute URL of http or https without a query")
    if (wishes.max_usd is None) == (not wishes.free):
        raise Misused(
            "say what calls to --base-url may cost: --max-usd AMOUNT (0 sends nothing that is billed), "
            "or --free if they cost nothing, as those to a fake"
        )
    if wishes.provoke and not wishes.free:
        raise Misused("--provoke plays scenarios, which only a mock has; give it together with --free")
    key = environ.get(platform.environment.api_key, "")
    if not wishes.free and not key:
        raise Misused(f"the key is read from {platform.environment.api_key}, which is not set")
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        raise Misused(f"the key in {platform.environment.api_key} holds a character that no header can carry")
    _amount(wishes)


def _amount(wishes: Wishes) -> Decimal | None:
    if wishes.max_usd is None:
        return None
    try:
        amount = Decimal(wishes.max_usd)
    except ArithmeticError:
        raise Misused(f"--max-usd {wishes.max_usd!r} is no amount") from None
    if not (amount.is_finite() and 0 <= amount < 10**6):
        raise Misused(f"--max-usd {wishes.max_usd!r} is no amount between 0 and a million")
    return amount


@contextmanager
def opened(platform: Platform, wishes: Wishes, environ: Mapping[str, str] = os.environ) -> Generator[Place, None, None]:
    """The place that the options ask for, as long as the block runs. Raises Misused."""
    check(platform, wishes, environ)
    if wishes.base_url is None:
        with own_mock(platform) as place:
            yield place
        return
    import httpx2

    amount = _amount(wishes)
    workers = int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if amount is not None:
        # Workers of pytest-xdist know nothing of each other: each gets its share.
        amount /= workers
    limits = platform.limits
    with httpx2.Client(timeout=httpx2.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s)) as client:
        yield Place(
            send=patiently(over(client, limits), _MOST_SILENCES),
            base=wishes.base_url.rstrip("/"),
            key=environ.get(platform.environment.api_key) or KEY,
            other_key="",
            budget=Budget(amount),
            ledger=Ledger(),
            strict=wishes.strict,
            provokes=wishes.provoke,
            any_key=wishes.any_key or wishes.provoke,
            shared=workers > 1,
            memory=Memory(),
        )


@contextmanager
def own_mock(platform: Platform) -> Generator[Place, None, None]:
    """A mock in this process. No socket is opened, and no key but the suite's own is used."""
    import httpx2

    app: Any = importlib.import_module("segmind_mock")
    stages: Any = importlib.import_module("segmind_mock.testing.inprocess")
    transports: Any = importlib.import_module("segmind_mock.testing.transports")
    mock = app.create_app(app.Settings(keys=frozenset((KEY, OTHER_KEY)), credits=_CREDITS))
    thread = stages.LoopThread()
    process = stages.InProcess(thread, mock)
    try:
        with httpx2.Client(transport=transports.transport(httpx2, process)) as client:
            yield mocked(over(client, platform.limits))
    finally:
        process.finish()
        mock.mock.pictures.close()
        thread.close()


def mocked(send: Send) -> Place:
    """A mock, however it is reached: called by the service's own addresses, and held to everything."""
    return Place(
        send=send,
        base="",
        key=KEY,
        other_key=OTHER_KEY,
        budget=Budget(None),
        ledger=Ledger(),
        strict=True,
        provokes=True,
        any_key=False,
        shared=False,
        memory=Memory(),
    )
