"""A child process that makes the types of models. It starts while this one still reads the specs, because the library
that makes types takes as long to import as all else that a small run does.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, TypeAlias

from .children import WorkerKilled, set_up, signals_held

if TYPE_CHECKING:
    from ..specs.spec import Model
    from .names import Ident, Reserved

#: The arguments of `make_types`.
TypesJob: TypeAlias = "tuple[str, Model, Ident, Reserved]"

#: More than so many modules of types are shared among all processors.
MOST_JOBS = 16
_LIBRARY = "datamodel_code_generator"


class TypeMaker:
    """A process, and our end of the `connection` to it."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self._process = process
        self._connection = connection

    def begin(self, jobs: Sequence[TypesJob]) -> None:
        """Begin to make types."""
        try:
            self._connection.send(list(jobs))
        except OSError as error:
            raise WorkerKilled from error

    def finish(self) -> list[str]:
        """Return the modules of types that were begun, in order. Raises what making one raises."""
        try:
            made: list[str] | Exception = self._connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerKilled from error
        if isinstance(made, Exception):
            raise made
        return made

    def stop(self) -> None:
        """End the process, whose library takes a good part of the memory of a run."""
        self._connection.close()
        self._process.kill()
        self._process.join()


@contextmanager
def type_maker() -> Generator[TypeMaker | None]:
    """Start a process that makes types, and end it with the block. None if it would be of no use: on one processor, or where
    the library is imported already."""
    usable = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    if not usable or (os.cpu_count() or 1) < 2 or _LIBRARY in sys.modules:
        yield None
        return
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, ours), daemon=True)
    with signals_held():
        process.start()
    theirs.close()
    maker = TypeMaker(process, ours)
    try:
        yield maker
    finally:
        maker.stop()


def _serve(connection: Connection, parents: Connection) -> None:
    """Make types until the parent closes its end, of which this process has a copy."""
    parents.close()
    set_up()
    from .schema_types import load_library, make_types

    load_library()
    while True:
        try:
            jobs: list[Any] = connection.recv()
        except (EOFError, OSError):
            return
        try:
            made: list[str] | Exception = [make_types(*job) for job in jobs]
        except Exception as error:
            made = error
        connection.send(made)
