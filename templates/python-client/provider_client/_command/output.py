"""Output of results: files, standard output, and a message about them."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import errors
from .._results.data_result import JsonResult, TextResult
from .._results.file_result import FileResult
from .._results.image_result import Image, ImageResult
from .._results.jobs import JobHandle
from .._results.media_file import MediaFile
from .._results.result import Result
from .._results.saving import save_beside, save_to_temporary, try_save
from .._results.stored_content import FileContent, chunks
from .._results.suffixes import suffix_for, suffix_note
from .._text import printable
from .exit_codes import CommandError, ExitCode
from .interruption import Interrupted, uninterrupted
from .output_paths import file_paths, lacks_suffix
from .program import PROGRAM
from .terminal import print_json, print_out, readable_json, say, shown_text, write, write_out


def save_result(
    result: Result, out: str | None, stem: str, given: Mapping[str, Any], handle: JobHandle | None = None
) -> None:
    """Save the files of a result and print their paths, or print its text or its JSON.

    With `out` None the paths are `stem` with a suffix for the detected format, which an `out` without one gets too. With `out`
    "-" the file is written to standard output. Text and JSON are saved only if `out` is a path.

    Raises:
        CommandError: A file could not be saved there. The message says where it is instead, or how to fetch the files of
            `handle` again.
    """
    if not isinstance(result, FileResult):
        _output_data(result, out, given, handle)
        return
    if out == "-":
        _write_out(result)
        return
    paths = file_paths(out, stem, result)
    written = _saved(paths, [file.stored for file in result.files], given, handle)
    for path, file in zip(written, result.files, strict=True):
        if file.problem is not None:
            say(f"note: {path}: {file.problem}")
        elif out and (note := suffix_note(path, file.media_type)):
            say(f"note: {note}")
    _tell(result, written, given)


def data_content(result: Result) -> tuple[bytes, str]:
    """Return the content of a file for a result without files, and its suffix: text, or JSON."""
    if isinstance(result, TextResult) and result.problem is None:
        return f"{result.text}\n".encode("utf-8", "replace"), "txt"
    return f"{json.dumps(data_of(result), ensure_ascii=True)}\n".encode(), "json"


def data_of(result: Result) -> Any:
    """Return the JSON of a result without files."""
    return result.data if isinstance(result, (TextResult, JsonResult)) else None


def described(path: str, file: MediaFile) -> dict[str, Any]:
    """Return path, media type and measures of a file for JSON. Measures that the file lacks are left out."""
    facts = {
        "path": path,
        "media_type": file.media_type,
        "width": file.width,
        "height": file.height,
        "duration_s": file.duration_s,
        "codec": file.codec,
        "sample_rate": file.sample_rate,
        "channels": file.channels,
        "problem": file.problem,
    }
    return {name: value for name, value in facts.items() if value is not None}


@contextmanager
def keep_unreadable(path: str) -> Generator[None]:
    """Save the body of an `UnreadableResponse` beside `path`, since it was probably paid for, and raise it again.

    If `path` is "-", the body is saved in a folder for temporary files. A note of the exception says where.
    """
    try:
        yield
    except errors.UnreadableResponse as error:
        if error.content:
            saved = f"the response {save_unreadable(path, error.content)}"
            say(saved)
            error.add_note(saved)
        raise


def save_unreadable(path: str, content: bytes) -> str:
    """Save the body of an unreadable response. Return where it is, or why it could not be saved, for a message."""
    if path == "-":
        (saved_as,) = save_to_temporary(["response.unreadable"], [content])
        return f"is saved as {saved_as}" if saved_as else "could not be saved: no folder can be written"
    saved = save_beside([f"{path}.unreadable"], [content])
    return f"could not be saved there: {saved.reason}" if saved.failure else f"is saved as {saved.paths[0]}"


def resume_command(handle: JobHandle, path: str | None, *, overwrite: bool = False) -> str:
    """Return the command that waits for a queued job, for a POSIX shell."""
    from shlex import quote

    out = (f" --out {quote(path)}" if path else "") + (" --overwrite" if overwrite else "")
    return f"echo {quote(handle.to_json())} | {PROGRAM} resume -{out}"


def _saved(
    paths: list[str], contents: list[FileContent], given: Mapping[str, Any], handle: JobHandle | None
) -> list[str]:
    written: list[str] = []
    try:
        with uninterrupted():
            saved = try_save(paths, contents, overwrite=bool(given.get("overwrite")))
            if saved.failure:
                again = None in saved.paths and handle is not None
                hint = f"; fetch it again with\n{resume_command(handle, None)}" if again and handle else ""
                exists = isinstance(saved.failure, FileExistsError) and not os.path.isdir(saved.failure.filename)
                advice = "; replace it with --overwrite" if exists and not hint else ""
                raise CommandError(f"{saved.reason}{advice}{hint}", ExitCode.FILE)
            written += [path for path in saved.paths if path is not None]
    except KeyboardInterrupt:
        if not written:
            raise
        raise Interrupted(f"interrupted; the result was saved as {', '.join(written)}") from None
    return written


def _output_data(result: Result, out: str | None, given: Mapping[str, Any], handle: JobHandle | None) -> None:
    """Write text or JSON to the file `out`, or print it."""
    content, suffix = data_content(result)
    if isinstance(result, TextResult) and result.problem is not None:
        say(f"note: {result.problem}")
    if out is not None and out != "-":
        path = f"{out}.{suffix}" if lacks_suffix(out) else out
        (written,) = _saved([path], [content], given, handle)
        if note := suffix_note(path, "text/plain" if suffix == "txt" else "application/json"):
            say(f"note: {note}")
        _tell(result, [written], given)
        return
    try:
        if given.get("json"):
            print_json({**_data_facts(result), **_about(result)})
        elif isinstance(result, TextResult) and suffix == "txt":
            print_out(shown_text(result.text))
        else:
            print_out(readable_json(data_of(result)))
    except OSError as error:
        paths = save_to_temporary([f"answer.{suffix}"], [content])
        raise CommandError(f"{error}; {_saved_as(paths)}", ExitCode.FILE) from None
    if not given.get("quiet"):
        _tell_credits(result)


def _write_out(result: FileResult) -> None:
    first, *others = result.files
    names = [f"{number}.{suffix_for(file.media_type)}" for number, file in enumerate(result.files, 1)]
    try:
        for chunk in chunks(first.stored):
            write_out(chunk)
    except OSError as error:
        paths = save_to_temporary(names, [file.stored for file in result.files])
        raise CommandError(f"{error}; {_saved_as(paths)}", ExitCode.FILE) from None
    if others:
        paths = save_to_temporary(names[1:], [file.stored for file in others])
        what = "images" if isinstance(result, ImageResult) else "files"
        message = f"got {len(result)} {what}; the first was written to standard output, the others: {_saved_as(paths)}"
        if None in paths:
            raise CommandError(message, ExitCode.FILE)
        say(message)


def _saved_as(paths: list[str | None]) -> str:
    saved = [path for path in paths if path is not None]
    lost = f"{len(paths) - len(saved)} could not be saved anywhere" if len(saved) < len(paths) else ""
    return ", ".join(filter(None, [f"saved as {', '.join(saved)}" if saved else "", lost]))


def _tell(result: Result, written: list[str], given: Mapping[str, Any]) -> None:
    """Print what was written, unless --quiet is given."""
    if given.get("quiet"):
        return
    try:
        _print_result(result, written, as_json=bool(given.get("json")))
    except OSError as error:
        raise CommandError(f"{error}; saved as {', '.join(written)}", ExitCode.FILE) from None


def _print_result(result: Result, written: list[str], *, as_json: bool) -> None:
    files = result.files if isinstance(result, FileResult) else ()
    if as_json:
        named = "images" if isinstance(result, ImageResult) else "files"
        facts = [described(path, file) for path, file in zip(written, files, strict=True)] if files else []
        facts = facts or [{"path": path} for path in written]
        print_json({named: facts, **_data_facts(result), **_about(result)})
        return
    for number, path in enumerate(written):
        print_out(shown_text(printable(_line(path, files[number]) if files else f"{path}: {_kind(result)}")))
    _tell_credits(result)


def _line(path: str, file: MediaFile) -> str:
    if isinstance(file, Image):
        return f"{path}  {file.width}x{file.height} {file.media_type}"
    return f"{path}: {', '.join(filter(None, [file.media_type, file.measures]))}"


def _kind(result: Result) -> str:
    if isinstance(result, TextResult) and result.problem is None:
        return f"text/plain, {len(result.text)} characters"
    return "application/json"


def _data_facts(result: Result) -> dict[str, Any]:
    if isinstance(result, TextResult):
        return {"text": result.text, "usage": result.usage, "finish_reason": result.finish_reason, "data": result.data}
    return {"data": result.data} if isinstance(result, JsonResult) else {}


def _about(result: Result) -> dict[str, Any]:
    return {"request_id": result.request_id, "seed": result.seed, "remaining_credits": result.remaining_credits}


def _tell_credits(result: Result) -> None:
    if result.remaining_credits is not None:
        write(f"{result.remaining_credits:g} credits left\n")
