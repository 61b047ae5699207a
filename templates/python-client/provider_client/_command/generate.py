"""`provider-client SLUG`: one request, whose images are saved."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from .. import errors
from .._config import RequestOptions
from .._flows.parameters import warn_about_several_images
from .._flows.responses import read_images
from .._results.image_result import ImageResult
from .._results.jobs import JobHandle
from .._results.saving import safe_stem
from ..client import ProviderClient
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .exit_codes import CommandError, ExitCode
from .key_file import read_key
from .output import keep_unreadable, resume_command, save_result
from .output_paths import check_out, expected_suffix
from .slug_client import SlugClient
from .terminal import print_out, say


def generate(model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Send one request, save its images, and return the exit code."""
    out = given.get("out")
    check_out(model, payload, out, overwrite=bool(given.get("overwrite")))
    if out == "-" and sys.stdout is None:
        raise CommandError("standard output is closed", ExitCode.FILE)
    if not queue:
        warn_about_several_images(model, payload)
    # --timeout is for the wait, not for the submit: an interrupted submit could leave an unknown job in the queue.
    options = RequestOptions(timeout=None if queue else given.get("timeout"))
    # The suffix is only known for sure when the image is here.
    likely = out or f"{safe_stem(model.slug)}.{expected_suffix(model, payload)}"
    with SlugClient(read_key(given), given.get("base_url"), options=options) as client:
        with keep_unreadable(likely):
            handle = _submit(client, model, payload, given, likely) if queue else None
            if handle and given.get("no_wait"):
                _print_handle(handle)
                return ExitCode.DONE
            result = wait_for_job(client, handle, given) if handle else _call(client, model, payload)
        save_result(result, out, safe_stem(model.slug), given, handle)
    return ExitCode.DONE


def wait_for_job(client: ProviderClient, handle: JobHandle, given: Mapping[str, Any]) -> ImageResult:
    """Wait for a queued job and download its images. Exceptions hold the handle."""
    timeout = given.get("timeout", PLATFORM.queue.timeout_s)
    interval = given.get("poll_interval", PLATFORM.queue.interval_s)
    try:
        return client.resume(handle).download(timeout, interval)
    except errors.ProviderError as error:
        error.handle = handle
        raise
    except BaseException:
        # For example Ctrl-C. With --quiet the handle has not been printed yet.
        say(f"the job {handle.request_id} goes on; fetch it with\n{resume_command(handle, None)}")
        raise


def _call(client: SlugClient, model: Model, payload: dict[str, Any]) -> ImageResult:
    import warnings

    with warnings.catch_warnings():
        # They have been printed by now.
        warnings.simplefilter("ignore", UserWarning)
        return read_images(client.call(model.slug, payload))


def _submit(
    client: SlugClient, model: Model, payload: dict[str, Any], given: Mapping[str, Any], path: str
) -> JobHandle:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        handle = client.enqueue(model.slug, payload).handle
    if not given.get("quiet"):
        # Right away, because the job is paid for and this process may end at any moment.
        say(
            f"queued as {handle.request_id}; if this command is interrupted, continue with\n{resume_command(handle, path)}"
        )
    return handle


def _print_handle(handle: JobHandle) -> None:
    try:
        print_out(handle.to_json())
    except OSError as error:
        raise CommandError(f"{error}; the handle of the accepted job is\n{handle.to_json()}", ExitCode.FILE) from None
