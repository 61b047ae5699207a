"""The status of a vendored package: files that were edited, are missing, or would be written differently now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..findings import Finding, report
from .package import Package
from .record import BASE, NAME, Conflict, Record, needs, text_digest
from .transaction import digest_at, planned, was_interrupted
from .update import fates

CLEAN = "clean"
#: The states that a file or a package can be in besides `clean`, the most urgent first, and what to do about each. DEST
#: stands for the package.
STATES: Mapping[str, str] = {
    "interrupted": "an update was interrupted: run `pagewright vendor update DEST`, which finishes or undoes it",
    "conflict": "an update could not be merged: merge the file, see the .new file or the markers in it, then run "
    "`pagewright vendor resolve`",
    "missing": "the file is missing: `pagewright vendor update DEST` restores it",
    "edited": "the file was edited: an update will keep that, `pagewright vendor diff DEST` shows it",
    "behind": "specs or generator have moved on: `pagewright vendor update DEST`",
}


@dataclass(frozen=True, slots=True)
class FileState:
    """A file that is not clean, and in which ways."""

    path: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """A package at `folder`: how many files it has, those that are not clean, models that no spec describes any more, the
    distributions that it needs at run time, and what has changed since it was written if it is behind."""

    folder: str
    files: int
    unclean: Sequence[FileState]
    gone: Sequence[str] = ()
    requires: Sequence[str] = ()
    changed: Sequence[str] = ()

    @property
    def counts(self) -> dict[str, int]:
        """The number of files in each state that occurs, the most urgent state first."""
        counts = {name: sum(name in file.states for file in self.unclean) for name in STATES}
        return {name: count for name, count in counts.items() if count}

    @property
    def is_clean(self) -> bool:
        return not self.unclean


def status(name: str, folder: Path, record: Record, package: Package | None) -> Status:
    """Return the status of the package at `folder`, which the user calls `name`. `package` is the package as it would be written
    now; without it, no file is called behind."""
    states: dict[str, list[str]] = {}

    def note(path: str, state: str) -> None:
        states.setdefault(path, []).append(state)

    if was_interrupted(folder):
        note(NAME, "interrupted")
    for path in record.conflicts:
        if (folder / path).is_file():
            note(path, "conflict")
    for path, conflict in record.merges.items():
        if is_open(folder, path, conflict):
            note(path, "conflict")
    if not (folder / BASE).is_file():
        note(BASE, "missing")
    written = planned(folder)
    for path, sha in record.files.items():
        now = digest_at(folder / path)
        if path in written and written[path] == now:
            # The interrupted update has written it already, or deleted it.
            continue
        if now is None:
            note(path, "missing")
        elif now != sha and text_digest((folder / path).read_bytes()) != sha:
            note(path, "edited")
    if package:
        for path in _behind(folder, record, package):
            note(path, "behind")
    unclean = [FileState(path, tuple(states[path])) for path in sorted(states)]
    is_behind = any("behind" in file.states for file in unclean)
    changed = _changed(record, package) if package and is_behind else ()
    return Status(name, len(record.files), unclean, package.gone if package else (), record.requires, changed)


def _changed(record: Record, package: Package) -> list[str]:
    """Name what has changed since the package was written: specs, templates or the generator."""
    changed = [
        f"the spec of {slug}"
        for slug, origin in package.models.items()
        if slug in record.models and record.models[slug].spec != origin.spec
    ]
    if record.platform != package.platform:
        changed.append("the provider's platform.yaml")
    if record.templates and record.templates != package.templates:
        changed.append("templates")
    if record.code and record.code != package.code:
        changed.append(f"the generator ({_versions(record.generator)})")
    if not record.code:
        # Older records do not tell them apart.
        changed.append(f"templates or the generator ({_versions(record.generator)})")
    return changed


def _versions(before: str) -> str:
    return f"{before}, now {__version__}" if before != __version__ else f"{before}, with other code"


def is_open(folder: Path, path: str, conflict: Conflict) -> bool:
    """Return whether a conflict is to be resolved in the file itself: there is no file beside it that shows it."""
    place = folder / path
    if conflict.resolved or not place.is_file():
        return False
    if conflict.marked:
        return text_digest(place.read_bytes()) != conflict.marked
    return conflict.incoming is None


def _behind(folder: Path, record: Record, package: Package) -> Iterable[str]:
    """Return the files that would be written differently now. A file that was edited to the new content is not behind."""
    same = {fate.path for fate in fates(folder, record, package) if fate.kind in ("same", "kept", "restored")}
    for path in sorted({*record.files, *package.files}):
        new = text_digest(package.files[path]) if path in package.files else None
        if new != record.files.get(path) and path not in same:
            yield path


def render(statuses: Sequence[Status], form: str) -> str:
    """Return all packages as `text`, as `github` annotations, or as `json`."""
    if form == "json":
        return json.dumps([_data(each) for each in statuses], indent=2, ensure_ascii=False)
    if form == "github":
        return report([finding for each in statuses for finding in _findings(each)], form)
    return "\n".join(line for each in statuses for line in _lines(each))


def _data(each: Status) -> dict[str, object]:
    return {
        "package": each.folder,
        "state": next(iter(each.counts), CLEAN),
        "counts": each.counts,
        "files": {file.path: list(file.states) for file in each.unclean},
        "models_gone": list(each.gone),
        "requires": list(each.requires),
        "changed": list(each.changed),
    }


def _lines(each: Status) -> Iterable[str]:
    for file in each.unclean:
        yield f"{', '.join(file.states):16} {each.folder}/{file.path}"
    for slug in each.gone:
        yield f"{each.folder}: no spec describes {slug} any more; `pagewright vendor update {each.folder}` takes it out."
    if each.is_clean:
        yield f"{each.folder}: clean, {each.files} files. It needs {needs(each.requires)}."
        return
    sums = ", ".join(f"{count} {name}" for name, count in each.counts.items())
    yield f"{each.folder}: {sums} of {each.files} files. It needs {needs(each.requires)}."
    for name in each.counts:
        yield f"  {name}: {_advice(each, name)}"


def _advice(each: Status, state: str) -> str:
    """Return what a state means and what to do; of a package that is behind, what has changed."""
    if state == "behind" and each.changed:
        return f"{', '.join(each.changed)} changed since it was written: `pagewright vendor update {each.folder}`"
    return STATES[state].replace("DEST", each.folder)


def _findings(each: Status) -> Iterable[Finding]:
    for file in each.unclean:
        message = "; ".join(_advice(each, name) for name in file.states)
        yield Finding(f"{each.folder}/{file.path}", 1, 1, "V001", "-".join(file.states), f"{message}.")
