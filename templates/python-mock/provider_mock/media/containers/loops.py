"""Encoded video and sound that can be repeated: what encoders and seed clips give, and what containers write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class VideoLoop(NamedTuple):
    """Packets of video, one for each frame; the first is a key frame, and no other can be.

    `codec` is `h264`, with the packets of MP4 and `config` as in its box `avcC`, or `vp8`.
    """

    codec: str
    width: int
    height: int
    packets: tuple[bytes, ...]
    config: bytes = b""


class SoundLoop(NamedTuple):
    """Packets of mono sound, each with the same number of samples.

    `codec` is `mp3`, with a whole frame in each packet, `opus` or `aac`. `config` is what the decoder needs first:
    the header of Opus, or the configuration of AAC.
    """

    codec: str
    sample_rate: int
    samples_per_packet: int
    packets: tuple[bytes, ...]
    config: bytes = b""


def repeated(packets: tuple[T, ...], count: int) -> Iterator[T]:
    """Yield `count` packets, from the beginning again after the last one."""
    return (packets[number % len(packets)] for number in range(count))
