"""Check files: their bytes against what was requested and what is declared."""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..expected_files import ExpectedFiles
from ..findings import Unchecked, printable
from ..formats.file_info import DamagedFile, FileInfo, UnreadableFile
from ..formats.measure import described, measure
from ..images import NotAnImage, decode_base64
from ..service.http import Response
from ..spec.answers import find
from ..spec.facts import Source
from ..spec.origins import origin_of
from ..spec.sizes import is_of_ratio
from .answers import check_sync_answer
from .bodies import is_list, listed, part_source, read_object
from .encoding import encoding_of, report_other_form

if TYPE_CHECKING:
    from ..service.checker import Checker

_SAME = {
    "image/jpg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/opus": "audio/ogg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "application/ogg": "audio/ogg",
}
#: How the media types of the files of a medium begin, and how messages call them.
_KINDS = {"image": "image", "video": "video", "audio": "audio", "model3d": "model"}
_CALLED = {"image": "an image", "video": "a video", "audio": "sound", "model3d": "a 3D model"}
#: How far a file's length may be from the asked one, in seconds and as a share, and a frame rate as a share.
_NEAR_S, _NEAR, _NEAR_RATE = 0.25, 0.05, 0.03


def check_sync_output(
    checker: Checker, response: Response, wanted: ExpectedFiles, where: str, payload: Mapping[str, Any]
) -> list[bytes]:
    """Check the response to a synchronous call with these parameters, a file or JSON that contains files, and return the files.

    The answer of a text or JSON model counts as one file.
    """
    encoding = encoding_of(checker)
    if wanted.is_data:
        return [check_sync_answer(checker, response, where)]
    try:
        found = measure(response.body)
    except UnreadableFile as wrong:
        if not _names_a_file(checker, response):
            raise _no_file(checker, wanted, f"{where}, body", response.body, wrong) from None
        if not wanted.in_json and encoding is not None and _holds_base64(checker, response):
            report_other_form(checker, encoding, payload, response, where, wanted.in_json)
        elif not wanted.in_json:
            # The file is there, if not in the form that the platform's spec tells of.
            source, expected = checker.platform.source("/sync/returns"), _CALLED[wanted.medium]
            raise checker.stop("in-json", f"{where}, body", expected, response.summary(), source) from None
        return _in_json(checker, response, wanted, where)
    if wanted.in_json and encoding is None:
        return _in_json(checker, response, wanted, where)
    if wanted.in_json and encoding is not None:
        report_other_form(checker, encoding, payload, response, where, wanted.in_json)
    declared = plain_type(response.declared)
    if declared not in (found.media_type, wanted.media_type):
        source = checker.platform.source("/sync/media_type")
        got = response.declared or "no type"
        checker.report("wrong-content-type", f"{where}, content-type", found.media_type, got, source)
    check_file(checker, response.body, wanted, f"{where}, body", response.declared)
    return [response.body]


def _names_a_file(checker: Checker, response: Response) -> bool:
    """Return whether a JSON response has a file or a URL anywhere. An error message does not count, whatever else is there."""
    content = response.json_object
    if content is None or isinstance(find(content, checker.platform.roles["error_text"]), str):
        return False
    return any(origin_of(text) is not None or _is_file(text) for text in _texts(content))


def _holds_base64(checker: Checker, response: Response) -> bool:
    """Return whether a JSON response has a file as base64 where the spec says."""
    return any(map(_is_file, _texts(find(response.json_object, checker.platform.roles.get("base64")))))


def _texts(content: object) -> list[str]:
    """Return every string in JSON."""
    found, left = list[str](), [content]
    while left:
        value: Any = left.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, (list, dict)):
            left += cast("list[object]", value if isinstance(value, list) else [*value.values()])
    return found


def _is_file(text: str) -> bool:
    """Return whether a text is the base64 of a file, even of one that is cut short."""
    try:
        measure(decode_base64(text))
    except UnreadableFile as wrong:
        return wrong.media_type != UnreadableFile.media_type
    return True


def plain_type(declared: str) -> str:
    """Return a media type by its usual name."""
    return _SAME.get(declared, declared)


