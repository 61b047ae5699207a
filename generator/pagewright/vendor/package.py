"""The files of a vendored package: the targets that can be vendored, rendered for a part of the catalogue.

It knows nothing of where the package goes, nor of what is there already.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PagewrightError, UsageError
from ..rendering.names import Reserved
from ..workspace import (
    Provider,
    digest,
    find_installed,
    generator_fingerprint,
    inputs_fingerprint,
    templates_fingerprint,
)

if TYPE_CHECKING:
    from ..rendering.render import PlannedFile, Renderer
    from ..rendering.target import ProviderNames, Target
    from ..specs.spec import Catalog

#: Goes into every package beside the code.
LICENSE = "LICENSE"
#: The target that is vendored unless another is asked for.
PYTHON = "python"


class UnknownPart(UsageError):
    """--model or --with names something that does not exist."""


class BrokenSpecs(PagewrightError):
    """The specs have findings; the message lists them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a model in a package: its name in the code, a hash of its spec, and the pages of that spec."""

    name: str
    spec: str
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it would be written now: contents by path, what they come from, and what they import of others.

    `gone` are models that were asked for and have no spec any more; `offered` are the parts that could be chosen.
    `templates` and `code` are fingerprints of the templates and of the generator's code.
    """

    provider: str
    target: str
    files: Mapping[str, bytes]
    models: Mapping[str, Origin]
    parts: tuple[str, ...]
    platform: str
    requires: tuple[str, ...]
    inputs: str
    gone: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    templates: str = ""
    code: str = ""


def fingerprint(provider: Provider) -> str:
    """Return a hash that changes whenever any package could have different files."""
    return digest(f"{inputs_fingerprint(provider)}{digest(Path(__file__).read_bytes())}".encode())


@dataclass(frozen=True, slots=True)
class SpecSource:
    """Specs and targets that packages can be made of."""

    provider: Provider
    catalog: Catalog
    targets: Sequence[Target]

    @property
    def reserved(self) -> Reserved:
        """The names that the targets need for themselves."""
        return Reserved.of(*(target.reserved for target in self.targets))

    def parts(self, target: str) -> list[str]:
        """Return what there is to ask for with --with."""
        found = [each.vendoring for each in self.targets if each.vendoring and each.vendoring.target == target]
        return sorted({name for each in found for name in (*each.parts, each.part) if name})

    def included_before(self, target: str, parts: Iterable[str], offered: Iterable[str]) -> list[str]:
        """Return the parts that a package contains without naming them: it was written with `parts` when only `offered`
        could be chosen."""
        found = [each.vendoring for each in self.targets if each.vendoring and each.vendoring.target == target]
        return sorted(
            name
            for vendoring in found
            if not vendoring.part or vendoring.part in set(parts)
            for name, part in vendoring.parts.items()
            if part.included_before and name not in set(offered)
        )

    def with_owners(self, target: str, parts: Iterable[str]) -> list[str]:
        """Return the parts with those that they belong to."""
        chosen = set(parts)
        for each in self.targets:
            vendoring = each.vendoring
            if vendoring and vendoring.target == target and vendoring.part and chosen & vendoring.parts.keys():
                chosen.add(vendoring.part)
        return sorted(chosen)

    def improving(self, target: str, parts: Iterable[str]) -> tuple[str, ...]:
        """Return the distributions with which a package of these models and parts can do more, though it runs without."""
        chosen = {"", *self.with_owners(target, parts)}
        media = {model.output.get("media", "image") for model in self.catalog.models}
        found = [each.vendoring for each in self.targets if each.vendoring and each.vendoring.target == target]
        return tuple(
            dict.fromkeys(
                name
                for vendoring in found
                if vendoring.part in chosen
                for medium, names in vendoring.improves.items()
                if medium in media
                for name in names
            )
        )

    @property
    def vendored_targets(self) -> list[str]:
        """Names that --target accepts."""
        return sorted({each.vendoring.target for each in self.targets if each.vendoring})


def open_source(provider: Provider, models: Sequence[str] | None = None, known: Iterable[str] = ()) -> SpecSource:
    """Read the targets and specs of `provider`; with `models`, only the specs of those, since there may be hundreds.

    Models of `known` may be gone from the specs.

    Raises:
        BrokenSpecs: They have findings.
        UnknownPart: A model that does not exist.
    """
    from ..findings import report
    from ..specs.load_and_lint import read_checked

    only = None if models is None else _divided(provider, models, known)[0]
    catalog, _, targets, findings = read_checked(provider, only=only)
    if catalog is None or findings:
        raise BrokenSpecs(f"the specs have findings:\n{report(findings, 'text')}")
    return SpecSource(provider, catalog, targets)


