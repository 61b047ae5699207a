"""JSON pointers (RFC 6901), the way in which specs, findings and changes name a place in a file."""

from __future__ import annotations


def token(part: object) -> str:
    """Return one part of a pointer, escaped."""
    return str(part).replace("~", "~0").replace("/", "~1")


def tokens(pointer: str) -> list[str]:
    """Return the parts of a pointer.

    >>> tokens("/input/properties/a~1b"), tokens("")
    (['input', 'properties', 'a/b'], [])
    """
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def parameter_pointer(name: str) -> str:
    """Return where a model's spec has the parameter `name`."""
    return f"/input/properties/{token(name)}"