def _in_json(checker: Checker, response: Response, wanted: ExpectedFiles, where: str) -> list[bytes]:
    platform = checker.platform
    source = part_source(platform, "media", "base64")
    content = read_object(checker, response, where, "media")
    held, pointer = listed(platform, "media", "base64", content)
    found = find(content, pointer)
    if found is None:
        got = f"the keys {', '.join(map(printable, content))}"
        raise checker.stop("base64-body", f"{where}, {pointer}", _CALLED[wanted.medium], got, source)
    many = isinstance(found, list)
    if len(held) != wanted.file_count or many != is_list(platform, "media", "base64", wanted.file_count):
        counted = checker.model.source(f"/output/{'count' if 'count' in checker.model.output else 'media'}")
        kind = "a list of " if many else ""
        checker.report(
            "wrong-count", f"{where}, {pointer}", f"{wanted.file_count} files", f"{kind}{len(held)}", counted
        )
    files: list[bytes] = []
    for number, text in enumerate(held):
        at = f"{where}, {pointer}/{number}" if many else f"{where}, {pointer}"
        try:
            if not isinstance(text, str):
                raise NotAnImage(type(text).__name__)
            files.append(decode_base64(text))
            if not _is_plain(text):
                expected = "padded base64 with the standard alphabet"
                checker.report("odd-base64", at, expected, printable(text, 40), source)
        except NotAnImage as wrong:
            raise checker.stop("bad-base64", at, "base64", str(wrong), source) from None
        check_file(checker, files[-1], wanted, at)
    check_different(checker, files, f"{where}, {pointer}")
    declared_format = find(content, platform.roles.get("media_format"))
    formats = {measure(file).media_type for file in files}
    known = platform.media[wanted.medium].formats
    if isinstance(declared_format, str) and {known.get(declared_format.lower())} != formats:
        format_source = part_source(platform, "media", "media_format")
        at = f"{where}, {platform.roles['media_format']}"
        checker.report("wrong-format-name", at, ", ".join(sorted(formats)), declared_format, format_source)
    return files


def _is_plain(text: str) -> bool:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    return True


def check_different(checker: Checker, files: Sequence[bytes], where: str) -> None:
    """Check that several files of one request differ."""
    if len(set(files)) < len(files):
        source = Source("several files of one request differ from each other", "inferred")
        checker.report("same-image", where, f"{len(files)} files", f"{len(set(files))} and copies", source)


def check_file(checker: Checker, content: bytes, wanted: ExpectedFiles, where: str, declared: str = "") -> None:
    """Check that the bytes are a file of the requested kind, format, size and length, whatever media type is `declared`."""
    try:
        found = measure(content)
    except UnreadableFile as wrong:
        raise _no_file(checker, wanted, where, content, wrong) from None
    if found.kind != _KINDS[wanted.medium] and found.media_type != wanted.media_type:
        raise _no_file(checker, wanted, where, content, found.media_type)
    if wanted.media_type is not None and found.media_type != wanted.media_type:
        label = f" with the label {declared}" if declared not in ("", found.media_type) else ""
        checker.report("wrong-format", where, wanted.media_type, f"{found.media_type}{label}", wanted.format_source)
    for side, size, got in (("width", wanted.width, found.width), ("height", wanted.height, found.height)):
        if size is not None and got != size:
            expected = f"{wanted.width} x {wanted.height}"
            got_size = f"{found.width} x {found.height}"
            source = wanted.size_source if side == "width" else wanted.height_source
            checker.report("wrong-size", f"{where}, {side}", expected, got_size, source)
    if wanted.lines is not None and found.width and found.height and min(found.width, found.height) != wanted.lines:
        expected, got_size = f"{wanted.lines} lines", f"{found.width} x {found.height}"
        checker.report("wrong-size", f"{where}, lines", expected, got_size, wanted.size_source)
    if wanted.ratio is not None and found.width and found.height:
        _check_shape(checker, found.width, found.height, wanted, where)
    if wanted.medium in ("video", "audio"):
        _check_length(checker, found, wanted, where)


def _check_shape(checker: Checker, width: int, height: int, wanted: ExpectedFiles, where: str) -> None:
    ratio, source = wanted.ratio, wanted.ratio_source
    if ratio is not None and source is not None and not is_of_ratio(width, height, ratio):
        expected = f"{ratio:.4g} times as wide as high"
        checker.report("wrong-size", f"{where}, shape", expected, f"{width} x {height}", source)


def _check_length(checker: Checker, found: FileInfo, wanted: ExpectedFiles, where: str) -> None:
    """Check length and frame rate, as far as both the request and the file have them."""
    length, rate = found.duration_s, found.frame_rate
    seconds = wanted.seconds
    if seconds is None and wanted.frames is not None and rate:
        seconds = wanted.frames / rate
    if seconds is not None and length is not None and abs(length - seconds) > max(_NEAR_S, seconds * _NEAR):
        checker.report("wrong-length", f"{where}, length", f"{seconds:g} s", f"{length:g} s", wanted.length_source)
    if wanted.frame_rate is not None and rate and abs(rate - wanted.frame_rate) > wanted.frame_rate * _NEAR_RATE:
        expected = f"{wanted.frame_rate:g} frames per second"
        checker.report("wrong-rate", f"{where}, frame rate", expected, f"{rate:g}", wanted.rate_source)


def _no_file(checker: Checker, wanted: ExpectedFiles, where: str, content: bytes, wrong: object) -> Exception:
    """Return the exception for a file that is not of the medium, or not of a format that the suite knows.

    That the model makes such files is what its page says.
    """
    is_other = described(content) in ("an empty body", "JSON", "an HTML page")
    if wanted.unknown_format and not is_other:
        return Unchecked(f"{where}: {wrong}; the suite does not know the format {printable(wanted.unknown_format)}")
    code = "damaged-file" if isinstance(wrong, DamagedFile) else "no-file"
    return checker.stop(code, where, _CALLED[wanted.medium], str(wrong), checker.model.source("/output"))
