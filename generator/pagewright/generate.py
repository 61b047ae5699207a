"""One run of the generator: load, lint, plan, render what has changed, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .errors import UsageError
from .publishing.manifest import LOCK_FILE, NAME, STAGING, Manifest, ManifestEntry, read_manifest
from .publishing.stat_cache import StatCache
from .workspace import Provider, digest, generator_fingerprint, inputs_fingerprint

if TYPE_CHECKING:
    from .findings import Finding
    from .publishing.difference import Difference
    from .publishing.publish import FileChange
    from .rendering.render import PlannedFile, Renderer
    from .rendering.type_maker import TypeMaker
    from .specs.spec import Catalog

    #: Returns the bytes of outputs, by path.
    RenderAll: TypeAlias = Callable[[Sequence[PlannedFile]], dict[str, bytes]]


class UnknownChoice(UsageError):
    """--model or --target names something that does not exist."""


@dataclass(slots=True)
class Result:
    """Result of one run. The run succeeded if there are neither findings nor differences."""

    findings: list[Finding] = field(default_factory=list["Finding"])
    differences: list[Difference] = field(default_factory=list["Difference"])
    changes: list[FileChange] = field(default_factory=list["FileChange"])
    models: int = 0
    files: int = 0
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The models and targets that a run is limited to; an empty tuple is no limit.

    Files that list all models belong to every model. Of the other models they list those that were generated before,
    so that no list names a module that is not there.
    """

    models: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        return not self.models and not self.targets

    def covers(self, target: str, model: str | None) -> bool:
        return (not self.targets or target in self.targets) and (
            not self.models or model is None or model in self.models
        )


