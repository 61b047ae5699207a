"""Constants that other modules of the shop use."""

from enum import Enum, IntEnum
from typing import Literal

SMALL: int = 512
ODD = SMALL - 12
SIZES = (SMALL, ODD)
GOOD = [SMALL, 768]
GROWING = [SMALL]
GROWING.append(9)
LIMIT = 4
SizeName = Literal[512, 500]


class Size(IntEnum):
    """Equal to its value."""

    SMALL = 512
    ODD = 500


class Count(Enum):
    """Passed by its value."""

    ONE = 1
    NINE = 9


class Settings:
    """Read as attributes of the class."""

    steps = 10
    samples: int = 9


def raise_limit() -> None:
    global LIMIT
    LIMIT = 9


# ruff: noqa
