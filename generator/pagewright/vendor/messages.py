"""The output of `vendor update` and `vendor resolve`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ..command_context import CommandContext, colored, plural
from .differ import diff
from .record import NAME, Record
from .transaction import repair
from .update import Outcome


def repair_told(dest: Path) -> None:
    """Finish or undo an interrupted run, and say so. Call it while holding the lock."""
    repaired = repair(dest)
    if repaired:
        click.echo(str(repaired), err=True)


def tell(context: CommandContext, dest: Path, outcome: Outcome) -> bool:
    """Print the outcome of an update; return False where there are conflicts."""
    for name in outcome.left:
        click.echo(f"{dest}/{name} was edited, so it stays; delete it when it has served.", err=True)
    if outcome.conflicts:
        _tell_conflicts(dest, outcome)
        return False
    for slug in sorted(outcome.before.models.keys() - outcome.package.models.keys()):
        why = ": no spec describes it any more" if slug in outcome.package.gone else ""
        context.say(f"{dest}: without {slug} from now on{why}.")
    for fate in outcome.changes:
        context.say(f"{fate.kind:8} {dest}/{fate.path}{f' ({fate.why})' if fate.why else ''}")
    kept = [fate.path for fate in outcome.fates if fate.kind == "kept"]
    if kept:
        stay = "stays as it is" if len(kept) == 1 else "stay as they are"
        context.say(f"{len(kept)} {plural(len(kept), 'file')} with your edits {stay}: {', '.join(kept)}.")
    for path, (taken, new) in outcome.untaken.items():
        if new is None:
            context.say(f"{dest}/{path}: the new version deletes this file; yours stays.")
        else:
            _tell_untaken(context, f"{dest}/{path}: these changes of the new version were not taken:", path, taken, new)
    total = len(outcome.package.files)
    # An update may take away most of the files, so that there were more before.
    most = max(total, len(outcome.before.files))
    context.say(
        f"{len(outcome.changes)} of {most} files changed." if outcome.changes else f"Up to date: {total} files."
    )
    return True


def _tell_untaken(context: CommandContext, heading: str, path: str, taken: bytes, new: bytes) -> None:
    context.say(heading)
    context.say(colored("\n".join(diff(path, taken, new)), indent=""))


def _tell_conflicts(dest: Path, outcome: Outcome) -> None:
    for fate in outcome.conflicts:
        click.echo(f"conflict {dest}/{fate.path}: {fate.why}", err=True)
    count = len(outcome.conflicts)
    nothing = f"Nothing {'else ' if outcome.marked else ''}was changed but {NAME}, which notes this"
    shown: list[str] = []
    if outcome.beside:
        shown.append("What would have come is beside as FILE.new. Take what you need from it into FILE.")
    if outcome.marked or any(fate.waiting for fate in outcome.conflicts):
        shown.append("Merge the lines between the conflict markers in FILE, and delete the markers.")
    click.echo(
        f"{nothing}: {count} {plural(count, 'conflict')}. {' '.join([*shown, 'Then run'])} "
        f"`pagewright vendor resolve {dest}/FILE` and this again; --ours FILE keeps yours, --theirs FILE replaces it.",
        err=True,
    )


def tell_resolved(
    context: CommandContext,
    dest: Path,
    record: Record,
    paths: Sequence[str],
    untaken: Mapping[str, tuple[bytes, bytes]],
) -> None:
    """Print which files were resolved, the changes of the new version that they do not have, and what is left to do."""
    for path in paths:
        context.say(f"resolved {dest / path}")
    for path, (taken, new) in untaken.items():
        heading = f"{dest / path} does not have these changes of the new version; edit it if you need them:"
        _tell_untaken(context, heading, path, taken, new)
    left = sorted(path for path, conflict in record.merges.items() if not conflict.resolved)
    if left:
        context.say(f"{len(left)} {plural(len(left), 'conflict')} left in {dest}: {', '.join(left)}.")
    else:
        context.say(f"No conflict is left in {dest}. `pagewright vendor update {dest}` brings it up to date.")
