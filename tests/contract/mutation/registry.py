"""The wrong mocks of each provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

from tests.contract.mutation.any_mocks import WrongMocks
from tests.contract.mutation.media_mocks import media_mocks
from tests.contract.mutation.mocks import MUTATIONS
from tests.contract.mutation.play import Mutation
from tests.contract.mutation.subjects import LUMEN, subject


@cache
def mock_mutants(provider: str) -> Mapping[str, Callable[[], Mutation]]:
    """Return the wrong mocks of a provider by name: each is a function that starts the mutation afresh.

    Those of Lumen are each about one model, whose slug begins the name.
    """
    if provider == LUMEN:
        return {
            f"{model.slug}: {words}": partial(_itself, mutation)
            for model in subject(provider).contract.models
            for words, mutation in media_mocks(model)
        }
    return MUTATIONS if provider == "segmind" else WrongMocks(subject(provider).sample).found


def _itself(mutation: Mutation) -> Mutation:
    """Return a mutation that has no state."""
    return mutation
