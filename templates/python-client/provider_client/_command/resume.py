"""The command `resume`: wait for queued jobs by their handles and save their results. This costs nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from .._results.jobs import JobHandle
from .._results.saving import safe_stem
from ..client import ProviderClient
from ..spec.catalog import find
from .exit_codes import CommandError
from .failure import as_object, code_of
from .generate import wait_for_job
from .input_text import name_of, read_text
from .key_file import check_environment, read_key
from .options import resume_parser
from .output import keep_unreadable, save_result
from .output_paths import check_folder, check_path, check_standard_output, lacks_suffix
from .parser import parse
from .terminal import print_json, say


def resume(arguments: Sequence[str]) -> int:
    """Run the command. Return the exit code of the first job that failed, else 0."""
    given = parse(resume_parser(), arguments)
    check_environment(given)
    handles = _handles(given["handle"])
    if "out" in given:
        if len(handles) > 1:
            raise CommandError(f"--out is for one handle, got {len(handles)}; name a folder with --out-dir")
        if given["out"] == "-":
            check_standard_output(find(handles[0].slug), as_json=bool(given.get("json")))
        elif lacks_suffix(given["out"]):
            check_folder(os.path.dirname(given["out"]) or ".")
        else:
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
                code = code_of(error)
                status = status or code
                say(f"{handle.request_id}: {error}")
                if given.get("json"):
                    print_json({"request_id": handle.request_id, **as_object(error, code)})
    return status


def _fetch(client: ProviderClient, handle: JobHandle, given: Mapping[str, Any], *, several: bool) -> None:
    # The request id comes from the service; it must not lead out of the folder.
    stem = os.path.join(given.get("out_dir", "."), safe_stem(handle.request_id if several else handle.slug))
    with keep_unreadable(given.get("out") or stem):
        again = "to go on waiting, run the same command again"
        result = wait_for_job(client, handle, given, again, again)
    save_result(result, given.get("out"), stem, given, handle)


def _handles(source: str) -> list[JobHandle]:
    """Read the handles in a file or on standard input, one JSON object per line."""
    text, name = read_text(source), name_of(source)
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
