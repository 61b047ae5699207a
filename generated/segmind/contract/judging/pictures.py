"""The truth of pictures: what the bytes are, against what was ordered and what is declared."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..findings import shown
from ..images import NotAnImage, decode_base64, measure
from ..orders import Order, media_type_of
from ..service.wire import Answer
from ..spec.answers import find
from ..spec.facts import Source
from .bodies import is_list, listed, part_source, read_object

if TYPE_CHECKING:
    from ..service.probe import Probe

_SAME = {"image/jpg": "image/jpeg", "image/x-png": "image/png"}


def check_delivery(probe: Probe, answer: Answer, order: Order, where: str) -> list[bytes]:
    """The answer of a synchronous call: the picture itself, or JSON that holds it. Gives the pictures."""
    if order.in_json:
        return _in_json(probe, answer, order, where)
    try:
        found = measure(answer.body)
    except NotAnImage as wrong:
        source = probe.platform.source("/sync/returns")
        raise probe.end("not-a-picture", f"{where}, body", "a picture", str(wrong), source) from None
    if _SAME.get(answer.declared, answer.declared) != found.media_type:
        source = probe.platform.source("/sync/media_type")
        declared = answer.declared or "no type"
        probe.note("wrong-content-type", f"{where}, content-type", found.media_type, declared, source)
    check_picture(probe, answer.body, order, f"{where}, body")
    return [answer.body]


def _in_json(probe: Probe, answer: Answer, order: Order, where: str) -> list[bytes]:
    platform = probe.platform
    source = part_source(platform, "media", "base64")
    content = read_object(probe, answer, where, "media")
    held, pointer = listed(platform, "media", "base64", content)
    found = find(content, pointer)
    if found is None:
        came = f"the keys {', '.join(map(shown, content))}"
        raise probe.end("base64-body", f"{where}, {pointer}", "the picture", came, source)
    many = isinstance(found, list)
    if len(held) != order.pictures or many != is_list(platform, "media", "base64", order.pictures):
        counted = probe.model.source(f"/output/{'count' if 'count' in probe.model.output else 'media'}")
        kind = "a list of " if many else ""
        probe.note("wrong-count", f"{where}, {pointer}", f"{order.pictures} pictures", f"{kind}{len(held)}", counted)
    pictures: list[bytes] = []
    for number, text in enumerate(held):
        place = f"{where}, {pointer}/{number}" if many else f"{where}, {pointer}"
        try:
            if not isinstance(text, str):
                raise NotAnImage(type(text).__name__)
            pictures.append(decode_base64(text))
            if not _is_plain(text):
                expected = "base64 of the standard alphabet alone, padded"
                probe.note("odd-base64", place, expected, shown(text, 40), source)
        except NotAnImage as wrong:
            raise probe.end("bad-base64", place, "base64", str(wrong), source) from None
        check_picture(probe, pictures[-1], order, place)
    check_different(probe, pictures, f"{where}, {pointer}")
    said = find(content, platform.roles.get("media_format"))
    formats = {measure(picture).media_type for picture in pictures}
    if isinstance(said, str) and {media_type_of(said)} != formats:
        format_source = part_source(platform, "media", "media_format")
        place = f"{where}, {platform.roles['media_format']}"
        probe.note("wrong-format", place, ", ".join(sorted(formats)), said, format_source)
    return pictures


def _is_plain(text: str) -> bool:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    return True


def check_different(probe: Probe, pictures: Sequence[bytes], where: str) -> None:
    """Several pictures of one request are not the same one several times."""
    if len(set(pictures)) < len(pictures):
        source = Source("several pictures of one request differ from each other", "inferred")
        probe.note("same-picture", where, f"{len(pictures)} pictures", f"{len(set(pictures))} and copies", source)


def check_picture(probe: Probe, picture: bytes, order: Order, where: str) -> None:
    """One picture: its format and size, and that it is one at all."""
    try:
        found = measure(picture)
    except NotAnImage as wrong:
        source = probe.platform.source("/sync/returns")
        raise probe.end("not-a-picture", where, "a picture", str(wrong), source) from None
    if order.media_type is not None and found.media_type != order.media_type:
        probe.note("wrong-format", where, order.media_type, found.media_type, order.format_source)
    for side, wanted, came in (("width", order.width, found.width), ("height", order.height, found.height)):
        if wanted is not None and came != wanted:
            expected = f"{order.width} x {order.height}"
            said = f"{found.width} x {found.height}"
            probe.note("wrong-size", f"{where}, {side}", expected, said, order.size_source)
