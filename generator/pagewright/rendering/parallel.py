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
from itertools import groupby

from .children import WorkerKilled, set_up, signals_held
from .formatting import lay_out, lay_out_code
from .render import PlannedFile, Renderer
from .type_maker import MOST_JOBS, TypeMaker

#: Below this many files to render, starting processes takes longer than they save.
_WORTH_IT = 12
#: How many files one process is given at a time, at most; few enough that none is idle while another has a queue.
_CHUNK = 8

#: What the child processes work on, and a byte that the parent sets to stop them. They inherit it when they are forked.
_shared: tuple[Renderer, Sequence[Sequence[PlannedFile]], mmap.mmap] | None = None


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
        texts = _rendered(renderer, [output for output in work if output not in types], progress)
        for output, text in zip(types, maker.finish(), strict=True):
            texts[output.path] = lay_out(output.path, output.formatter, renderer.with_header(output, text))
    else:
        if maker is not None:
            maker.stop()
        texts = _rendered(renderer, work, progress)
    texts |= lay_out_code({output.path: texts[output.path] for output in work if output.formatter == "ruff"})
    content = {path: text.encode("utf-8") for path, text in texts.items()}
    return copied | {output.path: content[first[renderer.identity(output)].path] for output in made}


def _rendered(
    renderer: Renderer, outputs: Sequence[PlannedFile], progress: Callable[[int, int], None]
) -> dict[str, str]:
    """Return the text of each output, by path. Code is not laid out yet."""
    global _shared
    texts: dict[str, str] = {}
    processes = min(os.cpu_count() or 1, 8)
    if (
        not outputs
        or len(outputs) < _WORTH_IT
        or processes < 2
        or "fork" not in multiprocessing.get_all_start_methods()
    ):
        for number, output in enumerate(outputs):
            progress(number, len(outputs))
            texts[output.path] = _text(renderer, output)
        return texts
    chunks = _chunks(outputs, min(_CHUNK, -(-len(outputs) // (4 * processes))))
    context = multiprocessing.get_context("fork")
    with mmap.mmap(-1, 1) as stop, ProcessPoolExecutor(processes, context, initializer=set_up) as pool:
        _shared = (renderer, chunks, stop)
        try:
            with signals_held():
                running = {pool.submit(_render_chunk, number): chunk for number, chunk in enumerate(chunks)}
            for future in as_completed(running):
                texts |= zip((output.path for output in running[future]), future.result(), strict=True)
                progress(len(texts), len(outputs))
        except BrokenProcessPool as error:
            raise WorkerKilled from error
        except BaseException:
            stop[0] = 1
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            _shared = None
    return texts


def _chunks(outputs: Sequence[PlannedFile], size: int) -> list[list[PlannedFile]]:
    """Share out the work, what takes longest first. What a process has imported or compiled for one file it can use again for
    others of that kind and target, so these stay together.
    """

    def group(output: PlannedFile) -> tuple[bool, str]:
        return output.source.kind == "template", output.target.name

    ordered = sorted(outputs, key=lambda output: (group(output), not output.lists_models, output.path))
    groups = [list(alike) for _, alike in groupby(ordered, group)]
    chunks = [alike[start : start + size] for alike in groups for start in range(0, len(alike), size)]
    return sorted(chunks, key=lambda chunk: (chunk[0].source.kind == "template", not chunk[0].lists_models))


def _render_chunk(number: int) -> list[str]:
    if _shared is None:
        raise RuntimeError("this process was not forked by render_all")
    renderer, chunks, stop = _shared
    return [_text(renderer, output) for output in chunks[number] if not stop[0]]


def _text(renderer: Renderer, output: PlannedFile) -> str:
    return lay_out(output.path, output.formatter, renderer.text(output))
