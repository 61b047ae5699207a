"""Files are compared by what they show or play: defaults are not wrong because of a comment in a file."""

from __future__ import annotations

import json
import random
import struct
import time
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from generated.segmind.contract.cases import model_cases
from generated.segmind.contract.findings import DRIFT, KEPT, UNCHECKED, Verdict
from generated.segmind.contract.media_data.of_file import media_data
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.service.run_state import fingerprint
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.suite import CONTRACT
from tests.contract.mutation.mocks import kind_of
from tests.contract.mutation.play import MockFactory

TINY = next(model for model in CONTRACT.models if model.slug == "tinysd1.5-txt2img")
CASES = {case.name: case for case in model_cases(CONTRACT.platform, TINY)}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def image(form: str, note: str = "", colour: int = 0, size: int = 64) -> bytes:
    """An image with a note in its metadata."""
    file = BytesIO()
    image = Image.linear_gradient("L").resize((size, size)).convert("RGB")
    image.putpixel((3, 3), (colour, 200, 100))
    options: dict[str, object] = {}
    if note and form == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("parameters", note)  # type: ignore[attr-defined]
    elif note and form == "WEBP":
        exif = Image.Exif()
        exif[0x010E] = note
        options |= {"exif": exif.tobytes(), "lossless": True}
    elif form == "WEBP":
        options["lossless"] = True
    elif note:
        options["comment"] = note.encode()
    image.save(file, form, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def wav(note: str, sample: int) -> bytes:
    body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
    body += chunk(b"LIST", b"INFO" + note.encode().ljust(8, b"\0")) if note else b""
    return chunk(b"RIFF", body + chunk(b"data", struct.pack("<h", sample) * 8000))


def mp3(note: str, sample: int) -> bytes:
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0, len(note)]) + note.encode() if note else b""
    frame = b"\xff\xfb\x90\x00" + bytes([sample]) * 413
    return tag + frame * 20 + (b"TAG" + note.encode().ljust(125, b"\0") if note else b"")


def flac(note: str, sample: int) -> bytes:
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + ((8000 << 44 | 15 << 36 | 8000).to_bytes(8, "big")) + bytes(16)
    comment = b"\x84" + len(note).to_bytes(3, "big") + note.encode()
    return b"fLaC" + b"\0" + (34).to_bytes(3, "big") + info + comment + b"\xff\xf8" + bytes([sample]) * 900


def ogg(note: str, sample: int) -> bytes:
    def page(number: int, packet: bytes, flags: int = 0) -> bytes:
        serial = len(note) * 7 + 1
        head = b"OggS\0" + bytes([flags]) + (48_000).to_bytes(8, "little") + serial.to_bytes(4, "little")
        return head + number.to_bytes(4, "little") + bytes(4) + bytes([1, len(packet)]) + packet

    head = b"OpusHead\x01\x01" + bytes(2) + (48_000).to_bytes(4, "little") + bytes(3)
    return page(0, head, 2) + page(1, b"OpusTags" + note.encode()) + page(2, bytes([sample]) * 100, 4)


def mp4(note: str, sample: int) -> bytes:
    def box(kind: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4, "big") + kind + content

    return box(b"ftyp", b"isom") + box(b"mdat", bytes([sample]) * 99) + box(b"free", note.encode())


def glb(note: str, sample: int) -> bytes:
    described = {"asset": {"version": "2.0", "generator": note}, "nodes": [sample]}
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 4)
    content = len(text).to_bytes(4, "little") + b"JSON" + text
    return b"glTF" + (2).to_bytes(4, "little") + (12 + len(content)).to_bytes(4, "little") + content


MAKERS: dict[str, Callable[[str, int], bytes]] = {
    "image/jpeg": lambda note, colour: image("JPEG", note, colour),
    "image/png": lambda note, colour: image("PNG", note, colour),
    "image/webp": lambda note, colour: image("WEBP", note, colour),
    "image/gif": lambda note, colour: image("GIF", note, colour),
    "audio/wav": wav,
    "audio/mpeg": mp3,
    "audio/flac": flac,
    "audio/ogg": ogg,
    "video/mp4": mp4,
    "model/gltf-binary": glb,
}


@pytest.mark.parametrize("media_type", MAKERS)
def test_data_do_not_depend_on_metadata(media_type: str) -> None:
    make = MAKERS[media_type]
    plain, noted = make("", 5), make("another note", 5)
    assert plain != noted
    data = media_data(plain, media_type)
    assert data and data == media_data(noted, media_type)
    assert data != media_data(make("", 250), media_type)


@pytest.mark.parametrize("media_type", MAKERS)
def test_damaged_files_have_data_or_none(media_type: str) -> None:
    dice = random.Random(media_type)
    good = MAKERS[media_type]("a note", 5)
    for _ in range(200):
        cut = bytearray(good[: dice.randrange(8, len(good))])
        cut[dice.randrange(4, len(cut))] = dice.randrange(256)
        assert isinstance(media_data(bytes(cut), media_type), (bytes, type(None)))


def test_files_in_a_format_without_a_reader_are_told_apart_by_their_bytes_only() -> None:
    one, other = (fingerprint([b"BM" + content * 100]) for content in (b"a", b"b"))
    assert one.exact, "what is no file is taken as it is"
    bmp, noted = (image("BMP"), image("BMP") + b"note")
    assert not fingerprint([bmp]).exact and fingerprint([bmp]).data != fingerprint([noted]).data
    assert not one.looks_like(other)


def play_default(mocks: MockFactory, name: str, make: Callable[[dict[str, object]], bytes]) -> Verdict:
    """The verdict about a default of a service that makes images from the parameters."""

    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) != "sync" or response.status != 200:
            return response
        body = make(json.loads(request.body))
        return response._replace(body=body, headers={**response.headers, "content-length": str(len(body))})

    with mocks.service(mutated) as service:
        return run_case(CONTRACT, service._replace(strict=False, provokes=False), CASES[name])


def test_a_request_in_the_comment_of_an_image_is_no_other_default(mocks: MockFactory) -> None:
    def commented(sent: dict[str, object]) -> bytes:
        return image("JPEG", json.dumps(sent), size=512)

    assert play_default(mocks, "guidance_scale: default", commented).outcome == KEPT


def test_other_pixels_are_another_default(mocks: MockFactory) -> None:
    def other(sent: dict[str, object]) -> bytes:
        return image("JPEG", "", 0 if "guidance_scale" in sent else 255, 512)

    verdict = play_default(mocks, "guidance_scale: default", other)
    assert verdict.outcome == DRIFT and [found.code for found in verdict.drift] == ["wrong-default"]


def test_other_bytes_in_a_format_without_a_reader_are_a_doubt(mocks: MockFactory) -> None:
    def other(sent: dict[str, object]) -> bytes:
        return image("BMP", size=512) + (b"" if "guidance_scale" in sent else b"note")

    verdict = play_default(mocks, "guidance_scale: default", other)
    assert "wrong-default" in [found.code for found in verdict.doubts]
    assert "wrong-default" not in [found.code for found in verdict.drift]


def test_a_random_default_of_the_seed_is_not_called_a_service_that_does_not_repeat(mocks: MockFactory) -> None:
    dice = random.Random(1)

    def seeded(sent: dict[str, object]) -> bytes:
        return image("JPEG", "", 0 if sent.get("seed", -1) != -1 else dice.randrange(256), 512)

    verdict = play_default(mocks, "seed: default", seeded)
    assert verdict.outcome == UNCHECKED
    assert verdict.description == "the default of seed is -1: the service picks one, and the files differ"
    assert play_default(mocks, "samples: default", seeded).outcome == KEPT
