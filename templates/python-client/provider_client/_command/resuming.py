"""`provider-client resume`: waits for jobs that were queued before, by their handles. Nothing is paid."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from .._answers.job import JobHandle
from .._answers.saving import safe_stem
from .._options import Refused, resume_parser
from ..client import ProviderClient
from .drawing import deliver, keeping_unreadable, key_of, wait_for
from .places import check_folder, check_place
from .statuses import status_for
from .terminal import say


def resume(arguments: Sequence[str]) -> int:
    """Runs the command; gives the exit status of the first job that did not end well."""
    given = vars(resume_parser().parse_args(arguments))
    handles = _handles(given["handle"])
    if "out" in given:
        if len(handles) > 1:
            raise Refused(f"there are {len(handles)} handles; name a folder with --out-dir")
        if given["out"] != "-":
            check_place(given["out"], overwrite=bool(given.get("overwrite")))
    else:
        check_folder(given.get("out_dir", "."))
    status = 0
    with ProviderClient(key_of(given), given.get("base_url")) as client:
        for handle in handles:
            try:
                _fetch(client, handle, given, several=len(handles) > 1)
            except (errors.ProviderError, Refused) as error:
                # The others are fetched all the same: what they gave is not kept for long.
                if len(handles) == 1:
                    raise
                status = status or (error.status if isinstance(error, Refused) else status_for(error))
                say(f"{handle.request_id}: {error}")
    return status


def _fetch(client: ProviderClient, handle: JobHandle, given: Mapping[str, Any], *, several: bool) -> None:
    # A request id is the service's word: it may not lead out of the folder.
    stem = os.path.join(given.get("out_dir", "."), safe_stem(handle.request_id if several else handle.slug))
    with keeping_unreadable(given.get("out") or stem):
        result = wait_for(client, handle, given)
    deliver(result, given.get("out"), stem, given, handle)


def _handles(source: str) -> list[JobHandle]:
    """The handles in a file, or on standard input: one JSON object a line."""
    if source == "-":
        text = sys.stdin.read()
    else:
        with open(source, encoding="utf-8-sig") as file:
            text = file.read()
    name = "standard input" if source == "-" else source
    handles: list[JobHandle] = []
    try:
        # One handle, however it is laid out.
        json.loads(text)
        lines = [(1, text)]
    except ValueError:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            handles.append(JobHandle.from_json(line))
        except (ValueError, RecursionError) as error:
            raise Refused(f"{name}:{number}: no handle: {error}") from None
    if not handles:
        raise Refused(f"{name}: there is no handle in it")
    return handles
