"""A process that dies at a chosen operation on files, as by kill -9: nothing that would clear up gets to run."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The process dies at the operation on files of this number (from 0); a write dies half-way. Gives the operations.

    Once it is dead every other operation fails as well, so that no `finally` does what a dead process can't.
    """
    done: list[str] = []

    def count(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def operation(*args: object, **options: object) -> object:
            done.append(name)
            if len(done) > number:
                raise Killed
            return real(*args, **options)

        return operation

    real_open = io.open

    def opened(file: Path, mode: str = "r", *args: object, **options: object) -> object:
        if "w" in mode:
            done.append("write")
            if len(done) == number + 1:
                with real_open(file, "wb") as half:
                    half.write(b"hal")
            if len(done) > number:
                raise Killed
        return real_open(file, mode, *args, **options)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        for name in ("replace", "rename", "unlink", "mkdir", "rmdir"):
            patch.setattr(os, name, count(name, getattr(os, name)))
        patch.setattr(io, "open", opened)
        yield done
