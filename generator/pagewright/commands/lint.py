"""`pagewright lint`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..command_context import print_findings, quiet_option
from ..errors import FINDINGS

if TYPE_CHECKING:
    from ..findings import Finding


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "github", "json"]), default="text", show_default=True)
@quiet_option
@click.pass_context
def lint(context: click.Context, form: str) -> None:
    """Say what is wrong with the specs, at file:line:column.

    Notes say which specs of your own replace installed ones, and in what; they don't change the exit status.
    """
    from ..findings import report
    from ..specs.load_and_lint import read_checked
    from ..specs.notes import replaced_specs, undeclared_templates

    findings: list[Finding] = []
    notes = list(undeclared_templates(context.obj.workspace()))
    specs = 0
    for provider in context.obj.providers():
        checked = read_checked(provider)
        findings += checked.findings
        notes += replaced_specs(provider)
        specs += len(checked.models) + 1
    findings = list(dict.fromkeys(findings))
    if form == "json":
        click.echo(report([*findings, *notes], form))
    elif findings:
        print_findings(findings, form)
    else:
        context.obj.say(f"No findings in {specs} specs.")
    if form == "github" and notes:
        click.echo(report(notes, form, "notice"))
    elif form == "text" and not context.obj.quiet:
        for note in notes:
            click.echo(f"note: {note}", err=True)
    if findings:
        sys.exit(FINDINGS)
