"""`pagewright generate`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..command_context import colored, complete_slug, plural, print_findings, quiet_option
from ..errors import FINDINGS

if TYPE_CHECKING:
    from ..generate import Result


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if generated/ is not what specs and templates give.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="SLUG",
    shell_complete=complete_slug,
    help="Only this model's files (repeatable).",
)
@click.option("--target", "targets", multiple=True, metavar="NAME", help="Only this target's files (repeatable).")
@quiet_option
@click.pass_context
def generate(
    context: click.Context, check: bool, force: bool, models: tuple[str, ...], targets: tuple[str, ...]
) -> None:
    """Make generated/ from specs/ and templates/."""
    from ..generate import generate as run

    if check and (force or models or targets):
        raise click.UsageError("--check looks at everything; it goes with no other option.")
    for provider in context.obj.providers():
        with context.obj.progress() as progress:
            result = run(provider, check=check, force=force, models=models, targets=targets, progress=progress)
        _show_result(context.obj.say, f"{provider.workspace.origin(provider.generated)}/", result, check=check)


def _show_result(say: Callable[[str], None], folder: str, result: Result, *, check: bool) -> None:
    if result.findings:
        print_findings(result.findings, "text")
        click.echo("Nothing was written.", err=True)
        sys.exit(FINDINGS)
    if result.differences:
        for difference in result.differences:
            click.echo(f"{folder}{colored(str(difference))}", err=True)
        count = len(result.differences)
        if check:
            click.echo(
                f"{count} {plural(count, 'difference')}. Run `pagewright generate`, and commit what it changes.",
                err=True,
            )
        else:
            click.echo(
                f"Nothing was written: {count} {plural(count, 'file')} edited by hand. Move the edit into the spec or "
                "the template, or overwrite with --force.",
                err=True,
            )
        sys.exit(FINDINGS)
    if result.repaired:
        say("An earlier run was interrupted; its leftovers were cleared up.")
    if check:
        say(f"{folder} is up to date: {result.files} files.")
    elif not result.changes:
        say(f"Nothing to do: {result.files} files are up to date.")
    else:
        for change in result.changes:
            say(f"{change.kind:8} {folder}{change.path}")
        say(f"{len(result.changes)} of {result.files} files written for {result.models} models.")
