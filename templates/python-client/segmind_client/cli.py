"""The command line: `segmind-client SLUG --prompt "…" --out picture.jpg`.

The options of a model are made from its facts when it is named, so that `--help` costs the same with 500 models.

Exit status: 0 done; 2 wrong usage; 3 invalid parameters; 4 key refused; 5 no credits; 6 not reachable, or too many
requests; 7 the job failed; 8 not done in time; 9 outcome unknown, possibly billed; 10 any other error of the service;
11 an unreadable answer; 12 a file could not be read or written; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

from . import errors
from ._checks import check, warn_of_several
from ._config import Config, RequestOptions
from ._given import Given
from ._images import numbered, write_whole
from ._messages import read_pictures, submit_request, sync_request
from ._options import Refused, parser_for, payload_from, top_parser
from ._results import ImageResult
from ._wire import Request, inert
from .client import SegmindClient
from .spec.catalog import SLUGS, find
from .spec.facts import MISSING, Model
from .spec.platform import PLATFORM

USAGE, FILE, INTERRUPTED = 2, 12, 130
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit status; argparse exits by itself on `--help` and on wrong options."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a character must not be why a picture that was paid for is lost.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except Refused as error:
        return _fail(str(error), error.status)
    except errors.SegmindError as error:
        if error.handle is not None:
            print(error.handle.to_json(), file=sys.stderr)
        return _fail(str(error), _status_for(error))
    except (OSError, UnicodeDecodeError) as error:
        return _fail(str(error), FILE)
    except KeyboardInterrupt:
        return _fail("interrupted; what was sent may be billed all the same", INTERRUPTED)


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        top_parser().parse_args(arguments)
        top_parser().print_help()
        return USAGE if arguments else 0
    model = find(arguments[0])
    if model is None:
        raise Refused(_no_such_model(arguments[0]))
    given = vars(parser_for(model).parse_args(arguments[1:]))
    payload = payload_from(model, given)
    queue = bool(given.get("queue")) or model.sync is None
    with _notes_on_stderr():
        check(model, payload)
        if given.get("dry_run") or given.get("curl"):
            return _show(model, payload, given, queue=queue)
        return _draw(model, payload, given, queue=queue)


def _show(model: Model, payload: Mapping[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    # The key is not shown, so there may be none.
    config = Config(Given.take("not-shown", given.get("base_url"), None))
    request = (submit_request if queue else sync_request)(config, model.slug, model, payload, config.terms)
    print(as_curl(request) if given.get("curl") else as_text(request))
    return 0


def _draw(model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    out = given.get("out")
    overwrite, quiet = bool(given.get("overwrite")), bool(given.get("quiet"))
    path = _place(model, payload, out, overwrite=overwrite)
    if not queue:
        warn_of_several(model, payload)
    # In the queue it is the wait that is bounded; cutting the submit short would leave a job that nobody knows of.
    options = RequestOptions(timeout=None if queue else given.get("timeout"))
    with SegmindClient(_key(given), given.get("base_url"), options=options) as client:
        try:
            result = _fetch(client, model, payload, given, queue=queue)
        except errors.UnreadableResponse as error:
            # It was probably paid for.
            if error.content and out != "-":
                _say(f"the answer is kept in {write_whole(f'{path}.unreadable', error.content, overwrite=True)}")
            raise
    if out == "-":
        sys.stdout.buffer.write(result.content)
        sys.stdout.buffer.flush()
        if len(result) > 1:
            _say(f"{len(result)} pictures came; the first alone went to standard output")
        return 0
    written = _save(result, path, overwrite=overwrite)
    if not quiet:
        _tell(result, written, as_json=bool(given.get("json")))
    return 0


def _fetch(
    client: SegmindClient, model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool
) -> ImageResult:
    import warnings

    with warnings.catch_warnings():
        # They have been shown.
        warnings.simplefilter("ignore", UserWarning)
        if not queue:
            return read_pictures(client.run_sync(model.slug, **payload))
        job = client.submit_async(model.slug, **payload)
    if not given.get("quiet"):
        _say(f"queued as {job.request_id}")
    try:
        timeout = given.get("timeout", PLATFORM.queue.timeout_s)
        return job.download(timeout, given.get("poll_interval", PLATFORM.queue.interval_s))
    except errors.SegmindError as error:
        error.handle = job.handle
        raise


def _key(given: Mapping[str, Any]) -> str | None:
    if "key_file" not in given:
        return None
    with open(given["key_file"], encoding="utf-8-sig") as file:
        return file.readline().strip()


def _place(model: Model, payload: Mapping[str, Any], out: str | None, *, overwrite: bool) -> str:
    """Where the picture goes, refused before anything is paid if that can't be."""
    count = payload.get(model.output.count or "", 1)
    if out == "-":
        if isinstance(count, int) and count > 1:
            raise Refused("standard output takes one picture; name a file")
        return out
    path = out or f"{model.slug}.{_suffix(model, payload)}"
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise Refused(f"{folder}: no such folder", FILE)
    if os.path.isdir(path) or not os.access(folder, os.W_OK):
        raise Refused(f"{path}: no file can be written there", FILE)
    for each in (path, *(numbered(path, count) if isinstance(count, int) and count > 1 else [])):
        if os.path.lexists(each) and not overwrite:
            raise Refused(f"{each} is there already; --overwrite replaces it", FILE)
    return path


