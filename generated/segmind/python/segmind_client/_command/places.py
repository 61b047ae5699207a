"""Where files may go: refused before anything is sent, if it can be known by then."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Any

from .._answers.images import end_of_links, numbered
from .._answers.results import ImageResult
from .._answers.saving import SUFFIXES, safe_stem, suffix_for
from .._options import Refused
from ..spec.facts import MISSING, Model
from .statuses import FILE


def check_place(path: str, *, overwrite: bool) -> None:
    """Raises Refused unless a file can be written at `path`: a link is followed, anything but a file never replaced."""
    try:
        place, _ = end_of_links(path)
    except OSError as error:
        hint = "; --out - is standard output" if error.errno == errno.ENOTSUP else ""
        raise Refused(f"{path}: {error.strerror}; no file can be written there{hint}", FILE) from None
    if not overwrite and os.path.lexists(path):
        raise Refused(f"{path} is there already; --overwrite replaces it", FILE)
    check_folder(os.path.dirname(place) or ".")


def check_folder(folder: str) -> None:
    """Raises Refused unless files can be written in `folder`."""
    if not os.path.isdir(folder):
        raise Refused(f"{folder}: no such folder", FILE)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(f"{folder}: no file can be written there", FILE)


def check_out(model: Model, payload: Mapping[str, Any], out: str | None, *, overwrite: bool) -> None:
    """Raises Refused unless the pictures of one request can go to `out`, or under the model's name if that is None."""
    count = count_of(model, payload)
    if out == "-":
        if count > 1:
            raise Refused("standard output takes one picture; name a file")
        return
    path = out or f"{safe_stem(model.slug)}.{expected_suffix(model, payload)}"
    for each in (path, *(numbered(path, count) if count > 1 else ())):
        check_place(each, overwrite=overwrite)


def expected_suffix(model: Model, payload: Mapping[str, Any]) -> str:
    """The suffix that a picture will probably have, for checks and hints: its bytes decide when they are there."""
    parameter = model.parameters.get(model.output.format or "")
    default = parameter.default if parameter and parameter.default is not MISSING else "jpeg"
    # A value may be a format or a media type, or nothing that anybody knows.
    word = str(payload.get(model.output.format or "", default)).rpartition("/")[2].lower()
    return word if word in SUFFIXES.values() else "jpeg"


def count_of(model: Model, payload: Mapping[str, Any]) -> int:
    """How many pictures are asked for."""
    count = payload.get(model.output.count or "", 1)
    return count if isinstance(count, int) and count > 1 else 1


def stems(stem: str, count: int) -> list[str]:
    """The stems of so many pictures: numbered if there are several."""
    return [stem] if count == 1 else [f"{stem}-{number}" for number in range(1, count + 1)]


def named_after(stem: str, result: ImageResult) -> list[str]:
    """The paths of pictures that begin with `stem`: numbered if there are several, with the suffix of their bytes."""
    suffixes = [suffix_for(image.media_type) for image in result.images]
    return [f"{each}.{suffix}" for each, suffix in zip(stems(stem, len(suffixes)), suffixes, strict=True)]
