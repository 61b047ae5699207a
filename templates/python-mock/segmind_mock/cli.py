"""`segmind-mock`: serves the mock until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from ._version import VERSION
from .choice import HEADER
from .hosts import Hosts, is_loopback
from .jobs import DEFAULT_PACE, Pace
from .money import micros
from .rules import RuleError
from .scenarios import DESCRIPTIONS
from .server import listen, serve, url_of
from .settings import Settings
from .store import StoreError

_T = TypeVar("_T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the mock. Exit status: 0 it was told to stop, 2 wrong usage, or the address cannot be had."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["inspect"]:
        from .inspection import main as inspect

        return inspect(words[1:])
    parser = _parser()
    asked = parser.parse_args(words)
    token: str | None = asked.admin_token
    if token is None and not is_loopback(asked.host):
        token = secrets.token_urlsafe(32)
        print(f"admin token: {token}", file=sys.stderr, flush=True)
    settings = Settings(
        pace=asked.queue,
        credits=asked.credits,
        keys=frozenset(asked.key),
        basis=asked.basis,
        hosts=frozenset(asked.public_host),
        public_url=asked.public_url,
        admin_token=token,
        state=asked.state,
        rules=asked.rules,
    )
    try:
        Hosts(settings.hosts, settings.public_url)
    except ValueError as error:
        parser.error(str(error))
    logging.basicConfig(level=asked.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
    from .app import create_app

    try:
        app = create_app(settings)
        bound = listen(asked.host, asked.port)
    except (OSError, OverflowError) as error:
        print(f"segmind-mock: cannot listen on {asked.host}:{asked.port}: {error}", file=sys.stderr)
        return 2
    except RuleError as error:
        print(error, file=sys.stderr)
        return 2
    except StoreError as error:
        print(f"segmind-mock: cannot keep state in {error}", file=sys.stderr)
        return 2
    url = url_of(bound)
    serve(app, bound, lambda: print(f"listening on {url}", flush=True))
    return 0


def _parser() -> argparse.ArgumentParser:
    scenarios = "\n".join(f"  {name:22} {doc}" for name, doc in DESCRIPTIONS.items())
    parser = argparse.ArgumentParser(
        "segmind-mock",
        description="A mock of the service: true pictures, a real queue, credits, and errors on demand.",
        epilog="segmind-mock inspect FILE… tells which request a picture answers; see segmind-mock inspect --help.\n\n"
        f"Scenarios, for one request with the header {HEADER}: NAME (several with commas between)\n{scenarios}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"segmind-mock {VERSION}")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8787, help="port to listen on; 0 takes a free one (default: %(default)s)")
    add(
        "--queue",
        type=_typed(Pace.parse, "pace"),
        default=DEFAULT_PACE,
        metavar="PACE",
        help="how jobs advance: polls:N pends for N status polls, time:S for S seconds, instant not at all "
        "(default: polls:2)",
    )
    add(
        "--credits",
        type=_typed(micros, "amount"),
        default=micros(100),
        metavar="USD",
        help="what each key starts with (default: 100)",
    )
    add("--key", action="append", default=[], help="an API key to accept; may be repeated (default: any)")
    add(
        "--basis",
        choices=("any", "documented"),
        default="any",
        help="with 'documented', refuse (501) wherever no page says what the service would answer",
    )
    add("--public-host", action="append", default=[], metavar="NAME", help="a further name the mock is called by")
    add("--public-url", metavar="URL", help="what absolute URLs in answers begin with (default: the Host header)")
    add("--admin-token", metavar="TOKEN", help="asked of callers of /__mock/; made up where others can reach the mock")
    add(
        "--state",
        metavar="FILE.db",
        help="keep jobs, credits and journal in this SQLite file, or in Redis (redis://HOST/0); they survive a restart "
        "(default: in memory)",
    )
    add("--rules", metavar="FILE.yaml", help="rules by which requests get scenarios; see the module `rules`")
    add(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="info logs each request to standard error (default: %(default)s)",
    )
    return parser


def _typed(read: Callable[[str], _T], name: str) -> Callable[[str], _T]:
    """Lets argparse show our own words for a value that cannot be read."""

    def parse(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{name}: {error}") from None

    return parse