def _suffix(model: Model, payload: Mapping[str, Any]) -> str:
    parameter = model.parameters.get(model.output.format or "")
    default = parameter.default if parameter and parameter.default is not MISSING else "jpeg"
    return str(payload.get(model.output.format or "", default))


def _save(result: ImageResult, path: str, *, overwrite: bool) -> list[str]:
    """Saves what was paid for; if not where it should go, then in the folder for temporary files."""
    try:
        return result.save(path, overwrite=overwrite)
    except OSError as error:
        from tempfile import mkdtemp

        elsewhere = os.path.join(mkdtemp(prefix="segmind-"), os.path.basename(path))
        raise Refused(f"{error}; kept as {', '.join(result.save(elsewhere))}", FILE) from None


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
        print(inert(f"{fact['path']}  {fact['width']}x{fact['height']} {fact['media_type']}"))
    if result.remaining_credits is not None:
        print(f"{result.remaining_credits:g} credits left", file=sys.stderr)


def as_text(request: Request) -> str:
    """The request as it would go out, with the key left out."""
    key = [f"{PLATFORM.key_header}: ${PLATFORM.key_variable}"]
    headers = [f"{name}: {value}" for name, value in request.headers.items()]
    body = json.dumps(json.loads(request.body or b"null"), indent=2, ensure_ascii=False)
    lines = [f"{request.method} {request.url}", *key, *headers, "", *body.split("\n")]
    return "\n".join(map(inert, lines))


def as_curl(request: Request) -> str:
    """The request as a curl command for a POSIX shell; the key is the shell's variable."""
    from shlex import quote

    parts = ["curl", "--fail-with-body", "--request", request.method, quote(request.url)]
    parts += ["--header", f'"{PLATFORM.key_header}: ${PLATFORM.key_variable}"']
    for name, value in request.headers.items():
        if name != "user-agent":
            parts += ["--header", quote(f"{name}: {value}")]
    parts += ["--data-raw", quote((request.body or b"").decode("ascii")), "--output", "picture"]
    return " ".join(parts)


def _status_for(error: errors.SegmindError) -> int:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return _HTTP_STATUS.get(error.status or 0, 10)


def _no_such_model(slug: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(slug, SLUGS, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`segmind-client --help` lists them"
    return f"no model {slug!r}; {hint}"


def _say(message: str) -> None:
    """Says something beside the result, inert whatever the service put into it."""
    print("\n".join(map(inert, f"segmind-client: {message}".split("\n"))), file=sys.stderr)


def _fail(message: str, status: int) -> int:
    _say(message)
    return status


@contextmanager
def _notes_on_stderr() -> Generator[None]:
    """Shows warnings as lines like our own, instead of with a place in our code."""
    import warnings

    def show(message: Warning | str, *_: object, **__: object) -> None:
        _say(f"note: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield
