"""The command `--batch`: one request for each line of a file. The same command continues an interrupted batch."""

from __future__ import annotations

import asyncio
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ..._clients.async_driver import AsyncDriver
from ..._config import Config, RequestOptions
from ..._credentials import Credentials
from ..._errors import ValidationError
from ..._flows.parameters import prepare, undocumented
from ..._hooks import Hooks
from ..._network.pools import AsyncPool
from ..._text import counted
from ...spec.facts import Model
from ...spec.platform import PLATFORM
from ..dry_run import as_curl, request_for_display
from ..exit_codes import CommandError, ExitCode
from ..interruption import stopping
from ..key_file import read_key
from ..output_paths import answers_with_json, check_folder, check_path, expected_suffix, noun_of
from ..parameter_values import payload_from, with_files
from ..prices import cost_of, most_of
from ..terminal import print_json, print_out, readable_json, say
from .fallback_log import NAME as NOTES
from .lines import InputLine, read_lines
from .plan import Plan, first_stem, make_plan
from .progress import Progress
from .report import LISTS, summary, write_lists
from .result_files import recover
from .runner import BatchRunner, BatchSettings
from .spending import BatchSpending
from .state import NAME as JOURNAL
from .state import BatchState

_CONCURRENCY = 4
_ALONE = ("out", "overwrite", "no_wait")


def run_batch(model: Model, given: Mapping[str, Any]) -> int:
    """Send a request for each line of a file, save the results, and return the exit code."""
    for name in _ALONE:
        if given.get(name):
            raise CommandError(f"--{name.replace('_', '-')} is for one {noun_of(model)}; use --out-dir with --batch")
    if given.get("queue") and given.get("sync"):
        raise CommandError("--async and --sync exclude each other")
    defaults = payload_from(model, given)
    folder = _folder(given)
    strict = not given.get("allow_undocumented")
    unknown = undocumented(model, defaults) if strict else []
    if unknown:
        # Otherwise each line would be reported.
        raise ValidationError(model.slug, unknown)
    lines = read_lines(model, given["batch"], defaults, documented_only=strict)
    if "max_usd" in given and "price" not in given:
        for line in lines:
            most_of(model, line.payload)
    # A queued job can be resumed after a crash, a synchronous call can't.
    queue = model.submit is not None and not given.get("sync")
    if given.get("dry_run") or given.get("curl"):
        return _show(model, lines, given, folder, queue=queue)
    config = Config(Credentials.read(read_key(given), given.get("base_url"), None))
    _make(folder)
    state = BatchState(folder, model.slug, config.root)
    try:
        spending = BatchSpending(
            model,
            [(row.payload, row.posts) for row in state.rows() if row.posts],
            given.get("max_usd"),
            given.get("min_credits"),
            given.get("price"),
        )
        config = config.with_options(_options(given, spending, queue=queue))
        flags = {name: bool(given.get(name)) for name in ("retry_failed", "at_least_once")}
        recover(state, folder, model)
        plan = make_plan(state, folder, model, lines, **flags)
        return _work(model, config, state, spending, folder, plan, given, queue=queue)
    finally:
        state.close()


def _work(
    model: Model,
    config: Config,
    state: BatchState,
    spending: BatchSpending,
    folder: str,
    plan: Plan,
    given: Mapping[str, Any],
    *,
    queue: bool,
) -> int:
    quiet, as_json = bool(given.get("quiet")), bool(given.get("json"))
    settings = BatchSettings(
        queue,
        given.get("concurrency", _CONCURRENCY),
        given.get("timeout", PLATFORM.queue.timeout_s),
        given.get("poll_interval", PLATFORM.queue.interval_s),
        bool(given.get("at_least_once")),
    )
    if not quiet:
        say(_opening(plan, settings))
    progress = Progress(len(plan.rows), spending, as_json=as_json, quiet=quiet)

    ended: list[BatchRunner] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        run = BatchRunner(
            AsyncDriver(config, AsyncPool(None, None)), model, state, spending, folder, settings, progress.tell
        )

        def interrupt() -> None:
            progress.clear()
            say("stopping: waiting for requests that were sent; press Ctrl-C again to stop immediately")
            run.stop("interrupted", ExitCode.INTERRUPTED)

        with stopping(lambda: loop.call_soon_threadsafe(interrupt)):
            await run.work(plan.rows)
        ended.append(run)

    with warnings.catch_warnings():
        # They have been printed by now.
        warnings.simplefilter("ignore", UserWarning)
        try:
            asyncio.run(work())
        except RuntimeError:
            # Closing the event loop may need a thread, which the machine may not have. The state is complete by then.
            if not ended:
                raise
    progress.clear()
    return _finish(model, state, spending, folder, ended[0].stopped, as_json=as_json, quiet=quiet)


