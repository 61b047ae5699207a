"""`pagewright transcribe`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command_context import CommandContext, print_findings, provider_option, quiet_option
from ..errors import FINDINGS, PagewrightError

if TYPE_CHECKING:
    from ..findings import Finding
    from ..specs.spec import Model
    from ..transcribe.add_model import AddedModel
    from ..transcribe.draft import Draft
    from ..vendor.record import Record
    from ..workspace import Provider, Workspace


class NoDraft(PagewrightError):
    """A file is not a page of a model."""


@click.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--write", is_flag=True, help="Put the spec among the others and generate; an existing one is only compared."
)
@click.option("--check", is_flag=True, help="Do the specs still say what their pages say? Exits 1 if not.")
@click.option(
    "--pages",
    type=click.Path(path_type=Path),
    envvar="PAGEWRIGHT_PAGES",
    help="With --check: the folder of the saved pages.  [env: PAGEWRIGHT_PAGES]",
)
@provider_option
@quiet_option
@click.pass_context
def transcribe(
    context: click.Context, page: Path | None, write: bool, check: bool, pages: Path | None, provider: str | None
) -> None:
    """Print the spec that the saved page PAGE documents; with --write, put it among your own specs.

    What the page left in doubt goes to standard error, with its line and column, and into the spec as `# review:`
    comments. Exits 1 if there is anything to review, or if PAGE is no model's page.
    """
    if check:
        if page or write or pages is None:
            raise click.UsageError("--check looks at all specs: it takes --pages DIR, and no PAGE.")
        # Not checked by click: the environment may name a folder that only --check needs.
        if not pages.is_dir():
            raise click.BadParameter(f"'{pages}' is not a folder.", param_hint="'--pages' (env: PAGEWRIGHT_PAGES)")
        _check_pages(context, pages, provider)
        return
    if page is None:
        raise click.UsageError("Name the PAGE to transcribe, or use --check.")
    owner = context.obj.provider(provider) if write else context.obj.catalogue(provider)
    draft = draft_of(owner, page)
    if not write:
        from ..transcribe.write import to_yaml

        click.echo(to_yaml(draft), nl=False)
    for review in draft.reviews:
        click.echo(f"{page}:{review.line}:{review.column}: {review.message}", err=True)
    if draft.reviews:
        click.echo(f"{len(draft.reviews)} to review.", err=True)
    if write:
        _write_spec(context.obj, owner, draft)
    if draft.reviews:
        sys.exit(FINDINGS)


def draft_of(owner: Provider, page: Path) -> Draft:
    """Return the spec that a page documents, as a draft.

    Raises:
        NoDraft: The file is not a page of a model.
    """
    from ..specs.load import load_platform
    from ..transcribe.draft import draft
    from ..transcribe.forms.source import bytes_of
    from ..transcribe.pages.page import NotAModelPage
    from ..transcribe.service import service_of

    platform = load_platform(owner)
    if platform.platform is None:
        print_findings(platform.findings, "text")
        sys.exit(FINDINGS)
    try:
        return draft(bytes_of(page, pipe=True), _page_name(page), service_of(platform.platform))
    except NotAModelPage as error:
        raise NoDraft(f"{page}: not a model's page: {error}.") from None


def _check_pages(context: click.Context, pages: Path, name: str | None) -> None:
    from ..specs.load import load
    from ..transcribe.check import check_pages

    findings: list[Finding] = []
    models: list[Model] = []
    for provider in [context.obj.provider(name)] if name else context.obj.providers():
        loaded = load(provider)
        known = [model for model in loaded.models if _is_checked(provider, model, pages)]
        if loaded.catalog is None:
            findings += loaded.findings
        else:
            findings += check_pages(replace(loaded.catalog, models=tuple(known)), pages)
        models += known
    if findings:
        print_findings(findings, "text")
        sys.exit(FINDINGS)
    count = sum(len(model.pages) for model in models)
    context.obj.say(f"{len(models)} specs say what their {count} pages say, but for their errata.")


def _is_checked(provider: Provider, model: Model, pages: Path) -> bool:
    """Return whether a spec is compared: always if it is the workspace's own, otherwise if one of its pages is at hand."""
    return provider.slugs[model.slug].is_relative_to(provider.root) or any(
        (pages / f"{name}.txt").is_file() for name in model.pages
    )


def _write_spec(context: CommandContext, provider: Provider, draft: Draft) -> None:
    from ..comparing.diff import report

    added = write_spec(provider, draft)
    if added.existing is not None:
        click.echo(report(added.existing, "text"))
        click.echo(f"{added.path} exists and stays as it is; above is how the page differs from it.", err=True)
        sys.exit(FINDINGS)
    if added.repaired:
        context.say("An earlier run was interrupted; its work was completed.")
    if provider.is_generated:
        changed = len(added.result.changes) if added.result else 0
        context.say(f"{added.path} is new, and {changed} files were generated.")
        context.say(
            "Next: go through its `# review:` comments, put its texts into your own words, and run `pagewright generate`."
        )
        return
    slug = draft.spec["slug"]
    context.say(f"{added.path} is new.")
    context.say("Next: decide its `# review:` comments, put its texts into your own words, and take it along with")
    packages = packages_with(provider.workspace, slug)
    for folder in packages:
        context.say(f"  pagewright vendor update {folder}")
    if not packages:
        context.say(f"  pagewright vendor add acme/pictures --model {slug}")


def write_spec(provider: Provider, draft: Draft) -> AddedModel:
    """Write the draft to the workspace. With findings, print them and end the command."""
    from ..transcribe.add_model import add_model

    added = add_model(provider, draft)
    if added.findings:
        print_findings(added.findings, "text")
        click.echo("Nothing was written.", err=True)
        sys.exit(FINDINGS)
    return added


def packages_with(workspace: Workspace, slug: str) -> dict[str, Record]:
    """Return the vendored packages that `pagewright.toml` names and that have the model, by folder."""
    from ..vendor.record import NAME, read_record

    folders = [entry.path for entry in workspace.config.vendored if (workspace.root / entry.path / NAME).is_file()]
    records = {folder: read_record(workspace.root / folder) for folder in folders}
    return {folder: record for folder, record in records.items() if slug in record.models}


def _page_name(page: Path) -> str:
    """Return the name under which a page is filed: that of its file, without the ending of its form."""
    return page.stem if page.suffix.lower() in (".txt", ".md", ".html", ".htm", ".mhtml", ".webarchive") else page.name
