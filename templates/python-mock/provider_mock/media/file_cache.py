"""A bounded cache of the files that requests ask for, each generated once, in worker threads."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict, deque
from concurrent.futures import Future, ThreadPoolExecutor

from ..api.generation_request import GenerationRequest
from ..spec.catalog import MEDIA


class FileCache:
    """The files of generation requests; the answers of text and JSON models too, as bytes of JSON.

    Equal requests have equal files, so the key is the request's digest and the file's number. As many files are
    generated at once as there are cores, within a total of `pixels`.
    """

    def __init__(self, most_bytes: int, pixels: int) -> None:
        self._cached: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._cached_bytes = 0
        self._most_bytes = most_bytes
        self._underway: dict[tuple[str, int], asyncio.Task[bytes]] = {}
        self._gate = PixelGate(pixels)
        self._threads: ThreadPoolExecutor | None = None

    async def get(self, generation: GenerationRequest, number: int) -> bytes:
        """Return file `number` (from 0) of a request. Equal requests give equal bytes."""
        key = (generation.digest, number)
        cached = self._cached.get(key)
        if cached is not None:
            self._cached.move_to_end(key)
            return cached
        underway = self._underway.get(key)
        if underway is None:
            underway = self._underway[key] = asyncio.create_task(self._generate(generation, number))
            underway.add_done_callback(lambda _: self._underway.pop(key, None))
        # Shielded: others may be waiting for the same file when one client disconnects.
        return await asyncio.shield(underway)

    async def _generate(self, generation: GenerationRequest, number: int) -> bytes:
        # Encoders are loaded with the first file, since many tests use the mock in process and need none.
        from .files import generate_file

        await self._gate.enter(generation.pixels)
        try:
            file = await asyncio.get_running_loop().run_in_executor(
                self._renderers(), generate_file, generation, number
            )
        finally:
            self._gate.leave(generation.pixels)
        self._keep((generation.digest, number), file)
        return file

    def warm_up(self) -> Future[None]:
        """Load Pillow and render an image, so that the first request is as fast as the others.

        This happens in the thread that will render the first image, since each thread has its own memory.
        """

        def load() -> None:
            from .rendering import warm_up

            warm_up()

        return self._renderers().submit(load)

    def load_encoders(self) -> None:
        """Begin to load the encoders of video and sound, if they are installed and a model needs them."""
        from .encoding import has_encoders, load_encoders

        if {"video", "audio"}.intersection(MEDIA) and has_encoders():
            self._renderers().submit(load_encoders)

    def close(self) -> None:
        """Stop the worker threads."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _renderers(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(os.cpu_count() or 1, "provider-mock-renderer")
        return self._threads

    def _keep(self, key: tuple[str, int], file: bytes) -> None:
        if len(file) > self._most_bytes:
            return
        self._cached[key] = file
        self._cached_bytes += len(file)
        while self._cached_bytes > self._most_bytes:
            self._cached_bytes -= len(self._cached.popitem(last=False)[1])


class PixelGate:
    """A semaphore for pixels: lets work in, in order, within a total. Larger work runs alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, pixels: int) -> None:
        """Wait until `pixels` are free and take them."""
        if not self._waiting and self._fits(pixels):
            self._inside += pixels
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((pixels, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(pixels)
            raise

    def leave(self, pixels: int) -> None:
        """Free `pixels` and let in the next that fit."""
        self._inside -= pixels
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if not self._fits(wanted):
                    return
                self._inside += wanted
                turn.set_result(None)
            self._waiting.popleft()

    def _fits(self, pixels: int) -> bool:
        return self._inside == 0 or self._inside + pixels <= self._most
