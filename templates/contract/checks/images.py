"""Check images: their bytes against what was requested and what is declared."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..expected_images import ExpectedImages, media_type_of
from ..findings import Unchecked, printable
from ..images import NotAnImage, decode_base64, measure
from ..service.http import Response
from ..spec.answers import find
from ..spec.facts import Source
from .bodies import is_list, listed, part_source, read_object

if TYPE_CHECKING:
    from ..service.checker import Checker

_SAME = {"image/jpg": "image/jpeg", "image/x-png": "image/png"}


def check_sync_images(checker: Checker, response: Response, wanted: ExpectedImages, where: str) -> list[bytes]:
    """Check the response of a synchronous call, an image or JSON that contains images, and return the images."""
    if wanted.in_json:
        return _in_json(checker, response, wanted, where)
    try:
        found = measure(response.body)
    except NotAnImage as wrong:
        raise _no_image(checker, wanted, f"{where}, body", wrong) from None
    declared = _SAME.get(response.declared, response.declared)
    if declared != found.media_type and found.media_type == (wanted.media_type or found.media_type):
        source = checker.platform.source("/sync/media_type")
        got = response.declared or "no type"
        checker.report("wrong-content-type", f"{where}, content-type", found.media_type, got, source)
    check_image(checker, response.body, wanted, f"{where}, body", response.declared)
    return [response.body]


def _in_json(checker: Checker, response: Response, wanted: ExpectedImages, where: str) -> list[bytes]:
    platform = checker.platform
    source = part_source(platform, "media", "base64")
    content = read_object(checker, response, where, "media")
    held, pointer = listed(platform, "media", "base64", content)
    found = find(content, pointer)
    if found is None:
        got = f"the keys {', '.join(map(printable, content))}"
        raise checker.stop("base64-body", f"{where}, {pointer}", "the image", got, source)
    many = isinstance(found, list)
    if len(held) != wanted.image_count or many != is_list(platform, "media", "base64", wanted.image_count):
        counted = checker.model.source(f"/output/{'count' if 'count' in checker.model.output else 'media'}")
        kind = "a list of " if many else ""
        checker.report(
            "wrong-count", f"{where}, {pointer}", f"{wanted.image_count} images", f"{kind}{len(held)}", counted
        )
    images: list[bytes] = []
    for number, text in enumerate(held):
        at = f"{where}, {pointer}/{number}" if many else f"{where}, {pointer}"
        try:
            if not isinstance(text, str):
                raise NotAnImage(type(text).__name__)
            images.append(decode_base64(text))
            if not _is_plain(text):
                expected = "padded base64 with the standard alphabet"
                checker.report("odd-base64", at, expected, printable(text, 40), source)
        except NotAnImage as wrong:
            raise checker.stop("bad-base64", at, "base64", str(wrong), source) from None
        check_image(checker, images[-1], wanted, at)
    check_different(checker, images, f"{where}, {pointer}")
    declared_format = find(content, platform.roles.get("media_format"))
    formats = {measure(image).media_type for image in images}
    if isinstance(declared_format, str) and {media_type_of(declared_format)} != formats:
        format_source = part_source(platform, "media", "media_format")
        at = f"{where}, {platform.roles['media_format']}"
        checker.report("wrong-format", at, ", ".join(sorted(formats)), declared_format, format_source)
    return images


def _is_plain(text: str) -> bool:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    return True


def check_different(checker: Checker, images: Sequence[bytes], where: str) -> None:
    """Check that several images of one request differ."""
    if len(set(images)) < len(images):
        source = Source("several images of one request differ from each other", "inferred")
        checker.report("same-image", where, f"{len(images)} images", f"{len(set(images))} and copies", source)


def check_image(checker: Checker, image: bytes, wanted: ExpectedImages, where: str, declared: str = "") -> None:
    """Check that the bytes are an image of the requested format and size, whatever media type is `declared`."""
    try:
        found = measure(image)
    except NotAnImage as wrong:
        raise _no_image(checker, wanted, where, wrong) from None
    if wanted.media_type is not None and found.media_type != wanted.media_type:
        label = f" with the label {declared}" if declared not in ("", found.media_type) else ""
        checker.report("wrong-format", where, wanted.media_type, f"{found.media_type}{label}", wanted.format_source)
    for side, size, got in (("width", wanted.width, found.width), ("height", wanted.height, found.height)):
        if size is not None and got != size:
            expected = f"{wanted.width} x {wanted.height}"
            got_size = f"{found.width} x {found.height}"
            source = wanted.size_source if side == "width" else wanted.height_source
            checker.report("wrong-size", f"{where}, {side}", expected, got_size, source)


def _no_image(checker: Checker, wanted: ExpectedImages, where: str, wrong: NotAnImage) -> Exception:
    """Return the exception for a file that is not an image, or not of a format that the suite knows."""
    if wanted.unknown_format:
        return Unchecked(f"{where}: {wrong}; the suite does not know the format {printable(wanted.unknown_format)}")
    return checker.stop("not-an-image", where, "an image", str(wrong), checker.platform.source("/sync/returns"))