def make(
    source: SpecSource,
    models: Sequence[str],
    parts: Sequence[str],
    *,
    target: str = PYTHON,
    known: Iterable[str] = (),
    below: str = "",
    imported: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Package:
    """Return the package of these models, with these optional parts. Models of `known` may be gone from the specs.

    With `below` only the files of that folder are made. Documents show imports from `imported`, the package's own name.

    Raises:
        UnknownPart: A model, target or part that does not exist.
    """
    from ..rendering.formatting import check_versions
    from ..rendering.provenance import VENDORED
    from ..rendering.render import Renderer, plan
    from ..rendering.target import ProviderNames
    from ..rendering.views import catalog_names
    from ..specs.spec import Catalog

    workspace, catalog, targets = source.provider.workspace, source.catalog, source.targets
    models, gone = _divided(source.provider, models, known)
    parts = _known_parts(source, target, parts)
    check_versions()

    chosen = Catalog(catalog.platform, tuple(model for model in catalog.models if model.slug in models))
    # Lint refuses models whose names collide, so a model is called the same whatever stands beside it.
    provided = ProviderNames(targets, catalog.platform.names)
    names = catalog_names(chosen, provided.reserved)
    vendored = [each for each in targets if each.vendoring and each.vendoring.target == target]
    usual = Renderer(workspace, chosen, provided, VENDORED)
    as_imported = Renderer(workspace, chosen, provided.imported_as(imported, vendored), VENDORED) if imported else usual
    outputs = {each.path: each for each in plan(workspace, vendored, chosen, provided, generator_fingerprint())}
    places, requires = _placed(outputs, vendored, provided, parts)
    places = {path: place for path, place in places.items() if place.startswith(below)}
    made = _rendered([outputs[path] for path in places], usual, as_imported, progress)
    files = {places[path]: content for path, content in made.items()} | ({} if below else _license())
    origins = {each.slug: Origin(names[each.slug], _version(each.document.data), each.pages) for each in chosen.models}
    return Package(
        source.provider.name,
        target,
        dict(sorted(files.items())),
        origins,
        tuple(sorted(set(parts))),
        _version(catalog.platform.document.data),
        tuple(sorted(requires)),
        fingerprint(source.provider),
        gone,
        tuple(source.parts(target)),
        templates_fingerprint(source.provider),
        generator_fingerprint(),
    )


def _known_parts(source: SpecSource, target: str, parts: Sequence[str]) -> Sequence[str]:
    """Return the parts with those that they are parts of. Raises UnknownPart."""
    _refuse_unknown("target", [target], source.vendored_targets)
    _refuse_unknown("part", parts, source.parts(target))
    return source.with_owners(target, parts)


def _rendered(
    outputs: Sequence[PlannedFile], code: Renderer, documents: Renderer, progress: Callable[[int, int], None]
) -> dict[str, bytes]:
    """Render documents, which show the package's own import name, and the code, in which it has its usual one."""
    from ..rendering.parallel import render_all

    texts = [each for each in outputs if each.path.endswith(".md")]
    others = [each for each in outputs if not each.path.endswith(".md")]
    return render_all(documents, texts, progress) | render_all(code, others, progress)


def _license() -> dict[str, bytes]:
    text = find_installed() / LICENSE
    return {LICENSE: text.read_bytes()} if text.is_file() else {}


def _placed(
    outputs: Mapping[str, PlannedFile], targets: Sequence[Target], names: ProviderNames, parts: Sequence[str]
) -> tuple[dict[str, str], set[str]]:
    """Return the path in the package of each output that belongs to it, and the distributions that the package requires."""
    places: dict[str, str] = {}
    requires: set[str] = set()
    for target in targets:
        vendoring = target.vendoring
        if vendoring is None or (vendoring.part and vendoring.part not in parts):
            continue
        folder = names.fill(vendoring.package)
        left_out = [
            names.fill(path) for name, part in vendoring.parts.items() if name not in parts for path in part.paths
        ]
        requires.update(vendoring.requires)
        for name, part in vendoring.parts.items():
            requires.update(part.requires if name in parts else ())
        for path, output in outputs.items():
            if output.target is target and _is_in(path, [folder]) and not _is_in(path, left_out):
                inner = path.removeprefix(f"{folder}/")
                places[path] = f"{vendoring.part}/{inner}" if vendoring.part else inner
    return places, requires


def _divided(provider: Provider, models: Sequence[str], known: Iterable[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the models that have a spec, and those of `known` that have none any more."""
    slugs = provider.slugs
    gone = tuple(sorted(slug for slug in models if slug in set(known) and slug not in slugs))
    left = [slug for slug in models if slug not in gone]
    _refuse_unknown("model", left, list(slugs))
    if not left:
        raise UnknownPart(f"no model is left: {', '.join(gone)} is gone from the specs. Name others with --model.")
    return left, gone


def _version(data: object) -> str:
    """Return the version of a spec: the hash of its content."""
    return digest(repr(data).encode("utf-8", "surrogatepass"))


def _is_in(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _refuse_unknown(what: str, chosen: Sequence[str], known: Sequence[str]) -> None:
    for name in chosen:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known[:20])}."
            raise UnknownPart(f"no {what} {name!r}. {hint}")
