"""The wrong mocks of each provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from tests.contract.mutation.any_mocks import WrongMocks
from tests.contract.mutation.mocks import MUTATIONS
from tests.contract.mutation.play import Mutation
from tests.contract.mutation.subjects import subject


@cache
def mock_mutants(provider: str) -> Mapping[str, Callable[[], Mutation]]:
    """Return the wrong mocks of a provider by name: each is a function that starts the mutation afresh."""
    return MUTATIONS if provider == "segmind" else WrongMocks(subject(provider).sample).found
