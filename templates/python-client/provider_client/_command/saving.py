"""The pictures of a batch on their way into its folder, and what an earlier run left of them there or elsewhere."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from .._answers.images import NotAPicture
from .._answers.results import Image, ImageResult
from .._answers.saving import SUFFIXES, Kept, keep
from .._errors import ProviderError, UnreadableResponse
from ..spec.facts import Model
from .drawing import told_of_unreadable
from .journal import ACCEPTED, DONE, DOUBT, LOST, SENDING, Journal, Row
from .places import count_of, named_after, stems


def stem_of(row: Row) -> str:
    """The name of a line's picture in the folder, without its suffix, which its bytes decide."""
    return os.path.splitext(row.name)[0].replace("/", "_")


def save(folder: str, row: Row, pictures: ImageResult) -> tuple[list[dict[str, Any]], Kept]:
    """Writes each picture whole: into the folder, or elsewhere if that does not take it. What was written is described
    by path, hash, media type and size."""
    paths = named_after(os.path.join(folder, stem_of(row)), pictures)
    kept = keep(paths, [image.content for image in pictures.images])
    files = [
        _described(path, image, elsewhere=kept.failure is not None and os.path.dirname(path) != folder)
        for path, image in zip(kept.paths, pictures.images, strict=True)
        if path is not None
    ]
    return files, kept


def keep_unreadable(folder: str, row: Row, error: ProviderError) -> str:
    """Keeps an answer that is no picture, since it was probably paid for; says where, for the end of a message."""
    if not isinstance(error, UnreadableResponse) or not error.content:
        return ""
    return f"; the answer {told_of_unreadable(os.path.join(folder, stem_of(row)), error.content)}"


def recover(journal: Journal, folder: str, model: Model) -> None:
    """Takes up what an earlier run left behind: pictures that it saved and could not note, lines that were being sent when
    it ended, and pictures that it had to keep elsewhere, which are moved into the folder."""
    there = set(os.listdir(folder))
    for row in journal.rows(SENDING, ACCEPTED, LOST, DOUBT):
        files = _saved(folder, there, row, count_of(model, row.payload))
        if files:
            journal.done(row.number, files, at_once=row.handle is None)
        elif row.state == SENDING:
            journal.became(row.number, DOUBT, "the process ended while it was being sent")
    for row in journal.rows(DONE):
        if any(file.get("elsewhere") for file in row.files):
            _bring_home(journal, folder, row)


def _saved(folder: str, there: set[str], row: Row, count: int) -> list[dict[str, Any]]:
    """The pictures of a line that are in the folder; none if it is not all of them."""
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
            with suppress(OSError, NotAPicture), open(path, "rb") as file:
                return _described(path, Image(file.read()), elsewhere=False)
    return None


def _bring_home(journal: Journal, folder: str, row: Row) -> None:
    """Moves pictures that were kept elsewhere into the folder. One that is gone is fetched again by its handle."""
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
                    journal.became(row.number, ACCEPTED, f"{file['path']} is gone; it is fetched again")
                    return
                content = b""
            except OSError:
                content = b""
            name = f"{stem_of(row)}{os.path.splitext(file['path'])[1]}" if len(row.files) == 1 else file["path"]
            kept = keep([os.path.join(folder, os.path.basename(name))], [content]) if content else None
            if kept and kept.failure is None and kept.paths[0]:
                moved = {key: value for key, value in file.items() if key != "elsewhere"} | {"path": kept.paths[0]}
                left.append(file["path"])
        files.append(moved)
    if left:
        journal.moved(row.number, files)
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
