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
    """Say what is wrong with the specs, at file:line:column."""
    from ..specs.checked import read_checked

    findings: list[Finding] = []
    specs = 0
    for provider in context.obj.providers():
        checked = read_checked(provider)
        findings += checked.findings
        specs += len(checked.models) + 1
    findings = list(dict.fromkeys(findings))
    if findings or form == "json":
        print_findings(findings, form)
    else:
        context.obj.say(f"No findings in {specs} specs.")
    if findings:
        sys.exit(FINDINGS)
