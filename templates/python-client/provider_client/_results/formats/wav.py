"""WAV."""

from __future__ import annotations

from .file_info import Content, FileInfo, cut_short, little, riff_chunks, seconds

#: The beginnings of WAV, and of its forms with sizes of 64 bits.
BEGINNINGS = (b"RIFF", b"RF64", b"BW64")
_CODECS = {1: "pcm", 3: "pcm", 6: "alaw", 7: "mulaw", 0x55: "mp3"}
_EXTENSIBLE = 0xFFFE
_MOST_CHUNKS = 1000
#: Sizes that a program writes which does not know the size yet: 0, and those from here on.
_UNKNOWN = 0x7FFF0000


def measure_wav(content: Content) -> FileInfo:
    """Return the measures of a WAV file. One of unknown size, as a stream has, is as long as its bytes."""
    form, wide = b"", 0
    for name, at, size in riff_chunks(content, _MOST_CHUNKS):
        if name == b"fmt ":
            form = content[at : at + min(size, 40)]
        elif name == b"ds64":
            wide = little(content, at + 8, 8)
        if name != b"data" or len(form) < 16:
            continue
        there = len(content) - at
        if size == 0xFFFFFFFF and wide:
            size = wide
        elif size == 0 or (size >= _UNKNOWN and size > there):
            size = there
        if size > there:
            break
        code = little(form, 0, 2)
        code = little(form, 24, 2) if code == _EXTENSIBLE and len(form) >= 26 else code
        return FileInfo(
            "audio/wav",
            duration_s=seconds(size, little(form, 8, 4)),
            codec=_CODECS.get(code, f"wav-{code:#x}"),
            sample_rate=little(form, 4, 4) or None,
            channels=little(form, 2, 2) or None,
        )
    raise cut_short("a WAV file", "audio/wav", content)
