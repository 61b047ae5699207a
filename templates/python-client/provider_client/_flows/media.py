"""The medium of a model, and what follows from it for its requests. Light, unlike the modules that read results."""

from __future__ import annotations

from ..spec.facts import Model

#: Media whose results are data, not files.
DATA = ("text", "json")


def media_of(model: Model | None) -> str:
    """Return the medium of a model; an unknown model is taken for one that makes images."""
    return model.output.media if model else "image"


def may_store(model: Model | None) -> bool:
    """Return whether the responses of a model may go to a temporary file: images, text and JSON are held in memory."""
    return media_of(model) not in ("image", *DATA)
