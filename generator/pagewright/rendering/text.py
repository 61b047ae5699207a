"""`SpecText`: text from a spec, which can only be printed by a filter for its context.

More than thirty code generators had to publish advisories because a title, a default or an enum value ended up as code.
Templates get everything from a spec wrapped by `shield`; the filters in `filters.py` are the only way out, since templates
run in Jinja's sandbox and can't reach the private attribute that holds the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn

from ..specs.document import Document
from ..specs.values import is_list, is_mapping
from .names import Ident


class UnsafeText(TypeError):
    """A template prints spec text without a filter."""


class SpecText:
    """One text of a spec. It can be compared, hashed and tested for truth; everything else needs a filter."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def _refuse(self, *_: object) -> NoReturn:
        shown = ascii(self._text[:40])
        raise UnsafeText(f"spec text {shown} printed without a context: add |py, |pydoc, |json, |html, |md, |sh or |ts")

    __str__ = __format__ = __add__ = __radd__ = __mod__ = __html__ = __iter__ = __getitem__ = _refuse

    def __repr__(self) -> str:
        return "SpecText(…)"

    def __eq__(self, other: object) -> bool:
        return self._text == (other._text if isinstance(other, SpecText) else other)

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)


class SpecObject:
    """A mapping or dataclass of a spec, whose values are shielded when they are read."""

    __slots__ = ("_content", "_shielded")

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        # A template asks for the same value again and again, and shielding a list of parameters takes a while.
        self._shielded: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._shielded:
            return self._shielded[name]
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str | SpecText) -> Any:
        key = unshield(name)
        if key not in self._shielded:
            self._shielded[key] = shield(self._content[key])
        return self._shielded[key]

    def __contains__(self, name: object) -> bool:
        return unshield(name) in self._content

    def __iter__(self) -> Iterator[Any]:
        return (shield(key) for key in self._content)

    def __len__(self) -> int:
        return len(self._content)

    def items(self) -> list[tuple[Any, Any]]:
        return [(shield(key), shield(value)) for key, value in self._content.items()]


def shield(value: Any) -> Any:
    """Wrap spec data for a template. Identifiers made by `names` stay plain strings."""
    if isinstance(value, Ident) or value is None or isinstance(value, (bool, int, float, SpecText, SpecObject)):
        return value
    if isinstance(value, str):
        return SpecText(value)
    if is_mapping(value):
        return SpecObject(value)
    if is_list(value):
        return tuple(shield(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return SpecObject(
            {
                entry.name: item
                for entry in fields(value)
                if not isinstance(item := getattr(value, entry.name), Document)
            }
        )
    return value


def unshield(value: Any) -> Any:
    """Return the plain data inside. For filters only."""
    if isinstance(value, SpecText):
        return value._text  # pyright: ignore[reportPrivateUsage]
    if isinstance(value, SpecObject):
        return value._content  # pyright: ignore[reportPrivateUsage]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if is_mapping(value):
        return {unshield(key): unshield(item) for key, item in value.items()}
    if is_list(value):
        return [unshield(item) for item in value]
    return value
