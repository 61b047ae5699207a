"""Output paths: their names, and checks before a request is sent that they can be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Any

from .._results.files import numbered_paths, resolve_links
from .._results.image_result import ImageResult
from .._results.saving import SUFFIXES, safe_stem, suffix_for
from ..spec.facts import MISSING, Model
from .exit_codes import CommandError, ExitCode


def check_path(path: str, *, overwrite: bool) -> None:
    """Raise CommandError unless a file can be written at `path`. Links are followed; only regular files are replaced."""
    try:
        destination, _ = resolve_links(path)
    except OSError as error:
        hint = "; use --out - for standard output" if error.errno == errno.ENOTSUP else ""
        raise CommandError(f"{path}: {error.strerror}; no file can be written there{hint}", ExitCode.FILE) from None
    if not overwrite and os.path.lexists(path):
        raise CommandError(f"{path} already exists; replace it with --overwrite", ExitCode.FILE)
    check_folder(os.path.dirname(destination) or ".")


def check_folder(folder: str) -> None:
    """Raise CommandError unless files can be written in `folder`."""
    if not os.path.isdir(folder):
        raise CommandError(f"{folder}: no such folder", ExitCode.FILE)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandError(f"{folder}: the folder is not writable", ExitCode.FILE)


def check_out(model: Model, payload: Mapping[str, Any], out: str | None, *, overwrite: bool) -> None:
    """Raise CommandError unless the images of one request can be written to `out`, or to the default path if it is None."""
    count = image_count(model, payload)
    if out == "-":
        if count > 1:
            raise CommandError(f"--out - is for one image, and {count} were requested; name a file")
        return
    path = out or f"{safe_stem(model.slug)}.{expected_suffix(model, payload)}"
    for each in (path, *(numbered_paths(path, count) if count > 1 else ())):
        check_path(each, overwrite=overwrite)


def expected_suffix(model: Model, payload: Mapping[str, Any]) -> str:
    """Return the suffix that an image will probably have, for checks and messages. The final suffix depends on its bytes."""
    parameter = model.parameters.get(model.output.format or "")
    default = parameter.default if parameter and parameter.default is not MISSING else "jpeg"
    # The value may be a format, a media type, or unknown.
    word = str(payload.get(model.output.format or "", default)).rpartition("/")[2].lower()
    return word if word in SUFFIXES.values() else "jpeg"


def image_count(model: Model, payload: Mapping[str, Any]) -> int:
    """Return how many images a request asks for."""
    count = payload.get(model.output.count or "", 1)
    return count if isinstance(count, int) and count > 1 else 1


def stems(stem: str, count: int) -> list[str]:
    """Return the file names without suffix of `count` images, numbered if there are several."""
    return [stem] if count == 1 else [f"{stem}-{number}" for number in range(1, count + 1)]


def image_paths(stem: str, result: ImageResult) -> list[str]:
    """Return the paths of images: `stem`, a number if there are several, and a suffix for the detected format."""
    suffixes = [suffix_for(image.media_type) for image in result.images]
    return [f"{each}.{suffix}" for each, suffix in zip(stems(stem, len(suffixes)), suffixes, strict=True)]
