"""The notes in `x-mock-basis`: the basis of everything in an answer that no page documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..spec.facts import Basis
from ..spec.platform import PLATFORM
from .bodies import schema_at

HEADER = "x-mock-basis"


class Note(NamedTuple):
    """One thing no page says. `guess` marks those that the mock refuses to act on under `--basis documented`."""

    name: str
    basis: Basis
    meaning: str
    guess: bool = False


#: Where the mock has to guess what the answer is, as against how it is worded.
_GUESSES = frozenset({"early-result", "many-bytes", "many-outputs", "v2-base64"})


def _basis_of(schema: Mapping[str, Any] | None) -> Basis:
    """Return the basis of a part of the platform's bodies."""
    basis: Basis = (schema or {}).get("x-basis", "page")
    return basis


_RESULT = PLATFORM.bodies.get("result")
_SEEN = [
    each for each in PLATFORM.headers.values() if {"sync", "submit"}.intersection(each.on) and each.basis != "page"
]
_SURE: Basis = _SEEN[0].basis if _SEEN else "page"
#: Notes about the mock itself, and about what the platform's facts rest on: what it assumes has its own list.
_OWN: dict[str, tuple[str, Basis]] = {
    "response-headers": (
        f"No page shows the headers {', '.join(header.name for header in _SEEN)}.",
        _SURE,
    ),
    "base64-body": ("The picture comes in a JSON object.", _basis_of(PLATFORM.bodies.get("media"))),
    "images": ("A result lists its files.", _basis_of(schema_at(_RESULT, PLATFORM.roles.get("files")))),
    "error-page": ("The error is a page for people; its wording is made up.", "inferred"),
    "undocumented-error": ("No page documents an error for this; the status is the one that HTTP has.", "inferred"),
    "undocumented-value": (
        "The page does not show this value or parameter. The mock accepts it; the service may not.",
        "inferred",
    ),
    "scenario": ("A scenario was asked for; the service may never answer like this.", "inferred"),
}

_ASSUMED: dict[str, tuple[str, Basis]] = {
    name: (each.meaning, each.basis) for name, each in PLATFORM.assumptions.items()
}
NOTES: dict[str, Note] = {
    name: Note(name, basis, meaning, name in _GUESSES) for name, (meaning, basis) in {**_OWN, **_ASSUMED}.items()
}


@lru_cache(maxsize=1024)
def cite(names: tuple[str, ...]) -> str:
    """The notes as they stand in the header: `early-result=inferred,images=observed`.

    What a page says, and what the platform has no word about, is left out.
    """
    return ",".join(f"{name}={NOTES[name].basis}" for name in names if name in NOTES and NOTES[name].basis != "page")


def guesses(names: Iterable[str]) -> list[str]:
    """Return the notes that are only guesses about the answer."""
    return [name for name in names if name in NOTES and NOTES[name].guess]
