"""The service that a run checks: a mock in this process, or a base URL."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..spec.contract import HERE, Contract, Platform
from ..spec.origins import origin_of
from .http import Send, http_sender, stop_after_silence
from .money import Budget, Ledger
from .run_state import RunState

KEY = "contract-suite"
OTHER_KEY = "contract-suite-2"
#: After so many requests in a row without a response the suite gives up, since each may take minutes.
_MAX_SILENT = 5
#: Credits of each key on the suite's own mock, in millionths of a dollar: enough for any number of models.
_CREDITS = 10**12


class InvalidOptions(Exception):
    """The options contradict each other or are incomplete; the message says what is needed."""


class ServiceUnderTest(NamedTuple):
    """A service and how the suite may use it.

    `base` is the base URL; "" uses the service's own hosts. With `strict`, assumptions count like documented facts. A
    service that `provokes` accepts the mock's scenarios and has its admin endpoints. With `any_key` it accepts every key.
    `other_key` is a second accepted key, or "". A `shared` service gets requests of others at the same time. With `key_given`, the
    key is from the environment. `say` tells the user what the run waits for.
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
    run_state: RunState
    key_given: bool = True
    say: Callable[[str], None] = lambda text: None

    @property
    def is_own_mock(self) -> bool:
        """True for the mock in this process, of which the suite knows how it was started."""
        return self.strict and not self.base

    def at(self, base_url: str) -> str:
        """Return the base URL to use instead of `base_url`, the service's own."""
        return self.base or base_url

    def origin(self, base_url: str) -> str:
        """Return the origin to expect in absolute URLs, instead of the service's `base_url`."""
        return origin_of(self.at(base_url)) or self.at(base_url)


class RunOptions(NamedTuple):
    """Command-line options of a run."""

    base_url: str | None = None
    max_usd: str | None = None
    free: bool = False
    strict: bool = False
    provoke: bool = False
    any_key: bool = False


def check_models(contract: Contract, slugs: Sequence[str]) -> None:
    """Raise InvalidOptions for a model that the contract does not have."""
    known = [model.slug for model in contract.models]
    for slug in slugs:
        if slug not in known:
            near = get_close_matches(slug, known, 3, 0.5) or known
            raise InvalidOptions(f"--model {slug}: the suite has no such model; did you mean {' or '.join(near)}?")


def check_options(platform: Platform, options: RunOptions, environ: Mapping[str, str]) -> None:
    """Raise InvalidOptions if a run can't start with these options."""
    if find_spec("httpx2") is None:
        raise InvalidOptions("httpx2, which sends the requests, is not installed: pip install httpx2")
    if options.base_url is None:
        if find_spec("provider_mock") is None:
            raise InvalidOptions(_without_mock(_is_vendored()))
        if options.max_usd is not None or options.free or options.provoke or options.any_key:
            raise InvalidOptions("--max-usd, --free, --provoke and --any-key need --base-url")
        return
    if origin_of(options.base_url) is None or not {"?", "#"}.isdisjoint(options.base_url):
        raise InvalidOptions(f"--base-url {options.base_url!r} is not an absolute http or https URL without a query")
    if options.max_usd is not None and options.free:
        raise InvalidOptions(
            "--max-usd and --free were both given; expected one of them: --max-usd AMOUNT for a service that bills, "
            "--free if requests cost nothing"
        )
    if options.max_usd is None and not options.free:
        raise InvalidOptions(
            "--base-url needs a limit for the cost: --max-usd AMOUNT (0 sends nothing that is billed), "
            "or --free if requests cost nothing"
        )
    if options.provoke and not options.free:
        raise InvalidOptions("--provoke needs --free: only a mock has scenarios")
    key = environ.get(platform.environment.api_key, "")
    if not options.free and not key:
        raise InvalidOptions(f"no API key: set {platform.environment.api_key}")
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        raise InvalidOptions(
            f"the key in {platform.environment.api_key} contains a character that is invalid in a header"
        )
    _amount(options)


def _is_vendored() -> bool:
    """Return whether this folder was written by `pagewright vendor add`, whose record is beside the suite."""
    return (HERE / "VENDORED.json").is_file()


def _without_mock(vendored: bool) -> str:
    """Return what to do where the mock's package can't be imported under its own name, as in a vendored copy."""
    served = (
        "serve the mock of a vendored package with `python -m PACKAGE.mock`, and check it with "
        "--base-url http://127.0.0.1:8787 --free --provoke"
    )
    other = "or check another service with --base-url URL"
    if vendored:
        return (
            f"without --base-url the suite checks the package provider_mock, which is not installed: {served}; {other}"
        )
    return (
        f"the mock is not installed: install the distribution provider-client with its extra mock; or {served}; {other}"
    )


def _amount(options: RunOptions) -> Decimal | None:
    if options.max_usd is None:
        return None
    try:
        amount = Decimal(options.max_usd)
    except ArithmeticError:
        raise InvalidOptions(f"--max-usd {options.max_usd!r} is not an amount") from None
    if not (amount.is_finite() and 0 <= amount < 10**6):
        raise InvalidOptions(f"--max-usd {options.max_usd!r} is not an amount between 0 and 1000000")
    return amount


@contextmanager
def open_service(
    platform: Platform,
    options: RunOptions,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = lambda text: None,
) -> Generator[ServiceUnderTest, None, None]:
    """Open the service that the options name, for the duration of the block. Raises InvalidOptions.

    `say` tells the user what the run waits for.
    """
    check_options(platform, options, environ)
    if options.base_url is None:
        with own_mock(platform) as service:
            yield service
        return
    import httpx2

    amount = _amount(options)
    workers = int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if amount is not None:
        # Workers of pytest-xdist don't know of each other: each gets an equal share.
        amount /= workers
    limits = platform.limits
    with httpx2.Client(timeout=httpx2.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s)) as client:
        yield ServiceUnderTest(
            send=stop_after_silence(http_sender(client, limits), _MAX_SILENT),
            base=options.base_url.rstrip("/"),
            key=environ.get(platform.environment.api_key) or KEY,
            other_key="",
            budget=Budget(amount),
            ledger=Ledger(),
            strict=options.strict,
            provokes=options.provoke,
            any_key=options.any_key or options.provoke,
            shared=workers > 1,
            run_state=RunState(),
            key_given=bool(environ.get(platform.environment.api_key)),
            say=say,
        )


@contextmanager
def own_mock(platform: Platform) -> Generator[ServiceUnderTest, None, None]:
    """Run a mock in this process, without a socket and with the suite's own keys only."""
    import httpx2

    package: Any = importlib.import_module("provider_mock")
    inprocess: Any = importlib.import_module("provider_mock.testing.inprocess")
    transports: Any = importlib.import_module("provider_mock.testing.transports")
    app = package.create_app(package.Settings(keys=frozenset((KEY, OTHER_KEY)), credits=_CREDITS))
    thread = inprocess.LoopThread()
    process = inprocess.InProcess(thread, app)
    try:
        with httpx2.Client(transport=transports.transport(httpx2, process)) as client:
            yield mock_service(http_sender(client, platform.limits))
    finally:
        process.finish()
        app.mock.files.close()
        thread.close()


def mock_service(send: Send) -> ServiceUnderTest:
    """Return the settings for a mock behind `send`, which is addressed like the real service and checked strictly."""
    return ServiceUnderTest(
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
        run_state=RunState(),
    )
