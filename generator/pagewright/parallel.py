"""Many files rendered at once, on as many processors as there are. What comes out is the same as one by one."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from .render import Output, Renderer

#: Below this many files to render, starting processes takes longer than they save.
_WORTH_IT = 12
#: How many files one process is given at a time, at most; few enough that none is idle while another has a queue.
_CHUNK = 8

#: What the child processes work on; they inherit it when they are forked.
_shared: tuple[Renderer, Sequence[Output]] | None = None


def render_all(renderer: Renderer, outputs: Sequence[Output], progress: Callable[[int, int], None]) -> dict[str, bytes]:
    """The bytes of each output, by path. `progress` is told how many are done of how many.

    Raises:
        BadTemplate: As `Renderer.render`, for the first of the outputs that can't be rendered.
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
    _shared = (renderer, work)
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), initializer=_collect_rarely) as pool:
            running = {pool.submit(_render_chunk, chunk): chunk for chunk in chunks}
            for future in as_completed(running):
                for index, content in zip(running[future], future.result(), strict=True):
                    renderer.keep(work[index], content)
                done += len(running[future])
                progress(done, len(work))
    finally:
        _shared = None
    return dict(_one_by_one(renderer, outputs, lambda done, total: None))


def _one_by_one(
    renderer: Renderer, outputs: Sequence[Output], progress: Callable[[int, int], None]
) -> Iterator[tuple[str, bytes]]:
    for number, output in enumerate(outputs):
        progress(number, len(outputs))
        yield output.path, renderer.render(output)


def _collect_rarely() -> None:
    """Collecting as often as Python does by itself costs a tenth of the time, never to collect a gigabyte: the
    formatter's trees are full of cycles. What was inherited is looked at no more."""
    gc.freeze()
    gc.set_threshold(200_000, 4, 1000)


def _render_chunk(chunk: range) -> list[bytes]:
    if _shared is None:
        raise RuntimeError("this process was not forked by render_all")
    renderer, work = _shared
    return [renderer.render(work[index]) for index in chunk]
