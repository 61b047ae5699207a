"""`provider-mock`: serves the mock until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from .._version import VERSION
from ..api.choice import HEADER
from ..api.jobs import DEFAULT_PACE, Pace
from ..api.rules import RuleError
from ..api.scenarios import DESCRIPTIONS
from ..program import PROGRAM
from ..settings import Settings
from ..shells import ASK, add_option, candidates
from ..spec.platform import PLATFORM
from ..state.money import micros
from ..state.store import StoreError
from . import modes
from .app import create_app
from .hosts import Hosts, is_loopback
from .running import listen, serve, url_of

_T = TypeVar("_T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the mock. Exit status: 0 it was told to stop, 1 its workers died, 2 wrong usage or address not to be had.

    As a proxy, 1 if the service drifted from its spec, or what passed could not be recorded.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["inspect"]:
        from ..media.inspection import main as inspect

        return inspect(given[1:])
    if given[:1] == [ASK]:
        return _complete(given[1:])
    asked = _parser().parse_args(given)
    if asked.admin_token is None and not is_loopback(asked.host):
        token = secrets.token_urlsafe(32)
        print(f"admin token: {token}", file=sys.stderr, flush=True)
        given.append(f"--admin-token={token}")
    settings = read(given)
    if asked.workers > 1 and settings.state is None and not asked.reload:
        print(f"{PROGRAM}: several workers need a state that they share: name one with --state", file=sys.stderr)
        return 2
    speaks = modes.wanted(asked)
    try:
        bound = listen(asked.host, asked.port)
    except (OSError, OverflowError) as error:
        print(f"{PROGRAM}: cannot listen on {asked.host}:{asked.port}: {error}", file=sys.stderr)
        return 2
    try:
        app = modes.make_app(asked, settings, os.environ) if speaks else create_app(settings)
    except (RuleError, StoreError, OSError, ValueError) as error:
        bound.close()
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    url = url_of(bound)

    def started() -> None:
        print(f"listening on {url}", flush=True)

    if asked.reload:
        from .supervisor import supervise_and_reload

        return supervise_and_reload(bound, given, asked.workers, started, settings)
    if asked.workers > 1:
        from .supervisor import supervise

        return supervise(bound, given, asked.workers, (), started)
    serve(app, bound, started)
    if not speaks:
        return 0
    status, said = modes.finish(app)
    print(said, end="", file=sys.stderr)
    return status


def _complete(words: Sequence[str]) -> int:
    """Print what the last of `words` can become, one candidate a line."""
    if words[:1] == ["inspect"] and len(words) > 1:
        from ..media.inspection import make_parser

        found = candidates(make_parser(), words[1:])
    else:
        found = candidates(_parser(), words, names=["inspect"])
    for each in found:
        print(each)
    return 0


def read(arguments: Sequence[str]) -> Settings:
    """The settings that the command line asks for, and its log. Leaves with status 2 where it asks for the impossible."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    settings = Settings(
        pace=asked.queue,
        credits=asked.credits,
        keys=frozenset(asked.key),
        basis=asked.basis,
        hosts=frozenset(asked.public_host),
        public_url=asked.public_url,
        admin_token=asked.admin_token,
        state=asked.state,
        rules=asked.rules,
        body_bytes=asked.max_request_bytes,
    )
    try:
        Hosts(settings.hosts, settings.public_url)
    except ValueError as error:
        parser.error(str(error))
    logging.basicConfig(level=asked.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
    return settings


def _parser() -> argparse.ArgumentParser:
    scenarios = "\n".join(f"  {name:22} {doc}" for name, doc in DESCRIPTIONS.items())
    parser = argparse.ArgumentParser(
        PROGRAM,
        description="A mock of the service: true pictures, a real queue, credits, and errors on demand.",
        epilog=f"{PROGRAM} inspect FILE… tells which request a picture answers; see {PROGRAM} inspect --help.\n\n"
        f"Scenarios, for one request with the header {HEADER}: NAME (several with commas between)\n{scenarios}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"{PROGRAM} {VERSION}")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8787, help="port to listen on; 0 takes a free one (default: %(default)s)")
    add(
        "--queue",
        type=_typed(Pace.parse, "pace"),
        default=DEFAULT_PACE,
        metavar="PACE",
        help="how jobs advance: polls:N pends for N status polls, time:S for S seconds, instant not at all "
        f"(default: {DEFAULT_PACE.by}:{DEFAULT_PACE.amount})",
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
        metavar="FILE|URL",
        help="where to keep jobs, credits and journal: an SQLite file, or redis://HOST (default: in memory, gone with "
        "the process)",
    )
    add(
        "--max-request-bytes",
        type=_typed(_size, "size"),
        default=PLATFORM.limits.max_request_bytes,
        metavar="N",
        help="the largest body of a request that is accepted (default: %(default)s)",
    )
    add("--rules", metavar="FILE.yaml", help="rules by which requests get scenarios; see the module `rules`")
    add(
        "--workers",
        type=_typed(_count, "workers"),
        default=1,
        metavar="N",
        help="processes that serve; more than one needs --state (default: %(default)s)",
    )
    add(
        "--reload",
        action="store_true",
        help="start anew when the mock's own files or its rules change, without losing a request; keeps the state in a "
        "file of its own unless --state names one",
    )
    add(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="info logs each request to standard error (default: %(default)s)",
    )
    modes.add_options(parser)
    add_option(parser, f'eval "$({PROGRAM} --completion bash)"')
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 64):
        raise ValueError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:13]) <= 1 << 40):
        raise ValueError(f"{text!r} is not a number of bytes from 1 to {1 << 40}")
    return int(text)


def _typed(read: Callable[[str], _T], name: str) -> Callable[[str], _T]:
    """Lets argparse show our own words for a value that cannot be read."""

    def parse(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{name}: {error}") from None

    return parse
