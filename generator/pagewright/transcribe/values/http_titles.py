"""The standard phrases of HTTP's statuses, which need no second look wherever a page prints them."""

from __future__ import annotations

from http import HTTPStatus

#: Phrases of newer and older editions of HTTP than the one that Python knows.
_OTHERS = {
    413: ("Content Too Large", "Payload Too Large", "Request Entity Too Large"),
    414: ("URI Too Long", "Request-URI Too Long"),
    416: ("Range Not Satisfiable", "Requested Range Not Satisfiable"),
    422: ("Unprocessable Content", "Unprocessable Entity"),
}
_KNOWN = {
    status.value: {status.phrase.lower(), *(phrase.lower() for phrase in _OTHERS.get(status, ()))}
    for status in HTTPStatus
}


def is_standard(status: int, title: str) -> bool:
    """Return whether a title is the standard phrase of a status.

    >>> is_standard(402, "Payment Required"), is_standard(413, "Payload too large"), is_standard(402, "Not Found")
    (True, True, False)
    """
    return title.lower() in _KNOWN.get(status, ())
