"""The command `provider-mock`, which serves the mock until it is stopped."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from .. import optional_parts
from .._version import VERSION
from ..api.jobs import DEFAULT_PACE, Pace
from ..api.rules import RuleError
from ..api.scenario_choice import HEADER
from ..api.scenarios import DESCRIPTIONS
from ..program import PROGRAM
from ..settings import Settings
from ..shells import ASK, add_option, candidates
from ..spec.platform import PLATFORM
from ..state.money import micros
from ..state.store import StoreError
from . import proxy_options
from .app import create_app
from .cors import read_origin
from .hosts import Hosts, is_loopback
from .option_parser import OptionParser
from .running import listen, serve, url_of

_T = TypeVar("_T")
#: The words that select another command if they come first.
_COMMANDS = ("inspect", "drift")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Exit status: 0 if it was stopped, 1 if its workers died, 2 for wrong usage or an address in use.

    As a proxy, 1 if the service drifted from its spec, or an exchange could not be recorded.
    """
    command_line = list(sys.argv[1:] if arguments is None else arguments)
    if command_line[:1] == ["inspect"]:
        from ..media.inspection import main as inspect

        return inspect(command_line[1:])
    if command_line[:1] == ["drift"]:
        try:
            return int(optional_parts.load("proxy", "checks.har_command").main(command_line[1:]))
        except optional_parts.MissingPart as error:
            print(f"{PROGRAM}: {error}", file=sys.stderr)
            return 2
    if command_line[:1] == [ASK]:
        return _complete(command_line[1:])
    options = _parser().read(command_line)
    if options.admin_token is None and not is_loopback(options.host):
        token = secrets.token_urlsafe(32)
        print(f"admin token: {token}", file=sys.stderr, flush=True)
        command_line.append(f"--admin-token={token}")
    settings = read_settings(command_line)
    if options.workers > 1 and settings.state is None and not options.reload:
        print(f"{PROGRAM}: --workers needs a state that the workers share: set --state", file=sys.stderr)
        return 2
    forwards = proxy_options.is_requested(options)
    try:
        bound = listen(options.host, options.port)
    except OSError as error:
        print(f"{PROGRAM}: {_not_listening(options.host, options.port, error)}", file=sys.stderr)
        return 2
    try:
        app = proxy_options.make_app(options, settings, os.environ) if forwards else create_app(settings)
    except (RuleError, StoreError, OSError, ValueError) as error:
        bound.close()
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    url = url_of(bound)

    def started() -> None:
        print(f"listening on {url}", flush=True)

    if options.reload:
        from .supervisor import supervise_and_reload

        return supervise_and_reload(bound, command_line, options.workers, started, settings)
    if options.workers > 1:
        from .supervisor import supervise

        return supervise(bound, command_line, options.workers, (), started)
    serve(app, bound, started)
    if not forwards:
        return 0
    status, said = proxy_options.finish(app)
    print(said, end="", file=sys.stderr)
    return status


def _not_listening(host: str, port: int, error: OSError) -> str:
    """Return the message for an address that can't be used, with what to do."""
    number = 0 if isinstance(error, socket.gaierror) else error.errno or 0
    reason = os.strerror(number) if number else error.strerror or str(error)
    advice = {
        errno.EADDRINUSE: "stop the program that uses it, or choose another --port; --port 0 takes a free one",
        errno.EACCES: "ports below 1024 need special rights; choose another --port",
    }.get(number, "correct --host, which must be an address of this machine, or --port")
    return f"cannot listen on {host}:{port}: {reason}; {advice}"


def _complete(words: Sequence[str]) -> int:
    """Print the completions of the last of `words`, one per line."""
    if words[:1] == ["inspect"] and len(words) > 1:
        from ..media.inspection import make_parser

        found = candidates(make_parser(), words[1:])
    elif words[:1] == ["drift"] and len(words) > 1 and optional_parts.has("proxy"):
        found = candidates(optional_parts.load("proxy", "checks.har_command").make_parser(), words[1:])
    else:
        found = candidates(_parser(), words, names=_COMMANDS)
    for each in found:
        print(each)
    return 0


