"""The command line: `segmind-client SLUG --prompt "…" --out picture.jpg`.

The options of a model are made from its facts when it is named, so that `--help` costs the same with 500 models.

Exit status: 0 done; 2 wrong usage; 3 invalid parameters; 4 key refused; 5 no credits; 6 not reachable, or too many
requests; 7 the job failed; 8 not done in time; 9 outcome unknown, possibly billed; 10 any other error of the service;
11 an unreadable answer; 12 a file could not be read or written.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from . import _core as core
from . import errors
from ._checks import check
from ._config import Config, RequestOptions
from ._images import ImageResult, numbered
from ._version import VERSION
from ._wire import Request, as_object
from .client import SegmindClient
from .spec.catalog import SLUGS, find
from .spec.facts import MISSING, Model, Parameter
from .spec.platform import PLATFORM

USAGE, FILE = 2, 12
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.ConfigurationError, 4),
    (errors.ValidationError, 3),
    (errors.ConnectionFailed, 6),
    (errors.InferenceFailed, 7),
    (errors.InferenceTimeout, 8),
    (errors.AmbiguousOutcome, 9),
    (errors.UnreadableResponse, 11),
)
_HTTP_STATUS = {400: 3, 401: 4, 403: 4, 406: 5, 429: 6, 503: 6}
_EPILOG = """\
A text that begins with @ is read from that file (@@ for a text that begins with @), and - alone is standard input.
The key is taken from {variable}, or from the file that --key-file names; it is never an argument.

exit status:
  0 done   2 wrong usage   3 invalid parameters   4 key refused   5 no credits   6 not reachable or too many requests
  7 the job failed   8 not done in time   9 outcome unknown, possibly billed   10 any other error of the service
  11 an unreadable answer   12 a file could not be read or written
"""


class _Refused(Exception):
    """The command cannot be carried out as it was given."""

    def __init__(self, message: str, status: int = USAGE) -> None:
        super().__init__(message)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(arguments)
    except _Refused as error:
        return _fail(str(error), error.status)
    except errors.SegmindError as error:
        _say_handle(error)
        return _fail(str(error), _status_for(error))
    except (OSError, UnicodeDecodeError) as error:
        return _fail(str(error), FILE)
    except KeyboardInterrupt:
        return _fail("interrupted; what was sent may be billed all the same", 130)


def _run(arguments: list[str]) -> int:
    if arguments and not arguments[0].startswith("-"):
        model = find(arguments[0])
        if model is None:
            raise _Refused(_no_such_model(arguments[0]))
        return _draw(model, arguments[1:])
    _top_parser().parse_args(arguments)
    _top_parser().print_help()
    return USAGE if arguments else 0


def _top_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segmind-client",
        description=f"Draw pictures with {PLATFORM.name}'s models.",
        epilog="models:\n"
        + "\n".join(f"  {slug}" for slug in SLUGS)
        + "\n\n`segmind-client SLUG --help` lists a model's options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="segmind-client SLUG [options]",
    )
    parser.add_argument("--version", action="version", version=f"segmind-client {VERSION}")
    return parser


def parser_for(model: Model) -> argparse.ArgumentParser:
    """The options of one model: one for each parameter, in a group apart from our own."""
    about = [model.summary]
    if model.price_usd is not None:
        about.append(f"{model.price_usd:g} dollars a request.")
    if model.latency_s is not None:
        about.append(f"About {model.latency_s:g} seconds.")
    parser = argparse.ArgumentParser(
        prog=f"segmind-client {model.slug}",
        description=f"{model.title}: {' '.join(about)}",
        epilog=_EPILOG.format(variable=PLATFORM.key_variable),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        usage=f"segmind-client {model.slug} [parameters] [--out FILE] [--async] [--dry-run | --curl]",
        allow_abbrev=False,
    )
    group = parser.add_argument_group("parameters")
    for parameter in model.parameters.values():
        action: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if parameter.type == "boolean" else {}
        if not action:
            action["metavar"] = {"integer": "N", "number": "X", "string": "TEXT"}.get(parameter.type, "JSON")
        group.add_argument(f"--{parameter.option}", dest=f"parameter {parameter.name}", help=_help(parameter), **action)
    group.add_argument("--params", metavar="JSON", help="Parameters as one JSON object; the options above win.")
    ours = parser.add_argument_group("what to do")
    ours.add_argument(
        "--out", "-o", metavar="FILE", help=f"Where the picture goes; - is standard output [{model.slug}.jpeg]"
    )
    ours.add_argument("--overwrite", action="store_true", help="Replace the file if it is there.")
    if model.submit:
        ours.add_argument("--async", dest="queue", action="store_true", help="Queue a job (v2) and wait for it.")
    ours.add_argument("--dry-run", action="store_true", help="Print the exact request, and send nothing.")
    ours.add_argument("--curl", action="store_true", help="Print the request as a curl command, and send nothing.")
    ours.add_argument(
        "--timeout", type=float, metavar="S", help=f"Seconds in all [{PLATFORM.limits.total_timeout_s:g}]"
    )
    ours.add_argument(
        "--poll-interval",
        type=float,
        metavar="S",
        help=f"Seconds between two questions [{PLATFORM.queue.interval_s:g}]",
    )
    ours.add_argument("--base-url", metavar="URL", help=f"Where the service is [{PLATFORM.base_url}]")
    ours.add_argument("--key-file", metavar="FILE", help="Holds the API key on its first line.")
    ours.add_argument("--json", action="store_true", help="Say what came back as one line of JSON.")
    ours.add_argument("--quiet", "-q", action="store_true", help="Say nothing when all is well.")
    return parser


def _help(parameter: Parameter) -> str:
    """A parameter's description and rules. argparse reads % as a format, so it is doubled."""
    parts = [parameter.type]
    if parameter.required:
        parts.append("required")
    if parameter.minimum is not None or parameter.maximum is not None:
        low = "…" if parameter.minimum is None else f"{parameter.minimum:g}"
        parts.append(f"{low} to {'…' if parameter.maximum is None else f'{parameter.maximum:.15g}'}")
    if parameter.multiple_of:
        parts.append(f"steps of {parameter.multiple_of}")
    values = parameter.enum or parameter.known_values
    if values:
        total = parameter.known_total
        cut = f", … ({total} in all)" if total and total > len(values) else ", …" if parameter.known_values else ""
        parts.append(f"one of {', '.join(map(str, values))}{cut}")
    if parameter.default is not MISSING and parameter.default is not None and not parameter.required:
        parts.append(f"left out, the service takes {json.dumps(parameter.default, ensure_ascii=False)}")
    text = f"{parameter.description} [{'; '.join(parts)}]".strip()
    return "".join(c if c.isprintable() else " " for c in text).replace("%", "%%")