def generate(
    provider: Provider,
    *,
    check: bool = False,
    force: bool = False,
    models: Sequence[str] = (),
    targets: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Bring the provider's folder in `generated/` up to date with specs and templates; with `check`, only report differences.

    If there are findings or hand-edited files, nothing is written; `force` renders everything and overwrites edited files.
    `models` and `targets` limit the run; other files stay as they are. `progress` is called with the number of rendered
    files and the number of all.
    """
    folder = provider.generated
    edition = _edition(folder)
    inputs = inputs_fingerprint(provider)
    choice = Choice(tuple(models), tuple(targets))
    stat_cache = StatCache(folder)
    before = read_manifest(folder / NAME, force=True)
    if before and not check and not force and choice.is_everything and _holds(folder, before, inputs, stat_cache):
        stat_cache.write()
        return Result(files=len(before.files))

    # Slow to import, and a run with nothing to do does not get here.
    from .rendering.type_maker import type_maker

    with type_maker() as maker:
        work = _Work(provider, choice, check, force, stat_cache, edition, before, inputs, progress, maker)
        result = work.done()
    # Without a result another run has published since this one began, perhaps from specs that were written after they were read.
    return result or generate(provider, force=force, models=models, targets=targets, progress=progress)


@dataclass(frozen=True, slots=True)
class _Work:
    """A run that has something to do. `edition`, `before` (the manifest, if it can be read) and `inputs` are those at its
    beginning."""

    provider: Provider
    choice: Choice
    check: bool
    force: bool
    stat_cache: StatCache
    edition: tuple[int, ...] | None
    before: Manifest | None
    inputs: str
    progress: Callable[[int, int], None]
    maker: TypeMaker | None

    def done(self) -> Result | None:
        """Do the work; None if another run has published meanwhile."""
        from .lock import lock
        from .rendering.formatting import check_versions
        from .rendering.render import Renderer, plan
        from .rendering.target import ProviderNames
        from .specs.cache import Cache
        from .specs.load_and_lint import read_checked

        workspace, folder = self.provider.workspace, self.provider.generated
        cache = None if self.check or self.force else Cache(self.provider)
        catalog, _, every_target, findings = read_checked(self.provider, cache)
        if catalog is None or findings:
            return Result(findings=findings)
        _refuse_unknown("model", self.choice.models, [model.slug for model in catalog.models])
        _refuse_unknown("target", self.choice.targets, [target.name for target in every_target])
        check_versions()

        def planned(catalog: Catalog) -> tuple[list[PlannedFile], RenderAll]:
            names = ProviderNames(every_target, catalog.platform.names)
            outputs = plan(workspace, every_target, catalog, names, generator_fingerprint())
            return outputs, self._render_all(Renderer(workspace, catalog, names))

        if self.check:
            return _checked(folder, self.inputs, *planned(catalog), len(catalog.models))
        with lock(folder):
            if _edition(folder) != self.edition:
                return None
            old = self.before or read_manifest(folder / NAME, force=self.force) or Manifest()
            limited = _limited(catalog, self.choice, old)
            outputs, render_all = planned(limited)
            inputs = self.inputs if limited == catalog else ""
            if cache:
                cache.write()
            run = _Run(folder, self.stat_cache, self.choice, self.force, old, inputs)
            return run.finish(outputs, render_all, len(limited.models))

    def _render_all(self, renderer: Renderer) -> RenderAll:
        from .rendering.parallel import render_all

        return lambda outputs: render_all(renderer, outputs, self.progress, self.maker)


def _edition(folder: Path) -> tuple[int, ...] | None:
    """Return a value that changes when another run replaces the manifest."""
    try:
        status = (folder / NAME).lstat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _holds(folder: Path, manifest: Manifest, inputs: str, stat_cache: StatCache) -> bool:
    """Return whether the last run had these inputs, was complete, and no file has changed since."""
    if manifest.inputs != inputs or any((folder / name).exists() for name in (STAGING, LOCK_FILE)):
        return False  # with a lock file another run is at work, or was killed and left it
    return all(stat_cache.holds(path, entry) for path, entry in manifest.files.items())


@dataclass(frozen=True, slots=True)
class _Run:
    """The part of a run that holds the lock. `inputs` is '' where models were left out from the start."""

    folder: Path
    stat_cache: StatCache
    choice: Choice
    force: bool
    old: Manifest
    inputs: str

    def finish(self, outputs: Sequence[PlannedFile], render_all: RenderAll, models: int) -> Result:
        from .publishing.difference import hand_edits
        from .publishing.publish import publish, vouchers, was_interrupted
        from .rendering.formatting import formatter_version

        files, stale = self._sorted_out(outputs)
        self.stat_cache.write()
        complete = bool(self.inputs) and files.keys() | stale.keys() == {output.path for output in outputs}
        new = render_all(list(stale.values()))
        files |= {path: _entry(stale[path], content) for path, content in new.items()}
        unwanted = self.old.files.keys() - files.keys()
        result = Result(models=models, files=len(files), repaired=was_interrupted(self.folder))
        known = [self.old, *vouchers(self.folder, force=self.force)]
        edits = hand_edits(self.folder, known, new, unwanted)
        if edits and not self.force:
            result.differences = edits
            return result
        new = {path: content for path, content in new.items() if not self.stat_cache.holds(path, files[path])}
        left_stale = any(files[output.path].inputs != output.inputs for output in outputs if output.path in files)
        manifest = Manifest(self.inputs if complete and not left_stale else "", files, formatter_version())
        if new or unwanted or manifest != self.old or result.repaired:
            result.changes = publish(self.folder, new, unwanted, manifest)
        return result

    def _sorted_out(self, outputs: Iterable[PlannedFile]) -> tuple[dict[str, ManifestEntry], dict[str, PlannedFile]]:
        """Return the entries of the manifest that stay as they are, and the files to render."""
        files: dict[str, ManifestEntry] = {}
        stale: dict[str, PlannedFile] = {}
        planned: set[str] = set()
        for output in outputs:
            planned.add(output.path)
            known = self.old.files.get(output.path)
            chosen = self.choice.covers(output.target.name, _slug(output))
            fresh = known is not None and known.inputs == output.inputs and self.stat_cache.holds(output.path, known)
            if chosen and (self.force or not fresh):
                stale[output.path] = output
            elif known is not None:
                files[output.path] = known
        for path, entry in self.old.files.items():
            # What no spec gives any more goes, but only in a run that looks at all models (and at its target).
            if path not in planned and (self.choice.models or not self.choice.covers(entry.target, entry.model)):
                files[path] = entry
        return files, stale


def _checked(folder: Path, inputs: str, outputs: Sequence[PlannedFile], render_all: RenderAll, models: int) -> Result:
    from .publishing.difference import differences
    from .rendering.formatting import formatter_version

    wanted = render_all(outputs)
    entries = {output.path: _entry(output, wanted[output.path]) for output in outputs}
    manifest = Manifest(inputs, entries, formatter_version())
    found = differences(folder, {**wanted, NAME: manifest.to_bytes()})
    return Result(differences=found, models=models, files=len(outputs))


def _limited(catalog: Catalog, choice: Choice, old: Manifest) -> Catalog:
    """Return the catalogue without models that are neither chosen nor generated yet."""
    if not choice.models:
        return catalog
    there = {entry.model for entry in old.files.values()}
    models = tuple(model for model in catalog.models if model.slug in choice.models or model.slug in there)
    return catalog if len(models) == len(catalog.models) else replace(catalog, models=models)


def _entry(output: PlannedFile, content: bytes) -> ManifestEntry:
    return ManifestEntry(digest(content), output.inputs, output.target.name, _slug(output))


def _slug(output: PlannedFile) -> str | None:
    return output.model.slug if output.model else None


def _refuse_unknown(what: str, chosen: Sequence[str], known: Sequence[str]) -> None:
    for name in chosen:
        if name not in known:
            raise UnknownChoice(f"no {what} {name!r}; there are: {', '.join(known)}")
