"""Output of results: image files, standard output, and a message about them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import errors
from .._results.files import numbered_paths
from .._results.image_result import ImageResult
from .._results.jobs import JobHandle
from .._results.saving import save_beside, save_to_temporary, suffix_for, try_save
from .._text import printable
from .exit_codes import CommandError, ExitCode
from .interruption import uninterrupted
from .output_paths import image_paths, suffix_note
from .program import PROGRAM
from .terminal import print_json, print_out, say, write, write_out


def save_result(
    result: ImageResult, out: str | None, stem: str, given: Mapping[str, Any], handle: JobHandle | None = None
) -> None:
    """Save the images and print their paths.

    With `out` None the paths are `stem` with a suffix for the detected format; with `out` "-" the image is written to standard
    output.

    Raises:
        CommandError: An image could not be saved there. The message says where it is instead, or how to fetch the images of
            `handle` again.
    """
    if out == "-":
        _write_out(result)
        return
    paths = numbered_paths(out, len(result)) if out else image_paths(stem, result)
    contents = [image.content for image in result.images]
    with uninterrupted():
        saved = try_save(paths, contents, overwrite=bool(given.get("overwrite")))
        if saved.failure:
            again = None in saved.paths and handle is not None
            hint = f"; fetch it again with\n{resume_command(handle, None)}" if again and handle else ""
            raise CommandError(f"{saved.reason}{hint}", ExitCode.FILE)
    written = [path for path in saved.paths if path is not None]
    if out:
        for path, image in zip(written, result.images, strict=True):
            if note := suffix_note(path, image.media_type):
                say(f"note: {note}")
    if not given.get("quiet"):
        try:
            _print_result(result, written, as_json=bool(given.get("json")))
        except OSError as error:
            raise CommandError(f"{error}; saved as {', '.join(written)}", ExitCode.FILE) from None


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


def resume_command(handle: JobHandle, path: str | None) -> str:
    """Return the command that waits for a queued job, for a POSIX shell."""
    from shlex import quote

    return f"echo {quote(handle.to_json())} | {PROGRAM} resume -" + (f" --out {quote(path)}" if path else "")


def _write_out(result: ImageResult) -> None:
    first, *others = result.images
    names = [f"{number}.{suffix_for(image.media_type)}" for number, image in enumerate(result.images, 1)]
    try:
        write_out(first.content)
    except OSError as error:
        paths = save_to_temporary(names, [image.content for image in result.images])
        raise CommandError(f"{error}; {_saved_as(paths)}", ExitCode.FILE) from None
    if others:
        paths = save_to_temporary(names[1:], [image.content for image in others])
        message = f"got {len(result)} images; the first was written to standard output, the others: {_saved_as(paths)}"
        if None in paths:
            raise CommandError(message, ExitCode.FILE)
        say(message)


def _saved_as(paths: list[str | None]) -> str:
    saved = [path for path in paths if path is not None]
    lost = f"{len(paths) - len(saved)} could not be saved anywhere" if len(saved) < len(paths) else ""
    return ", ".join(filter(None, [f"saved as {', '.join(saved)}" if saved else "", lost]))


def _print_result(result: ImageResult, written: list[str], *, as_json: bool) -> None:
    facts = [
        {"path": path, "media_type": image.media_type, "width": image.width, "height": image.height}
        for path, image in zip(written, result.images, strict=True)
    ]
    if as_json:
        about = {"request_id": result.request_id, "seed": result.seed, "remaining_credits": result.remaining_credits}
        print_json({"images": facts, **about})
        return
    for fact in facts:
        print_out(printable(f"{fact['path']}  {fact['width']}x{fact['height']} {fact['media_type']}"))
    if result.remaining_credits is not None:
        write(f"{result.remaining_credits:g} credits left\n")
