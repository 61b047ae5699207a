"""Makes the small files in `files/`: `pip install av pillow numpy soundfile imageio-ffmpeg`, then `python tests/media/make_files.py`.

Run by hand only. The tests read the files that are checked in, and need no encoder.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import wave
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

av: Any = import_module("av")
numpy: Any = import_module("numpy")
soundfile: Any = import_module("soundfile")

FILES = Path(__file__).parent / "files"
LOW = 8_000
WIDTH, HEIGHT, FRAMES, RATE = 64, 48, 8, 8
SAMPLE_RATE = 16_000


def make_video(
    name: str, container: str, codec: str, *, sound: str = "", group: int = 8, options: dict[str, str] | None = None
) -> None:
    """Write one second of video, with sound if a codec for it is named."""
    file = BytesIO()
    with av.open(file, "w", format=container, options=options or {}) as out:
        out.flags |= av.container.Flags.bitexact.value
        stream = out.add_stream(codec, rate=RATE, options={"g": str(group)})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        heard = (
            out.add_stream(sound, bit_rate=LOW, rate=48_000 if "opus" in sound else SAMPLE_RATE, layout="mono")
            if sound
            else None
        )
        for number in range(FRAMES):
            frame = av.VideoFrame(WIDTH, HEIGHT, "rgb24")
            for plane in frame.planes:
                plane.update(bytes([number * 30, 90, 160]) * (plane.buffer_size // 3) + bytes(plane.buffer_size % 3))
            for packet in stream.encode(frame.reformat(format=stream.pix_fmt)):
                out.mux(packet)
        out.mux(stream.encode(None))
        if heard is not None:
            for frame in _tone(heard.codec_context.sample_rate):
                out.mux(heard.encode(frame))
            out.mux(heard.encode(None))
    (FILES / name).write_bytes(file.getvalue())


def make_sound(
    name: str, container: str, codec: str, rate: int = SAMPLE_RATE, length: float = 1.0, *, to_pipe: bool = False
) -> None:
    """Write a tone of `length` seconds; with `to_pipe`, as a program does that can't go back to write the length."""
    file = BytesIO()
    with av.open(_Pipe(file) if to_pipe else file, "w", format=container) as out:
        out.flags |= av.container.Flags.bitexact.value
        stream = out.add_stream(codec, rate=rate, layout="mono", bit_rate=LOW)
        for frame in _tone(rate, length):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    (FILES / name).write_bytes(file.getvalue())


class _Pipe:
    """A file that can be written only at its end."""

    def __init__(self, file: BytesIO) -> None:
        self.write = file.write


def _tone(rate: int, length: float = 1.0) -> Any:
    wave_ = (numpy.sin(numpy.arange(rate) * 440 * 2 * numpy.pi / rate) * 8000).astype(numpy.int16)
    for at in range(0, int(rate * length), 960):
        frame = av.AudioFrame.from_ndarray(
            wave_[None, at : min(at + 960, int(rate * length))], format="s16", layout="mono"
        )
        frame.sample_rate = rate
        frame.pts = at
        yield frame


def make_images() -> None:
    from PIL import Image

    still = Image.new("RGB", (WIDTH, HEIGHT), "teal")
    frames = [Image.new("RGB", (WIDTH, HEIGHT), (number * 30, 90, 160)) for number in range(FRAMES)]
    for name, form in (("still.jpeg", "JPEG"), ("still.png", "PNG"), ("still.webp", "WEBP"), ("still.bmp", "BMP")):
        still.resize((8, 6)).save(FILES / name, form) if form == "BMP" else still.save(FILES / name, form)
    still.save(FILES / "still.gif")
    still.save(FILES / "still.avif")
    for name in ("moving.gif", "moving.png", "moving.webp", "moving.avif"):
        frames[0].save(FILES / name, save_all=True, append_images=frames[1:], duration=125)
    turned = Image.Exif()
    turned[0x0112] = 6
    # AVIF turns the image itself; in a JPEG the turn is a tag, and the size is that of the stored pixels.
    still.save(FILES / "turned.avif", exif=turned)
    still.save(FILES / "tagged.jpeg", exif=turned)
    avif = (FILES / "still.avif").read_bytes()
    # The container is the same; only the brands and the item's type tell HEIC from AVIF.
    heic = avif.replace(b"ftypavif", b"ftypheic", 1).replace(b"avif", b"heic", 1).replace(b"av01", b"hvc1", 1)
    (FILES / "still.heic").write_bytes(heic)


