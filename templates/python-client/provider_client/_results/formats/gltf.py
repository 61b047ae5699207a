"""GLB, the binary form of glTF."""

from __future__ import annotations

from .file_info import Content, DamagedFile, FileInfo, cut_short, little

_MEDIA_TYPE = "model/gltf-binary"


def measure_glb(content: Content) -> FileInfo:
    """Return the format of a GLB file, after a check that all of it is there."""
    head = content[:84]
    if len(head) < 20 or little(head, 8, 4) > len(content) or 20 + little(head, 12, 4) > len(content):
        raise cut_short("a GLB", _MEDIA_TYPE, content)
    version = little(head, 4, 4)
    if version not in (1, 2) or (version == 2 and (head[16:20] != b"JSON" or head[20:].lstrip()[:1] != b"{")):
        raise DamagedFile(f"a GLB of version {version} without a scene", _MEDIA_TYPE)
    return FileInfo(_MEDIA_TYPE)
