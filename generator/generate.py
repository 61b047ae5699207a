"""One run of the press: load, lint, plan, render what is stale, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UsageError
from .findings import Finding
from .manifest import NAME, Entry, Manifest, is_unchanged, read_manifest
from .publish import Change, Difference, differences, hand_edits, publish, was_interrupted
from .workspace import GENERATED, digest, generator_fingerprint, inputs_fingerprint

if TYPE_CHECKING:
    from .render import Output


class UnknownChoice(UsageError):
    """--model or --target names what there is not."""


@dataclass(slots=True)
class Result:
    """What a run came to. It went well if there are neither findings nor differences."""

    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    models: int = 0
    files: int = 0
    nothing_to_do: bool = False
    repaired: bool = False

    @property
    def ok(self) -> bool:
        return not self.findings and not self.differences


def generate(
    root: Path,
    *,
    check: bool = False,
    force: bool = False,
    models: Sequence[str] = (),
    targets: Sequence[str] = (),
) -> Result:
    """Makes `generated/` what the specs and templates give, or with `check` says where it is not.

    With findings or hand-edited files nothing is written. `models` and `targets` limit the run to their files and to
    those that list all models; the others stay as they are.
    """
    folder = root / GENERATED
    inputs = inputs_fingerprint(root)
    if not (check or force or models or targets) and is_unchanged(folder, inputs):
        manifest = read_manifest(folder / NAME)
        return Result(nothing_to_do=True, files=len(manifest.files) if manifest else 0)

    # The heavy half: a run with nothing to do never gets here.
    from .formatting import check_versions
    from .lint import lint
    from .load import load_catalog
    from .render import Renderer, plan
    from .target import load_targets

    catalog, findings = load_catalog(root)
    if catalog:
        findings += lint(catalog)
    if catalog is None or findings:
        return Result(findings=findings)
    every_target = load_targets(root)
    _refuse_unknown("model", models, [model.slug for model in catalog.models])
    _refuse_unknown("target", targets, [target.name for target in every_target])
    check_versions(root)
    outputs = plan(root, every_target, catalog, generator_fingerprint(root))
    renderer = Renderer(root, catalog)
    result = Result(models=len(catalog.models), files=len(outputs), repaired=was_interrupted(folder))
    if check:
        wanted = {output.path: renderer.render(output) for output in outputs}
        result.differences = differences(folder, wanted)
        old = read_manifest(folder / NAME)
        entries = {o.path: Entry(digest(wanted[o.path]), o.inputs, o.target.name, _slug(o)) for o in outputs}
        if not result.differences and old != Manifest(inputs, entries):
            result.differences = [Difference(NAME, "changed")]
        return result

    old = None if force else read_manifest(folder / NAME)
    kept = dict(old.files) if old else {}
    files: dict[str, Entry] = {}
    new: dict[str, bytes] = {}
    complete = True
    for output in outputs:
        known = kept.get(output.path)
        chosen = (not targets or output.target.name in targets) and (
            not models or output.model is None or output.model.slug in models
        )
        stale = known is None or known.inputs != output.inputs or not _is_as_left(folder / output.path, known)
        if stale and not chosen:
            complete = False
            if known:
                files[output.path] = known
            continue
        if not stale and known:
            files[output.path] = known
            continue
        content = renderer.render(output)
        files[output.path] = Entry(digest(content), output.inputs, output.target.name, _slug(output))
        new[output.path] = content
    if not force:
        result.differences = hand_edits(folder, old or Manifest(), new)
        if result.differences:
            return result
    new = {path: content for path, content in new.items() if not _holds(folder / path, content)}
    result.changes = publish(folder, new, old or read_manifest(folder / NAME), Manifest(inputs if complete else "", files))
    return result


def _slug(output: Output) -> str | None:
    return output.model.slug if output.model else None


def _is_as_left(path: Path, entry: Entry) -> bool:
    return path.is_file() and digest(path.read_bytes()) == entry.content


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _refuse_unknown(what: str, chosen: Sequence[str], known: Sequence[str]) -> None:
    for name in chosen:
        if name not in known:
            raise UnknownChoice(f"no {what} {name!r}; there are: {', '.join(known)}")
