"""Make the clips that the mock uses where the extra `media` is not installed: templates/.../media/seed_clips.py.

Run it only to change them. It needs that extra, and other versions of the encoders give other bytes.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from segmind_mock.media.containers.loops import SoundLoop, VideoLoop
from segmind_mock.media.containers.ogg import RATE
from segmind_mock.media.encoding import encode_sound, encode_video
from segmind_mock.media.landscapes import draw
from segmind_mock.media.sound import SAMPLE_RATE, melody
from segmind_mock.media.video import LOOP_FRAMES, move_light

HERE = Path(__file__).resolve().parent.parent
MODULE = HERE / "templates" / "python-mock" / "provider_mock" / "media" / "seed_clips.py"
_SIZE = 160, 90
_COLUMNS = 1000
_BEFORE = '''"""Clips of video and sound that were encoded before, for mocks without encoders. Made by scripts/seed_clips.py."""

from __future__ import annotations

from base64 import b64decode
from functools import lru_cache

from .containers.loops import SoundLoop, VideoLoop


@lru_cache(maxsize=8)
def seed_video(codec: str) -> VideoLoop:
    """Return the clip of a codec of video."""
    width, height, config, lengths, packets = _VIDEO[codec]
    return VideoLoop(codec, width, height, _cut(packets, lengths), b64decode(config))


@lru_cache(maxsize=8)
def seed_sound(codec: str) -> SoundLoop:
    """Return the clip of a codec of sound."""
    sample_rate, samples, config, lengths, packets = _SOUND[codec]
    return SoundLoop(codec, sample_rate, samples, _cut(packets, lengths), b64decode(config))


def _cut(packets: str, lengths: tuple[int, ...]) -> tuple[bytes, ...]:
    joined, start, parts = b64decode(packets), 0, list[bytes]()
    for length in lengths:
        parts.append(joined[start : start + length])
        start += length
    return tuple(parts)

'''


def main() -> None:
    image = draw(*_SIZE, 5, 7)
    videos = [encode_video(codec, image, LOOP_FRAMES, move_light) for codec in ("h264", "vp8")]
    sounds = [_second(codec) for codec in ("mp3", "opus", "aac")]
    lines = [
        _BEFORE,
        *_table("VIDEO", "width, height", videos),
        *_table("SOUND", "sample rate, samples per packet", sounds),
    ]
    MODULE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _second(codec: str) -> SoundLoop:
    rate = RATE if codec == "opus" else SAMPLE_RATE
    loop = encode_sound(codec, melody(7, 5, rate)[: rate * 2], rate)
    return loop._replace(packets=loop.packets[: rate // loop.samples_per_packet])


def _table(name: str, fields: str, loops: list[VideoLoop] | list[SoundLoop]) -> list[str]:
    """Return the lines of one dictionary of the module."""
    lines = [
        f"#: By codec: {fields}, configuration, the lengths of the packets, and the packets; both as base64.",
        f"_{name}: dict[str, tuple[int, int, str, tuple[int, ...], str]] = {{",
    ]
    for loop in loops:
        facts = loop[1:3]
        text = b64encode(b"".join(loop.packets)).decode("ascii")
        lines += [f'    "{loop.codec}": (', *(f"        {fact}," for fact in facts)]
        lines += [f'        "{b64encode(loop.config).decode("ascii")}",']
        lines += [f"        {tuple(map(len, loop.packets))},"]
        lines += [f'        "{text[at : at + _COLUMNS]}"' for at in range(0, len(text), _COLUMNS)]
        lines += ["    ),"]
    return [*lines, "}"]


if __name__ == "__main__":
    main()
