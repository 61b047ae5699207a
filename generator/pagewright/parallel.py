"""Render many files at once, on as many processors as there are. The result is the same as one by one.

The child processes end with their parent, even if it is killed, and leave signals to it.
"""

from __future__ import annotations

import gc
import mmap
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from .errors import INTERNAL, PagewrightError
from .render import Output, Renderer

#: Below this many files to render, starting processes takes longer than they save.
_WORTH_IT = 12
#: How many files one process is given at a time, at most; few enough that none is idle while another has a queue.
_CHUNK = 8

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: What the child processes work on, and a byte that the parent sets to stop them. They inherit it when they are forked.
_shared: tuple[Renderer, Sequence[Output], mmap.mmap] | None = None


class WorkerKilled(PagewrightError):
    """A child process was killed, and not by its parent."""

    status = INTERNAL


def render_all(renderer: Renderer, outputs: Sequence[Output], progress: Callable[[int, int], None]) -> dict[str, bytes]:
    """The bytes of each output, by path. `progress` is told how many are done of how many.

    Raises:
        BadTemplate: As `Renderer.render`, for the first of the outputs that can't be rendered.
        WorkerKilled: A child process was killed.
    """
    global _shared
    made = [output for output in outputs if output.source.kind != "copy"]
    processes = min(os.cpu_count() or 1, 8)
    if len(made) < _WORTH_IT or processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return dict(_one_by_one(renderer, outputs, progress))
    # Of files that are the same (a tree that two targets share) only the first is rendered in a child process.
    first = {renderer.identity(output): output for output in reversed(made)}
    # Templates apart from types, so that not every process has to import what only types need; what takes longest first.
    work = sorted(
        first.values(), key=lambda output: (output.source.kind == "template", not output.lists_models, output.path)
    )
    types = sum(output.source.kind != "template" for output in work)
    size = min(_CHUNK, -(-len(work) // (4 * processes)))
    chunks = [
        range(start, min(start + size, end))
        for begin, end in ((0, types), (types, len(work)))
        for start in range(begin, end, size)
    ]
    done = 0
    context = multiprocessing.get_context("fork")
    with mmap.mmap(-1, 1) as stop, ProcessPoolExecutor(processes, context, initializer=_set_up) as pool:
        _shared = (renderer, work, stop)
        try:
            with _signals_held():
                running = {pool.submit(_render_chunk, chunk): chunk for chunk in chunks}
            for future in as_completed(running):
                for index, content in zip(running[future], future.result(), strict=True):
                    renderer.keep(work[index], content)
                done += len(running[future])
                progress(done, len(work))
        except BrokenProcessPool as error:
            raise WorkerKilled("a rendering process was killed, perhaps for lack of memory. Run it again.") from error
        except BaseException:
            stop[0] = 1
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            _shared = None
    return dict(_one_by_one(renderer, outputs, lambda done, total: None))


def _one_by_one(
    renderer: Renderer, outputs: Sequence[Output], progress: Callable[[int, int], None]
) -> Iterator[tuple[str, bytes]]:
    for number, output in enumerate(outputs):
        progress(number, len(outputs))
        yield output.path, renderer.render(output)


@contextmanager
def _signals_held() -> Generator[None]:
    """Hold signals back while children are forked, so that none reaches a child before it is set up."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _set_up() -> None:
    """Prepare a child process."""
    end_with_parent()
    # Ctrl-C reaches every process of the terminal, and the parent is the one that answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    # Collecting as often as Python does by itself costs a tenth of the time, never to collect a gigabyte: the
    # formatter's trees are full of cycles. What was inherited is not looked at again.
    gc.freeze()
    gc.set_threshold(200_000, 4, 1000)


def end_with_parent() -> None:
    """Make a child process end when its parent does, whatever it is doing. An initializer for process pools.

    The child waits on a pipe whose other end the parent opened before it started the child, so a parent that was killed
    before the child came here is noticed, too.
    """

    def watch(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=watch, args=(parent,), daemon=True).start()


def _render_chunk(chunk: range) -> list[bytes]:
    if _shared is None:
        raise RuntimeError("this process was not forked by render_all")
    renderer, work, stop = _shared
    return [renderer.render(work[index]) for index in chunk if not stop[0]]
