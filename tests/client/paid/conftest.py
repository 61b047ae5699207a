"""Fixtures: a folder for temporary files, a full disk, and a device."""

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
    """The folder for temporary files, in which files are saved that can't be written to their paths."""
    folder = tmp_path_factory.mktemp("spare")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def full() -> Callable[[], AbstractContextManager[None]]:
    """A context in which no file of this process can grow beyond a few bytes."""

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
    """A device that the code under test may replace by mistake."""
    ends = os.openpty()
    try:
        yield Path(os.ttyname(ends[1]))
    finally:
        for end in ends:
            os.close(end)
