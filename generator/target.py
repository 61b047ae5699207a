"""Targets as data: `templates/<target>/target.yaml` and the tree beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .document import read_document
from .errors import PagewrightError
from .workspace import TEMPLATES, files_below

PER_MODEL = "{model}"
SUFFIX = ".jinja"
DESCRIPTION = "target.yaml"
_KEYS = {"summary", "into", "format", "types", "borrow"}
_FORMATTERS = {"black", "json"}
_KINDS = {"typed-dict", "pydantic"}


class BadTarget(PagewrightError):
    """A target's description says something that has no meaning; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the template tree, and where below `generated/` what comes of it goes.

    `kind` is `template` (rendered), `copy` (as it is), or the kind of type that datamodel-code-generator makes. With
    `per_model` there is one output for each model, its name in place of `{model}` in `path`.
    """

    path: str
    kind: str
    template: str

    @property
    def per_model(self) -> bool:
        return PER_MODEL in self.path


@dataclass(frozen=True, slots=True)
class Target:
    """`formats` gives the formatter by file suffix; `sources` are in order of their paths."""

    name: str
    summary: str
    formats: Mapping[str, str]
    sources: tuple[Source, ...]
    description: bytes


def load_targets(root: Path) -> list[Target]:
    """Every folder of `templates/` that holds a `target.yaml`, in order of its name."""
    folders = sorted(path.parent for path in (root / TEMPLATES).glob(f"*/{DESCRIPTION}"))
    return [_load(root, folder) for folder in folders]


def _load(root: Path, folder: Path) -> Target:
    path = folder / DESCRIPTION
    name = path.relative_to(root).as_posix()
    content = path.read_bytes()
    document, findings = read_document(name, content)
    if document is None or findings:
        raise BadTarget("\n".join(map(str, findings)))
    data: dict[str, Any] = document.data if isinstance(document.data, dict) else {}
    for key in data.keys() - _KEYS:
        raise BadTarget(str(document.finding(f"/{key}", "T001", "unknown-key", f"{key!r}: known are {sorted(_KEYS)}.")))
    for suffix, formatter in data.get("format", {}).items():
        if formatter not in _FORMATTERS:
            place = f"/format/{suffix}"
            message = f"{formatter!r}: known are {sorted(_FORMATTERS)}."
            raise BadTarget(str(document.finding(place, "T002", "unknown-formatter", message)))
    into = str(data.get("into", folder.name)).strip("/")
    sources = _tree(folder, into, folder.name)
    for index, entry in enumerate(data.get("types", [])):
        if entry.get("kind") not in _KINDS:
            message = f"{entry.get('kind')!r}: known are {sorted(_KINDS)}."
            raise BadTarget(str(document.finding(f"/types/{index}", "T003", "unknown-kind", message)))
        sources.append(Source(f"{into}/{entry['path']}", entry["kind"], ""))
    for there, origin in data.get("borrow", {}).items():
        borrowed = folder.parent / origin
        if not borrowed.is_dir():
            message = f"there is no {TEMPLATES}/{origin}."
            raise BadTarget(str(document.finding(f"/borrow/{there}", "T004", "nothing-to-borrow", message)))
        sources += _tree(borrowed, f"{into}/{there}", origin)
    sources.sort(key=lambda source: source.path)
    return Target(folder.name, str(data.get("summary", "")), data.get("format", {}), tuple(sources), content)


def _tree(folder: Path, into: str, origin: str) -> list[Source]:
    sources = []
    for path in files_below(folder):
        inside = path.relative_to(folder).as_posix()
        if inside == DESCRIPTION:
            continue
        kind = "template" if inside.endswith(SUFFIX) else "copy"
        sources.append(Source(f"{into}/{inside.removesuffix(SUFFIX)}", kind, f"{origin}/{inside}"))
    return sources
