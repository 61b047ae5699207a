"""`pagewright vendor …`: packages of a few models in other repositories.

Exit status as everywhere: 0 done or clean, 1 differences, conflicts or findings, 2 wrong usage, 3 an internal error, 130
interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command_context import CommandContext, colored, complete_slug, plural, provider_option, quiet_option
from ..errors import FINDINGS
from ..workspace import CONFIG, NotAWorkspace
from .callers.command import check_callers
from .options import format_option, words

if TYPE_CHECKING:
    from ..workspace import Provider, Workspace
    from .package import Package
    from .record import Record

_FOLDER = click.Path(path_type=Path)
#: Where a vendored package has the fixtures of its mock, if it has them.
MOCK_PLUGIN = "mock/pytest_plugin.py"


@click.group()
def vendor() -> None:
    """Take a client of a few models into another repository, and keep it up to date there."""


vendor.add_command(check_callers)


@vendor.command()
@click.argument("dest", type=_FOLDER)
@click.option("--model", "models", multiple=True, required=True, metavar="SLUG", callback=words, shell_complete=complete_slug, help="A model to take along (repeatable, or with commas).")  # fmt: skip
@click.option("--with", "parts", multiple=True, metavar="PART", callback=words, help="Optional parts: cli, pydantic, mock, and of the mock: playground, proxy, redis (repeatable, or with commas).")  # fmt: skip
@click.option("--target", default="python", show_default=True, metavar="NAME", help="What to write: python, contract or openapi.")  # fmt: skip
@provider_option
@quiet_option
@click.pass_obj
def add(
    context: CommandContext,
    dest: Path,
    models: tuple[str, ...],
    parts: tuple[str, ...],
    target: str,
    provider: str | None,
) -> None:
    """Write a package of just these models to the folder DEST, which must not exist yet.

    The package imports nothing of pagewright and nothing absolute of its own; it can be moved and renamed. In a
    workspace, pagewright.toml gets an entry for it.
    """
    add_package(context, dest, models, parts, target, provider)


def add_package(
    context: CommandContext,
    dest: Path,
    models: Sequence[str],
    parts: Sequence[str],
    target: str = "python",
    provider: str | None = None,
) -> None:
    """Write a package to `dest`, and note it in the workspace that it is in."""
    from ..lock import lock
    from .add import add as write
    from .add import refuse_taken, refuse_unimportable
    from .import_name import import_name, without_init
    from .messages import repair_told
    from .package import PYTHON, make, open_source
    from .record import NAME, needs

    refuse_taken(str(dest), dest)
    with context.progress() as progress:
        source = open_source(context.catalogue(provider, models), models)
        imported = import_name(dest) if target == PYTHON else ""
        package = make(source, models, parts, target=target, imported=imported, progress=progress)
    if "__init__.py" in package.files:
        refuse_unimportable(str(dest), dest)
    # The entry comes first: with it, a run that is killed can be repeated.
    noted = _note(context, dest, target)
    dest.parent.mkdir(parents=True, exist_ok=True)
    with lock(dest):
        repair_told(dest)
        if (dest / NAME).is_file():
            context.say(
                f"{dest} was written by another run, or by one that was interrupted; `pagewright vendor status {dest}` shows its state."
            )
            return
        refuse_taken(str(dest), dest)
        try:
            write(dest, package)
        except Exception:
            _forget(noted, dest)
            raise
    context.say(f"{dest}: {len(package.files)} files for {len(package.models)} {plural(len(package.models), 'model')}.")
    more = source.improving(target, parts)
    plugin = f'pytest_plugins = ["{imported}.mock.pytest_plugin"]'
    fixtures = f" For the mock's fixtures, write {plugin} into conftest.py." if (dest / MOCK_PLUGIN).is_file() else ""
    bare = [os.path.relpath(each / "__init__.py") for each in without_init(dest, imported)]
    if bare:
        fixtures += f" For mypy, add {' and '.join(bare)}, or set explicit_package_bases."
    better = f" For videos and sound of any length, its mock also uses {needs(more)}." if more else ""
    context.say(
        f"It needs {needs(package.requires)}.{better}{fixtures} Commit all of it, with {NAME} and the archive beside it."
    )


@vendor.command()
@click.argument("dests", metavar="[DEST…]", nargs=-1, type=_FOLDER)
@format_option
@quiet_option
@click.pass_obj
def status(context: CommandContext, dests: tuple[Path, ...], form: str) -> None:
    """Say whether vendored packages are as they were written, and whether there is something newer.

    Without DEST, those that pagewright.toml names. Each file is clean, edited, missing, behind, or left in conflict by an
    update. Exits 1 unless all are clean.
    """
    from ..lock import clear_stale_lock
    from .record import read_record
    from .status import Status, render
    from .status import status as look

    found: list[Status] = []
    for dest in dests or _noted(context):
        record = read_record(dest)
        clear_stale_lock(dest)
        found.append(look(str(dest), dest, record, _newer(context, dest, record)))
    clean = all(each.is_clean for each in found)
    if form != "text" or not (clean and context.quiet):
        text = render(found, form)
        if text:
            click.echo(text)
    if not clean:
        sys.exit(FINDINGS)


@vendor.command()
@click.argument("dest", required=False, type=_FOLDER)
@click.option("--model", "models", multiple=True, metavar="SLUG", callback=words, shell_complete=complete_slug, help="Just these models from now on (repeatable, or with commas) [default: as before].")  # fmt: skip
@click.option("--with", "parts", multiple=True, metavar="PART", callback=words, help="Just these optional parts from now on; 'none' for none [default: as before].")  # fmt: skip
@click.option("--ours", multiple=True, metavar="FILE", help="Keep this file as it is, whatever comes (repeatable).")
@click.option("--theirs", multiple=True, metavar="FILE", help="Replace this file, edits and all (repeatable).")
@click.option("--merge", "style", type=click.Choice(["beside", "markers", "diff3"]), default="beside", show_default=True, help="Where conflicts are shown: in FILE.new beside the file, or in the file with conflict markers; diff3 also shows the lines of the base.")  # fmt: skip
@quiet_option
@click.pass_obj
def update(
    context: CommandContext,
    dest: Path | None,
    models: tuple[str, ...],
    parts: tuple[str, ...],
    ours: tuple[str, ...],
    theirs: tuple[str, ...],
    style: str,
) -> None:
    """Bring a vendored package up to date, with the edits that were made in it; without DEST, all of pagewright.toml.

    Edits are merged into what comes. Where that can't be done nothing in the package changes; what would have come is
    put beside such files as FILE.new. Take what you need from it into FILE, run `pagewright vendor resolve FILE`, and run
    this again. With --merge=markers both versions are put into such files, with conflict markers.
    """
    if dest is None and (models or parts or ours or theirs):
        raise click.UsageError("--model, --with, --ours and --theirs are about one package: name its DEST.")
    updated = [
        update_package(context, each, models, parts, ours, theirs, style)
        for each in ([dest] if dest else _noted(context))
    ]
    if not all(updated):
        sys.exit(FINDINGS)


def update_package(
    context: CommandContext,
    dest: Path,
    models: Sequence[str] = (),
    parts: Sequence[str] = (),
    ours: Sequence[str] = (),
    theirs: Sequence[str] = (),
    style: str = "beside",
) -> bool:
    """Bring the package at `dest` up to date as `vendor update` does; return False where there are conflicts."""
    from ..lock import lock
    from .import_name import import_name
    from .messages import repair_told, tell
    from .package import PYTHON, make, open_source
    from .record import parts_of, read_record
    from .update import update as bring

    if not dest.is_dir():
        read_record(dest)
    with lock(dest):
        repair_told(dest)
        record = read_record(dest)
        with context.progress() as progress:
            wanted = tuple(models or record.models)
            source = open_source(_provider_of(context, record), wanted, record.models)
            chosen = parts_of(source, record, parts)
            package = make(
                source,
                wanted,
                chosen,
                target=record.target,
                known=record.models,
                imported=import_name(dest) if record.target == PYTHON else "",
                progress=progress,
            )
        decided = (_inner(dest, record, package, ours), _inner(dest, record, package, theirs))
        outcome = bring(dest, record, package, *decided, style)
    return tell(context, dest, outcome)


@vendor.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=_FOLDER)
@quiet_option
@click.pass_obj
def resolve(context: CommandContext, files: tuple[Path, ...]) -> None:
    """Take each FILE as it now is as the merge of your edits and the new version.

    An update found a conflict in it, and you have merged it by hand. FILE.new is removed unless you edited it. The next
    `vendor update` keeps the file. Files with conflict markers and files that are not valid Python are refused.
    """
    from ..lock import lock
    from .messages import repair_told, tell_resolved
    from .record import read_record
    from .resolve import check, left_out, package_of
    from .resolve import resolve as take

    groups: dict[Path, list[str]] = {}
    for file in files:
        folder, inner = package_of(file, _known_folders(context))
        groups.setdefault(folder, []).append(inner)
    for folder in groups:
        with lock(folder):
            repair_told(folder)
    for folder, inside in groups.items():
        check(folder, read_record(folder), inside)
    for folder, inside in groups.items():
        with lock(folder):
            record = read_record(folder)
            paths = check(folder, record, inside)
            untaken = left_out(folder, record, paths)
            record = take(folder, record, paths)
        tell_resolved(context, _as_named(folder), record, paths, untaken)


@vendor.command()
@click.argument("dests", metavar="[DEST…]", nargs=-1, type=_FOLDER)
@click.option("--incoming", is_flag=True, help="What an update would change, instead of what was edited.")
@quiet_option
@click.pass_obj
def diff(context: CommandContext, dests: tuple[Path, ...], incoming: bool) -> None:
    """Show what was edited in vendored packages, as a unified diff; without DEST, in those that pagewright.toml names.

    Exits 1 if there is anything.
    """
    from . import differ
    from .record import read_record

    folders = dests or _noted(context)
    differs = False
    for dest in folders:
        record = read_record(dest)
        if incoming:
            package = _newer(context, dest, record)
            lines = list(differ.incoming(dest, record, package)) if package else []
        else:
            lines = list(differ.edits(dest, record))
        differs = differs or bool(lines)
        if lines:
            heading = [f"{dest}:"] if len(folders) > 1 else []
            click.echo(colored("\n".join([*heading, *lines]), indent=""))
    if differs:
        sys.exit(FINDINGS)
    context.say("No difference.")


def _newer(context: CommandContext, dest: Path, record: Record) -> Package | None:
    """Return the package as it would be written now; None if nothing that decides its files has changed."""
    from .import_name import import_name
    from .package import PYTHON, fingerprint, make, open_source
    from .record import parts_of

    provider = _provider_of(context, record)
    if fingerprint(provider) == record.inputs:
        return None
    with context.progress() as progress:
        models = tuple(record.models)
        source = open_source(provider, models, models)
        return make(
            source,
            models,
            parts_of(source, record),
            target=record.target,
            known=models,
            imported=import_name(dest) if record.target == PYTHON else "",
            progress=progress,
        )


def _provider_of(context: CommandContext, record: Record) -> Provider:
    return context.catalogue(record.provider or None, record.models)


def _noted(context: CommandContext) -> list[Path]:
    """Return the folders of the packages that the workspace's configuration names, as seen from the current folder."""
    workspace = context.workspace()
    if not workspace.config.vendored:
        raise click.UsageError(f"{workspace.root} has no vendored package in {CONFIG}. Name the folder of one: DEST.")
    return [_as_named(workspace.root / each.path) for each in workspace.config.vendored]


