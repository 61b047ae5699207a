"""Mutants that the suite cannot notice, each with its reason. Any other survivor is a hole in the suite."""

from __future__ import annotations

import re

_SAMPLE = (
    "The parameter is required, so that its default is never taken: leaving it out is refused. What the page prints "
    "there is a sample value, and lint holds it to the page through its erratum."
)
_WORKERS = (
    "Only some workers send the header, and neither the mock nor the documentation says which. It is listed as missing "
    "in the coverage of every run."
)
_TEMPLATE = (
    "The template serves for models without a spec. Every model of the catalogue names its own path, and an unknown "
    "model answers 404 at any path."
)
_UNSHOWN = (
    "The suite tries whether a value that the spec shows elsewhere is taken where nothing is sent. This default is shown "
    "nowhere else, and the spec only says less."
)
_RANDOM = (
    "With -1 the service picks a seed, as it does where none is sent, and a seed that a page prints as default is taken to "
    "be a sample: there is no default to be seen."
)

REASONS: dict[str, str] = {
    r"stable-diffusion-3\.5-(large|turbo)-txt2img: (prompt|sampler|scheduler) default is .*": _SAMPLE,
    r"stable-diffusion-3\.5-large-txt2img: steps default is gone": _UNSHOWN,
    r"tinysd1\.5-txt2img: seed default is (gone|'0')": _RANDOM,
    r"platform: header output_metadata is .*": _WORKERS,
    r"platform: (submit_path is another|sync path is /v9/\{slug\})": _TEMPLATE,
}


def reason(name: str) -> str:
    """Why a mutant survives; "" if nobody has said."""
    return next((words for pattern, words in REASONS.items() if re.fullmatch(pattern, name)), "")
