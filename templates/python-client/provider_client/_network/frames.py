"""Tracebacks without the frames that may hold the key."""

from __future__ import annotations

from types import TracebackType

#: Modules whose frames hold the request as it goes over the wire, key included.
_BELOW = frozenset({"httpx2", "httpcore2", "h11", "h2", "hpack", "anyio", "asyncio", "ssl", "socket", "threading"})


def without_frames(error: BaseException) -> None:
    """Takes those frames out of an exception's traceback, and out of those in its chain, that may hold the key."""
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
