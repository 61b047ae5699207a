"""`provider-client SLUG`: one request, whose result is saved or printed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from .. import errors
from .._config import RequestOptions
from .._flows.parameters import warn_about_several_images
from .._flows.results import read_result
from .._results.jobs import JobHandle
from .._results.result import Result
from .._results.saving import safe_stem
from ..client import ProviderClient
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .exit_codes import CommandError, ExitCode
from .interruption import Interrupted
from .key_file import read_key
from .output import keep_unreadable, resume_command, save_result
from .output_paths import check_out, check_standard_output, likely_path
from .prices import budget_for_one
from .program import PROGRAM
from .slug_client import SlugClient
from .terminal import print_out, say
from .wait_progress import showing_progress


def generate(model: Model, payload: dict[str, Any], given: Mapping[str, Any], *, queue: bool) -> int:
    """Send one request, save or print its result, and return the exit code."""
    out = given.get("out")
    if given.get("no_wait"):
        _check_no_wait(queue=queue)
    else:
        check_out(model, payload, out, overwrite=bool(given.get("overwrite")))
        if out == "-":
            check_standard_output(model, as_json=bool(given.get("json")))
    budget = budget_for_one(model, payload, given)
    if not queue:
        warn_about_several_images(model, payload, _advice_for_several(model))
    # --timeout is for the wait, not for the submit: an interrupted submit could leave an unknown job in the queue.
    options = RequestOptions(timeout=None if queue else given.get("timeout"), budget=budget)
    # The suffix is only known for sure when the file is here.
    likely = likely_path(model, payload, out)
    with SlugClient(read_key(given), given.get("base_url"), options=options) as client:
        with keep_unreadable(likely):
            handle = _submit(client, model, payload, given, likely) if queue else None
            if handle and given.get("no_wait"):
                _print_handle(handle)
                return ExitCode.DONE
            advice = f"to go on waiting, save the handle above as job.json and run `{PROGRAM} resume job.json`"
            if handle:
                printed = "the command above continues it"
                again_with = resume_command(handle, likely, overwrite=bool(given.get("overwrite")))
                again = f"continue it with\n{again_with}" if given.get("quiet") else printed
                result = wait_for_job(client, handle, given, advice, again)
            else:
                result = _call(client, model, payload)
        save_result(result, out, safe_stem(model.slug), given, handle)
    return ExitCode.DONE


def wait_for_job(
    client: ProviderClient, handle: JobHandle, given: Mapping[str, Any], advice: str, again: str
) -> Result:
    """Wait for a queued job and download its files.

    Exceptions hold the handle, and `advice` if the job may still end well. After a Ctrl-C, `again` says how to go on.

    Raises:
        Interrupted: The user stopped the wait. The job goes on.
    """
    timeout = given.get("timeout", PLATFORM.queue.timeout_s)
    interval = given.get("poll_interval", PLATFORM.queue.interval_s)
    try:
        with showing_progress(client, handle, quiet=bool(given.get("quiet"))) as shown:
            result: Result = shown.resume(handle).download(timeout, interval)
            return result
    except errors.ProviderError as error:
        error.handle = handle
        is_over = isinstance(error, errors.InferenceFailed) or error.role == "not_found"
        error.advice = "" if is_over else advice
        raise
    except KeyboardInterrupt:
        message = (
            f"interrupted; the service accepted the job {handle.request_id}, which goes on and may be billed; {again}"
        )
        raise Interrupted(message, handle) from None
    except BaseException:
        # With --quiet the handle has not been printed yet.
        say(f"the job {handle.request_id} goes on; fetch it with\n{resume_command(handle, None)}")
        raise


def _check_no_wait(*, queue: bool) -> None:
    if not queue:
        raise CommandError("--no-wait needs --async: a synchronous call has no job to leave in the queue")
    if sys.stdout is None:
        raise CommandError("standard output is closed; --no-wait prints the job's handle there", ExitCode.FILE)


def _advice_for_several(model: Model) -> str:
    name = model.output.base64
    option = f"--{model.parameters[name].option}" if name else ""
    return " or ".join(filter(None, [option, "--async" if model.submit else ""]))


def _call(client: SlugClient, model: Model, payload: dict[str, Any]) -> Result:
    import warnings

    with warnings.catch_warnings():
        # They have been printed by now.
        warnings.simplefilter("ignore", UserWarning)
        return read_result(model, client.call(model.slug, payload))


def _submit(
    client: SlugClient, model: Model, payload: dict[str, Any], given: Mapping[str, Any], likely: str
) -> JobHandle:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        handle = client.enqueue(model.slug, payload).handle
    if not given.get("quiet"):
        # Right away, because the job is paid for and this process may end at any moment.
        waits = not given.get("no_wait")
        then = "if this command is interrupted, continue with" if waits else "fetch its result with"
        path = given.get("out", likely if waits else None)
        again = resume_command(handle, path, overwrite=bool(given.get("overwrite")))
        say(f"queued as {handle.request_id}; {then}\n{again}")
    return handle


def _print_handle(handle: JobHandle) -> None:
    try:
        print_out(handle.to_json())
    except OSError as error:
        raise CommandError(f"{error}; the handle of the accepted job is\n{handle.to_json()}", ExitCode.FILE) from None