def _finish(
    model: Model,
    state: BatchState,
    spending: BatchSpending,
    folder: str,
    stopped: tuple[str, int] | None,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Write the lists, print the summary, and return the exit code."""
    state.catch_up()
    wrong = [*filter(None, [state.restore()]), *write_lists(state, folder, model)]
    if state.trouble:
        wrong.append(f"{state.trouble}; the outcome is in {NOTES}, and the next run takes it over")
    lines, data, status = summary(state, spending, folder, model, stopped)
    if as_json:
        try:
            print_json({**data, "status": status or (ExitCode.FILE if wrong else 0)})
        except OSError as error:
            wrong.append(str(error))
    status = status or (ExitCode.FILE if wrong else 0)
    if status or not quiet:
        say("\n".join([*lines, *wrong]))
    return status


def _opening(plan: Plan, settings: BatchSettings) -> str:
    text = f"{counted(plan.new, 'new line')}, {plan.known} known; {len(plan.rows)} to do"
    if plan.rows:
        text += f", {settings.concurrency} at a time, {'by the queue' if settings.queue else 'synchronously'}"
    if plan.elsewhere:
        are = "is" if plan.elsewhere == 1 else "are"
        text += f"\n{counted(plan.elsewhere, 'line')} of earlier runs {are} not in this file and {are} not sent"
    return text


def _options(given: Mapping[str, Any], spending: BatchSpending, *, queue: bool) -> RequestOptions:
    # --timeout is for the wait, not for the submit: an interrupted submit could leave an unknown job in the queue.
    timeout = None if queue else given.get("timeout")
    return RequestOptions(timeout=timeout, budget=spending.budget, hooks=Hooks(response=spending.note))


def _folder(given: Mapping[str, Any]) -> str:
    if "out_dir" in given:
        return str(given["out_dir"])
    if given["batch"] == "-":
        raise CommandError("--batch - needs a folder: name it with --out-dir")
    folder: str = os.path.splitext(given["batch"])[0]
    if folder == given["batch"]:
        raise CommandError(
            f"{given['batch']} has no suffix, so the folder can't be named after it; name a folder with --out-dir"
        )
    return folder


def _make(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    check_folder(folder)
    for name in (JOURNAL, NOTES, *LISTS):
        check_path(os.path.join(folder, name), overwrite=True)


def _show(model: Model, lines: Sequence[InputLine], given: Mapping[str, Any], folder: str, *, queue: bool) -> int:
    """Print the requests instead of sending them, each as a line of JSON or as a curl command."""
    for number, line in enumerate(lines, 1):
        payload = with_files(model, line.payload)
        prepare(model, payload)
        request = request_for_display(model, payload, given.get("base_url"), queue=queue)
        if given.get("curl"):
            is_json = answers_with_json(model, line.payload, queue=queue)
            suffix = "json" if is_json else expected_suffix(model, line.payload)
            stem = first_stem(line, number)
            command = as_curl(request, os.path.join(folder, f"{stem}.{suffix}"))
            print_json({"id": line.id, "curl": command}) if given.get("json") else print_out(command)
        else:
            about = {"id": line.id, "method": request.method, "url": request.url}
            print_out(readable_json({**about, "body": json.loads(request.body or b"null")}))
    if "price" in given:
        cost: str | None = f"at most {len(lines) * given['price']:.4g} dollars by --price"
    else:
        cost = cost_of(model, [(line.payload, 1) for line in lines])
    say(f"{counted(len(lines), 'request')}, {cost or 'price not documented'}")
    return 0
