"""`pagewright diff`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..command_context import quiet_option
from ..errors import FINDINGS
from ..workspace import NotAWorkspace


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["breaking", "additive", "textual"]), help="Exit 1 on such a change, or a worse one."
)
@quiet_option
@click.pass_context
def diff(context: click.Context, old: str, new: str, form: str, fail_on: str | None) -> None:
    """Say what changed in the specs between OLD and NEW: two files, two folders or two git revisions.

    A change is breaking if a call that was right may now be refused or mean something else, additive if it only allows
    more, textual if it changes words.
    """
    from ..comparing.diff import KINDS, compare, report
    from ..comparing.revisions import read_pair

    try:
        workspace = context.obj.workspace()
        place = workspace.root, workspace.config.specs
    except NotAWorkspace:
        # Revisions are those of the user's repository, never of the installed pagewright.
        place = context.obj.root or Path.cwd(), "specs"
    changes = compare(*read_pair(place[0], old, new, place[1]))
    if not (context.obj.quiet and not changes):
        click.echo(report(changes, form))
    if fail_on and any(KINDS.index(change.kind) <= KINDS.index(fail_on) for change in changes):
        sys.exit(FINDINGS)
