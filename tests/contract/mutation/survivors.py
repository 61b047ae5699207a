"""Mutants that the suite can't notice, each with its reason. Any other survivor is a gap in the suite."""

from __future__ import annotations

import re

_SAMPLE = (
    "The parameter is required, so its default is never used: leaving it out is refused. The page prints a sample value "
    "there, and an erratum makes lint compare it with the page."
)
_WORKERS = (
    "Only some workers send the header, and neither the mock nor the documentation says which. The coverage of every run "
    "lists it as missing."
)
_TEMPLATE = (
    "The template is for models without a spec. Every model of the catalog names its own path, and an unknown model "
    "answers 404 at any path."
)
_ENCODED = (
    "Whether the image comes as base64 or as bytes, leaving the parameter out always acts as one of the two values. So a spec "
    "without the default can't be told from one that only says less."
)
_RANDOM = (
    "With -1 the service picks a seed, as it does without a seed, and a seed that a page prints as default is only a "
    "sample. So there is no default to check."
)
_NO_MONEY = "No header of the service shows the credits or the cost, so the price can't be observed."
_PLAIN_HEADER = (
    "Only unknown headers that begin with `x-` are reported. Any other name may belong to a proxy or a server, not to the "
    "service."
)
_SEEDLESS = "The model has no seed, so its images need not repeat. The suite leaves its defaults unchecked."
_ONE_JOB = "The suite compares images of synchronous calls. It pays for each job once and has nothing to compare its image with."
_FORMATS = "Every model of the catalog has a parameter for the format, so the platform's own media type is never used."
_NO_PLACE = "Zephyr's platform does not say where an answer has its text or its JSON, so the suite accepts any JSON."

REASONS: dict[str, str] = {
    r"stable-diffusion-3\.5-(large|turbo)-txt2img: (prompt|sampler|scheduler) default is .*": _SAMPLE,
    r"([a-z]+, )?[a-z0-9./-]+: base64 default is gone": _ENCODED,
    r"([a-z]+, )?[a-z0-9./-]+: seed default is '0'": _RANDOM,
    r"platform: header output_metadata is .*": _WORKERS,
    r"((zephyr|borealis), )?platform: (submit_path is another|sync path is /v9/\{slug\})": _TEMPLATE,
    r"zephyr, zephyr-whirl: output media is (text|json)": _NO_PLACE,
    r"zephyr, (zephyr-(gust|whirl): price is .*|platform: assumption price is .*)": _NO_MONEY,
    r"zephyr, platform: header request_id is gone": _PLAIN_HEADER,
    r"zephyr, mock: sync: images never repeat": _SEEDLESS,
    r"borealis, mock: media: images never repeat": _ONE_JOB,
    r"borealis, platform: sync media_type is image/png": _FORMATS,
}


def reason(name: str) -> str:
    """Return why a mutant survives; "" if no reason is given."""
    return next((words for pattern, words in REASONS.items() if re.fullmatch(pattern, name)), "")