def read_settings(arguments: Sequence[str]) -> Settings:
    """Return the settings of the command line and configure the log. Exits with status 2 if they are invalid."""
    parser = _parser()
    options = parser.read(arguments)
    settings = Settings(
        pace=options.queue,
        credits=options.credits,
        keys=frozenset(options.key),
        basis=options.basis,
        hosts=frozenset(options.public_host),
        public_url=options.public_url,
        admin_token=options.admin_token,
        state=options.state,
        rules=options.rules,
        cors=frozenset(options.cors),
        cors_admin=options.cors_admin,
        body_bytes=options.max_request_bytes,
    )
    try:
        Hosts(settings.hosts, settings.public_url)
    except ValueError as error:
        parser.error(str(error))
    if settings.cors_admin and not settings.cors:
        parser.error("--cors-admin needs --cors ORIGIN, the origins that it applies to")
    logging.basicConfig(level=options.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
    return settings


def _parser() -> OptionParser:
    scenarios = "\n".join(f"  {name:22} {doc}" for name, doc in DESCRIPTIONS.items())
    parser = OptionParser(
        PROGRAM,
        description="A mock of the service: real images, videos, sound and text, a real queue, credits, and errors on demand.",
        epilog=f"{PROGRAM} inspect FILE… prints which request a file answers; see {PROGRAM} inspect --help.\n"
        f"{PROGRAM} drift FILE.har judges saved traffic as the proxy does; see {PROGRAM} drift --help.\n\n"
        f"Scenarios, for one request with the header {HEADER}: NAME (several with commas between)\n{scenarios}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.commands = _COMMANDS
    add = parser.add_argument
    _add_service_options(add)
    _add_access_options(add)
    _add_process_options(add)
    proxy_options.add_options(parser)
    add_option(parser, f'eval "$({PROGRAM} --completion bash)"')
    return parser


def _add_service_options(add: Callable[..., argparse.Action]) -> None:
    """Add address, queue, credits and keys."""
    add("--version", action="version", version=f"{PROGRAM} {VERSION}")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add(
        "--port",
        type=_typed(_port, "port"),
        default=8787,
        help="port to listen on; 0 selects a free one (default: %(default)s)",
    )
    add(
        "--queue",
        type=_typed(Pace.parse, "pace"),
        default=DEFAULT_PACE,
        metavar="PACE",
        help="how jobs advance: pending for N status polls with polls:N, for S seconds with time:S, done at once with instant "
        f"(default: {DEFAULT_PACE.by}:{DEFAULT_PACE.amount})",
    )
    add(
        "--credits",
        type=_typed(micros, "amount"),
        default=micros(100),
        metavar="USD",
        help="the credits that each key starts with (default: 100)",
    )
    add("--key", action="append", default=[], help="an API key to accept; may be repeated (default: any)")
    add(
        "--basis",
        choices=("any", "documented"),
        default="any",
        help="with 'documented', refuse (501) whatever no page documents",
    )


def _add_access_options(add: Callable[..., argparse.Action]) -> None:
    """Add the names of the mock, and who may call it from elsewhere."""
    add("--public-host", action="append", default=[], metavar="NAME", help="another host name of the mock")
    add("--public-url", metavar="URL", help="the beginning of absolute URLs in answers (default: the Host header)")
    add(
        "--cors",
        action="append",
        type=_typed(read_origin, "origin"),
        default=[],
        metavar="ORIGIN",
        help="let web pages of this origin (https://app.example, or * for all) read the mock's answers; may be repeated "
        "(default: no other origin)",
    )
    add("--cors-admin", action="store_true", help="let these pages use /__mock/, too")
    add(
        "--admin-token",
        metavar="TOKEN",
        help="required from callers of /__mock/; generated if other machines can reach the mock",
    )


def _add_process_options(add: Callable[..., argparse.Action]) -> None:
    """Add state, limits, rules and processes."""
    add(
        "--state",
        metavar="FILE|URL",
        help="where to store jobs, credits and journal: an SQLite file, or redis://HOST (default: in memory, until the "
        "process ends)",
    )
    add(
        "--max-request-bytes",
        type=_typed(_size, "size"),
        default=PLATFORM.limits.max_request_bytes,
        metavar="N",
        help="the largest body of a request that is accepted (default: %(default)s)",
    )
    add("--rules", metavar="FILE.yaml", help="rules that select scenarios for requests; see the module `rules`")
    add(
        "--workers",
        type=_typed(_count, "workers"),
        default=1,
        metavar="N",
        help="number of processes; more than one needs --state (default: %(default)s)",
    )
    add(
        "--reload",
        action="store_true",
        help="restart when the mock's own files or its rules change, without losing a request; stores the state in a "
        "temporary file unless --state is set",
    )
    add(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="info logs each request to standard error (default: %(default)s)",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= 65535):
        raise ValueError(f"expected a number from 0 to 65535, got {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 64):
        raise ValueError(f"expected a number from 1 to 64, got {text!r}")
    return int(text)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:13]) <= 1 << 40):
        raise ValueError(f"expected a number of bytes from 1 to {1 << 40}, got {text!r}")
    return int(text)


def _typed(convert: Callable[[str], _T], name: str) -> Callable[[str], _T]:
    """Wrap a parser so that argparse shows its message for an invalid value."""

    def parse(text: str) -> _T:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{name}: {error}") from None

    return parse
