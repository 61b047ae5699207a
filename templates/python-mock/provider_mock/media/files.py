"""One file of a request, whatever its medium. Runs in a worker thread."""

from __future__ import annotations

from ..api.generation_request import GenerationRequest
from .encoding import has_encoders

#: Formats that need no encoders of the extra `media`.
_PLAIN = frozenset({"wav", "flac", "gif"})


def generate_file(generation: GenerationRequest, number: int) -> bytes:
    """Return file `number` (from 0) of a request. The files of one request differ by their seed."""
    if generation.media == "image":
        from .rendering import render_image

        return render_image(generation, number)
    if generation.media == "video":
        from .video import render_video

        return render_video(generation, number, has_encoders())
    if generation.media == "audio":
        from .sound import render_sound

        return render_sound(generation, number, has_encoders())
    if generation.media == "model3d":
        from .model3d import render_model

        return render_model(generation, number)
    from .answers import answer

    return answer(generation)


def is_seed_clip(generation: GenerationRequest) -> bool:
    """Return whether the files of a request are a seed clip, since there are no encoders."""
    return generation.media in ("video", "audio") and generation.format not in _PLAIN and not has_encoders()
