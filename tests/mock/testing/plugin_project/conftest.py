from __future__ import annotations

from collections.abc import Iterator

import pytest
from postcards import Shop

pytest_plugins = ["segmind_mock.pytest_plugin"]


@pytest.fixture
def shop(segmind_mock: object) -> Iterator[Shop]:
    """A shop that opens with the mock."""
    shop = Shop()
    with shop.client:
        yield shop
