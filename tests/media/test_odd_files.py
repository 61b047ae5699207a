"""Files as other programs write them: joined, padded, tagged, streamed, or with fields of other widths. Each is measured as it plays."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

import pytest

from segmind_client._results.formats.file_info import DamagedFile, UnreadableFile
from segmind_client._results.formats.measure import measure
from tests.media.fake_service import FILES
from tests.media.test_formats import MEASURES

#: Processor seconds for a file that is made to take long.
MOST_S = 20.0


def read(name: str) -> bytes:
    return (FILES / name).read_bytes()


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def tag(size: int) -> bytes:
    """Return an ID3v2 tag with `size` bytes, such as a cover."""
    return b"ID3\x03\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)


def riff(name: bytes, *chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    """Return a WAV of these chunks. `size` is written in place of the size of the chunk `data`."""
    parts = b"".join(
        kind + struct.pack("<I", len(data) if kind != b"data" or size is None else size) + data for kind, data in chunks
    )
    return name + struct.pack("<I", 0xFFFFFFFF if name != b"RIFF" else 4 + len(parts)) + b"WAVE" + parts


class TestMp4:
    @pytest.mark.parametrize("tail", [bytes(4), bytes(300), b"TAG" + bytes(125), b"written by a program"])
    def test_what_is_behind_the_end_is_no_cut(self, tail: bytes) -> None:
        assert measure(read("clip.mp4") + tail) == MEASURES["clip.mp4"]

    @pytest.mark.parametrize("tail", [b"\0\0\x10", b"\0\0\x10\0", b"\0\0\x10\0mdat", b"\0\0\x10\0moof" + bytes(99)])
    def test_the_beginning_of_a_box_is_one(self, tail: bytes) -> None:
        with pytest.raises(DamagedFile, match="cut short"):
            measure(read("fragmented.mp4") + tail)

    def test_boxes_before_the_brand(self) -> None:
        assert measure(box(b"free", bytes(56)) + read("clip.mp4")) == MEASURES["clip.mp4"]

    def test_a_recording_that_began_earlier(self) -> None:
        """The fragments of a live recording have the times of the whole recording."""
        content = bytearray(read("fragmented.mp4"))
        for at in _places(content, b"tfdt"):
            version = content[at + 4]
            span = slice(at + 8, at + 8 + (8 if version else 4))
            content[span] = (int.from_bytes(content[span], "big") + 7_000_000).to_bytes(8 if version else 4, "big")
        assert measure(bytes(content)) == MEASURES["fragmented.mp4"]

    def test_fragments_without_times(self) -> None:
        for name in ("fragmented.mp4", "late.mp4"):
            assert measure(read(name).replace(b"tfdt", b"free")) == MEASURES[name]


class TestMp3:
    @pytest.mark.parametrize("size", [0, 500, 1 << 20])
    @pytest.mark.parametrize("padding", [0, 64])
    def test_a_tag_of_any_size(self, size: int, padding: int) -> None:
        plain = _without_tag(read("tone.mp3"))
        assert measure(tag(size) + bytes(padding) + plain) == MEASURES["tone.mp3"]

    @pytest.mark.parametrize("tags", [b"", tag(300)])
    @pytest.mark.parametrize("parts", [2, 7])
    def test_joined_files_are_as_long_as_all(self, tags: bytes, parts: int) -> None:
        """As services answer that speak each sentence apart."""
        found = measure((tags + _without_tag(read("tone.mp3"))) * parts)
        assert (found.media_type, found.duration_s) == ("audio/mpeg", parts)

    def test_the_last_of_joined_files_is_cut_short(self) -> None:
        with pytest.raises(DamagedFile, match="cut short"):
            measure(read("tone.mp3") * 2 + read("tone.mp3")[:-9])


class TestFlac:
    def test_a_tag_before_it(self) -> None:
        assert measure(tag(3000) + read("tone.flac")) == MEASURES["tone.flac"]

    def test_a_picture_in_it(self) -> None:
        plain = bytearray(read("tone.flac"))
        plain[4] = 0
        picture = b"\x86" + (200_000).to_bytes(3, "big") + bytes(200_000)
        assert measure(bytes(plain[:42]) + picture + bytes(plain[42:])) == MEASURES["tone.flac"]

    def test_a_frame_that_is_larger_than_usual(self) -> None:
        """The last frame is looked for further away if the file states that its frames are large."""
        content = bytearray(read("tone.flac"))
        frame = bytes(content[42:])
        last = frame[frame.rindex(b"\xff\xf8") : -2] + bytes(70_000)
        whole = bytes(content) + last + _crc16(last).to_bytes(2, "big")
        with pytest.raises(DamagedFile):
            measure(whole)
        whole = whole[:15] + (80_000).to_bytes(3, "big") + whole[18:]
        assert measure(whole) == MEASURES["tone.flac"]

    @pytest.mark.parametrize("size", range(2, 9))
    def test_a_checksum_of_too_few_bytes_is_none(self, size: int) -> None:
        start = b"\xff\xf8" + bytes(size - 2)
        with pytest.raises(DamagedFile):
            measure(read("tone.flac")[:42] + bytes(100) + start + _crc16(start).to_bytes(2, "big"))


class TestWav:
    FORM = read("tone.wav")[20:36]
    SAMPLES = read("tone.wav")[44:]

    @pytest.mark.parametrize("name", [b"RF64", b"BW64"])
    def test_sizes_of_64_bits(self, name: bytes) -> None:
        sizes = struct.pack("<QQQI", 9999, len(self.SAMPLES), 0, 0)
        chunks = (b"ds64", sizes), (b"fmt ", self.FORM), (b"data", self.SAMPLES), (b"LIST", bytes(5000))
        whole = riff(name, *chunks, size=0xFFFFFFFF)
        assert measure(whole) == MEASURES["tone.wav"]
        with pytest.raises(DamagedFile):
            measure(whole[: -5000 - 8 - 1])

    def test_lists_before_and_behind(self) -> None:
        notes = b"LIST", b"INFOISFT\x05\0\0\0Lavf\0\0"
        whole = riff(b"RIFF", (b"JUNK", bytes(28)), (b"fmt ", self.FORM), notes, (b"data", self.SAMPLES), notes)
        assert measure(whole) == MEASURES["tone.wav"]

    def test_the_extensible_form(self) -> None:
        code = b"\x03\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
        form = b"\xfe\xff" + self.FORM[2:] + struct.pack("<HHI", 22, 8, 4) + code
        assert measure(riff(b"RIFF", (b"fmt ", form), (b"data", self.SAMPLES))) == MEASURES["tone.wav"]

    @pytest.mark.parametrize("size", [0, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
    def test_the_size_of_a_stream(self, size: int) -> None:
        assert measure(riff(b"RIFF", (b"fmt ", self.FORM), (b"data", self.SAMPLES), size=size)) == MEASURES["tone.wav"]


class TestOgg:
    @pytest.mark.parametrize("name", ["opus.ogg", "vorbis.ogg"])
    @pytest.mark.parametrize("links", [2, 5])
    def test_streams_one_behind_the_other(self, name: str, links: int) -> None:
        found = measure(read(name) * links)
        assert found == MEASURES[name]._replace(duration_s=links)

    def test_streams_of_different_codecs(self) -> None:
        assert measure(read("opus.ogg") + read("vorbis.ogg")) == MEASURES["opus.ogg"]._replace(duration_s=2.0)

    def test_the_last_stream_is_cut_short(self) -> None:
        with pytest.raises(DamagedFile, match="cut short"):
            measure(read("opus.ogg") + read("vorbis.ogg")[:-50])

    def test_a_long_stream_before_a_short_one(self) -> None:
        """The last page of the first stream is far from the end."""
        long = _pages_behind(read("vorbis.ogg"), 600)
        assert measure(read("opus.ogg") + long) == MEASURES["opus.ogg"]._replace(duration_s=601.0)
        assert measure(long + read("opus.ogg")) == MEASURES["vorbis.ogg"]._replace(duration_s=601.0)


def test_a_scene_behind_white_space() -> None:
    whole = read("triangle.glb")
    size = int.from_bytes(whole[12:16], "little")
    text = b"\n   " + whole[20 : 20 + size]
    chunks = (
        struct.pack("<I4s", len(text), b"JSON") + text + whole[20 + size :] + struct.pack("<I4s", 4, b"XTRA") + b"more"
    )
    assert measure(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks) == MEASURES["triangle.glb"]


def test_an_image_that_is_cropped() -> None:
    """The property `clap` is the one that turned the image, with another content."""
    whole = read("turned.avif")
    clap = struct.pack(">8I", 40, 1, 30, 1, 0, 1, 0, 1)
    turn = whole.index(b"irot") - 4
    grown = whole[:turn] + box(b"clap", clap) + whole[turn + 9 :]
    for name in (b"meta", b"iprp", b"ipco"):
        at = whole.index(name) - 4
        size = int.from_bytes(grown[at : at + 4], "big") + 31
        grown = grown[:at] + size.to_bytes(4, "big") + grown[at + 4 :]
    found = measure(grown)
    assert (found.width, found.height) == (40, 30)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "fragments": lambda: _fragmented(box(b"moof", box(b"traf") * 15_000) * 9),
    "boxes of a track": lambda: _fragmented(box(b"moof", box(b"traf", box(b"free") * 15_000) * 3)),
    "samples": lambda: _fragmented(
        box(b"moof", box(b"traf", box(b"trun", struct.pack(">II", 0x100, 9**9) + bytes(9 << 19))) * 2)
    ),
    "streams": lambda: (read("opus.ogg")[:47] + b"OggS" + bytes(23)) * 20_000,
    "frames of an image": lambda: (
        read("moving.png")[:33] + _chunk(b"acTL", bytes(8)) + _chunk(b"fcTL", bytes(26)) * 90_000 + b"IEND"
    ),
    "tags": lambda: read("tone.mp3") + tag(0) * 300_000,
    "joined files": lambda: read("tone.mp3") * 3_000,
    "frames of sound": lambda: read("tone.flac")[:15]
    + b"\xff\xff\xff"
    + read("tone.flac")[18:42]
    + b"\xff\xf8" * 700_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_takes_long(name: str) -> None:
    content = HOSTILE[name]()
    begun = time.process_time()
    try:
        measure(content)
    except UnreadableFile as error:
        assert len(str(error)) < 200
    assert time.process_time() - begun < MOST_S


def _fragmented(tail: bytes) -> bytes:
    whole = read("fragmented.mp4")
    return whole[: whole.index(b"moof") - 4] + box(b"mdat") + tail


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + bytes(4)


def _places(content: bytearray, kind: bytes) -> list[int]:
    found, at = [], content.find(kind)
    while at >= 0:
        found.append(at)
        at = content.find(kind, at + 4)
    return found


def _without_tag(content: bytes) -> bytes:
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte
    return content[10 + size :] if content[:3] == b"ID3" else content


def _crc16(content: bytes) -> int:
    value = 0
    for byte in content:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ (0x8005 if value & 0x8000 else 0)) & 0xFFFF
    return value


def _pages_behind(content: bytes, seconds: int) -> bytes:
    """Return an Ogg file that is as long as `seconds`, by many pages before its last one. Their checksums are wrong."""
    last = content.rindex(b"OggS")
    rate = 16_000
    page = bytearray(content[last:])
    page[5] = 0
    pages = b""
    for second in range(1, seconds + 1):
        page[6:14] = (second * rate).to_bytes(8, "little")
        if second == seconds:
            page[5] = 4
        pages += bytes(page)
    return content[:last] + pages
