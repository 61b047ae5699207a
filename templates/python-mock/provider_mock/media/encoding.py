"""Encoders of video and sound, which the extra `media` brings (PyAV). Imported with the first file that needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .containers.loops import SoundLoop, VideoLoop

if TYPE_CHECKING:
    from PIL import Image

#: Options that make the encoders fast, and their output the same at any load.
_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency", "crf": "36", "threads": "1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "16", "threads": "1"},
    "libmp3lame": {"reservoir": "0"},
    "libopus": {"frame_duration": "20"},
    "aac": {},
}
_ENCODERS = {"h264": "libx264", "vp8": "libvpx", "mp3": "libmp3lame", "opus": "libopus", "aac": "aac"}
_SOUND_BITS = {"mp3": 64_000, "opus": 48_000, "aac": 64_000}
#: Sample formats that the encoders of sound read.
_SAMPLES = {"mp3": "s16p", "opus": "s16", "aac": "fltp"}
#: The unit of the presentation times of frames; the container's rate decides how fast they are shown.
_TICK = Fraction(1, 24)


def has_encoders() -> bool:
    """Return whether the extra `media` is installed. Does not import it."""
    try:
        return find_spec("av") is not None
    except (ImportError, ValueError):
        return False


def load_encoders() -> Any:
    """Return PyAV. It is not imported by its name, because type checkers know it only where the extra is installed."""
    return import_module("av")


def encode_video(
    codec: str, image: Image.Image, count: int, change: Callable[[Image.Image, int, float], None]
) -> VideoLoop:
    """Return `count` frames of an image. `change` draws on the brightness of each, at its share of the loop from 0 to 1."""
    av = load_encoders()
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    encoder.width, encoder.height, encoder.pix_fmt = image.width, image.height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = _TICK, 1 / _TICK, max(count, 1)
    encoder.thread_count = 1
    encoder.options = _OPTIONS[encoder.codec.name]
    if codec == "h264":
        encoder.flags |= 1 << 22  # parameter sets apart from the packets
    else:
        encoder.bit_rate = image.width * image.height * 2
    packets: list[bytes] = []
    for frame in _frames(image, count, change):
        packets += map(bytes, encoder.encode(frame))
    packets += map(bytes, encoder.encode(None))
    if codec == "vp8":
        return VideoLoop(codec, image.width, image.height, tuple(packets))
    config = _decoder_configuration(list(_units(encoder.extradata)))
    return VideoLoop(codec, image.width, image.height, tuple(map(_with_lengths, packets)), config)


def _frames(image: Image.Image, count: int, change: Callable[[Image.Image, int, float], None]) -> Iterator[Any]:
    # Pillow is loaded by now, but need not be for sound.
    from PIL import Image as Images

    frames = load_encoders().VideoFrame
    base = frames.from_image(image).reformat(format="yuv420p")
    brightness, *colours = (bytes(plane) for plane in base.planes)
    still = Images.frombytes("L", (base.planes[0].line_size, image.height), brightness)
    for number in range(count):
        changed = still.copy()
        change(changed, image.width, (number + 0.5) / count)
        frame = frames(image.width, image.height, "yuv420p")
        for plane, content in zip(frame.planes, (changed.tobytes(), *colours), strict=True):
            plane.update(content)
        frame.pts = number
        yield frame


def encode_sound(codec: str, samples: bytes, sample_rate: int) -> SoundLoop:
    """Return packets of 16-bit mono samples."""
    av = load_encoders()
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate, "mono", _SAMPLES[codec]
    encoder.bit_rate = _SOUND_BITS[codec]
    encoder.time_base = Fraction(1, sample_rate)
    encoder.options = _OPTIONS[encoder.codec.name]
    encoder.open()
    frame = av.AudioFrame("s16", "mono", len(samples) // 2)
    frame.planes[0].update(samples)
    frame.sample_rate, frame.pts = sample_rate, 0
    converter = av.AudioResampler(
        format=_SAMPLES[codec], layout="mono", rate=sample_rate, frame_size=encoder.frame_size
    )
    packets: list[bytes] = []
    for part in [*converter.resample(frame), *converter.resample(None)]:
        packets += map(bytes, encoder.encode(part))
    packets += map(bytes, encoder.encode(None))
    config = bytes(encoder.extradata or b"")
    return SoundLoop(codec, sample_rate, encoder.frame_size, tuple(packets), config)


def _units(stream: bytes) -> Iterator[bytes]:
    """Yield the units of a stream of H.264, which begin with a start code."""
    for part in stream.split(b"\0\0\1")[1:]:
        yield part.rstrip(b"\0")


def _with_lengths(packet: bytes) -> bytes:
    """Return a packet as MP4 has it, without the encoder's own description of itself."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in _units(packet) if unit[0] & 31 != 6)


def _decoder_configuration(units: list[bytes]) -> bytes:
    """Return the content of the box `avcC`."""
    parts: list[bytes] = []
    for kind, marked in ((7, 0xE0), (8, 0)):
        sets = [unit for unit in units if unit[0] & 31 == kind]
        parts += [bytes([marked | len(sets)]), *(len(unit).to_bytes(2, "big") + unit for unit in sets)]
    profile = next(unit for unit in units if unit[0] & 31 == 7)[1:4]
    return b"\1" + profile + b"\xff" + b"".join(parts)
