"""`provider-client resume`: wait for queued jobs by their handles and save their images. This costs nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from .._results.jobs import JobHandle
from .._results.saving import safe_stem
from ..client import ProviderClient
from .exit_codes import CommandError, exit_code_for
from .generate import wait_for_job
from .key_file import read_key
from .options import resume_parser
from .output import keep_unreadable, save_result
from .output_paths import check_folder, check_path
from .terminal import say


def resume(arguments: Sequence[str]) -> int:
    """Run the command. Return the exit code of the first job that failed, else 0."""
    given = vars(resume_parser().parse_args(arguments))
    handles = _handles(given["handle"])
    if "out" in given:
        if len(handles) > 1:
            raise CommandError(f"--out is for one handle, got {len(handles)}; name a folder with --out-dir")
        if given["out"] != "-":
            check_path(given["out"], overwrite=bool(given.get("overwrite")))
    else:
        check_folder(given.get("out_dir", "."))
    status = 0
    with ProviderClient(read_key(given), given.get("base_url")) as client:
        for handle in handles:
            try:
                _fetch(client, handle, given, several=len(handles) > 1)
            except (errors.ProviderError, CommandError) as error:
                # Go on with the other jobs: their results expire.
                if len(handles) == 1:
                    raise
                status = status or (error.code if isinstance(error, CommandError) else exit_code_for(error))
                say(f"{handle.request_id}: {error}")
    return status


def _fetch(client: ProviderClient, handle: JobHandle, given: Mapping[str, Any], *, several: bool) -> None:
    # The request id comes from the service; it must not lead out of the folder.
    stem = os.path.join(given.get("out_dir", "."), safe_stem(handle.request_id if several else handle.slug))
    with keep_unreadable(given.get("out") or stem):
        result = wait_for_job(client, handle, given)
    save_result(result, given.get("out"), stem, given, handle)


def _handles(source: str) -> list[JobHandle]:
    """Read the handles in a file or on standard input, one JSON object per line."""
    if source == "-":
        text = sys.stdin.read()
    else:
        with open(source, encoding="utf-8-sig") as file:
            text = file.read()
    name = "standard input" if source == "-" else source
    handles: list[JobHandle] = []
    try:
        # One handle, which may span several lines.
        json.loads(text)
        lines = [(1, text)]
    except ValueError:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            handles.append(JobHandle.from_json(line))
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{name}:{number}: not a job handle: {error}") from None
    if not handles:
        raise CommandError(f"{name}: the file contains no job handle")
    return handles
