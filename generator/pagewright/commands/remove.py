"""`pagewright remove`: take a model out of the workspace, with everything that was made of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command_context import CommandContext, complete_slug, plural, provider_option, quiet_option
from ..errors import FINDINGS, PagewrightError

if TYPE_CHECKING:
    from ..findings import Finding
    from ..vendor.record import Record
    from ..workspace import Provider, Workspace


class NotRemoved(PagewrightError):
    """The model can't be taken out; nothing was changed."""


@click.command()
@click.argument("model", shell_complete=complete_slug)
@provider_option
@quiet_option
@click.pass_obj
def remove(context: CommandContext, model: str, provider: str | None) -> None:
    """Take MODEL out of the workspace: its own spec, its generated files, and the packages of pagewright.toml.

    A package of several models is updated and keeps its edits. One that has no other model is deleted with its entry,
    unless it was edited. Calls of the model that are left in the workspace's Python files are listed, and the exit status
    is then 1.
    """
    from ..vendor.cli import update_package
    from ..vendor.record import packages_with

    workspace = context.workspace()
    packages = {workspace.root / folder: record for folder, record in packages_with(workspace, model).items()}
    owner = _owner(workspace, model, provider, packages)
    spec = owner.models / f"{model}.yaml"
    if not spec.is_file() and not packages:
        raise NotRemoved(
            f"{workspace.root} has no spec of its own for {model!r}, and no package of its pagewright.toml has the model."
        )
    for folder, record in packages.items():
        if len(record.models) == 1:
            _refuse_edited(folder, record)
    if owner.slugs.keys() == {model}:
        raise NotRemoved(
            f"{model} is the only model of {owner.name}. Delete {workspace.origin(owner.specs)}/ yourself."
        )
    if spec.is_file():
        spec.unlink()
        context.say(f"{workspace.origin(spec)} was deleted.")
        if model in owner.slugs:
            context.say(f"The spec of {model} that comes with pagewright counts again.")
        if owner.is_generated:
            _generate(context, owner)
    updated = True
    for folder, record in packages.items():
        left = [slug for slug in record.models if slug != model]
        if left:
            updated = update_package(context, folder, left) and updated
        else:
            _delete(context, workspace, folder)
    calls = _calls(workspace, owner, model, packages)
    for call in calls:
        click.echo(str(call))
    if calls:
        click.echo(f"{len(calls)} {plural(len(calls), 'call')} of {model} left in your code.", err=True)
    if calls or not updated:
        sys.exit(FINDINGS)


def _owner(workspace: Workspace, model: str, name: str | None, packages: dict[Path, Record]) -> Provider:
    from ..workspace import find_provider

    named = name or next((record.provider for record in packages.values() if record.provider), None)
    return find_provider(workspace, named, [model])


def _refuse_edited(folder: Path, record: Record) -> None:
    from ..vendor.status import status

    edited = [file.path for file in status(str(folder), folder, record, None).unclean if "missing" not in file.states]
    if edited:
        raise NotRemoved(
            f"{folder} has no other model and would be deleted, but {edited[0]} was edited. Delete the folder yourself, "
            "or restore the file from version control. Nothing was changed."
        )


def _calls(workspace: Workspace, owner: Provider, model: str, packages: dict[Path, Record]) -> list[Finding]:
    """Return the calls of the removed model in the Python files of the workspace, by way of these packages."""
    from ..vendor.callers.checking import check_calls
    from ..vendor.callers.sources import CalledPackage, read
    from ..vendor.package import open_source

    if not packages:
        return []
    code = read([workspace.root], [*packages, owner.generated])
    called: list[tuple[CalledPackage, Record | None]] = [
        (
            CalledPackage(folder=folder),
            replace(record, models={slug: record.models[slug] for slug in record.models if slug != model}),
        )
        for folder, record in packages.items()
    ]
    return [finding for finding in check_calls(open_source(owner), code, called).findings if finding.code == "C001"]


def _generate(context: CommandContext, owner: Provider) -> None:
    from ..generate import generate

    with context.progress() as progress:
        result = generate(owner, progress=progress)
    for problem in (*result.findings, *result.differences):
        click.echo(str(problem), err=True)
    context.say(f"{len(result.changes)} generated files changed.")


def _delete(context: CommandContext, workspace: Workspace, folder: Path) -> None:
    import shutil

    from ..vendor.record import NAME
    from ..workspace.edit import remove_vendored

    path = folder.relative_to(workspace.root).as_posix()
    # The record goes last, so that a run that is killed can be repeated.
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        elif child.name != NAME:
            child.unlink()
    remove_vendored(workspace, path)
    (folder / NAME).unlink()
    folder.rmdir()
    context.say(f"{path} had no other model: it was deleted, and its entry in pagewright.toml.")
