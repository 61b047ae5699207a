"""Video: a landscape over which a light moves, encoded once and repeated to the asked length."""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageDraw

from ..api.generation_request import GenerationRequest
from .caption import write_caption
from .containers import mp4, webm
from .encoding import encode_video
from .landscapes import draw
from .metadata import Origin
from .seed_clips import seed_video

#: The number of frames that are encoded at most, and the pixels that they have together. They are repeated.
LOOP_FRAMES, _LOOP_PIXELS, _FEWEST_FRAMES = 24, 11_000_000, 4
#: Smaller frames have no caption, since it could not be read.
_CAPTION_FROM = 256
_WHITE = 235


def render_video(generation: GenerationRequest, number: int, encodes: bool) -> bytes:
    """Return video `number` (from 0) of a request in the requested format; without encoders it is a seed clip."""
    seed = generation.seed + number
    comment = Origin(generation.slug, seed, generation.digest, number).text()
    frames, frame_rate = generation.frames, generation.frame_rate
    if generation.format == "gif":
        return _animation(generation, seed, comment)
    codec = "vp8" if generation.format == "webm" else "h264"
    count = min(frames, LOOP_FRAMES, max(_FEWEST_FRAMES, _LOOP_PIXELS // generation.pixels))
    loop = encode_video(codec, _landscape(generation, seed), count, move_light) if encodes else seed_video(codec)
    if codec == "vp8":
        return webm.video_file(loop, frames, frame_rate, comment)
    return mp4.video_file(loop, frames, frame_rate, comment, quicktime=generation.format == "mov")


def _landscape(generation: GenerationRequest, seed: int) -> Image.Image:
    image = draw(generation.width, generation.height, generation.palette, seed)
    if min(image.size) >= _CAPTION_FROM:
        write_caption(image, generation, seed)
    return image


def move_light(brightness: Image.Image, width: int, share: float) -> None:
    """Draw a light on the brightness of a frame, as far to the right as the share of the loop that has passed."""
    height = brightness.height
    reach = max(1.0, height / 24)
    x, y = width * share, height * 0.2
    ImageDraw.Draw(brightness).ellipse((x - reach, y - reach, x + reach, y + reach), fill=_WHITE)


def _animation(generation: GenerationRequest, seed: int, comment: bytes) -> bytes:
    """Return an animated GIF. Its frames last a multiple of 10 ms, and are as many as the loop has."""
    base = _landscape(generation, seed).quantize(64)
    count = min(generation.frames, LOOP_FRAMES)

    def images() -> Iterator[Image.Image]:
        for at in range(count):
            image = base.copy()
            reach = max(1.0, image.height / 24)
            x, y = image.width * (at + 0.5) / count, image.height * 0.2
            ImageDraw.Draw(image).ellipse((x - reach, y - reach, x + reach, y + reach), fill=0)
            yield image

    first, *others = images()
    out = BytesIO()
    duration = max(20, round(generation.frames * 100 / generation.frame_rate / count) * 10)
    first.save(out, "GIF", save_all=True, append_images=others, duration=duration, loop=0, comment=comment)
    return out.getvalue()
