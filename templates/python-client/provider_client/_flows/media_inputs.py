"""Images, videos and sound as parameters: a path, bytes, a file or a URL, converted to the string that is sent.

A model's page says what a parameter accepts: a URL, base64, or a data URL. A URL is sent unchanged; the service downloads it,
never this client. The bytes of a file are checked (complete, of a known format, not too large) and sent as base64 or as a data URL, as the
page documents.
"""

from __future__ import annotations

import binascii
import os
from typing import Any, BinaryIO, TypeAlias, TypeGuard

from ..spec.answers import as_list
from ..spec.facts import Model, Parameter
from ..spec.platform import PLATFORM
from ..spec.violations import Violation, shown

#: The values that a parameter for an image, a video or sound accepts.
#:
#: * a `str`: a URL, a data URL or base64, sent unchanged if the page documents that form. It is never read as a path, because text
#:   from a user must not make this program read files.
#: * a path (`pathlib.Path`), bytes, or a binary file: sent as base64 or as a data URL, as the page documents. It is refused if
#:   the page documents URLs only, or if the request would be too large. It is read at the start of the call, also by the
#:   asyncio client (pass bytes if the disk is slow). A file is read from its current position and left open.
MediaInput: TypeAlias = "str | bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO"
#: Former names of `MediaInput`.
ImageInput: TypeAlias = MediaInput
PictureInput: TypeAlias = MediaInput

