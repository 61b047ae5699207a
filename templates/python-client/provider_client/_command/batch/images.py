"""The images of a batch: saving them in its folder, and recovering those that an earlier run saved."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ..._errors import ProviderError, UnreadableResponse
from ..._results.image_result import Image, ImageResult
from ..._results.images import NotAnImage
from ..._results.saving import SUFFIXES, SaveResult, save_beside
from ...spec.facts import Model
from ..output import save_unreadable
from ..output_paths import image_count, image_paths, stems
from .state import ACCEPTED, DONE, DOUBT, LOST, SENDING, BatchLine, BatchState


def stem_of(row: BatchLine) -> str:
    """Return the file name of a line's image without its suffix."""
    return os.path.splitext(row.name)[0].replace("/", "_")


def save_images(folder: str, row: BatchLine, result: ImageResult) -> tuple[list[dict[str, Any]], SaveResult]:
    """Save images in the folder, or in another folder if that fails. Return path, hash, media type and size of each file."""
    paths = image_paths(os.path.join(folder, stem_of(row)), result)
    saved = save_beside(paths, [image.content for image in result.images])
    files = [
        _described(path, image, elsewhere=saved.failure is not None and os.path.dirname(path) != folder)
        for path, image in zip(saved.paths, result.images, strict=True)
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

    Images that were saved but not noted are noted, lines that were being sent are in doubt, and images in other folders are moved
    to the folder of the batch.
    """
    there = set(os.listdir(folder))
    for row in state.rows(SENDING, ACCEPTED, LOST, DOUBT):
        files = _saved(folder, there, row, image_count(model, row.payload))
        if files:
            state.done(row.number, files, at_once=row.handle is None)
        elif row.state == SENDING:
            state.became(row.number, DOUBT, "the process ended while the line was being sent")
    for row in state.rows(DONE):
        if any(file.get("elsewhere") for file in row.files):
            _bring_home(state, folder, row)


def _saved(folder: str, there: set[str], row: BatchLine, count: int) -> list[dict[str, Any]]:
    """Return the files of a line that are in the folder; an empty list unless all of them are."""
    stem = stem_of(row)
    for names in ([stem], stems(stem, count)):
        found = [_read(folder, there, name) for name in names]
        files = [file for file in found if file is not None]
        if len(files) == len(names):
            return files
    return []


def _read(folder: str, there: set[str], stem: str) -> dict[str, Any] | None:
    for suffix in SUFFIXES.values():
        path = os.path.join(folder, f"{stem}.{suffix}")
        if f"{stem}.{suffix}" in there and os.path.isfile(path):
            with suppress(OSError, NotAnImage), open(path, "rb") as file:
                return _described(path, Image(file.read()), elsewhere=False)
    return None


def _bring_home(state: BatchState, folder: str, row: BatchLine) -> None:
    """Move images from other folders into the folder of the batch. An image that is missing is downloaded again."""
    files: list[dict[str, Any]] = []
    left: list[str] = []
    for file in row.files:
        moved = file
        if file.get("elsewhere"):
            try:
                with open(file["path"], "rb") as source:
                    content = source.read()
            except FileNotFoundError:
                if row.handle:
                    state.became(row.number, ACCEPTED, f"{file['path']} is missing; it is downloaded again")
                    return
                content = b""
            except OSError:
                content = b""
            name = f"{stem_of(row)}{os.path.splitext(file['path'])[1]}" if len(row.files) == 1 else file["path"]
            saved = save_beside([os.path.join(folder, os.path.basename(name))], [content]) if content else None
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


def _described(path: str, image: Image, *, elsewhere: bool) -> dict[str, Any]:
    facts = {
        "path": path,
        "sha256": image.sha256,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
    }
    return {**facts, "elsewhere": True} if elsewhere else facts