def make_wav() -> None:
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(2000)
        out.writeframes(bytes(128 + (n % 8) for n in range(2000)))
    (FILES / "tone.wav").write_bytes(file.getvalue())


def drop_padding(name: str) -> None:
    """Leave only the first block of metadata in a FLAC file: the encoder adds 8 KiB of padding."""
    content = (FILES / name).read_bytes()
    at, is_last = 4, False
    while not is_last:
        is_last = bool(content[at] & 0x80)
        at += 4 + int.from_bytes(content[at + 1 : at + 4], "big")
    (FILES / name).write_bytes(content[:4] + bytes([0x80]) + content[5:42] + content[at:])


def make_vorbis() -> None:
    """Write a tone with libsndfile, because PyAV has no stable encoder for Vorbis. The stream's number is random."""
    tone = numpy.sin(numpy.arange(SAMPLE_RATE) * 440 * 2 * numpy.pi / SAMPLE_RATE) / 4
    soundfile.write(FILES / "vorbis.ogg", tone, SAMPLE_RATE, format="OGG", subtype="VORBIS")


def make_theora() -> None:
    """Write a silent video with FFmpeg's program, because PyAV has no encoder for Theora."""
    ffmpeg = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    source = f"color=teal:size={WIDTH}x{HEIGHT}:rate={RATE}:duration=1"
    command = [
        ffmpeg,
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        source,
        "-c:v",
        "libtheora",
        "-g",
        "4",
        "-fflags",
        "+bitexact",
    ]
    subprocess.run([*command, "-flags", "+bitexact", "-y", str(FILES / "clip.ogv")], check=True)


def make_glb() -> None:
    """Write a triangle."""
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    scene = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}],
        "bufferViews": [{"buffer": 0, "byteLength": len(points)}],
        "buffers": [{"byteLength": len(points)}],
    }  # fmt: skip
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(points), b"BIN\0") + points
    (FILES / "triangle.glb").write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def main() -> int:
    FILES.mkdir(exist_ok=True)
    make_images()
    make_wav()
    make_glb()
    make_video("clip.mp4", "mp4", "libx264", sound="aac")
    make_video("fragmented.mp4", "mp4", "libx264", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})
    make_video("late.mp4", "mp4", "libx264", group=4, options={"movflags": "frag_keyframe"})
    make_video("clip.mov", "mov", "mjpeg")
    make_video("clip.webm", "webm", "libvpx-vp9", sound="libopus")
    make_video("live.webm", "webm", "libvpx", options={"live": "1"})
    make_video("clip.mkv", "matroska", "libx264")
    make_video("av1.mp4", "mp4", "libsvtav1")
    make_sound("tone.mp3", "mp3", "libmp3lame")
    make_sound("tone.m4a", "ipod", "aac")
    make_sound("fine.m4a", "ipod", "alac", 96_000, length=0.02)
    make_sound("fine.mov", "mov", "pcm_s16le", 96_000, length=0.02)
    make_sound("mp3.mp4", "mp4", "libmp3lame")
    make_sound("tone.aac", "adts", "aac")
    make_vorbis()
    make_sound("opus.ogg", "ogg", "libopus", 48_000)
    make_sound("tone.flac", "flac", "flac", length=0.12)
    drop_padding("tone.flac")
    make_sound("stream.flac", "flac", "flac", length=0.12, to_pipe=True)
    drop_padding("stream.flac")
    make_theora()
    for path in sorted(FILES.iterdir()):
        sys.stdout.write(f"{path.name} {path.stat().st_size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
