"""Property tests that a program runs, with a number of examples and a seed of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, seed, settings

_Test = TypeVar("_Test", bound=Callable[..., None])


def drawn(examples: int, number: int, *, shrink: bool = True) -> Callable[[_Test], _Test]:
    """Return a decorator for a test with `@given`: it runs `examples` examples drawn with the seed `number`.

    Nothing is remembered between runs, and neither time nor size is limited. A failing example is made smaller with `shrink`.
    """
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    limits = settings(
        max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=phases
    )

    def decorate(test: _Test) -> _Test:
        return seed(number)(limits(test))

    return decorate
