"""Output paths: their names, and checks before a request is sent that they can be written."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

from .._flows.media import DATA, media_of
from .._results.file_result import FileResult
from .._results.files import numbered_paths, resolve_links
from .._results.saving import safe_stem
from .._results.suffixes import SUFFIXES, suffix_for
from ..spec.facts import MISSING, Model
from ..spec.platform import PLATFORM
from ..spec.schema import number_for
from .exit_codes import CommandError, ExitCode

#: The end of a file name that is a suffix. That of `shot-1.5` is none.
_SUFFIX = re.compile(r"\.(?:(?=[^.]*[A-Za-z])[A-Za-z0-9]{1,5})?\Z")
#: The suffix of a file whose medium is known and whose format is not.
_USUAL = {"image": "jpeg", "video": "mp4", "audio": "mp3", "model3d": "glb", "text": "txt", "json": "json"}


def noun_of(model: Model) -> str:
    """Return the word for what a model makes."""
    return "image" if media_of(model) == "image" else "file"


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
    """Raise CommandError unless the files of one request can be written to `out`, or to the default path if it is None.

    Text and JSON are printed unless `out` is a path.
    """
    count = file_count(model, payload)
    if out == "-":
        if count > 1:
            raise CommandError(f"--out - is for one {noun_of(model)}, and {count} were requested; name a file")
        return
    if out is None and media_of(model) in DATA:
        return
    path = likely_path(model, payload, out)
    for each in (path, *(numbered_paths(path, count) if count > 1 else ())):
        check_path(each, overwrite=overwrite)


def check_standard_output(model: Model | None, *, as_json: bool) -> None:
    """Raise CommandError unless a file can be written to standard output. Text and JSON can be written to a terminal too."""
    if sys.stdout is None:
        raise CommandError("standard output is closed", ExitCode.FILE)
    if as_json:
        raise CommandError("--out - and --json both write to standard output; name a file with --out")
    if media_of(model) not in DATA and sys.stdout.isatty():
        raise CommandError(
            "--out -: standard output is a terminal, and the file is binary; redirect it with > FILE, or name a file "
            "with --out"
        )


def lacks_suffix(out: str) -> bool:
    """Return whether the format of a file decides the suffix of `out`: it has none, and there is nothing at that path."""
    return _SUFFIX.search(os.path.basename(out).lstrip(".")) is None and not os.path.lexists(out)


def likely_path(model: Model, payload: Mapping[str, Any], out: str | None) -> str:
    """Return the path that a file will probably get, for checks and messages."""
    if out is not None and not lacks_suffix(out):
        return out
    return f"{out or safe_stem(model.slug)}.{expected_suffix(model, payload)}"


def expected_suffix(model: Model, payload: Mapping[str, Any]) -> str:
    """Return the suffix that a file will probably have, for checks and messages. The final suffix depends on its bytes."""
    medium = PLATFORM.media[media_of(model)]
    usual = SUFFIXES.get(medium.media_type, _USUAL[media_of(model)])
    name = model.output.format
    if name is None:
        return usual
    parameter = model.parameters.get(name)
    default = parameter.default if parameter and parameter.default is not MISSING else usual
    # The value may be a format, a media type, or unknown.
    word = str(payload.get(name, default)).rpartition("/")[2].lower()
    return SUFFIXES.get(medium.formats.get(word, ""), word if word in SUFFIXES.values() else usual)


def answers_with_json(model: Model, payload: Mapping[str, Any], *, queue: bool) -> bool:
    """Return whether the response to the request is JSON, although the model makes a file."""
    base64 = model.output.base64
    return queue or PLATFORM.sync.returns == "json" or (base64 is not None and payload.get(base64) is True)


def file_count(model: Model, payload: Mapping[str, Any]) -> int:
    """Return how many files a request asks for."""
    name = model.output.count
    count = number_for(model.parameters[name].schema, payload.get(name, 1)) if name else 1
    return count if isinstance(count, int) and count > 1 else 1


def stems(stem: str, count: int) -> list[str]:
    """Return the file names without suffix of `count` files, numbered if there are several."""
    return [stem] if count == 1 else [f"{stem}-{number}" for number in range(1, count + 1)]


def file_paths(out: str | None, stem: str, result: FileResult) -> list[str]:
    """Return the paths of files: `out` if it has a suffix, else `out` or `stem` with a suffix for the detected format.

    Several files get numbers.
    """
    if out and not lacks_suffix(out):
        return numbered_paths(out, len(result))
    stem = out or stem
    suffixes = [suffix_for(file.media_type) for file in result.files]
    return [f"{each}.{suffix}" for each, suffix in zip(stems(stem, len(suffixes)), suffixes, strict=True)]