def _known_folders(context: CommandContext) -> list[Path]:
    """Return the folders that `_noted` does; none where there is no workspace."""
    try:
        workspace = context.workspace()
    except NotAWorkspace:
        return []
    return [workspace.root / each.path for each in workspace.config.vendored]


def _as_named(folder: Path) -> Path:
    """Return the folder as it is named from the current one."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _forget(workspace: Workspace | None, dest: Path) -> None:
    """Take back the entry of a package that could not be written."""
    from ..workspace.edit import remove_vendored

    if workspace is not None:
        remove_vendored(workspace, dest.resolve().relative_to(workspace.root).as_posix())


def _note(context: CommandContext, dest: Path, target: str) -> Workspace | None:
    """Note a package in the configuration of the workspace that it is in; return that workspace if the entry is new."""
    from ..workspace import Vendored
    from ..workspace.edit import add_vendored

    workspace = context.available()
    folder = dest.resolve()
    if workspace.config.file is None or not folder.is_relative_to(workspace.root):
        return None
    is_new = add_vendored(workspace, Vendored(folder.relative_to(workspace.root).as_posix(), target))
    return workspace if is_new else None


def _inner(dest: Path, record: Record, package: Package, names: Iterable[str]) -> tuple[str, ...]:
    """Return paths in the package; the user may also name files relative to the current folder."""
    known = {*record.files, *package.files}

    def inner(name: str) -> str:
        place = Path(name).resolve()
        if name not in known and place.is_relative_to(dest.resolve()):
            return place.relative_to(dest.resolve()).as_posix()
        return name

    return tuple(inner(name) for name in names)
