"""Pictures as parameters: a path, bytes, a file or a URL, made into the text that goes over the wire.

A model's page says what a parameter takes (`accepts` of its facts): a URL, base64, or a data URL. A URL goes out as it
is; what the URL leads to is fetched by the service, never by this client. A file's bytes are looked at (is it a picture,
is it whole, is it small enough?) and sent as base64, or as a data URL, whichever the page documents.
"""

from __future__ import annotations

import binascii
import os
from typing import Any, BinaryIO, TypeAlias, TypeGuard

from .._answers.images import NotAPicture, decode_base64, measure
from .._wire import as_list
from ..spec.facts import Model, Parameter
from ..spec.platform import PLATFORM
from ..spec.violations import Violation, shown

#: What a parameter that takes a picture may be given.
#:
#: * a `str`: a URL, a data URL or base64, sent as it is. It is never taken for a path: a text that came from a user
#:   shall not make this program read its files.
#: * a path (`pathlib.Path`), bytes, or a binary file open for reading: sent as base64 or as a data URL, as the page
#:   documents; refused where it documents URLs only, or if the request would be larger than the service takes. Read when the call is made, before anything is
#:   sent (also by the asyncio client: hand bytes in where the disk is slow); a file is read from where it stands and
#:   left open.
PictureInput: TypeAlias = "str | bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO"

RULE = "picture"
#: A file as base64 has a third more bytes, and the rest of the request needs some too.
_MOST_BYTES = PLATFORM.limits.max_request_bytes * 5 // 8
_LONGEST_PATH = 4096
#: Formats that are known by their first bytes, but not measured.
_OTHERS = ((b"BM", "image/bmp"), (b"II*\x00", "image/tiff"), (b"MM\x00*", "image/tiff"))
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic"}


def read_inputs(model: Model, payload: dict[str, Any]) -> list[Violation]:
    """Puts what goes over the wire in place of each picture in `payload`, and gives what is wrong with any."""
    found: list[Violation] = []
    for name in model.pictures:
        if name not in payload:
            continue
        parameter = model.parameters[name]
        several = as_list(payload[name]) if "array" in parameter.types else None
        if several is None:
            payload[name] = _read(parameter, name, payload[name], found)
        else:
            payload[name] = [_read(parameter, f"{name}/{n}", each, found) for n, each in enumerate(several)]
    return found


def from_text(text: str) -> Any:
    """What a person means by a text on a command line, where a picture is asked for: `@` and a path, a path, or what
    goes over the wire."""
    if text.startswith("@"):
        return text[1:] if text.startswith("@@") else _Path(text[1:])
    if len(text) < _LONGEST_PATH and "\0" not in text and os.path.isfile(text):
        return _Path(text)
    return text


class _Path(os.PathLike[str]):
    """A path, without `pathlib`, which takes longer to import than the rest."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return self._path


def _read(parameter: Parameter, name: str, value: object, found: list[Violation]) -> object:
    try:
        if isinstance(value, str):
            return _text(parameter, value)
        if _is_bytes(value):
            return _encoded(parameter, bytes(value), "")
        if _is_path(value):
            path = os.fsdecode(value)
            return _encoded(parameter, _file(path), f"{path}: ")
        if callable(getattr(value, "read", None)):
            return _encoded(parameter, _open_file(value), "")
    except _Unusable as error:
        found.append(Violation(name, RULE, value, accepted(parameter), str(error), parameter.source))
        return value
    # No kind of picture at all; the validator says so.
    return value


def _is_bytes(value: object) -> TypeGuard[bytes | bytearray]:
    return isinstance(value, (bytes, bytearray, memoryview))


def _is_path(value: object) -> TypeGuard[os.PathLike[str]]:
    return isinstance(value, os.PathLike)


class _Unusable(Exception):
    """What was given can't be sent; the words are for the violation."""


def _text(parameter: Parameter, text: str) -> str:
    accepts = parameter.accepts
    scheme = text[:8].lower()
    if scheme.startswith(("https://", "http://")):
        if "url" not in accepts:
            raise _Unusable("is a URL, but base64 is asked for: fetch the picture, and pass its bytes or a path")
        return text
    if scheme.startswith("data:"):
        # A data URL is a URL.
        if "base64" not in accepts or "data-url" in accepts:
            return text
        return text.partition(",")[2]
    if text.isprintable() and len(text) < _LONGEST_PATH and not _is_base64(text):
        raise _Unusable(f"{shown(text)} is no URL and no base64; for a file pass pathlib.Path({shown(text)})")
    if "base64" not in accepts:
        if not _is_base64(text):
            raise _Unusable(f"{shown(text)} is no URL")
        if "data-url" not in accepts:
            raise _Unusable(_ONLY_URL)
        return _encoded(parameter, decode_base64(text), "")
    return text


def _is_base64(text: str) -> bool:
    try:
        return bool(decode_base64(text))
    except NotAPicture:
        return False


_ONLY_URL = (
    "takes a URL only, as far as the page documents it: put the picture where the service can fetch it, and pass that "
    "https:// address (or try base64 by extra_parameters)"
)


def _encoded(parameter: Parameter, content: bytes, where: str) -> str:
    if not {"base64", "data-url"} & set(parameter.accepts):
        raise _Unusable(f"{where}{_ONLY_URL}")
    if len(content) > _MOST_BYTES:
        raise _Unusable(f"{where}larger than {_MOST_BYTES / 1024**2:g} MiB; make it smaller, or pass its URL")
    media_type = _media_type(content, where)
    text = binascii.b2a_base64(content, newline=False).decode("ascii")
    return text if "base64" in parameter.accepts else f"data:{media_type};base64,{text}"


def _media_type(content: bytes, where: str) -> str:
    for start, media_type in _OTHERS:
        if content.startswith(start):
            return media_type
    if content[4:8] == b"ftyp" and content[8:12] in _BRANDS:
        return _BRANDS[content[8:12]]
    try:
        return measure(content).media_type
    except NotAPicture as error:
        raise _Unusable(f"{where}{error}") from None


def _file(path: str) -> bytes:
    try:
        # A device or a pipe may never end.
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


def accepted(parameter: Parameter) -> str:
    """What a parameter takes, in words."""
    return " or ".join(
        {"url": "a URL", "base64": "base64", "data-url": "a data URL"}[each] for each in parameter.accepts
    )
