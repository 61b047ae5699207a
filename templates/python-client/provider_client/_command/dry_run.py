"""`--dry-run` and `--curl`: print a request instead of sending it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._config import Config
from .._credentials import Credentials
from .._flows.requests import submit_request, sync_request
from .._http import Request
from .._text import printable
from ..spec.facts import Model
from ..spec.platform import PLATFORM

_LONGEST_ARGUMENT = 100_000


def request_for_display(model: Model, payload: Mapping[str, Any], base_url: str | None, *, queue: bool) -> Request:
    """Return the request that would be sent. No API key is needed, because it is not shown."""
    config = Config(Credentials.read("not-shown", base_url, None))
    return (submit_request if queue else sync_request)(config, model.slug, model, payload, config.settings)


def print_request(model: Model, payload: Mapping[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Print one request and return the exit code."""
    request = request_for_display(model, payload, given.get("base_url"), queue=queue)
    print(as_curl(request) if given.get("curl") else as_text(request))
    return 0


def as_text(request: Request) -> str:
    """Return the request as readable text. The key is shown as an environment variable."""
    key = [f"{PLATFORM.auth.header}: {PLATFORM.auth.value(f'${PLATFORM.environment.api_key}')}"]
    headers = [f"{name}: {value}" for name, value in request.headers.items()]
    body = json.dumps(json.loads(request.body or b"null"), indent=2, ensure_ascii=False)
    lines = [f"{request.method} {request.url}", *key, *headers, "", *body.split("\n")]
    return "\n".join(map(printable, lines))


def as_curl(request: Request, file: str = "image") -> str:
    """Return the request as a curl command for a POSIX shell. The key is an environment variable."""
    from shlex import quote

    parts = ["curl", "--fail-with-body", "--request", request.method, quote(request.url)]
    parts += ["--header", f'"{PLATFORM.auth.header}: {PLATFORM.auth.value(f"${PLATFORM.environment.api_key}")}"']
    for name, value in request.headers.items():
        if name != "user-agent":
            parts += ["--header", quote(f"{name}: {value}")]
    body = quote((request.body or b"").decode("ascii"))
    output = ["--output", quote(file)]
    if len(body) > _LONGEST_ARGUMENT:
        # An image may exceed the length limit of arguments, which does not apply to the shell's built-in printf.
        return " ".join(["printf", "%s", body, "|", *parts, "--data-binary", "@-", *output])
    return " ".join([*parts, "--data-raw", body, *output])
