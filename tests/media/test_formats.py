"""Files are recognised and measured by their headers. Whatever is cut or changed, errors have a type and the time is bounded."""

from __future__ import annotations

import struct
import time
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_client._results.formats.file_info import DamagedFile, FileInfo, UnknownFormat, UnreadableFile
from segmind_client._results.formats.measure import measure
from segmind_client._results.stored_content import StoredContent
from tests.media.fake_service import FILES

MEASURES = {
    "av1.mp4": FileInfo("video/mp4", 64, 48, 1.0, "av1", frame_rate=8.0),
    "clip.mkv": FileInfo("video/x-matroska", 64, 48, 1.0, "h264", frame_rate=8.0),
    "clip.mov": FileInfo("video/quicktime", 64, 48, 1.0, "mjpeg", frame_rate=8.0),
    "clip.mp4": FileInfo("video/mp4", 64, 48, 1.0, "h264", 16000, 1, 8.0),
    "clip.ogv": FileInfo("video/ogg", 64, 48, 1.0, "theora", frame_rate=8.0),
    "clip.webm": FileInfo("video/webm", 64, 48, 1.008, "vp9", 48000, 1, 8.0),
    "fine.m4a": FileInfo("audio/mp4", None, None, 0.02, "alac", 96000, 1),
    "fine.mov": FileInfo("audio/mp4", None, None, 0.02, "pcm", 96000, 1),
    "fragmented.mp4": FileInfo("video/mp4", 64, 48, 1.0, "h264", frame_rate=8.0),
    "late.mp4": FileInfo("video/mp4", 64, 48, 1.0, "h264", frame_rate=8.0),
    "live.webm": FileInfo("video/webm", 64, 48, 1.0, "vp8", frame_rate=8.0),
    "moving.avif": FileInfo("image/avif", 64, 48, 1.0, frame_rate=8.0),
    "moving.gif": FileInfo("image/gif", 64, 48, 0.96, frame_rate=8.333),
    "moving.png": FileInfo("image/png", 64, 48, 1.0, frame_rate=8.0),
    "moving.webp": FileInfo("image/webp", 64, 48, 1.0, frame_rate=8.0),
    "mp3.mp4": FileInfo("audio/mp4", None, None, 1.0, "mp3", 16000, 1),
    "opus.ogg": FileInfo("audio/ogg", None, None, 1.0, "opus", 48000, 1),
    "still.avif": FileInfo("image/avif", 64, 48),
    "still.bmp": FileInfo("image/bmp", 8, 6),
    "still.gif": FileInfo("image/gif", 64, 48),
    "still.heic": FileInfo("image/heic", 64, 48),
    "still.jpeg": FileInfo("image/jpeg", 64, 48),
    "still.png": FileInfo("image/png", 64, 48),
    "still.webp": FileInfo("image/webp", 64, 48),
    "stream.flac": FileInfo("audio/flac", None, None, 0.12, "flac", 16000, 1),
    "tagged.jpeg": FileInfo("image/jpeg", 64, 48),
    "tone.aac": FileInfo("audio/aac", None, None, 1.088, "aac", 16000, 1),
    "tone.flac": FileInfo("audio/flac", None, None, 0.12, "flac", 16000, 1),
    "tone.m4a": FileInfo("audio/mp4", None, None, 1.0, "aac", 16000, 1),
    "tone.mp3": FileInfo("audio/mpeg", None, None, 1.0, "mp3", 16000, 1),
    "tone.wav": FileInfo("audio/wav", None, None, 1.0, "pcm", 2000, 1),
    "triangle.glb": FileInfo("model/gltf-binary"),
    "turned.avif": FileInfo("image/avif", 48, 64),
    "vorbis.ogg": FileInfo("audio/ogg", None, None, 1.0, "vorbis", 16000, 1),
}
#: Cuts that no header tells: behind a frame of ADTS or of a FLAC without length, behind a fragment, and in a PNG's last checksum.
UNSEEN = {"tone.aac": 20, "stream.flac": 1, "fragmented.mp4": 1, "late.mp4": 3, "still.png": 4, "moving.png": 4}
#: Processor seconds for one file. A hundred times of what it takes.
MOST_S = 2.0


def test_every_file_is_listed() -> None:
    assert {path.name for path in FILES.iterdir()} == set(MEASURES)


@pytest.mark.parametrize("name", MEASURES)
def test_measures_in_memory_and_on_disk(name: str) -> None:
    assert measure((FILES / name).read_bytes()) == MEASURES[name]
    assert measure(StoredContent.open(FILES / name)) == MEASURES[name]


@pytest.mark.parametrize("name", MEASURES)
def test_a_file_cut_off_at_any_byte_is_refused(name: str) -> None:
    whole = (FILES / name).read_bytes()
    unseen = 0
    for length in range(len(whole)):
        begun = time.process_time()
        try:
            measure(whole[:length])
        except UnreadableFile as error:
            assert len(str(error)) < 200
        else:
            unseen += 1
        assert time.process_time() - begun < MOST_S
    assert unseen <= UNSEEN.get(name, 0)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("mask", [0xFF, 0x01])
