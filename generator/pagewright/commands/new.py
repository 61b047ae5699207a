"""`pagewright new`: from a model's page to a client in the user's code, in one command that can be run again."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command_context import CommandContext, plural, print_findings, provider_option, quiet_option
from ..errors import FINDINGS, PagewrightError, UsageError
from ..vendor.options import words
from ..workspace import NotAWorkspace
from .init import make_workspace
from .page_argument import page_argument, source_of
from .transcribe import draft_of, write_spec

if TYPE_CHECKING:
    from ..transcribe.page_files import Address, SavedPage
    from ..vendor.record import Record
    from ..workspace import Provider


class ChangedPage(PagewrightError):
    """The page has changed since its spec was written. Nothing was written."""


@click.command()
@click.argument("page", type=page_argument)
@click.option(
    "--into",
    required=True,
    metavar="PACKAGE",
    type=click.Path(path_type=Path),
    help="The folder of the client, such as acme/pictures; a package that exists gets the model too.",
)
@click.option(
    "--with",
    "parts",
    multiple=True,
    metavar="PART",
    callback=words,
    help="Parts beside the mock: cli, pydantic, playground, proxy, redis (repeatable, or with commas).",
)
@provider_option
@quiet_option
@click.pass_obj
def new(
    context: CommandContext, page: Path | Address, into: Path, parts: tuple[str, ...], provider: str | None
) -> None:
    """Read PAGE, a saved page or an address, and put a client of its model and a mock into PACKAGE.

    Makes the repository a workspace if it is none, writes the spec, and lists what the page left in doubt. As long as the
    spec has `# review:` comments, the command stops there with exit status 1: decide each, delete the comment, and run
    the command again.
    """
    from ..specs.notes import review_comments
    from ..transcribe.add_model import refuse_installed
    from ..vendor.add import refuse_unimportable

    # A page that can't be read leaves nothing behind.
    refuse_unimportable(str(into), into)
    source = source_of(page)
    draft = draft_of(context.catalogue(provider), source)
    made = _ensure_workspace(context)
    owner = context.provider(provider)
    slug = draft.spec["slug"]
    try:
        refuse_installed(owner, slug)
        if slug in owner.slugs:
            _refuse_changed(owner, source)
        else:
            write_spec(owner, draft)
    except BaseException:
        if made is not None:
            made.unlink(missing_ok=True)
        raise
    if made is not None:
        context.say(f"{made} is new.")
    spec = owner.slugs[slug]
    reviews = list(review_comments(spec))
    if reviews:
        origin = owner.workspace.origin(spec)
        for line, words in reviews:
            click.echo(f"{origin}:{line}: {words}", err=True)
        click.echo(
            f"{len(reviews)} to review in {origin}. Decide each, delete its comment, and run this again.", err=True
        )
        sys.exit(FINDINGS)
    record = _vendor(context, owner, slug, into, parts)
    context.say(_example(owner, record, slug, into))


def _ensure_workspace(context: CommandContext) -> Path | None:
    """Make a workspace of the repository around the current folder, unless there is one; return the file that was written."""
    try:
        context.workspace()
    except NotAWorkspace:
        here = (context.root or Path.cwd()).resolve()
        folder = next((each for each in (here, *here.parents) if (each / ".git").exists()), here)
        make_workspace(folder)
        return folder / "pagewright.toml"
    return None


def _refuse_changed(owner: Provider, page: SavedPage) -> None:
    """Raise ChangedPage if the facts of the page differ from those that its spec was written from."""
    from ..transcribe.update_from_page import update_from_page

    result = update_from_page(owner, page, write=False)
    if result.findings:
        print_findings(result.findings, "text")
        click.echo("Nothing was written.", err=True)
        sys.exit(FINDINGS)
    if result.changes:
        count = len(result.changes)
        shown = "the page on standard input" if page.given == "-" else page.given
        raise ChangedPage(
            f"{shown} differs from {result.spec} in {count} {plural(count, 'fact')}, first: {result.changes[0].message}. Take them up with "
            f"pagewright transcribe {shlex.quote(page.given)} --update, and run this again. Nothing was written."
        )


def _vendor(context: CommandContext, owner: Provider, slug: str, into: Path, parts: tuple[str, ...]) -> Record:
    """Write the package, or add the model to the one that exists."""
    from ..vendor.cli import add_package, update_package
    from ..vendor.record import NAME, read_record

    if (into / NAME).is_file():
        record = read_record(into)
        # The first edition had one provider and did not note it.
        noted = record.provider or context.catalogue(None, record.models).name
        if noted != owner.name:
            raise UsageError(f"{into} is a client of {noted}, and {slug} is of {owner.name}. Choose another folder.")
        models = list(dict.fromkeys([*record.models, slug]))
        if not update_package(context, into, models, list({*record.parts, *parts, "mock"})):
            sys.exit(FINDINGS)
    else:
        add_package(context, into, [slug], list({*parts, "mock"}), provider=owner.name)
    return read_record(into)


def _example(owner: Provider, record: Record, slug: str, into: Path) -> str:
    """Return three lines of Python that call the model on the vendored mock."""
    from ..rendering.names import parameter_keyword
    from ..vendor.import_name import import_name
    from ..vendor.package import open_source
    from ..vendor.record import needs

    source = open_source(owner, [slug])
    (model,) = source.catalog.models
    prefix = source.catalog.platform.names["class_prefix"]
    package = import_name(into)
    uses = [*record.requires, *source.improving(record.target, record.parts)]
    shown = [each.name for each in model.parameters if each.required] or [
        model.output[role] for role in ("messages", "prompt", "text") if role in model.output
    ]
    arguments = ", ".join(
        f"{parameter_keyword(name, source.reserved)}={model.arguments[name]!r}"
        for name in shown
        if name in model.arguments
    )
    return f"""
Try it on the mock, which costs nothing (it needs {needs(uses)}):

from {package} import {prefix}Client; from {package}.mock import serving
with serving() as mock, {prefix}Client(api_key="any-key-will-do", base_url=mock.url) as client:
    print(client.{record.models[slug].name}.generate({arguments}))"""
