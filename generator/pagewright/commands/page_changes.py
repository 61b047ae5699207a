"""`pagewright transcribe --check` and `--update`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command_context import CommandContext, plural, print_findings
from ..errors import FINDINGS
from .page_argument import source_of

if TYPE_CHECKING:
    from ..findings import Finding
    from ..transcribe.check_workspace import CheckedSpecs
    from ..transcribe.page_files import Address, SavedPage
    from ..transcribe.update_from_page import UpdatedSpec
    from ..workspace import Provider


def check(
    context: CommandContext, named: Sequence[Path], folder: Path | None, provider: str | None, fetch: bool, form: str
) -> None:
    """Compare specs with their pages. Ends the command with exit status 1 if there are findings."""
    from ..transcribe.check_workspace import check_specs

    providers = [context.provider(provider)] if provider else context.providers()
    gone: dict[str, Finding] = {}
    if fetch and folder is not None:
        from ..transcribe.fetched_pages import fetch_pages

        fetched = fetch_pages(providers, folder)
        gone = fetched.findings
        if form == "text":
            for line in fetched.lines:
                context.say(line)
            if fetched.without:
                _tell_without(fetched.without)
    checked = check_specs(providers, folder, named, gone)
    if checked.unknown:
        names = ", ".join(str(path) for path in checked.unknown)
        raise click.UsageError(
            f"No spec names the {plural(len(checked.unknown), 'page')} {names}. Write one with --write."
        )
    _report(context, checked, sorted({*checked.findings, *gone.values()}), form)


def _tell_without(pages: Sequence[str]) -> None:
    """Say which pages were not fetched, because no spec has their address."""
    has = "has" if len(pages) == 1 else "have"
    click.echo(
        f"note: {len(pages)} {plural(len(pages), 'page')} {has} no address and {'was' if len(pages) == 1 else 'were'} not fetched: "
        f"{', '.join(pages)}. Write it into the spec: `pages: [{{name: {pages[0]}, url: https://…}}]`.",
        err=True,
    )


def _report(context: CommandContext, checked: CheckedSpecs, findings: list[Finding], form: str) -> None:
    from ..findings import report

    if form == "json" or findings:
        print_findings(findings, form)
    elif form == "text":
        specs, pages = plural(checked.specs, "spec"), plural(checked.pages, "page")
        says, its = ("says", "its") if checked.specs == 1 else ("say", "their")
        say = "says" if checked.pages == 1 else "say"
        context.say(f"{checked.specs} {specs} {says} what {its} {checked.pages} {pages} {say}, but for {its} errata.")
    if form == "github" and checked.notes:
        click.echo(report(checked.notes, form, "notice"))
    elif form == "text" and not context.quiet:
        for note in checked.notes:
            click.echo(f"note: {note}", err=True)
    if findings:
        sys.exit(FINDINGS)


def update(context: CommandContext, provider: Provider, page: Path | Address) -> None:
    """Merge a page into its spec. Ends the command with exit status 1 if a person must decide something."""
    from ..transcribe.update_from_page import update_from_page

    result = update_from_page(provider, source_of(page))
    if result.note:
        click.echo(f"note: {result.note}", err=True)
    if result.findings:
        print_findings(result.findings, "text")
        click.echo("Nothing was written.", err=True)
        sys.exit(FINDINGS)
    if not result.wrote_spec and not result.wrote_record:
        _tell_unchanged(context, provider, page, result)
        return
    for change in result.changes:
        context.say(f"{page}: {change.message}")
    _tell_written(context, provider, result)
    for line, text in result.reviews:
        click.echo(f"{result.spec}:{line}: {text}", err=True)
    if result.reviews:
        click.echo(f"{len(result.reviews)} to review.", err=True)
        sys.exit(FINDINGS)


def compare(context: CommandContext, provider: Provider, page: SavedPage) -> None:
    """Say how a page differs from its spec, which stays as it is. Ends the command with exit status 1 if it does."""
    from ..transcribe.update_from_page import update_from_page

    result = update_from_page(provider, page, write=False)
    if result.note:
        click.echo(f"note: {result.note}", err=True)
    if result.findings:
        print_findings(result.findings, "text")
    for change in result.changes:
        click.echo(f"{page.given}: {change.message}")
    if result.findings or result.changes:
        click.echo(
            f"{result.spec} exists and stays as it is; above is what changed on the page. Merge it with --update.",
            err=True,
        )
        sys.exit(FINDINGS)
    context.say(f"{result.spec} exists and stays as it is; the page is as it was last read.")
    if result.differing:
        print_findings(result.differing, "text")
    if _tell_open_reviews(provider, result.spec) or result.differing:
        sys.exit(FINDINGS)


def _tell_unchanged(context: CommandContext, provider: Provider, page: Path | Address, result: UpdatedSpec) -> None:
    """Say that the page is as it was last read. Ends the command with exit status 1 if the spec needs a person nevertheless."""
    context.say(f"{page}: unchanged since it was last read; nothing was written.")
    if result.differing:
        count = len(result.differing)
        click.echo(
            f"{result.spec} differs from it in {count} {plural(count, 'fact')}, which --check lists. If the spec is an older one that was "
            f"restored, delete {result.record} and run this again: then the page is merged anew. To keep what the spec says, write errata "
            "(docs/spec-language.md).",
            err=True,
        )
    if _tell_open_reviews(provider, result.spec) or result.differing:
        sys.exit(FINDINGS)


def _tell_open_reviews(provider: Provider, spec: str) -> bool:
    """List the reviews of a spec that are open, and return whether there are any."""
    from ..specs.notes import open_reviews

    reviews = [each for each in open_reviews(provider) if each.path == spec]
    for review in reviews:
        click.echo(f"{review.path}:{review.line}: {review.message}", err=True)
    if reviews:
        click.echo(f"{len(reviews)} to review.", err=True)
    return bool(reviews)


def _tell_written(context: CommandContext, provider: Provider, result: UpdatedSpec) -> None:
    if result.wrote_spec and result.installed:
        context.say(
            f"{result.spec} is new, from the installed spec with these changes, and {result.record} is written."
        )
    elif result.wrote_spec:
        context.say(f"{result.spec} is updated, and {result.record}.")
    else:
        context.say(f"{result.record} is written; {result.spec} stays as it is.")
    if not result.wrote_spec:
        return
    decide = "decide what is left to review, and " if result.reviews else ""
    if provider.is_generated:
        context.say(f"Next: {decide}run pagewright generate.")
        return
    from ..vendor.record import packages_with

    packages = packages_with(provider.workspace, result.slug)
    if packages:
        context.say(f"Next: {decide}take it along with")
        for folder in packages:
            context.say(f"  pagewright vendor update {folder}")