def _draw(model: Model, arguments: list[str]) -> int:
    given = vars(parser_for(model).parse_args(arguments))
    payload = _payload(model, given)
    queue = bool(given.get("queue")) or model.sync is None
    config_arguments = _config_arguments(given)
    if given.get("dry_run") or given.get("curl"):
        check(model, payload, [], stacklevel=2)
        config = Config(*config_arguments, None, RequestOptions(), os.environ)
        make = core.submit_request if queue else core.sync_request
        request = make(_with_some_key(config), model.slug, model, payload, RequestOptions())
        print(as_curl(request) if given.get("curl") else as_text(request))
        return 0
    out = given.get("out")
    paths = _places(model, payload, out, overwrite=bool(given.get("overwrite")))
    options = RequestOptions(timeout=given.get("timeout"))
    with _warnings_on_stderr(), SegmindClient(*config_arguments, options=options) as client:
        result = _fetch(client, model, payload, given, queue=queue)
    written = _write(result, out, paths, overwrite=bool(given.get("overwrite")))
    if not given.get("quiet") and out != "-":
        _tell(result, written, as_json=bool(given.get("json")))
    return 0


def _fetch(
    client: SegmindClient, model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool
) -> ImageResult:
    if not queue:
        return core.read_pictures(client.run_sync(model.slug, **payload))
    job = client.submit_async(model.slug, **payload)
    if not given.get("quiet"):
        print(f"queued as {job.request_id}", file=sys.stderr)
    timeout = given.get("timeout", PLATFORM.queue.timeout_s)
    return job.download(timeout, given.get("poll_interval", PLATFORM.queue.interval_s))


def _payload(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if "params" in given:
        given_object = as_object(_json(_text(given["params"]), "--params"))
        if given_object is None:
            raise _Refused("--params: not a JSON object")
        payload = given_object
    for parameter in model.parameters.values():
        value = given.get(f"parameter {parameter.name}", MISSING)
        if value is not MISSING:
            payload[parameter.name] = _value(parameter, value)
    return payload


def _value(parameter: Parameter, value: Any) -> Any:
    """An option's text in the parameter's type. What can't be converted stays text, for the validator to refuse."""
    if not isinstance(value, str):
        return value
    text = _text(value)
    if parameter.type == "string":
        return text
    if parameter.type in ("array", "object"):
        return _json(text, f"--{parameter.option}")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text) if parameter.type == "number" else text
    except ValueError:
        return text


