"""`pagewright vendor check-callers`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...command_context import CommandContext, quiet_option
from ...errors import FINDINGS
from ..options import format_option

if TYPE_CHECKING:
    from .sources import CalledPackage


@click.command("check-callers")
@click.argument("sources", metavar="SRC…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--package",
    "packages",
    multiple=True,
    metavar="NAME|DEST",
    help="The package whose calls to look at, by import name or folder (repeatable) [default: each one vendored in SRC or below the current folder, or else in the repository around SRC].",
)
@format_option
@quiet_option
@click.pass_obj
def check_callers(context: CommandContext, sources: tuple[Path, ...], packages: tuple[str, ...], form: str) -> None:
    """Say which calls in the Python files of SRC the new version would refuse, at file:line:column.

    Reads the code without running it: parameters that are unknown, missing or have a value out of their range, and models
    that are gone. Calls that could not be judged are listed as notes, with the reason. Exits 1 if there are findings.
    """
    from ...findings import report
    from ..package import open_source
    from ..record import read_record
    from .checking import check_calls, summary
    from .sources import is_imported, packages_near, read

    folders = [source.resolve() for source in sources]
    chosen = [_package(name) for name in packages]
    if not chosen:
        chosen = [_package(str(place)) for place in packages_near(folders, Path.cwd().resolve())]
    if not chosen:
        raise click.UsageError(
            "No package is vendored in there or around it. Say which one is called, with --package NAME or DEST."
        )
    code = read(folders, [package.folder for package in chosen if package.folder])
    for package in chosen:
        if package.name and not is_imported(package, code):
            click.echo(
                f"note: no file that was read imports {package.name}, and no package is vendored in such a folder.",
                err=True,
            )
    records = [read_record(package.folder) if package.folder else None for package in chosen]
    providers = {context.catalogue(record.provider or None, record.models) for record in records if record} or {
        context.catalogue()
    }
    if len(providers) > 1:
        raise click.UsageError("The packages are of several providers. Name those of one, with --package.")
    judged = check_calls(open_source(providers.pop()), code, list(zip(chosen, records, strict=True)))
    findings, notes = judged.findings, judged.notes
    if form == "json":
        click.echo(report([*findings, *notes], form))
    elif findings:
        click.echo(report(findings, form))
    if form == "github" and notes:
        click.echo(report(notes, form, level="notice"))
    if form == "text":
        for note in sorted(notes):
            click.echo(f"note: {note}", err=True)
    if findings or not context.quiet:
        click.echo(summary(judged), err=form != "text")
    if findings:
        sys.exit(FINDINGS)


def _package(name: str) -> CalledPackage:
    from ..record import NAME, read_record
    from .sources import CalledPackage

    if all(part.isidentifier() for part in name.split(".")) and not Path(name, NAME).is_file():
        return CalledPackage(name=name)
    read_record(Path(name))
    return CalledPackage(folder=Path(name).resolve())
