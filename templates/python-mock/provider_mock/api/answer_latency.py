"""Latencies of answers: fixed, uniform or log-normal, and the same in each run."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from random import Random
from typing import Literal, NamedTuple

#: The longest latency in seconds, so that a mistyped number does not hang a test.
_LONGEST = 600.0
_SHAPES = "SECONDS, uniform:LOW:HIGH or lognormal:MEDIAN:SIGMA, with an optional seed=N at the end"


class Latency(NamedTuple):
    """A distribution of seconds. `low` is the fixed time, the minimum or the median; `high` is the maximum or sigma."""

    shape: Literal["fixed", "uniform", "lognormal"]
    low: float
    high: float = 0.0
    seed: str = "0"

    @classmethod
    def parse(cls, words: Sequence[str]) -> Latency:
        """Read the arguments after `latency:`, split at the colons. Raises ValueError.

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
            raise ValueError(f"expected {_SHAPES}") from None
        if not 0 <= found.low <= _LONGEST or not 0 <= found.high <= _LONGEST:
            raise ValueError(f"expected 0 to {_LONGEST:.0f} seconds")
        if found.shape == "uniform" and found.high < found.low:
            raise ValueError("HIGH is less than LOW")
        if found.shape == "lognormal" and found.low == 0:
            raise ValueError("the median of a log-normal latency must be greater than 0")
        return found

    def draw(self, turn: str) -> float:
        """Return the seconds for one answer. Equal turns give equal seconds."""
        if self.shape == "fixed":
            return self.low
        random = Random(f"{self.seed} {turn}")
        if self.shape == "uniform":
            return random.uniform(self.low, self.high)
        return min(_LONGEST, random.lognormvariate(log(self.low), self.high))