RULE = "picture"
#: Base64 needs a third more bytes than the file, and the request has other parameters too.
_MOST_BYTES = PLATFORM.limits.max_request_bytes * 5 // 8
_LONGEST_PATH = 4096
#: Formats that are detected by their first bytes only.
_OTHERS = ((b"BM", "image/bmp"), (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"))
#: Words in the names of parameters, by the medium that they take. Any file is sent in a parameter without such a word.
_WORDS = {
    "video": ("video", "clip", "movie"),
    "audio": ("audio", "sound", "voice", "speech", "music"),
    "image": ("image", "img", "picture", "photo", "mask"),
}


def read_inputs(model: Model, payload: dict[str, Any]) -> list[Violation]:
    """Replace each file in `payload` by the string that is sent. Return the violations."""
    found: list[Violation] = []
    for name in model.file_parameters:
        if name not in payload:
            continue
        parameter = model.parameters[name]
        several = as_list(payload[name]) if "array" in parameter.types else None
        if several is None:
            payload[name] = _read(parameter, name, payload[name], found)
        else:
            payload[name] = [_read(parameter, f"{name}/{n}", each, found) for n, each in enumerate(several)]
    return found


def file_or_text(text: str) -> Any:
    """Return the file that a text on the command line means: `@` with a path, a path, or the text.

    A text that is neither the path of a file, a URL nor base64 is read as a path too, so that the message is about a missing file.
    """
    if text.startswith("@"):
        return text[1:] if text.startswith("@@") else _Path(text[1:])
    if len(text) < _LONGEST_PATH and "\0" not in text and (os.path.isfile(text) or _is_path_like(text)):
        return _Path(text)
    return text


def _is_path_like(text: str) -> bool:
    return "://" not in text and _is_no_file(text)


def _is_no_file(text: str) -> bool:
    is_url = text[:8].lower().startswith(("https://", "http://", "data:"))
    return not is_url and text.isprintable() and len(text) < _LONGEST_PATH and not _is_base64(text)


class _Path(os.PathLike[str]):
    """A path without `pathlib`, which is slow to import."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return self._path


def _read(parameter: Parameter, name: str, value: object, found: list[Violation]) -> object:
    try:
        if isinstance(value, str):
            return _text(parameter, value)
        if _is_path(value):
            path = os.fsdecode(value)
            _check_takes_files(parameter, f"{path}: ")
            return _encoded(parameter, _file(path), f"{path}: ")
        if _is_bytes(value):
            _check_takes_files(parameter, "")
            return _encoded(parameter, bytes(value), "")
        if callable(getattr(value, "read", None)):
            _check_takes_files(parameter, "")
            return _encoded(parameter, _open_file(value), "")
    except _Unusable as error:
        found.append(Violation(name, RULE, value, accepted_forms(parameter), str(error), parameter.source))
        return value
    # Not a file of any kind. The validator reports it.
    return value


def _is_bytes(value: object) -> TypeGuard[bytes | bytearray]:
    return isinstance(value, (bytes, bytearray, memoryview))


def _is_path(value: object) -> TypeGuard[os.PathLike[str]]:
    return isinstance(value, os.PathLike)


class _Unusable(Exception):
    """The value can't be sent. The message is for the violation."""


def _text(parameter: Parameter, text: str) -> str:
    accepts = parameter.accepts
    scheme = text[:8].lower()
    if scheme.startswith(("https://", "http://")):
        if "url" not in accepts:
            what = _noun(parameter)
            raise _Unusable(
                f"is a URL, but the parameter accepts base64: download the {what} and give the file instead"
            )
        return text
    if scheme.startswith("data:"):
        # It contains the file, and a page that means more than addresses says so.
        _check_takes_files(parameter, "the value is a data URL: ")
        return text if "data-url" in accepts else text.partition(",")[2]
    is_other_url = "://" in text
    what = f"{shown(text)} is not {'an https:// or http://' if is_other_url else 'a'} URL"
    _check_takes_files(parameter, f"{what}: ")
    if is_other_url:
        raise _Unusable(f"{what}, the only ones that a service can open")
    if _is_no_file(text) or ("base64" not in accepts and not _is_base64(text)):
        raise _Unusable(f"{shown(text)} is neither a URL nor base64; for a file pass pathlib.Path({shown(text)})")
    if "base64" not in accepts:
        from .._results.images import decode_base64

        return _encoded(parameter, decode_base64(text), "")
    return text


def _is_base64(text: str) -> bool:
    # Imported late, as everything that reads files: a client starts without it.
    from .._results.images import NotAnImage, decode_base64

    try:
        return bool(decode_base64(text))
    except NotAnImage:
        return False


def _check_takes_files(parameter: Parameter, where: str) -> None:
    """Refuse the content of a file, in any form, if the page documents addresses only. `where` begins the message."""
    if not {"base64", "data-url"} & set(parameter.accepts):
        raise _Unusable(
            f"{where}the parameter accepts a URL only, according to the page: upload the {_noun(parameter)} and give its "
            "https:// URL"
        )


def _noun(parameter: Parameter) -> str:
    return "file" if medium_of(parameter) in (None, "audio") else medium_of(parameter) or ""


def _encoded(parameter: Parameter, content: bytes, where: str) -> str:
    if len(content) > _MOST_BYTES:
        raise _Unusable(f"{where}is larger than {_MOST_BYTES / 1024**2:g} MiB; make it smaller, or give a URL")
    media_type = _media_type(parameter, content, where)
    text = binascii.b2a_base64(content, newline=False).decode("ascii")
    return text if "base64" in parameter.accepts else f"data:{media_type};base64,{text}"


def _media_type(parameter: Parameter, content: bytes, where: str) -> str:
    from .._results.formats.file_info import UnreadableFile
    from .._results.formats.measure import measure

    medium = medium_of(parameter)
    for start, media_type in _OTHERS:
        if content.startswith(start) and medium in (None, "image"):
            return media_type
    try:
        found = measure(content)
    except UnreadableFile as error:
        raise _Unusable(f"{where}{error}") from None
    if medium is not None and found.kind != medium and not (medium == "audio" and found.kind == "video"):
        article = {"image": "an image", "video": "a video", "audio": "sound"}[medium]
        raise _Unusable(f"{where}{found.media_type}, not {article}")
    return found.media_type


def medium_of(parameter: Parameter) -> str | None:
    """Return the medium that a parameter takes, by the words in its name; None if they don't say."""
    name = parameter.name.lower()
    return next((medium for medium, words in _WORDS.items() if any(word in name for word in words)), None)


def _file(path: str) -> bytes:
    try:
        # Reading a device or a pipe may never end.
        if not os.path.isfile(path):
            raise _Unusable(f"{path}: no such file")
        with open(path, "rb") as file:
            return file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _Unusable(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def _open_file(file: Any) -> bytes:
    try:
        content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _Unusable(f"the file can't be read: {error}") from None
    if not isinstance(content, bytes):
        raise _Unusable("the file is open as text; open it with 'rb'")
    return content


def accepted_forms(parameter: Parameter) -> str:
    """Return in words which forms of a file a parameter accepts."""
    return " or ".join(
        {"url": "a URL", "base64": "base64", "data-url": "a data URL"}[each] for each in parameter.accepts
    )
