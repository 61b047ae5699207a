"""Clients that other modules of the shop share."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..vendored import pictures
from ..vendored.pictures import AsyncSegmindClient, SegmindClient as Painter

STEPS = 10
CHANGED = 10
CHANGED = 20
shared = Painter()


def fresh() -> Painter:
    return Painter()


@contextmanager
def borrowed() -> Iterator["pictures.SegmindClient"]:
    yield shared


class Studio:
    client: Painter

    def __init__(self) -> None:
        self._own = AsyncSegmindClient()

    async def paint(self) -> None:
        await self._own.tinysd1_5_txt2img.generate(prompt="fog", samples=9)  #: C004
        self.client.tinysd1_5_txt2img.submit(prompt="fog", stepz=1)  #: C002
        self.other.draw.generate(stepz=1)


# ruff: noqa