def test_a_file_with_any_byte_changed_is_measured_or_refused(name: str, mask: int) -> None:
    content = bytearray((FILES / name).read_bytes())
    for at in range(len(content)):
        content[at] ^= mask
        begun = time.process_time()
        try:
            found = measure(bytes(content))
        except UnreadableFile:
            pass
        else:
            assert found.media_type.count("/") == 1
            assert found.duration_s is None or found.duration_s > 0
        assert time.process_time() - begun < MOST_S
        content[at] ^= mask


@settings(max_examples=300)
@given(st.sampled_from([path.read_bytes()[:40] for path in sorted(FILES.iterdir())]), st.binary(max_size=200))
def test_any_bytes_behind_a_known_beginning(start: bytes, rest: bytes) -> None:
    try:
        measure(start + rest)
    except UnreadableFile as error:
        assert len(str(error)) < 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty body"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b'{"a": 1}', "JSON"),
        (b"\0" * 99, "99 bytes beginning with 00 00"),
        (b"\xff\xfe" + "text".encode("utf-16-le") * 9, "beginning with ff fe"),
        (b"\xff\xfb\x90\x64" + bytes(2000), "beginning with ff fb"),
    ],
)
def test_bytes_of_no_known_format(content: bytes, words: str) -> None:
    with pytest.raises(UnknownFormat, match=words) as caught:
        measure(content)
    assert caught.value.media_type == "application/octet-stream"


class TestForms:
    """Other forms of the same formats."""

    def test_an_index_before_the_samples(self) -> None:
        boxes = _boxes((FILES / "clip.mp4").read_bytes())
        moved = boxes[b"ftyp"] + boxes[b"moov"] + boxes[b"free"] + boxes[b"mdat"]
        assert measure(moved) == MEASURES["clip.mp4"]

    def test_sizes_of_64_bits_and_a_last_box_without_size(self) -> None:
        boxes = _boxes((FILES / "clip.mp4").read_bytes())
        samples = boxes[b"mdat"][8:]
        wide = struct.pack(">I4sQ", 1, b"mdat", 16 + len(samples)) + samples
        assert measure(boxes[b"ftyp"] + wide + boxes[b"moov"]) == MEASURES["clip.mp4"]
        open_ended = struct.pack(">I4s", 0, b"mdat") + samples
        assert measure(boxes[b"ftyp"] + boxes[b"moov"] + open_ended) == MEASURES["clip.mp4"]

    def test_an_mp4_without_an_index(self) -> None:
        content = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08free" + b"\0\0\0\x10mdat12345678"
        with pytest.raises(DamagedFile, match="without an index") as caught:
            measure(content)
        assert caught.value.media_type == "video/mp4"

    def test_brands_of_heif(self) -> None:
        avif = (FILES / "still.avif").read_bytes()
        for brand, media_type in ((b"mif1", "image/avif"), (b"heix", "image/heic")):
            assert measure(avif.replace(b"ftypavif", b"ftyp" + brand, 1)).media_type == media_type

    def test_an_mp3_behind_a_tag_and_before_another(self) -> None:
        plain = (FILES / "tone.mp3").read_bytes()[20:]
        tag = b"ID3\x03\0\0" + bytes([0, 0, 1, 0]) + bytes(128)
        trailer = b"TAG" + bytes(125)
        assert measure(plain + trailer) == measure(tag + plain) == MEASURES["tone.mp3"]

    def test_an_mp3_of_constant_rate_without_a_summary(self) -> None:
        whole = (FILES / "tone.mp3").read_bytes()
        first = whole.index(b"Info") - 13
        second = whole.index(whole[first : first + 2], first + 4)
        found = measure(whole[second:])
        assert (found.media_type, found.duration_s) == ("audio/mpeg", 1.08)

    def test_a_wav_of_unknown_size(self) -> None:
        whole = bytearray((FILES / "tone.wav").read_bytes())
        whole[40:44] = b"\xff\xff\xff\xff"
        assert measure(bytes(whole)) == MEASURES["tone.wav"]

    def test_a_file_that_is_mostly_on_disk(self, tmp_path: Path) -> None:
        path = tmp_path / "large.mp4"
        boxes = _boxes((FILES / "clip.mp4").read_bytes())
        size = 3 << 30
        with path.open("wb") as file:
            file.write(boxes[b"ftyp"] + struct.pack(">I4sQ", 1, b"mdat", 16 + size) + boxes[b"mdat"][8:])
            file.seek(len(boxes[b"ftyp"]) + 16 + size)
            file.write(boxes[b"moov"])
        assert measure(StoredContent.open(path)) == MEASURES["clip.mp4"]


def _boxes(content: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    reader = BytesIO(content)
    while head := reader.read(8):
        size = int.from_bytes(head[:4], "big")
        found[head[4:]] = head + reader.read(size - 8)
    return found
