"""Sound: a short melody that the request selects, repeated to the asked length."""

from __future__ import annotations

from array import array
from math import exp, pi, sin
from random import Random
from sys import byteorder

from ..api.generation_request import GenerationRequest
from .containers import flac, mp3, mp4, ogg, wav
from .encoding import encode_sound
from .metadata import Origin
from .seed_clips import seed_sound

#: Samples per second of all sound but Opus.
SAMPLE_RATE = 24_000
_LOOP_S = 2
_NOTES = 8
#: Semitones of a pentatonic scale above its lowest note.
_SCALE = (0, 3, 5, 7, 10, 12, 15)
_LOWEST_HZ = 220.0


def render_sound(generation: GenerationRequest, number: int, encodes: bool) -> bytes:
    """Return sound `number` (from 0) of a request in the requested format; without encoders it is a seed clip."""
    seed = generation.seed + number
    comment = Origin(generation.slug, seed, generation.digest, number).text()
    seconds, form = generation.duration, generation.format
    if form in ("wav", "flac"):
        tune = melody(seed, generation.palette, SAMPLE_RATE)
        samples = max(1, round(seconds * SAMPLE_RATE))
        if form == "flac":
            return flac.sound_file(tune, samples, SAMPLE_RATE, comment)
        return wav.sound_file((tune * (samples * 2 // len(tune) + 1))[: samples * 2], SAMPLE_RATE, comment)
    codec = {"mp3": "mp3", "m4a": "aac"}.get(form, "opus")
    if encodes:
        rate = ogg.RATE if codec == "opus" else SAMPLE_RATE
        loop = encode_sound(codec, melody(seed, generation.palette, rate), rate)
    else:
        loop = seed_sound(codec)
    if codec == "opus":
        return ogg.sound_file(loop, seconds, comment)
    packets = max(1, round(seconds * loop.sample_rate / loop.samples_per_packet))
    return mp3.sound_file(loop, packets, comment) if codec == "mp3" else mp4.sound_file(loop, packets, comment)


def melody(seed: int, palette: int, sample_rate: int) -> bytes:
    """Return two seconds of 16-bit mono samples, little-endian. Equal arguments give equal bytes."""
    rng = Random(f"{palette} {seed}")
    length = _LOOP_S * sample_rate // _NOTES
    fade = [min(1.0, at / 200) * exp(-4 * at / length) * min(1.0, (length - at) / 200) for at in range(length)]
    samples = array("h")
    sung: dict[int, array[int]] = {}
    for _ in range(_NOTES):
        step = rng.choice(_SCALE)
        if step not in sung:
            turn = 2 * pi * _LOWEST_HZ * 2 ** (step / 12) / sample_rate
            sung[step] = array("h", [round(9000 * loud * sin(turn * at)) for at, loud in enumerate(fade)])
        samples += sung[step]
    if byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