def _text(value: str) -> str:
    if value == "-":
        return sys.stdin.read()
    if value.startswith("@@"):
        return value[1:]
    if value.startswith("@"):
        with open(value[1:], encoding="utf-8") as file:
            return file.read()
    return value


def _json(text: str, option: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _Refused(f"{option}: not JSON: {error}") from None


def _config_arguments(given: Mapping[str, Any]) -> tuple[str | None, str | None]:
    key = None
    if "key_file" in given:
        with open(given["key_file"], encoding="utf-8") as file:
            key = file.readline().strip()
    return key, given.get("base_url")


def _with_some_key(config: Config) -> Config:
    """For a request that is only shown: its key is not, so it may be missing."""
    return Config("key", config.root, None, RequestOptions(), {})


def _places(model: Model, payload: Mapping[str, Any], out: str | None, *, overwrite: bool) -> list[str]:
    """The files that will be written, refused before anything is paid if one is there already."""
    if out == "-":
        return []
    form = payload.get(model.output.format or "", "jpeg")
    path = out or f"{model.slug}.{form}"
    count = payload.get(model.output.count or "", 1)
    paths = [path, *(numbered(path, count) if isinstance(count, int) and count > 1 else [])]
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise _Refused(f"{folder}: no such folder", FILE)
    for each in paths:
        if os.path.lexists(each) and not overwrite:
            raise _Refused(f"{each} is there already; --overwrite replaces it", FILE)
    return [path]


def _write(result: ImageResult, out: str | None, paths: list[str], *, overwrite: bool) -> list[str]:
    if out == "-":
        sys.stdout.buffer.write(result.content)
        sys.stdout.buffer.flush()
        return []
    return result.save(paths[0], overwrite=overwrite)


def _tell(result: ImageResult, written: list[str], *, as_json: bool) -> None:
    facts = [
        {"path": path, "media_type": image.media_type, "width": image.width, "height": image.height}
        for path, image in zip(written, result.images, strict=True)
    ]
    if as_json:
        about = {"request_id": result.request_id, "seed": result.seed, "remaining_credits": result.remaining_credits}
        print(json.dumps({"images": facts, **about}))
        return
    for fact in facts:
        print(f"{fact['path']}  {fact['width']}x{fact['height']} {fact['media_type']}")
    if result.remaining_credits is not None:
        print(f"{result.remaining_credits:g} credits left", file=sys.stderr)


def as_text(request: Request) -> str:
    """The request as it would go out, with the key left out."""
    headers = "\n".join(f"{name}: {_shown(name, value)}" for name, value in request.headers.items())
    body = json.dumps(json.loads(request.body or b"null"), indent=2, ensure_ascii=False)
    return f"{request.method} {request.url}\n{headers}\n\n{body}"


def as_curl(request: Request) -> str:
    """The request as a curl command for a POSIX shell; the key is the shell's variable."""
    parts = ["curl", "--fail-with-body", "--request", request.method, shlex.quote(request.url)]
    for name, value in request.headers.items():
        if name == PLATFORM.key_header:
            parts += ["--header", f'"{name}: ${PLATFORM.key_variable}"']
        elif name != "user-agent":
            parts += ["--header", shlex.quote(f"{name}: {value}")]
    parts += ["--data-raw", shlex.quote((request.body or b"").decode("ascii")), "--output", "picture"]
    return " ".join(parts)


def _shown(name: str, value: str) -> str:
    return f"${PLATFORM.key_variable}" if name == PLATFORM.key_header else value


def _status_for(error: errors.SegmindError) -> int:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return _HTTP_STATUS.get(error.status or 0, 10)


def _say_handle(error: errors.SegmindError) -> None:
    if isinstance(error, errors.InferenceTimeout):
        print(error.handle.to_json(), file=sys.stderr)


def _no_such_model(slug: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(slug, SLUGS, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`segmind-client --help` lists them"
    return f"no model {slug!r}; {hint}"


def _fail(message: str, status: int) -> int:
    text = "\n".join("".join(c if c.isprintable() else " " for c in line) for line in message.split("\n"))
    print(f"segmind-client: {text}", file=sys.stderr)
    return status


@contextmanager
def _warnings_on_stderr() -> Generator[None]:
    """Shows warnings as lines like our own, instead of with a place in our code."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        finally:
            for warning in caught:
                print(f"segmind-client: note: {warning.message}", file=sys.stderr)
