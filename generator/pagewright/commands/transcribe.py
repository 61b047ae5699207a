"""`pagewright transcribe`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command_context import CommandContext, print_findings, provider_option, quiet_option
from ..errors import FINDINGS
from ..specs.values import cut
from .page_argument import NoModelPage, page_argument, source_of

if TYPE_CHECKING:
    from ..transcribe.add_model import AddedModel
    from ..transcribe.draft import Draft
    from ..transcribe.page_files import Address, SavedPage
    from ..transcribe.service import Service
    from ..workspace import Provider


@click.command()
@click.argument("pages_named", metavar="[PAGE]...", nargs=-1, type=page_argument)
@click.option(
    "--write", is_flag=True, help="Put the spec among the others and generate; an existing one is only compared."
)
@click.option(
    "--update", is_flag=True, help="Merge a page that has changed into its spec; what people wrote there stays."
)
@click.option(
    "--check", is_flag=True, help="Do the specs, or those of PAGE..., still say what their pages say? Exits 1 if not."
)
@click.option(
    "--pages",
    type=click.Path(path_type=Path),
    envvar="PAGEWRIGHT_PAGES",
    help="With --check: the folder of the saved pages.  [env: PAGEWRIGHT_PAGES]",
)
@click.option(
    "--fetch", is_flag=True, help="With --check: first fetch the pages whose `url` the specs name into --pages."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="With --check: the format of findings.",
)
@provider_option
@quiet_option
@click.pass_context
def transcribe(
    context: click.Context,
    pages_named: tuple[Path | Address, ...],
    write: bool,
    update: bool,
    check: bool,
    pages: Path | None,
    fetch: bool,
    form: str,
    provider: str | None,
) -> None:
    """Print the spec that PAGE documents; with --write, put it among your own specs.

    PAGE is a saved page (text, Markdown, HTML, MHTML), - for standard input, or an http(s) address.

    What the page left in doubt goes to standard error, with its line and column, and into the spec as `# review:`
    comments. Exits 1 if there is anything to review, or if PAGE is no model's page.
    """
    if write + update + check > 1:
        raise click.UsageError("--write, --update and --check exclude one another.")
    if (fetch or form != "text") and not check:
        raise click.UsageError("--fetch and --format belong to --check.")
    if check:
        _check(context.obj, pages_named, pages, provider, fetch, form)
        return
    if len(pages_named) != 1:
        raise click.UsageError("Name one PAGE to transcribe, or use --check.")
    page = pages_named[0]
    if update:
        from . import page_changes

        page_changes.update(context.obj, context.obj.provider(provider), page)
        return
    owner = context.obj.provider(provider) if write else context.obj.catalogue(provider)
    source = source_of(page)
    draft = draft_of(owner, source)
    if write and (owner.models / f"{draft.spec['slug']}.yaml").exists():
        _write_again(context.obj, owner, draft, source)
        return
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


def draft_of(owner: Provider, page: SavedPage) -> Draft:
    """Return the spec that a page documents, as a draft. Raises NoModelPage."""
    from ..specs.load import load_platform
    from ..transcribe.draft import draft
    from ..transcribe.pages.page import NotAModelPage
    from ..transcribe.service import service_of

    platform = load_platform(owner)
    if platform.platform is None:
        print_findings(platform.findings, "text")
        sys.exit(FINDINGS)
    try:
        drafted = draft(page.content, page.name, service_of(platform.platform), url=page.url)
    except NotAModelPage as error:
        raise NoModelPage(f"{page.given}: not a model's page: {error}.") from None
    _keep_address(drafted, page, service_of(platform.platform))
    if page.unusable:
        filed = draft_name(drafted)
        click.echo(
            f"note: {page.given} is filed as page {filed!r}, because no page can be named {page.unusable!r}.", err=True
        )
    return drafted


def _keep_address(drafted: Draft, page: SavedPage, service: Service) -> None:
    """Put the address that a saved page says it has into the spec, or say it where a person has to look at it first."""
    from ..transcribe.saved_address import address_in, is_usable, with_address

    url = "" if page.url else address_in(page.content)
    if not url:
        return
    if is_usable(url, drafted.spec["slug"].rpartition("/")[2], service):
        drafted.spec["pages"] = with_address(drafted.spec["pages"], url)
        return
    name = draft_name(drafted)
    click.echo(
        f"note: {page.given} says that its address is {cut(url, 200)}. If that is right, `pages: [{{name: {name}, url: …}}]` lets --check --fetch "
        "get it.",
        err=True,
    )


def draft_name(drafted: Draft) -> str:
    """Return the name of a draft's page."""
    (page,) = drafted.spec["pages"]
    return str(page if isinstance(page, str) else page["name"])


def _check(
    context: CommandContext,
    pages_named: tuple[Path | Address, ...],
    pages: Path | None,
    provider: str | None,
    fetch: bool,
    form: str,
) -> None:
    from . import page_changes

    named = [page for page in pages_named if isinstance(page, Path) and str(page) != "-"]
    if len(named) != len(pages_named):
        raise click.UsageError(
            "--check compares saved pages. To fetch those with an address in their specs, use --fetch."
        )
    if fetch and (named or pages is None):
        raise click.UsageError("--fetch takes --pages DIR, the folder for the pages, and no PAGE.")
    if not named:
        if pages is None:
            raise click.UsageError("--check takes --pages DIR, or the PAGEs to look at.")
        # Not checked by click: the environment may name a folder that only --check needs.
        if not pages.is_dir() and not fetch:
            raise click.BadParameter(f"'{pages}' is not a folder.", param_hint="'--pages' (env: PAGEWRIGHT_PAGES)")
    page_changes.check(context, named, pages, provider, fetch, form)


def _write_again(context: CommandContext, provider: Provider, draft: Draft, source: SavedPage) -> None:
    """Finish a run that was interrupted, or compare the page with the spec that there is, which stays as it is."""
    from . import page_changes

    added = write_spec(provider, draft)
    if added.exists:
        page_changes.compare(context, provider, source)
    elif added.repaired:
        context.say("An earlier run was interrupted; its work was completed.")


def _write_spec(context: CommandContext, provider: Provider, draft: Draft) -> None:
    added = write_spec(provider, draft)
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
    from ..vendor.record import packages_with

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
