"""The correct mock of Segmind, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.mutation.play import MockFactory


@pytest.fixture(scope="module")
def mocks() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.close()
