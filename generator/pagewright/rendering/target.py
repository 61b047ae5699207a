"""Targets as data: `templates/<target>/target.yaml` and the tree beside it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..findings import Finding
from ..specs.metaschema import Checker
from ..workspace import DESCRIPTION, TEMPLATES, Workspace
from .names import Reserved

PER_MODEL = "{model}"
SUFFIX = ".jinja"


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One file of the template tree, and the path below `generated/` of the files made from it.

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
class OptionalPart:
    """An optional part of a vendored package: files and folders below `generated/`. With `included_before`, packages
    contained it before it was a part."""

    paths: tuple[str, ...]
    requires: tuple[str, ...] = ()
    included_before: bool = False


@dataclass(frozen=True, slots=True)
class Vendoring:
    """The folder `package`, below `generated/`, that vendoring a target copies.

    `target` is the name under which it is asked for; targets that generate into one folder share it. With `part` the
    whole target is an optional part, and its folder in the vendored package has that name. `improves` are distributions
    that it can do without, by the medium of the models that it does more for with them.
    """

    target: str
    package: str
    part: str = ""
    requires: tuple[str, ...] = ()
    parts: Mapping[str, OptionalPart] = field(default_factory=dict[str, OptionalPart])
    improves: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class Target:
    """`formats` gives the formatter by file suffix; `sources` are in order of their paths; `names` are the words that
    stand for the provider's own names in the files and paths of all targets; `only_with` are paths, by the key that a
    provider's platform.yaml must have for them to be made; `needs` are JSON pointers to
    what platform.yaml must have, by the key with which (or `always`); `reserved` are names that it needs for itself; `calls` is what a
    client offers to call."""

    name: str
    summary: str
    formats: Mapping[str, str]
    sources: tuple[TemplateFile, ...]
    description: bytes
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    only_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    reserved: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    calls: Mapping[str, Any] | None = None
    vendoring: Vendoring | None = None

    def sources_for(self, platform: Container[str]) -> list[TemplateFile]:
        """Return the sources of what is made for a provider whose platform.yaml has the keys of `platform`."""
        left_out = {path for key, paths in self.only_with.items() if key not in platform for path in paths}
        return [source for source in self.sources if source.path not in left_out]


class ProviderNames:
    """The names of one provider (package, classes, commands), and the names that the targets reserve.

    In templates words such as `ProviderClient` stand for the provider's own. Replacing them is plain text work, so that a
    template stays a valid file of its language.
    """

    def __init__(self, targets: Sequence[Target], provider: Mapping[str, str]) -> None:
        """`targets` are all of the workspace; `provider` gives the values of the placeholders in their `names`."""
        self.table = {
            word: pattern.format_map(provider) for target in targets for word, pattern in target.names.items()
        }
        self.reserved = Reserved.of(*(target.reserved for target in targets))
        longest_first = sorted(self.table, key=len, reverse=True)
        self._words = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def imported_as(self, name: str, targets: Iterable[Target]) -> ProviderNames:
        """Return the names for the documents of a package that is imported as `name`: those of packages and their commands
        are by that path."""
        other = copy(self)
        other.table = dict(self.table)
        for vendoring in filter(None, (target.vendoring for target in targets)):
            package = PurePosixPath(vendoring.package).name
            dotted = f"{name}.{vendoring.part}" if vendoring.part else name
            other.table[package] = dotted
            other.table[package.replace("_", "-")] = f"python -m {dotted}"
        return other

    def occur_in(self, content: bytes) -> bool:
        """Return whether a template with this content names the provider."""
        return any(word.encode() in content for word in self.table)

    def fill(self, text: str) -> str:
        """Return `text` with the provider's names."""
        return self._words.sub(lambda found: self.table[found[0]], text)


def load_targets(workspace: Workspace) -> tuple[list[Target], list[Finding]]:
    """Return every target, in order of its name, and what is wrong with any `target.yaml`."""
    checker = Checker(workspace)
    descriptions: dict[str, Mapping[str, Any]] = {}
    findings: list[Finding] = []
    for name, path in sorted(workspace.templates.items()):
        folder, _, inside = name.partition("/")
        if inside != DESCRIPTION:
            continue
        document, found = checker.read(path, f"{TEMPLATES}/{name}", "target.schema.json")
        if document:
            for there, origin in document.data.get("borrow", {}).items():
                if not _below(workspace, origin):
                    message = f"there is no {TEMPLATES}/{origin}. Name a folder or file of another target."
                    found.append(document.finding(f"/borrow/{there}", "T001", "nothing-to-borrow", message))
        findings += found
        if document and not found:
            descriptions[folder] = document.data
    return [_target(workspace, name, data) for name, data in descriptions.items()], findings


def _target(workspace: Workspace, name: str, data: Mapping[str, Any]) -> Target:
    into = data.get("into", name)
    sources = _borrowed(workspace, name, into)
    sources += [TemplateFile(f"{into}/{entry['path']}", entry["kind"], "") for entry in data.get("types", [])]
    for there, origin in data.get("borrow", {}).items():
        sources += _borrowed(workspace, origin, f"{into}/{there}")
    sources.sort(key=lambda source: source.path)
    return Target(
        name,
        data["summary"],
        data.get("format", {}),
        tuple(sources),
        workspace.templates[f"{name}/{DESCRIPTION}"].read_bytes(),
        data.get("names", {}),
        {key: tuple(f"{into}/{path}" for path in paths) for key, paths in data.get("only_with", {}).items()},
        {key: tuple(pointers) for key, pointers in data.get("needs", {}).items()},
        data.get("reserved", {}),
        data.get("calls"),
        _vendoring(into, data["vendor"]) if "vendor" in data else None,
    )


def _vendoring(into: str, data: Mapping[str, Any]) -> Vendoring:
    parts = {
        name: OptionalPart(
            tuple(f"{into}/{path}" for path in part["paths"]),
            tuple(part.get("requires", ())),
            bool(part.get("included_before")),
        )
        for name, part in data.get("parts", {}).items()
    }
    package = f"{into}/{data['package']}" if "package" in data else into
    improves = {medium: tuple(names) for medium, names in data.get("improves", {}).items()}
    return Vendoring(into, package, data.get("as", ""), tuple(data.get("requires", ())), parts, improves)


def _borrowed(workspace: Workspace, origin: str, into: str) -> list[TemplateFile]:
    """Return the sources of a target's folder, or of one file, which may get another name."""
    if origin in workspace.templates:
        return [TemplateFile(into, "template" if origin.endswith(SUFFIX) else "copy", origin)]
    sources: list[TemplateFile] = []
    for inside in _below(workspace, origin):
        if inside != DESCRIPTION:
            kind = "template" if inside.endswith(SUFFIX) else "copy"
            sources.append(TemplateFile(f"{into}/{inside.removesuffix(SUFFIX)}", kind, f"{origin}/{inside}"))
    return sources


def _below(workspace: Workspace, origin: str) -> list[str]:
    """Return the names of the templates in a folder, relative to it; of a file, its empty name."""
    if origin in workspace.templates:
        return [""]
    start = f"{origin}/"
    return [name.removeprefix(start) for name in workspace.templates if name.startswith(start)]
