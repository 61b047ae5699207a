"""The truth of pictures: what the bytes are, against what was ordered and what is declared."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from .facts import Source
from .findings import shown
from .images import NotAPicture, decode_base64, measure
from .orders import Order, media_type_of
from .wire import Answer

if TYPE_CHECKING:
    from .probe import Probe

_SAME = {"image/jpg": "image/jpeg", "image/x-png": "image/png"}


def check_delivery(probe: Probe, answer: Answer, order: Order, where: str) -> list[bytes]:
    """The answer of v1: the picture itself or, where base64 was asked for, JSON that holds it. Gives the pictures."""
    if order.base64:
        return _in_json(probe, answer, order, where)
    try:
        found = measure(answer.body)
    except NotAPicture as wrong:
        source = probe.platform.source("/sync/returns")
        raise probe.end("not-a-picture", f"{where}, body", "a picture", str(wrong), source) from None
    if _SAME.get(answer.declared, answer.declared) != found.media_type:
        source = probe.platform.source("/sync/media_type")
        declared = answer.declared or "no type"
        probe.note("wrong-content-type", f"{where}, content-type", found.media_type, declared, source)
    check_picture(probe, answer.body, order, f"{where}, body")
    return [answer.body]


def _in_json(probe: Probe, answer: Answer, order: Order, where: str) -> list[bytes]:
    source = Source("platform.yaml, /sync/base64_key", "observed")
    key = probe.platform.base64_key
    content = answer.object
    if content is None:
        raise probe.end("base64-body", f"{where}, body", "a JSON object", answer.described(), source)
    if answer.declared != "application/json":
        probe.note("wrong-content-type", f"{where}, content-type", "application/json", answer.declared, source)
    if key not in content:
        came = f"the keys {', '.join(map(shown, content))}"
        raise probe.end("base64-body", f"{where}, /{key}", "the picture", came, source)
    held = content[key]
    texts = cast("Sequence[Any]", held) if isinstance(held, list) else [held]
    if len(texts) != order.pictures or isinstance(held, list) != (order.pictures > 1):
        counted = probe.model.source(f"/output/{'count' if 'count' in probe.model.output else 'media'}")
        kind = "a list of " if isinstance(held, list) else ""
        probe.note("wrong-count", f"{where}, /{key}", f"{order.pictures} pictures", f"{kind}{len(texts)}", counted)
    _check_beside(probe, content, where)
    pictures: list[bytes] = []
    for number, text in enumerate(texts):
        place = f"{where}, /{key}/{number}" if isinstance(held, list) else f"{where}, /{key}"
        try:
            if not isinstance(text, str):
                raise NotAPicture(type(text).__name__)
            pictures.append(decode_base64(text))
            if not _is_plain(text):
                probe.note(
                    "odd-base64", place, "base64 of the standard alphabet alone, padded", shown(text, 40), source
                )
        except NotAPicture as wrong:
            raise probe.end("bad-base64", place, "base64", str(wrong), source) from None
        check_picture(probe, pictures[-1], order, place)
    check_different(probe, pictures, f"{where}, /{key}")
    said = content.get("image_format")
    formats = {measure(picture).media_type for picture in pictures}
    if isinstance(said, str) and {media_type_of(said)} != formats:
        probe.note("wrong-format", f"{where}, /image_format", ", ".join(sorted(formats)), said, _BESIDE_SOURCE)
    return pictures


#: What workers say beside the picture, as public clients have seen it.
_BESIDE = frozenset({"status", "image_format", "infer_time", "outputs"})
_BESIDE_SOURCE = Source("what public clients have seen beside the picture in JSON", "observed")


def _check_beside(probe: Probe, content: dict[str, Any], where: str) -> None:
    for key in content:
        if key != probe.platform.base64_key and key not in _BESIDE:
            probe.note("unknown-key", f"{where}, /{shown(key)}", "no such key", shown(content[key]), _BESIDE_SOURCE)
    if content.get("status", "Success") != "Success":
        probe.note("wrong-state", f"{where}, /status", "Success", shown(content["status"]), _BESIDE_SOURCE)


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
    except NotAPicture as wrong:
        source = probe.platform.source("/sync/returns")
        raise probe.end("not-a-picture", where, "a picture", str(wrong), source) from None
    if order.media_type is not None and found.media_type != order.media_type:
        probe.note("wrong-format", where, order.media_type, found.media_type, order.format_source)
    for side, wanted, came in (("width", order.width, found.width), ("height", order.height, found.height)):
        if wanted is not None and came != wanted:
            expected = f"{order.width} x {order.height}"
            said = f"{found.width} x {found.height}"
            probe.note("wrong-size", f"{where}, {side}", expected, said, order.size_source)
