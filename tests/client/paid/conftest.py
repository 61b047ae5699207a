"""A folder for temporary files of the test's own, and a disk that takes no more."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def spare(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are kept that their place does not take."""
    folder = tmp_path_factory.mktemp("spare")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def full() -> Callable[[], AbstractContextManager[None]]:
    """While it is entered, no file of this process can grow beyond a few bytes, in whatever folder."""

    @contextmanager
    def enter() -> Generator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return enter


@pytest.fixture
def device() -> Generator[Path]:
    """A device of the test's own, which nobody misses if code under test replaces it."""
    ends = os.openpty()
    try:
        yield Path(os.ttyname(ends[1]))
    finally:
        for end in ends:
            os.close(end)
