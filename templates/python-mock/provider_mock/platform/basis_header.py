"""Notes for the header `x-mock-basis`, which lists what an answer rests on where no page documents it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..spec.facts import Basis
from ..spec.platform import PLATFORM
from .bodies import part_at, schema_at

HEADER = "x-mock-basis"


class Note(NamedTuple):
    """One undocumented behaviour. With `--basis documented` the mock refuses to act on a `guess`."""

    name: str
    basis: Basis
    meaning: str
    guess: bool = False


#: Notes about a guess of the answer itself, and not only of its wording.
_GUESSES = frozenset({"early-result", "many-bytes", "many-outputs", "v2-base64"})


def _basis_of(schema: Mapping[str, Any] | None) -> Basis:
    """Return the basis of a part of the platform's bodies."""
    basis: Basis = (schema or {}).get("x-basis", "page")
    return basis


def _files_of(*media: str) -> Mapping[str, Any] | None:
    """Return the schema of the files in a result of the first of these media that has them."""
    found = (part_at(medium, "result", "files") for medium in media)
    return next((schema for schema in found if schema is not None), None)


_RESULT = PLATFORM.bodies.get("result")
_SEEN = [
    each for each in PLATFORM.headers.values() if {"sync", "submit"}.intersection(each.on) and each.basis != "page"
]
_SURE: Basis = _SEEN[0].basis if _SEEN else "page"
#: Notes about the mock itself and about observed facts. The platform's assumptions have their own list.
_OWN: dict[str, tuple[str, Basis]] = {
    "response-headers": (
        f"No page shows the headers {', '.join(header.name for header in _SEEN)}.",
        _SURE,
    ),
    "base64-body": ("The file is inside a JSON object.", _basis_of(PLATFORM.bodies.get("media"))),
    "images": ("A result lists its files.", _basis_of(schema_at(_RESULT, PLATFORM.roles.get("files")))),
    "files": ("A result describes its file.", _basis_of(_files_of("video", "audio", "model3d"))),
    "seed-clip": (
        "The file is a short one of the mock's own package, repeated: its size is not the asked one. Install the extra media.",
        "inferred",
    ),
    "chat-text": ("The answer has the documented shape; its text is invented.", "inferred"),
    "json-answer": ("The answer fits the documented schema; its values are invented.", "inferred"),
    "error-page": ("The error is an HTML page; its wording is invented.", "inferred"),
    "undocumented-error": ("No page documents an error for this; the status is the one that HTTP has.", "inferred"),
    "undocumented-value": (
        "The page does not show this value or parameter. The mock accepts it; the service may not.",
        "inferred",
    ),
    "scenario": ("A scenario was requested; the service may never answer like this.", "inferred"),
}

_ASSUMED: dict[str, tuple[str, Basis]] = {
    name: (each.meaning, each.basis) for name, each in PLATFORM.assumptions.items()
}
NOTES: dict[str, Note] = {
    name: Note(name, basis, meaning, name in _GUESSES) for name, (meaning, basis) in {**_OWN, **_ASSUMED}.items()
}


@lru_cache(maxsize=1024)
def cite(names: tuple[str, ...]) -> str:
    """Return the notes as a header value: `early-result=inferred,images=observed`.

    Notes with the basis `page`, and names that the platform does not have, are left out.
    """
    return ",".join(f"{name}={NOTES[name].basis}" for name in names if name in NOTES and NOTES[name].basis != "page")


def guesses(names: Iterable[str]) -> list[str]:
    """Return the notes that are only guesses about the answer."""
    return [name for name in names if name in NOTES and NOTES[name].guess]
