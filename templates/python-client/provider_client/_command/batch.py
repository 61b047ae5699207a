"""`--batch`: many pictures from a file, under a journal that lets the same command go on after anything."""

from __future__ import annotations

import asyncio
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from .._config import Config, RequestOptions
from .._errors import ValidationError
from .._flows.checks import prepare, undocumented
from .._given import Given
from .._hooks import Hooks
from .._network.pools import AsyncPool
from .._options import Refused, payload_from, with_files
from .._shells.asynchronous import AsyncShell
from .._wire import inert
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .drawing import key_of
from .interruption import stopping
from .journal import NAME as JOURNAL
from .journal import Journal
from .limits import Limits
from .lines import Line, read_lines
from .notes import NAME as NOTES
from .places import check_folder, check_place
from .planning import Plan, make_plan
from .progress import Progress
from .report import LISTS, summary, write_lists
from .saving import recover
from .sending import Run, Terms
from .showing import as_curl, request_of
from .statuses import FILE, INTERRUPTED
from .terminal import print_out, say

_CONCURRENCY = 4
_ALONE = ("out", "overwrite", "no_wait")


def run_batch(model: Model, given: Mapping[str, Any]) -> int:
    """Draws every line of a file, and gives the exit status."""
    for name in _ALONE:
        if given.get(name):
            raise Refused(f"--{name.replace('_', '-')} is for one picture; a batch has --out-dir")
    if given.get("queue") and given.get("sync"):
        raise Refused("--async and --sync: choose one")
    defaults = payload_from(model, given)
    folder = _folder(given)
    strict = not given.get("allow_undocumented")
    unknown = undocumented(model, defaults) if strict else []
    if unknown:
        # Else each line would be said to be wrong.
        raise ValidationError(model.slug, unknown)
    lines = read_lines(model, given["batch"], defaults, documented_only=strict)
    # A job in the queue is found again after a kill, what v1 was drawing is not.
    queue = model.submit is not None and not given.get("sync")
    if given.get("dry_run") or given.get("curl"):
        return _show(model, lines, given, queue=queue)
    config = Config(Given.take(key_of(given), given.get("base_url"), None))
    _make(folder)
    journal = Journal(folder, model.slug, config.root)
    try:
        limits = Limits(model, journal.posts(), given.get("max_usd"), given.get("min_credits"))
        config = config.with_options(_options(given, limits, queue=queue))
        flags = {name: bool(given.get(name)) for name in ("retry_failed", "at_least_once")}
        recover(journal, folder, model)
        plan = make_plan(journal, folder, model, lines, **flags)
        return _work(model, config, journal, limits, folder, plan, given, queue=queue)
    finally:
        journal.close()


def _work(
    model: Model,
    config: Config,
    journal: Journal,
    limits: Limits,
    folder: str,
    plan: Plan,
    given: Mapping[str, Any],
    *,
    queue: bool,
) -> int:
    quiet, as_json = bool(given.get("quiet")), bool(given.get("json"))
    terms = Terms(
        queue,
        given.get("concurrency", _CONCURRENCY),
        given.get("timeout", PLATFORM.queue.timeout_s),
        given.get("poll_interval", PLATFORM.queue.interval_s),
        bool(given.get("at_least_once")),
    )
    if not quiet:
        say(_opening(plan, terms))
    progress = Progress(len(plan.rows), limits, as_json=as_json, quiet=quiet)

    ended: list[Run] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        run = Run(AsyncShell(config, AsyncPool(None, None)), model, journal, limits, folder, terms, progress.tell)

        def interrupt() -> None:
            progress.clear()
            say("stopping: what was sent is being noted; once more to end at once")
            run.stop("interrupted", INTERRUPTED)

        with stopping(lambda: loop.call_soon_threadsafe(interrupt)):
            await run.work(plan.rows)
        ended.append(run)

    with warnings.catch_warnings():
        # They have been shown.
        warnings.simplefilter("ignore", UserWarning)
        try:
            asyncio.run(work())
        except RuntimeError:
            # To close the event loop may take a thread, which the machine may not have. All is noted by then.
            if not ended:
                raise
    stopped = ended[0].stopped
    progress.clear()
    journal.catch_up()
    wrong = [*filter(None, [journal.restore()]), *write_lists(journal, folder)]
    if journal.trouble:
        wrong.append(f"{journal.trouble}; what happened is noted beside it, and taken up by the next run")
    said, data, status = summary(journal, limits, folder, model.slug, stopped)
    if as_json:
        try:
            print_out(json.dumps({**data, "status": status or (FILE if wrong else 0)}))
        except OSError as error:
            wrong.append(str(error))
    status = status or (FILE if wrong else 0)
    if status or not quiet:
        say("\n".join([*said, *wrong]))
    return status


def _opening(plan: Plan, terms: Terms) -> str:
    text = f"{plan.new} new lines, {plan.known} known; {len(plan.rows)} to do"
    if plan.rows:
        text += f", {terms.concurrency} at a time, by {'the queue (v2)' if terms.queue else 'v1'}"
    if plan.elsewhere:
        text += f"\n{plan.elsewhere} lines that were planned before are not in this file, and are left alone"
    return text


def _options(given: Mapping[str, Any], limits: Limits, *, queue: bool) -> RequestOptions:
    # In the queue it is the wait that is bounded; cutting a submit short would leave a job that nobody knows of.
    timeout = None if queue else given.get("timeout")
    return RequestOptions(timeout=timeout, budget=limits.budget, hooks=Hooks(response=limits.note))


def _folder(given: Mapping[str, Any]) -> str:
    if "out_dir" in given:
        return str(given["out_dir"])
    if given["batch"] == "-":
        raise Refused("--batch - has no name of its own; name a folder with --out-dir")
    folder: str = os.path.splitext(given["batch"])[0]
    if folder == given["batch"]:
        raise Refused(f"{given['batch']} has no suffix to leave out; name a folder with --out-dir")
    return folder


def _make(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    check_folder(folder)
    for name in (JOURNAL, NOTES, *LISTS):
        check_place(os.path.join(folder, name), overwrite=True)


def _show(model: Model, lines: Sequence[Line], given: Mapping[str, Any], *, queue: bool) -> int:
    """Prints the requests instead of sending them: each as one line of JSON, or as a curl command."""
    for line in lines:
        payload = with_files(model, line.payload)
        prepare(model, payload)
        request = request_of(model, payload, given.get("base_url"), queue=queue)
        if given.get("curl"):
            print_out(as_curl(request, line.id))
        else:
            body = json.loads(request.body or b"null")
            print_out(inert(json.dumps({"id": line.id, "method": request.method, "url": request.url, "body": body})))
    price = model.price_usd
    cost = "no page says what they cost" if price is None else f"{len(lines) * price:.4g} dollars as documented"
    say(f"{len(lines)} requests, {cost}")
    return 0
