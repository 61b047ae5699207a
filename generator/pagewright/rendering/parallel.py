"""Render many files at once, on as many processors as there are, and lay them out together.

The child processes end with their parent, even if it is killed, and leave signals to it.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from .children import WorkerKilled, set_up, signals_held
from .formatting import Rendered, lay_out
from .render import PlannedFile, Renderer
from .type_maker import MOST_JOBS, TypeMaker

#: Below this many files to render, starting processes takes longer than they save.
_WORTH_IT = 12
#: How many files one process is given at a time, at most; few enough that none is idle while another has a queue.
_CHUNK = 8

#: What the child processes work on, and a byte that the parent sets to stop them. They inherit it when they are forked.
_shared: tuple[Renderer, Sequence[PlannedFile], mmap.mmap] | None = None


def render_all(
    renderer: Renderer,
    outputs: Sequence[PlannedFile],
    progress: Callable[[int, int], None] = lambda done, total: None,
    maker: TypeMaker | None = None,
) -> dict[str, bytes]:
    """Return the bytes of each output, by path. `progress` is told how many are rendered of how many. A few types are left to
    the `maker`, if there is one.

    Of outputs that come from one source (a tree that two targets share) one is rendered.

    Raises:
        BadTemplate: An output can't be rendered.
        Unformattable: What was rendered is not in the language of its suffix.
        WorkerKilled: A child process was killed.
    """
    copied = {output.path: same for output in outputs if (same := renderer.verbatim(output)) is not None}
    made = [output for output in outputs if output.path not in copied]
    first = {renderer.identity(output): output for output in reversed(made)}
    work = list(first.values())
    types = [output for output in work if renderer.is_types(output)] if maker is not None else []
    if maker is not None and 0 < len(types) <= MOST_JOBS:
        maker.begin([renderer.types_job(output) for output in types])
        rendered = _rendered(renderer, [output for output in work if output not in types], progress)
        rendered |= {
            output.path: (output, renderer.with_header(output, text))
            for output, text in zip(types, maker.finish(), strict=True)
        }
    else:
        rendered = _rendered(renderer, work, progress)
    laid_out = lay_out({path: Rendered(output.formatter, text) for path, (output, text) in rendered.items()})
    content = {path: text.encode("utf-8") for path, text in laid_out.items()}
    return copied | {output.path: content[first[renderer.identity(output)].path] for output in made}


def _rendered(
    renderer: Renderer, outputs: Sequence[PlannedFile], progress: Callable[[int, int], None]
) -> dict[str, tuple[PlannedFile, str]]:
    """Each output with its text before layout, by path."""
    global _shared
    texts: dict[str, tuple[PlannedFile, str]] = {}
    processes = min(os.cpu_count() or 1, 8)
    if (
        not outputs
        or len(outputs) < _WORTH_IT
        or processes < 2
        or "fork" not in multiprocessing.get_all_start_methods()
    ):
        for number, output in enumerate(outputs):
            progress(number, len(outputs))
            texts[output.path] = output, renderer.text(output)
        return texts
    # Templates apart from types, so that not every process has to import what only types need; what takes longest first.
    work = sorted(outputs, key=lambda output: (output.source.kind == "template", not output.lists_models, output.path))
    types = sum(output.source.kind != "template" for output in work)
    size = min(_CHUNK, -(-len(work) // (4 * processes)))
    chunks = [
        range(start, min(start + size, end))
        for begin, end in ((0, types), (types, len(work)))
        for start in range(begin, end, size)
    ]
    context = multiprocessing.get_context("fork")
    with mmap.mmap(-1, 1) as stop, ProcessPoolExecutor(processes, context, initializer=set_up) as pool:
        _shared = (renderer, work, stop)
        try:
            with signals_held():
                running = {pool.submit(_render_chunk, chunk): chunk for chunk in chunks}
            for future in as_completed(running):
                for index, text in zip(running[future], future.result(), strict=True):
                    texts[work[index].path] = work[index], text
                progress(len(texts), len(work))
        except BrokenProcessPool as error:
            raise WorkerKilled from error
        except BaseException:
            stop[0] = 1
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            _shared = None
    return texts


def _render_chunk(chunk: range) -> list[str]:
    if _shared is None:
        raise RuntimeError("this process was not forked by render_all")
    renderer, work, stop = _shared
    return [renderer.text(work[index]) for index in chunk if not stop[0]]
