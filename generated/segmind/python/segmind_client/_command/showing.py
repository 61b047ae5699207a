"""Requests shown instead of sent: `--dry-run` and `--curl`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._config import Config
from .._flows.messages import submit_request, sync_request
from .._given import Given
from .._wire import Request, inert
from ..spec.facts import Model
from ..spec.platform import PLATFORM

_LONGEST_ARGUMENT = 100_000


def request_of(model: Model, payload: Mapping[str, Any], base_url: str | None, *, queue: bool) -> Request:
    """The request that would be sent. The key is not shown, so there may be none."""
    config = Config(Given.take("not-shown", base_url, None))
    return (submit_request if queue else sync_request)(config, model.slug, model, payload, config.terms)


def show(model: Model, payload: Mapping[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Prints one request."""
    request = request_of(model, payload, given.get("base_url"), queue=queue)
    print(as_curl(request) if given.get("curl") else as_text(request))
    return 0


def as_text(request: Request) -> str:
    """The request as it would go out, with the key left out."""
    key = [f"{PLATFORM.auth.header}: {PLATFORM.auth.value(f'${PLATFORM.environment.api_key}')}"]
    headers = [f"{name}: {value}" for name, value in request.headers.items()]
    body = json.dumps(json.loads(request.body or b"null"), indent=2, ensure_ascii=False)
    lines = [f"{request.method} {request.url}", *key, *headers, "", *body.split("\n")]
    return "\n".join(map(inert, lines))


def as_curl(request: Request, file: str = "picture") -> str:
    """The request as a curl command for a POSIX shell; the key is the shell's variable."""
    from shlex import quote

    parts = ["curl", "--fail-with-body", "--request", request.method, quote(request.url)]
    parts += ["--header", f'"{PLATFORM.auth.header}: {PLATFORM.auth.value(f"${PLATFORM.environment.api_key}")}"']
    for name, value in request.headers.items():
        if name != "user-agent":
            parts += ["--header", quote(f"{name}: {value}")]
    body = quote((request.body or b"").decode("ascii"))
    output = ["--output", quote(file)]
    if len(body) > _LONGEST_ARGUMENT:
        # A picture may be longer than what a command can be given; printf is the shell's own.
        return " ".join(["printf", "%s", body, "|", *parts, "--data-binary", "@-", *output])
    return " ".join([*parts, "--data-raw", body, *output])
