"""How long an answer takes: fixed, uniform or log-normal, and the same in each run."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from random import Random
from typing import Literal, NamedTuple

#: The most that one answer can be told to take, in seconds: beyond it a mistyped number would only hang a test.
_LONGEST = 600.0
_SHAPES = "SECONDS, uniform:LOW:HIGH or lognormal:MEDIAN:SIGMA, and then seed=N if need be"


class Latency(NamedTuple):
    """A distribution of seconds. `low` is the fixed time, the least, or the median; `high` the most, or sigma."""

    shape: Literal["fixed", "uniform", "lognormal"]
    low: float
    high: float = 0.0
    seed: str = "0"

    @classmethod
    def parse(cls, words: Sequence[str]) -> Latency:
        """Reads what stands after `latency:`, split at the colons. Raises ValueError.

        >>> Latency.parse(["uniform", "0.5", "2"])
        Latency(shape='uniform', low=0.5, high=2.0, seed='0')
        """
        seed = "0"
        if words and words[-1].startswith("seed="):
            seed, words = words[-1].removeprefix("seed="), words[:-1]
        try:
            match words:
                case [seconds]:
                    found = cls("fixed", float(seconds), 0.0, seed)
                case ["uniform", low, high]:
                    found = cls("uniform", float(low), float(high), seed)
                case ["lognormal", median, sigma]:
                    found = cls("lognormal", float(median), float(sigma), seed)
                case _:
                    raise ValueError(_SHAPES)
        except ValueError:
            raise ValueError(f"latency is {_SHAPES}") from None
        if not 0 <= found.low <= _LONGEST or not 0 <= found.high <= _LONGEST:
            raise ValueError(f"latency is from 0 to {_LONGEST:.0f} seconds")
        if found.shape == "uniform" and found.high < found.low:
            raise ValueError("the most is less than the least")
        if found.shape == "lognormal" and found.low == 0:
            raise ValueError("the median of a log-normal latency is above 0")
        return found

    def draw(self, turn: str) -> float:
        """The seconds of one answer. Equal turns give equal seconds."""
        if self.shape == "fixed":
            return self.low
        random = Random(f"{self.seed} {turn}")
        if self.shape == "uniform":
            return random.uniform(self.low, self.high)
        return min(_LONGEST, random.lognormvariate(log(self.low), self.high))
