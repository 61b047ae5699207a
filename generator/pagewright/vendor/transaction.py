"""Change several files together: if the process dies, either nothing has changed, or the next run completes the change.

New contents are staged in a folder inside the package, then a plan is put beside them by one rename: that is the moment
of decision. Without a plan the staged files are thrown away; with one every step is carried out, by the same process or
by the next. A step whose file was edited meanwhile overwrites nothing: what it would have written goes beside.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import PagewrightError
from ..publishing.publish import inside, locations
from ..workspace import digest

STAGING = ".vendoring"
_PLAN = "plan.json"


class DamagedPlan(PagewrightError):
    """The plan of an interrupted run can't be read."""


@dataclass(frozen=True, slots=True)
class Write:
    """A file to write, or to delete if `content` is None, by its path below the package."""

    path: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Repair:
    """Result of repairing an interrupted run, which was `finished` or undone; `beside` names files that it put beside others,
    since those had been edited meanwhile."""

    finished: bool
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.finished:
            return "An earlier run was interrupted before it changed anything; its leftovers were cleared up."
        edited = f" What it would have written over later edits is in {', '.join(self.beside)}." if self.beside else ""
        return f"An earlier run was interrupted; what it had begun was finished.{edited}"


@dataclass(frozen=True, slots=True)
class _Step:
    path: str
    before: str | None
    after: str | None


def was_interrupted(folder: Path) -> bool:
    """Return whether an earlier run stopped before it was done."""
    return (folder / STAGING).exists()


def planned(folder: Path) -> dict[str, str | None]:
    """Return the hash that an interrupted run was about to give each file, None for one that it deletes.

    Without a plan the run had not changed anything yet.
    """
    plan = folder / STAGING / _PLAN
    return {step.path: step.after for step in _read_plan(plan)} if plan.is_file() else {}


def apply(folder: Path, writes: Iterable[Write]) -> None:
    """Carry out all of `writes`, in their order, or none. Call it while holding the lock, after `repair`."""
    writes = list(writes)
    places = locations(folder, [write.path for write in writes])
    befores = [digest_at(places[write.path]) for write in writes]
    steps: list[_Step] = []
    staging = folder / STAGING
    staging.mkdir()
    for number, (write, before) in enumerate(zip(writes, befores, strict=True)):
        if write.content is not None:
            (staging / f"{number}.new").write_bytes(write.content)
        steps.append(_Step(write.path, before, None if write.content is None else digest(write.content)))
    (staging / "plan.part").write_text(json.dumps([asdict(step) for step in steps]), encoding="utf-8")
    (staging / "plan.part").replace(staging / _PLAN)
    _carry_out(folder, steps)


def repair(folder: Path) -> Repair | None:
    """Finish or undo an interrupted run; return None if there is none. Call it while holding the lock.

    Raises:
        DamagedPlan: The plan it left can't be read.
    """
    staging = folder / STAGING
    if staging.is_symlink() or staging.is_file():
        staging.unlink()
        return Repair(finished=False)
    if not staging.is_dir():
        return None
    if not (staging / _PLAN).is_file():
        shutil.rmtree(staging)
        return Repair(finished=False)
    return Repair(True, tuple(_carry_out(folder, _read_plan(staging / _PLAN))))


def free_name(folder: Path, path: str, ours: Collection[str] = ()) -> str:
    """`path` with `.new` behind it, or `.new2` and so on where that is taken by a file that is none of `ours`."""
    number = 1
    while (folder / (name := f"{path}.new{number if number > 1 else ''}")).exists() and name not in ours:
        number += 1
    return name


def drop_empty(folder: Path, top: Path) -> None:
    """Remove folders, from `folder` upwards, that hold nothing but what Python left there."""
    while folder != top and folder.is_dir() and all(child.name == "__pycache__" for child in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent


def _carry_out(folder: Path, steps: Iterable[_Step]) -> list[str]:
    beside: list[str] = []
    staging = folder / STAGING
    for number, step in enumerate(steps):
        place = inside(folder, step.path)
        staged = staging / f"{number}.new"
        now = digest_at(place)
        if step.after is None:
            if now is not None and now == step.before:
                place.unlink()
            drop_empty(place.parent, folder)
        elif now == step.after or not staged.is_file():
            continue
        elif now == step.before:
            place.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(place)
        else:
            name = free_name(folder, step.path)
            staged.replace(folder / name)
            beside.append(name)
    (staging / _PLAN).unlink()
    shutil.rmtree(staging)
    return beside


def _read_plan(path: Path) -> list[_Step]:
    try:
        data: Any = json.loads(path.read_bytes())
        return [_Step(str(step["path"]), step["before"], step["after"]) for step in data]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedPlan(f"{path}: unreadable ({error}). Restore the folder from version control.") from error


def digest_at(place: Path) -> str | None:
    """Return the hash of a file; None if there is none."""
    return digest(place.read_bytes()) if place.is_file() else None
