"""Removal of frames that may contain the API key from tracebacks."""

from __future__ import annotations

from types import TracebackType

#: Packages whose frames contain the request with the API key.
_BELOW = frozenset({"httpx2", "httpcore2", "h11", "h2", "hpack", "anyio", "asyncio", "ssl", "socket", "threading"})


def strip_traceback(error: BaseException) -> None:
    """Remove the frames that may contain the key from the traceback of an exception and of its causes and contexts."""
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        each = chain.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = _without_frames(each.__traceback__)
            chain += [each.__cause__, each.__context__]


def _without_frames(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in _BELOW:
            kept.append(trace)
        trace = trace.tb_next
    for index, each in enumerate(kept):
        each.tb_next = kept[index + 1] if index + 1 < len(kept) else None
    return kept[0] if kept else None
