"""Many files rendered at once, on as many processors as there are, and laid out together."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from .formatting import Rendered, lay_out
from .render import Output, Renderer

#: Below this many files to render, starting processes takes longer than they save.
_WORTH_IT = 12
#: How many files one process is given at a time, at most; few enough that none is idle while another has a queue.
_CHUNK = 8

#: What the child processes work on; they inherit it when they are forked.
_shared: tuple[Renderer, Sequence[Output]] | None = None


def render_all(
    renderer: Renderer, outputs: Sequence[Output], progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, bytes]:
    """Return the bytes of each output, by path. `progress` is told how many are rendered of how many.

    Of outputs that come from one source (a tree that two targets share) one is rendered.

    Raises:
        BadTemplate: An output can't be rendered.
        Unformattable: What was rendered is not in the language of its suffix.
    """
    made = [output for output in outputs if output.source.kind != "copy"]
    first = {renderer.identity(output): output for output in reversed(made)}
    rendered = _rendered(renderer, list(first.values()), progress)
    laid_out = lay_out({path: Rendered(output.formatter, text) for path, (output, text) in rendered.items()})
    content = {path: text.encode("utf-8") for path, text in laid_out.items()}
    return {
        output.path: (
            renderer.copy(output) if output.source.kind == "copy" else content[first[renderer.identity(output)].path]
        )
        for output in outputs
    }


def _rendered(
    renderer: Renderer, outputs: Sequence[Output], progress: Callable[[int, int], None]
) -> dict[str, tuple[Output, str]]:
    """Each output with its text before layout, by path."""
    global _shared
    processes = min(os.cpu_count() or 1, 8)
    if len(outputs) < _WORTH_IT or processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        found: dict[str, tuple[Output, str]] = {}
        for number, output in enumerate(outputs):
            progress(number, len(outputs))
            found[output.path] = output, renderer.text(output)
        return found
    # Templates apart from types, so that not every process has to import what only types need; what takes longest first.
    work = sorted(outputs, key=lambda output: (output.source.kind == "template", not output.lists_models, output.path))
    types = sum(output.source.kind != "template" for output in work)
    size = min(_CHUNK, -(-len(work) // (4 * processes)))
    chunks = [
        range(start, min(start + size, end))
        for begin, end in ((0, types), (types, len(work)))
        for start in range(begin, end, size)
    ]
    texts: dict[str, tuple[Output, str]] = {}
    _shared = (renderer, work)
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), initializer=_collect_rarely) as pool:
            running = {pool.submit(_render_chunk, chunk): chunk for chunk in chunks}
            for future in as_completed(running):
                for index, text in zip(running[future], future.result(), strict=True):
                    texts[work[index].path] = work[index], text
                progress(len(texts), len(work))
    finally:
        _shared = None
    return texts


def _collect_rarely() -> None:
    """Collecting as often as Python does by itself costs a tenth of the time, never to collect a gigabyte: the
    type maker's trees are full of cycles. What was inherited is looked at no more."""
    gc.freeze()
    gc.set_threshold(200_000, 4, 1000)


def _render_chunk(chunk: range) -> list[str]:
    if _shared is None:
        raise RuntimeError("this process was not forked by render_all")
    renderer, work = _shared
    return [renderer.text(work[index]) for index in chunk]
