"""`--dry-run` and `--curl`: print a request instead of sending it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from .._config import Config
from .._credentials import Credentials
from .._flows.media import DATA, media_of
from .._flows.requests import submit_request, sync_request
from .._http import Request
from .._results.saving import safe_stem
from .._text import printable
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .exit_codes import CommandError, ExitCode
from .output_paths import answers_with_json, likely_path
from .terminal import print_json, print_out, readable_json, say

_LONGEST_ARGUMENT = 100_000


def request_for_display(model: Model, payload: Mapping[str, Any], base_url: str | None, *, queue: bool) -> Request:
    """Return the request that would be sent. No API key is needed, because it is not shown."""
    config = Config(Credentials.read("not-shown", base_url, None))
    return (submit_request if queue else sync_request)(config, model.slug, model, payload, config.settings)


def print_request(model: Model, payload: Mapping[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Print one request and return the exit code."""
    request = request_for_display(model, payload, given.get("base_url"), queue=queue)
    if given.get("curl"):
        command = as_curl(request, _output_of(model, payload, given, queue=queue))
        print_json({"curl": command}) if given.get("json") else print_out(command)
    elif given.get("json"):
        print_json(as_object(request))
    else:
        print_out(as_text(request))
    return 0


def _output_of(model: Model, payload: Mapping[str, Any], given: Mapping[str, Any], *, queue: bool) -> str | None:
    """Return the file that curl writes; None for standard output, where curl refuses to print binary to a terminal."""
    out = given.get("out")
    if out == "-":
        return None
    if queue:
        if out and not given.get("no_wait"):
            say("note: the response is the handle of a job as JSON, not the result")
        file = out
    elif media_of(model) in DATA:
        file = out
    else:
        in_json = answers_with_json(model, payload, queue=False)
        file = f"{safe_stem(model.slug)}.json" if in_json and out is None else likely_path(model, payload, out)
        if in_json and not file.lower().endswith(".json"):
            say("note: the response is JSON that holds the file or its address, not the file itself")
    if file is not None:
        _check_file(file, overwrite=bool(given.get("overwrite")))
    return file


def _check_file(path: str, *, overwrite: bool) -> None:
    """Refuse a path that curl can't write to, since it would find out after the request was paid for."""
    if os.path.isdir(path):
        raise CommandError(f"{path}: is a folder; name a file in it", ExitCode.FILE)
    if os.path.lexists(path) and not overwrite:
        say(f"note: {path} already exists; the command will replace it")


def as_object(request: Request) -> dict[str, Any]:
    """Return the request as `--json` prints it. The key is shown as an environment variable."""
    headers = {PLATFORM.auth.header: PLATFORM.auth.value(f"${PLATFORM.environment.api_key}"), **request.headers}
    body = json.loads(request.body or b"null")
    return {"method": request.method, "url": request.url, "headers": headers, "body": body}


def as_text(request: Request) -> str:
    """Return the request as readable text. The key is shown as an environment variable."""
    key = [f"{PLATFORM.auth.header}: {PLATFORM.auth.value(f'${PLATFORM.environment.api_key}')}"]
    headers = [f"{name}: {value}" for name, value in request.headers.items()]
    head = map(printable, [f"{request.method} {request.url}", *key, *headers, ""])
    return "\n".join([*head, readable_json(json.loads(request.body or b"null"), 2)])


def as_curl(request: Request, file: str | None) -> str:
    """Return the request as a curl command for a POSIX shell, which writes the response to `file` or standard output.

    The key is an environment variable.
    """
    from shlex import quote

    parts = ["curl", "--fail-with-body", "--request", request.method, quote(request.url)]
    parts += ["--header", f'"{PLATFORM.auth.header}: {PLATFORM.auth.value(f"${PLATFORM.environment.api_key}")}"']
    for name, value in request.headers.items():
        if name != "user-agent":
            parts += ["--header", quote(f"{name}: {value}")]
    body = quote((request.body or b"").decode("ascii"))
    # A file name that begins with a dash is an option for some versions of curl.
    output = [] if file is None else ["--output", quote(f"./{file}" if file.startswith("-") else file)]
    output += ["--create-dirs"] if file and os.path.dirname(file) else []
    if len(body) > _LONGEST_ARGUMENT:
        # A file in it may exceed the length limit of arguments, which does not apply to the shell's built-in printf.
        return " ".join(["printf", "%s", body, "|", *parts, "--data-binary", "@-", *output])
    return " ".join([*parts, "--data-raw", body, *output])
