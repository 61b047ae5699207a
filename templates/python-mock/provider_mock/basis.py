"""What answers rest on, where no page says it: the notes that `x-mock-basis` carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .spec.facts import Basis
from .spec.platform import PLATFORM

HEADER = "x-mock-basis"


class Note(NamedTuple):
    """One thing no page says. `guess` marks those that the mock refuses to act on under `--basis documented`."""

    name: str
    basis: Basis
    words: str
    guess: bool = False


#: Where the mock has to guess what the answer is, as against how it is worded.
_GUESSES = frozenset({"early-result", "many-bytes", "many-outputs", "v2-base64"})

#: What the mock assumes beyond the platform's own list of assumptions, which is about the service.
_OWN: dict[str, tuple[str, Basis]] = {
    "response-headers": ("Request id, generation time, seed and cost come as headers.", "observed"),
    "base64-body": ("With base64 the picture comes in a JSON object.", "observed"),
    "images": ("A result lists its pictures with size and type under `images`.", "observed"),
    "submit-path": ("The v2 path of this model is not on its page; the SDK calls every model so.", "sdk"),
    "format": ("The page does not say in which format the picture comes.", "inferred"),
    "inference-time": ("The time is the page's latency, or made up where the page shows none.", "inferred"),
    "many-outputs": ("Several pictures of a v2 job are a list of URLs under `output`.", "inferred"),
    "foreign-request": ("Another key's request is answered as an unknown one.", "inferred"),
    "error-page": ("The error is a page for people; its wording is made up.", "inferred"),
    "undocumented-value": (
        "The page does not show this value or parameter; it passes, unlike the service maybe.",
        "inferred",
    ),
    "rate-limit-reset": ("The time of the reset is in ISO 8601.", "inferred"),
    "scenario": ("A scenario was asked for; the service may never answer like this.", "inferred"),
    # These are in the platform's list; here is what they mean should a spec leave them out.
    "early-result": ("A result read early answers 200 with the state and without output.", "inferred"),
    "error-body": ("An error's text is under one key of a JSON object.", "sdk"),
    "failed-charge": ("A job that fails is not billed.", "inferred"),
    "many-bytes": ("Of several pictures asked for as bytes the first one is sent.", "inferred"),
    "price": ("The page shows no price; the mock charges its own.", "inferred"),
    "retention-start": ("The hour for which a result is kept begins when the job ends.", "inferred"),
    "submit-status": ("A submit answers 200, with the state and a third URL beside what is documented.", "observed"),
    "v2-base64": ("A v2 result gives media URLs, whatever base64 says.", "inferred"),
    "validation": ("Parameters are checked before a job is accepted.", "inferred"),
}

NOTES: dict[str, Note] = {
    name: Note(name, basis, words, name in _GUESSES)
    for name, (words, basis) in {**_OWN, **{key: each[1:] for key, each in PLATFORM.assumptions.items()}}.items()
}


def cite(names: Iterable[str]) -> str:
    """The notes as they stand in the header: `early-result=inferred,images=observed`."""
    return ",".join(f"{name}={NOTES[name].basis}" for name in names)


def guesses(names: Iterable[str]) -> list[str]:
    """Those of the notes that are mere guesses about what the answer is."""
    return [name for name in names if NOTES[name].guess]
