"""The results of a batch: saving them in its folder, and recovering those that an earlier run saved."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ..._errors import ProviderError, UnreadableResponse
from ..._flows.media import DATA, media_of
from ..._results.file_result import FileResult
from ..._results.files import PART
from ..._results.media_file import MediaFile
from ..._results.result import Result
from ..._results.saving import SaveResult, save_beside
from ..._results.stored_content import FileContent, StoredContent, digest
from ..._results.suffixes import SUFFIXES
from ...spec.facts import Model
from ..output import data_content, described, save_unreadable
from ..output_paths import file_count, file_paths, stems
from .state import ACCEPTED, DONE, DOUBT, LOST, SENDING, BatchLine, BatchState


def stem_of(row: BatchLine) -> str:
    """Return the file name of a line's result without its suffix."""
    return os.path.splitext(row.name)[0].replace("/", "_")


def save_files(folder: str, row: BatchLine, result: Result) -> tuple[list[dict[str, Any]], SaveResult]:
    """Save the files, the text or the JSON of a line in the folder, or in another folder if that fails.

    Return path, hash, media type and measures of each file.
    """
    stem = os.path.join(folder, stem_of(row))
    if isinstance(result, FileResult):
        paths, contents = file_paths(None, stem, result), [file.stored for file in result.files]
    else:
        content, suffix = data_content(result)
        paths, contents = [f"{stem}.{suffix}"], [content]
    saved = save_beside(paths, contents)
    files = [
        _described(path, content, elsewhere=saved.failure is not None and os.path.dirname(path) != folder)
        for path, content in zip(saved.paths, contents, strict=True)
        if path is not None
    ]
    return files, saved


def save_unreadable_answer(folder: str, row: BatchLine, error: ProviderError) -> str:
    """Save the body of an unreadable response, since it was probably paid for. Return where it is, for a message."""
    if not isinstance(error, UnreadableResponse) or not error.content:
        return ""
    return f"; the response {save_unreadable(os.path.join(folder, stem_of(row)), error.content)}"


def recover(state: BatchState, folder: str, model: Model) -> None:
    """Update the state from what an earlier run left behind.

    Files that were saved but not noted are noted, lines that were being sent are in doubt, files in other folders are moved to
    the folder of the batch, and files that were not written to their end are removed.
    """
    there = set(os.listdir(folder))
    for name in filter(PART.fullmatch, there):
        with suppress(OSError):
            os.unlink(os.path.join(folder, name))
    for row in state.rows(SENDING, ACCEPTED, LOST, DOUBT):
        files = _saved(folder, there, row, model)
        if files:
            state.done(row.number, files, at_once=row.handle is None)
        elif row.state == SENDING:
            state.became(row.number, DOUBT, "the process ended while the line was being sent")
    for row in state.rows(DONE):
        if any(file.get("elsewhere") for file in row.files):
            _bring_home(state, folder, row)


def _saved(folder: str, there: set[str], row: BatchLine, model: Model) -> list[dict[str, Any]]:
    """Return the files of a line that are in the folder; an empty list unless all of them are."""
    stem = stem_of(row)
    for names in ([stem], stems(stem, file_count(model, row.payload))):
        found = [_read(folder, there, name, model) for name in names]
        files = [file for file in found if file is not None]
        if len(files) == len(names):
            return files
    return []


def suffixes_of(model: Model) -> tuple[str, ...]:
    """Return the suffixes that the files of a model may have."""
    return ("txt", "json") if media_of(model) in DATA else tuple(SUFFIXES.values())


def _read(folder: str, there: set[str], stem: str, model: Model) -> dict[str, Any] | None:
    for suffix in suffixes_of(model):
        path = os.path.join(folder, f"{stem}.{suffix}")
        if f"{stem}.{suffix}" in there and os.path.isfile(path):
            with suppress(OSError):
                facts = _described(path, StoredContent.open(path), elsewhere=False)
                # An image must be one: its file was written whole, so another program has written this one.
                if media_of(model) != "image" or "problem" not in facts:
                    return facts
    return None


def _bring_home(state: BatchState, folder: str, row: BatchLine) -> None:
    """Move files from other folders into the folder of the batch. A file that is missing is downloaded again."""
    files: list[dict[str, Any]] = []
    left: list[str] = []
    for file in row.files:
        moved = file
        if file.get("elsewhere"):
            try:
                saved = _saved_at_home(folder, row, file["path"])
            except FileNotFoundError:
                if row.handle:
                    state.became(row.number, ACCEPTED, f"{file['path']} is missing; it is downloaded again")
                    return
                saved = None
            except OSError:
                saved = None
            if saved and saved.failure is None and saved.paths[0]:
                moved = {key: value for key, value in file.items() if key != "elsewhere"} | {"path": saved.paths[0]}
                left.append(file["path"])
        files.append(moved)
    if left:
        state.moved(row.number, files)
    for path in left:
        with suppress(OSError):
            os.unlink(path)
            os.rmdir(os.path.dirname(path))


def _saved_at_home(folder: str, row: BatchLine, path: str) -> SaveResult | None:
    """Copy a file from another folder into that of the batch; None if it is empty."""
    content = StoredContent.open(path)
    name = f"{stem_of(row)}{os.path.splitext(path)[1]}" if len(row.files) == 1 else path
    return save_beside([os.path.join(folder, os.path.basename(name))], [content]) if len(content) else None


def _described(path: str, content: FileContent, *, elsewhere: bool) -> dict[str, Any]:
    suffix = os.path.splitext(path)[1]
    if suffix in (".txt", ".json"):
        facts: dict[str, Any] = {"path": path, "media_type": "text/plain" if suffix == ".txt" else "application/json"}
    else:
        facts = described(path, MediaFile(content))
    facts = {"path": path, "sha256": digest(content), **facts}
    return {**facts, "elsewhere": True} if elsewhere else facts
