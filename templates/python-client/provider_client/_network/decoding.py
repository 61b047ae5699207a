"""Decoding of compressed bodies. A body that is not compressed, although its header says so, is passed on as it came."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

#: The window size with which zlib reads each encoding: gzip with its header; and zlib's own header, tried first, or none.
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
#: Bytes that are decoded at once, so that a small chunk can't fill the memory.
_MOST = 1 << 20


class BodyDecoder:
    """Decodes a body chunk by chunk. It may have been encoded several times; `encodings` are in the order of the header."""

    def __init__(self, encodings: list[str]) -> None:
        self._layers = [_Layer(_WINDOWS[encoding]) for encoding in reversed(encodings)]

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the decoded bytes of a chunk, in pieces.

        Raises:
            ValueError: The body is damaged.
        """
        return self._through(0, chunk)

    def _through(self, number: int, chunk: bytes) -> Iterator[bytes]:
        if number == len(self._layers):
            yield chunk
            return
        for piece in self._layers[number].decode(chunk):
            yield from self._through(number + 1, piece)


class _Layer:
    """One encoding. The bytes that came before the first decoded ones are kept: they are the body if they can't be decoded."""

    def __init__(self, windows: tuple[int, ...]) -> None:
        self._windows = windows
        self._reader = zlib.decompressobj(windows[0])
        self._is_plain = False
        self._has_output = False
        self._before = b""

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        if self._is_plain:
            yield chunk
            return
        if not self._has_output:
            self._before += chunk
        try:
            yield from self._decoded(chunk)
        except zlib.error as error:
            if self._has_output:
                raise ValueError(f"a compressed body is damaged: {error}") from None
            yield from self._again()

    def _decoded(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._reader.eof:
                if chunk[:1] != b"\x1f" or self._windows[0] != 31:
                    # Nothing but another file of gzip is read behind the end.
                    return
                self._reader = zlib.decompressobj(self._windows[0])
            piece = self._reader.decompress(chunk, _MOST)
            if piece:
                self._has_output = True
                self._before = b""
                yield piece
            chunk = self._reader.unconsumed_tail or self._reader.unused_data

    def _again(self) -> Iterator[bytes]:
        """Decode all bytes so far in the next way; if there is none, pass them on."""
        whole, self._before = self._before, b""
        self._windows = self._windows[1:]
        if self._windows:
            self._reader = zlib.decompressobj(self._windows[0])
            yield from self.decode(whole)
            return
        self._is_plain = True
        yield whole


def decoder_for(header: str) -> BodyDecoder | None:
    """Return the decoder for a `content-encoding` header; None if it names none, or one that only other packages decode."""
    encodings = [name.strip().lower() for name in header.split(",")]
    encodings = [name for name in encodings if name not in ("", "identity")]
    return BodyDecoder(encodings) if encodings and all(name in _WINDOWS for name in encodings) else None
