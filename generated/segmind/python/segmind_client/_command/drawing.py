"""One picture: asked for, waited for, saved, told of."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from .. import errors
from .._checks import warn_of_several
from .._config import RequestOptions
from .._given import Given, Secret
from .._images import numbered, write_whole
from .._job import JobHandle
from .._messages import read_pictures
from .._options import Refused
from .._results import ImageResult
from .._wire import inert
from ..client import SegmindClient
from ..spec.facts import MISSING, Model
from ..spec.platform import PLATFORM
from .statuses import FILE, KEY
from .terminal import say


def draw(model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Sends one request and saves what comes of it."""
    out = given.get("out")
    overwrite = bool(given.get("overwrite"))
    path = _place(model, payload, out, overwrite=overwrite)
    if not queue:
        warn_of_several(model, payload)
    # In the queue it is the wait that is bounded; cutting the submit short would leave a job that nobody knows of.
    options = RequestOptions(timeout=None if queue else given.get("timeout"))
    with SegmindClient(key_of(given), given.get("base_url"), options=options) as client:
        try:
            if queue and given.get("no_wait"):
                print(_submitted(client, model, payload, given, path).to_json())
                return 0
            result = _fetch(client, model, payload, given, path, queue=queue)
        except errors.UnreadableResponse as error:
            # It was probably paid for.
            if error.content and out != "-":
                say(f"the answer is kept in {write_whole(f'{path}.unreadable', error.content, overwrite=True)}")
            raise
    return deliver(result, path, given)


def deliver(result: ImageResult, path: str, given: Mapping[str, Any]) -> int:
    """Saves pictures, or writes one to standard output, and tells of it."""
    if path == "-":
        sys.stdout.buffer.write(result.content)
        sys.stdout.buffer.flush()
        if len(result) > 1:
            say(f"{len(result)} pictures came; the first alone went to standard output")
        return 0
    written = _save(result, path, overwrite=bool(given.get("overwrite")))
    if not given.get("quiet"):
        _tell(result, written, as_json=bool(given.get("json")))
    return 0


def wait_for(client: SegmindClient, handle: JobHandle, given: Mapping[str, Any]) -> ImageResult:
    """Waits for a queued job and fetches its pictures; what is raised holds the handle."""
    timeout = given.get("timeout", PLATFORM.queue.timeout_s)
    interval = given.get("poll_interval", PLATFORM.queue.interval_s)
    try:
        return client.resume(handle).download(timeout, interval)
    except errors.SegmindError as error:
        error.handle = handle
        raise


def resume_command(handle: JobHandle, path: str | None) -> str:
    """The command that waits for a queued job, for a POSIX shell."""
    from shlex import quote

    # Only what a shell and a terminal take as it is.
    return f"echo {quote(handle.to_json())} | segmind-client resume -" + (f" --out {quote(path)}" if path else "")


def key_of(given: Mapping[str, Any]) -> str | None:
    """The key in the file that `--key-file` names; None leaves it to the environment, where there is one.

    Raises:
        Refused: There is none, or no header can carry it.
        OSError, UnicodeDecodeError: The file could not be read.
    """
    if "key_file" in given:
        with open(given["key_file"], encoding="utf-8-sig") as file:
            key = Secret(file.readline().strip())
        missing = f"{given['key_file']}: no API key on its first line"
    else:
        key = Given.take(None, None, None).key
        missing = f"no API key: set {PLATFORM.key_variable}, or name a file that holds it with --key-file"
    flaw = key.flaw() if key else missing
    if flaw:
        raise Refused(flaw, KEY)
    return key.header()[PLATFORM.key_header] if "key_file" in given else None


def suffix_of(model: Model, payload: Mapping[str, Any]) -> str:
    """The suffix of a picture's file: the format that is asked for, or what the service gives otherwise."""
    parameter = model.parameters.get(model.output.format or "")
    default = parameter.default if parameter and parameter.default is not MISSING else "jpeg"
    return str(payload.get(model.output.format or "", default))


def count_of(model: Model, payload: Mapping[str, Any]) -> int:
    """How many pictures are asked for."""
    count = payload.get(model.output.count or "", 1)
    return count if isinstance(count, int) and count > 1 else 1


def refuse_if_taken(path: str, count: int) -> None:
    """Raises Refused if one of the files that pictures may be saved as is there."""
    for each in (path, *(numbered(path, count) if count > 1 else ())):
        if os.path.lexists(each):
            raise Refused(f"{each} is there already; --overwrite replaces it", FILE)


def check_folder(folder: str, path: str) -> None:
    """Raises Refused unless `path` can be written in `folder`."""
    if not os.path.isdir(folder):
        raise Refused(f"{folder}: no such folder", FILE)
    if os.path.isdir(path) or not os.access(folder, os.W_OK):
        raise Refused(f"{path}: no file can be written there", FILE)


def _fetch(
    client: SegmindClient, model: Model, payload: dict[str, Any], given: Mapping[str, Any], path: str, *, queue: bool
) -> ImageResult:
    if queue:
        return wait_for(client, _submitted(client, model, payload, given, path), given)
    import warnings

    with warnings.catch_warnings():
        # They have been shown.
        warnings.simplefilter("ignore", UserWarning)
        return read_pictures(client.run_sync(model.slug, **payload))


def _submitted(
    client: SegmindClient, model: Model, payload: dict[str, Any], given: Mapping[str, Any], path: str
) -> JobHandle:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        handle = client.submit_async(model.slug, **payload).handle
    if not given.get("quiet"):
        # At once, since from here on it is paid for and this process may end at any moment.
        say(f"queued as {handle.request_id}; should this end early, go on with\n{resume_command(handle, path)}")
    return handle


def _place(model: Model, payload: Mapping[str, Any], out: str | None, *, overwrite: bool) -> str:
    """Where the picture goes, refused before anything is paid if that can't be."""
    count = count_of(model, payload)
    if out == "-":
        if count > 1:
            raise Refused("standard output takes one picture; name a file")
        return out
    path = out or f"{model.slug}.{suffix_of(model, payload)}"
    check_folder(os.path.dirname(path) or ".", path)
    if not overwrite:
        refuse_if_taken(path, count)
    return path


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
