"""One picture: asked for, waited for, saved, told of."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import errors
from .._answers.images import numbered
from .._answers.job import JobHandle
from .._answers.results import ImageResult
from .._answers.saving import keep, rescue, safe_stem, save_or_keep, suffix_for
from .._config import RequestOptions
from .._flows.checks import warn_of_several
from .._flows.messages import read_pictures
from .._given import Given, Secret
from .._options import Refused
from .._wire import inert
from ..client import ProviderClient
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .caller import Caller
from .interruption import uninterrupted
from .places import check_out, expected_suffix, named_after
from .statuses import FILE, KEY
from .terminal import print_out, say, write, write_out


def draw(model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Sends one request and saves what comes of it."""
    out = given.get("out")
    check_out(model, payload, out, overwrite=bool(given.get("overwrite")))
    if out == "-" and sys.stdout is None:
        raise Refused("standard output is closed", FILE)
    if not queue:
        warn_of_several(model, payload)
    # In the queue it is the wait that is bounded; cutting the submit short would leave a job that nobody knows of.
    options = RequestOptions(timeout=None if queue else given.get("timeout"))
    # Where it is named after its bytes, it is called so until they are here.
    likely = out or f"{safe_stem(model.slug)}.{expected_suffix(model, payload)}"
    with Caller(key_of(given), given.get("base_url"), options=options) as client:
        with keeping_unreadable(likely):
            handle = _submitted(client, model, payload, given, likely) if queue else None
            if handle and given.get("no_wait"):
                _print_handle(handle)
                return 0
            result = wait_for(client, handle, given) if handle else _fetch(client, model, payload)
        deliver(result, out, safe_stem(model.slug), given, handle)
    return 0


def deliver(
    result: ImageResult, out: str | None, stem: str, given: Mapping[str, Any], handle: JobHandle | None = None
) -> None:
    """Saves pictures at `out`, or under `stem` and the suffix of their bytes if that is None, or writes one to standard
    output (`-`); and tells of it.

    Raises:
        Refused: They did not get there. The message says where they are instead, or how to fetch those of `handle` again.
    """
    if out == "-":
        _write_out(result)
        return
    paths = numbered(out, len(result)) if out else named_after(stem, result)
    contents = [image.content for image in result.images]
    with uninterrupted():
        kept = save_or_keep(paths, contents, overwrite=bool(given.get("overwrite")))
        if kept.failure:
            again = None in kept.paths and handle is not None
            hint = f"; fetch it again with\n{resume_command(handle, None)}" if again and handle else ""
            raise Refused(f"{kept.reason}{hint}", FILE)
    written = [path for path in kept.paths if path is not None]
    if not given.get("quiet"):
        try:
            _tell(result, written, as_json=bool(given.get("json")))
        except OSError as error:
            raise Refused(f"{error}; saved as {', '.join(written)}", FILE) from None


@contextmanager
def keeping_unreadable(path: str) -> Generator[None]:
    """Keeps the body of an answer that is no picture beside `path` (or among the temporary files, if that is `-`), since
    it was probably paid for."""
    try:
        yield
    except errors.UnreadableResponse as error:
        if error.content:
            say(f"the answer {told_of_unreadable(path, error.content)}")
        raise


def told_of_unreadable(path: str, content: bytes) -> str:
    """Keeps such a body; says where, or why not."""
    if path == "-":
        (place,) = rescue(["answer.unreadable"], [content])
        return f"is kept in {place}" if place else "could not be kept: no folder takes it"
    kept = keep([f"{path}.unreadable"], [content])
    return f"could not be kept there: {kept.reason}" if kept.failure else f"is kept in {kept.paths[0]}"


def wait_for(client: ProviderClient, handle: JobHandle, given: Mapping[str, Any]) -> ImageResult:
    """Waits for a queued job and fetches its pictures; what is raised holds the handle."""
    timeout = given.get("timeout", PLATFORM.queue.timeout_s)
    interval = given.get("poll_interval", PLATFORM.queue.interval_s)
    try:
        return client.resume(handle).download(timeout, interval)
    except errors.ProviderError as error:
        error.handle = handle
        raise
    except BaseException:
        # Ctrl-C, among others. With --quiet nobody has seen it yet.
        say(f"the job {handle.request_id} goes on; fetch it with\n{resume_command(handle, None)}")
        raise


def resume_command(handle: JobHandle, path: str | None) -> str:
    """The command that waits for a queued job, for a POSIX shell."""
    from shlex import quote

    # Only what a shell and a terminal take as it is.
    return f"echo {quote(handle.to_json())} | provider-client resume -" + (f" --out {quote(path)}" if path else "")


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
        missing = f"no API key: set {PLATFORM.environment.api_key}, or name a file that holds it with --key-file"
    flaw = key.flaw() if key else missing
    if flaw:
        raise Refused(flaw, KEY)
    return key.text() if "key_file" in given else None


def _fetch(client: Caller, model: Model, payload: dict[str, Any]) -> ImageResult:
    import warnings

    with warnings.catch_warnings():
        # They have been shown.
        warnings.simplefilter("ignore", UserWarning)
        return read_pictures(client.call(model.slug, payload))


def _submitted(client: Caller, model: Model, payload: dict[str, Any], given: Mapping[str, Any], path: str) -> JobHandle:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        handle = client.enqueue(model.slug, payload).handle
    if not given.get("quiet"):
        # At once, since from here on it is paid for and this process may end at any moment.
        say(f"queued as {handle.request_id}; should this end early, go on with\n{resume_command(handle, path)}")
    return handle


def _print_handle(handle: JobHandle) -> None:
    try:
        print_out(handle.to_json())
    except OSError as error:
        raise Refused(f"{error}; the job that was accepted is\n{handle.to_json()}", FILE) from None


def _write_out(result: ImageResult) -> None:
    first, *others = result.images
    names = [f"{number}.{suffix_for(image.media_type)}" for number, image in enumerate(result.images, 1)]
    try:
        write_out(first.content)
    except OSError as error:
        places = rescue(names, [image.content for image in result.images])
        raise Refused(f"{error}; {_kept_as(places)}", FILE) from None
    if others:
        places = rescue(names[1:], [image.content for image in others])
        message = f"{len(result)} pictures came; the first went to standard output, the others: {_kept_as(places)}"
        if None in places:
            raise Refused(message, FILE)
        say(message)


def _kept_as(places: list[str | None]) -> str:
    kept = [place for place in places if place is not None]
    lost = f"{len(places) - len(kept)} could be kept nowhere" if len(kept) < len(places) else ""
    return ", ".join(filter(None, [f"kept as {', '.join(kept)}" if kept else "", lost]))


def _tell(result: ImageResult, written: list[str], *, as_json: bool) -> None:
    facts = [
        {"path": path, "media_type": image.media_type, "width": image.width, "height": image.height}
        for path, image in zip(written, result.images, strict=True)
    ]
    if as_json:
        about = {"request_id": result.request_id, "seed": result.seed, "remaining_credits": result.remaining_credits}
        print_out(json.dumps({"images": facts, **about}))
        return
    for fact in facts:
        print_out(inert(f"{fact['path']}  {fact['width']}x{fact['height']} {fact['media_type']}"))
    if result.remaining_credits is not None:
        write(f"{result.remaining_credits:g} credits left\n")
