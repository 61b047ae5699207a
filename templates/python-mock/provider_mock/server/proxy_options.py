"""The options `--proxy`, `--record` and `--replay`, which put the mock in front of the real service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ..optional_parts import MissingPart, load
from ..settings import Settings
from ..spec.platform import PLATFORM
from .app import App, create_app
from .cors import ANY
from .hosts import is_loopback

#: How many kinds of findings the summary shows.
_SHOWN = 40


def is_requested(options: argparse.Namespace) -> bool:
    """Return whether any of the options is set."""
    return any(getattr(options, name) not in (None, False) for name in _OPTIONS)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to the parser as a group."""
    group = parser.add_argument_group(
        "the real service",
        "Forward requests to the service instead of answering them, and check both sides\n"
        f"against the spec. The service's API key comes from {PLATFORM.environment.api_key};\n"
        "callers need any key of their own. Prints a summary at the end; the exit status\n"
        "is 1 if the service drifted.",
    )
    add = group.add_argument
    add("--proxy", metavar="URL", help=f"the service, such as {PLATFORM.base_url}; needs --max-paid-calls")
    add(
        "--max-paid-calls",
        type=_whole,
        metavar="N",
        help="the maximum number of forwarded requests that may cost money; 0 allows free requests only",
    )
    add(
        "--forward-invalid",
        action="store_true",
        help="also forward requests that the validator refuses, which the service may bill",
    )
    add(
        "--upstream-proxy",
        metavar="URL",
        help="the HTTP proxy to reach the service through, or none (default: HTTPS_PROXY without NO_PROXY)",
    )
    add(
        "--upstream-ca",
        metavar="FILE",
        help="certificates in PEM format to trust besides the system's, such as your company's (default: SSL_CERT_FILE)",
    )
    add("--record", metavar="DIR", help="record exchanges in a new folder, without keys")
    add("--replay", metavar="DIR", help="answer from a recording; needs no network, key or credits")


_FORWARDING = ("max_paid_calls", "forward_invalid", "upstream_proxy", "upstream_ca", "record")
_OPTIONS = ("proxy", "replay", *_FORWARDING)


def make_app(options: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> App:
    """Return the application for the options.

    Raises ValueError with a message of one line, and OSError if a folder cannot be created or read.
    """
    try:
        load("proxy")
    except MissingPart as error:
        name = next(name for name in _OPTIONS if getattr(options, name) not in (None, False))
        raise ValueError(f"--{name.replace('_', '-')}: {error}") from None
    if getattr(options, "workers", 1) not in (None, 1):
        raise ValueError("--proxy and --replay count in one process and cannot be combined with --workers")
    if options.reload or options.rules is not None:
        raise ValueError(
            "--proxy and --replay cannot be combined with --reload or --rules, which only affect the mock's own answers"
        )
    if options.replay is not None:
        for name in ("proxy", *_FORWARDING):
            if getattr(options, name) not in (None, False):
                raise ValueError(f"--replay cannot be combined with --{name.replace('_', '-')}, since it sends nothing")
        return create_app(settings, respond=load("proxy", "proxy.replay").Replay(options.replay))
    if options.proxy is None:
        given = next(name for name in _FORWARDING if getattr(options, name) not in (None, False))
        raise ValueError(f"--{given.replace('_', '-')} needs --proxy URL, the service to forward to")
    if unsafe := sorted(settings.cors & {ANY, "null"}):
        raise ValueError(
            f"--proxy spends money, and --cors '{unsafe[0]}' allows any web page: name the origins instead"
        )
    origin = load("proxy", "proxy.upstream").read_target(options.proxy)
    if options.max_paid_calls is None:
        raise ValueError("--proxy needs --max-paid-calls N, the maximum number of requests that may cost money")
    if not is_loopback(options.host) and not settings.keys:
        raise ValueError(f"on {options.host} others could spend your credits: set the accepted keys with --key")
    key = environ.get(PLATFORM.environment.api_key, "").strip()
    if not key:
        raise ValueError(f"--proxy takes the service's API key from {PLATFORM.environment.api_key}, which is not set")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError(f"{PLATFORM.environment.api_key} is not an API key: expected printable ASCII without spaces")
    route = load("proxy", "proxy.upstream_route").read_route(
        origin, options.upstream_proxy, options.upstream_ca, environ
    )
    if route.proxy is not None:
        print(f"{origin} is reached through the proxy {route.proxy_name} ({route.source})", file=sys.stderr, flush=True)
    forwarding = load("proxy").ProxySettings(origin, key, options.max_paid_calls, options.forward_invalid, route)
    return proxy_app(forwarding, settings, options.record)


def proxy_app(proxy_settings: Any, settings: Settings | None = None, record: str | None = None) -> App:
    """Return a validation proxy with these `ProxySettings` as an ASGI application.

    Raises ValueError and OSError for an unusable folder.
    """
    recorder = load("proxy", "proxy.recording").Recorder
    app = create_app(settings)
    redactor = app.mock.redactor
    redactor.pin(proxy_settings.key)
    app.respond = load("proxy").Proxy(
        proxy_settings, recorder(record, proxy_settings.origins, redactor) if record is not None else None
    )
    return app


def finish(app: App) -> tuple[int, str]:
    """Return the exit status and the summary of an application that has ended."""
    proxy: Any = app.respond
    if not isinstance(proxy, load("proxy").Proxy):
        return 0, ""
    findings = app.mock.findings
    limit = f"{proxy.paid} of at most {proxy.proxy_settings.most_paid} paid calls"
    lines = [f"{proxy.passed} requests forwarded to the service, {limit}, {proxy.refused} refused by the proxy."]
    if proxy.unsent:
        lines.append(f"{proxy.unsent} requests could not be sent, and are not counted as paid calls.")
    if proxy.cut_off:
        lines.append(f"{proxy.cut_off} paid calls were cancelled at the end, before their answer.")
    groups = findings.groups()
    for count, first in groups[:_SHOWN]:
        finding = first.finding
        about = f"{finding.severity} ({finding.side})"
        lines.append(f"{about:16} {count:5} x {first.slug or first.path}: {finding}")
    if len(groups) > _SHOWN:
        lines.append(f"and {len(groups) - _SHOWN} more kinds")
    drifted = findings.drift("service")
    if drifted:
        lines.append(f"The service drifted {drifted} times.")
    else:
        compared = proxy.passed > proxy.unanswered
        lines.append("The service matched its spec." if compared else "Nothing was compared with the spec.")
    lost = 0
    if proxy.recorder is not None:
        lost = proxy.recorder.lost
        lines.append(f"{proxy.recorder.kept} exchanges recorded" + (f", {lost} lost." if lost else "."))
    return (1 if drifted or lost else 0), "".join(f"{line}\n" for line in lines)


def _whole(text: str) -> Any:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"expected a number of calls, got {text!r}")
    return int(text)
