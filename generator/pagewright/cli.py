"""The `pagewright` command.

Exit status: 0 done, 1 findings or differences, 2 wrong usage, 3 an internal error, 130 interrupted by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import FINDINGS, INTERNAL, INTERRUPTED, PagewrightError, UsageError
from .session import Session, colored, complete_slug, plural, provider_option, quiet_option
from .signals import stoppable
from .vendor.cli import vendor

if TYPE_CHECKING:
    from .findings import Finding
    from .generate import Result
    from .specs.spec import Model
    from .transcribe.draft import Draft
    from .workspace import Provider


class _Group(click.Group):
    """Turns the errors that a user can mend into one line and a status, and any other into status 3."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with stoppable():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except PagewrightError as error:
            _fail(str(error), error.status)
        except BrokenPipeError:
            raise
        except KeyboardInterrupt:
            _fail("interrupted. Run the command again to continue.", INTERRUPTED)
        except OSError as error:
            _fail(f"{error.filename or 'disk'}: {error.strerror or error}", INTERNAL)
        except Exception as error:
            if os.environ.get("PAGEWRIGHT_DEBUG"):
                raise
            _fail(f"internal error: {type(error).__name__}: {error} (PAGEWRIGHT_DEBUG=1 shows more)", INTERNAL)


def _fail(message: str, status: int) -> None:
    click.echo(f"pagewright: {message}", err=True)
    sys.exit(status)


def _print_completion(context: click.Context, _: click.Parameter, shell: str | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "pagewright", "_PAGEWRIGHT_COMPLETE").source())
    context.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pagewright")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The clone to work on [default: here or above].",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing when all is well.")
@click.option(
    "--completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=_print_completion,
    help='Print a script that completes this command in a shell, and exit: eval "$(pagewright --completion bash)".',
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.pass_context
def main(context: click.Context, root: Path | None, quiet: bool, color: str) -> None:
    """Turn the documentation pages of hosted image models into clients, mocks and specs: the page is the spec.

    Exit status: 0 done, 1 findings or differences, 2 wrong usage, 3 an internal error, 130 interrupted.
    """
    try:
        import fcntl  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        raise UsageError("runs on Linux and macOS only: this Python has no module fcntl") from None
    # None leaves it to click, which drops colours where a stream is no terminal.
    context.color = {"always": True, "never": False, "auto": False if os.environ.get("NO_COLOR") else None}[color]
    context.obj = Session(root, quiet)


main.add_command(vendor)


@main.command()
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
    from .generate import generate as run

    if check and (force or models or targets):
        raise click.UsageError("--check looks at everything; it goes with no other option.")
    for provider in context.obj.providers():
        with context.obj.progress() as progress:
            result = run(provider, check=check, force=force, models=models, targets=targets, progress=progress)
        _show_result(context.obj.say, f"generated/{provider.name}/", result, check=check)


def _show_result(say: Callable[[str], None], folder: str, result: Result, *, check: bool) -> None:
    if result.findings:
        _print_findings(result.findings, "text")
        click.echo("Nothing was written.", err=True)
        sys.exit(FINDINGS)
    if result.differences:
        for difference in result.differences:
            click.echo(f"{folder}{colored(str(difference))}", err=True)
        count = len(result.differences)
        if check:
            click.echo(f"{count} {plural(count, 'difference')}. Run `make`, and commit what it changes.", err=True)
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


@main.command()
@click.option("--format", "form", type=click.Choice(["text", "github", "json"]), default="text", show_default=True)
@quiet_option
@click.pass_context
def lint(context: click.Context, form: str) -> None:
    """Say what is wrong with the specs, at file:line:column."""
    from .rendering.target import load_targets
    from .specs.lint import lint as check
    from .specs.load import load

    targets, findings = load_targets(context.obj.workspace())
    specs = 0
    for provider in context.obj.providers():
        loaded = load(provider)
        findings += loaded.findings
        findings += check(loaded.platform, loaded.models, complete=loaded.complete, targets=targets)
        specs += len(loaded.models) + 1
    if findings or form == "json":
        _print_findings(findings, form)
    else:
        context.obj.say(f"No findings in {specs} specs.")
    if findings:
        sys.exit(FINDINGS)


@main.command()
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
    """Print the spec that the saved page PAGE documents.

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
    from .specs.load import load_platform
    from .transcribe.draft import draft as make_draft
    from .transcribe.forms.document import NotAModelPage
    from .transcribe.forms.source import bytes_of
    from .transcribe.service import service_of
    from .transcribe.write import to_yaml

    owner = context.obj.provider(provider) if write else context.obj.catalogue(provider)
    platform = load_platform(owner)
    if platform.platform is None:
        _print_findings(platform.findings, "text")
        sys.exit(FINDINGS)
    try:
        draft = make_draft(bytes_of(page, pipe=True), _page_name(page), service_of(platform.platform))
    except NotAModelPage as error:
        _fail(f"{page}: no model's page: {error}.", FINDINGS)
        return
    if not write:
        click.echo(to_yaml(draft), nl=False)
    for review in draft.reviews:
        click.echo(f"{page}:{review.line}:{review.column}: {review.message}", err=True)
    if draft.reviews:
        click.echo(f"{len(draft.reviews)} to review.", err=True)
    if write:
        _adopt(context, owner, draft)
    if draft.reviews:
        sys.exit(FINDINGS)


def _page_name(page: Path) -> str:
    """Return the name under which a page is filed: that of its file, without the ending of its form."""
    return page.stem if page.suffix.lower() in (".txt", ".md", ".html", ".htm", ".mhtml", ".webarchive") else page.name


def _check_pages(context: click.Context, pages: Path, name: str | None) -> None:
    from .specs.load import load
    from .transcribe.check import check_pages

    findings: list[Finding] = []
    models: list[Model] = []
    for provider in [context.obj.provider(name)] if name else context.obj.providers():
        loaded = load(provider)
        findings += loaded.findings if loaded.catalog is None else check_pages(loaded.catalog, pages)
        models += loaded.models
    if findings:
        _print_findings(findings, "text")
        sys.exit(FINDINGS)
    count = sum(len(model.pages) for model in models)
    context.obj.say(f"{len(models)} specs say what their {count} pages say, but for their errata.")


def _adopt(context: click.Context, provider: Provider, draft: Draft) -> None:
    from .comparing.diff import report
    from .transcribe.adopt import adopt

    adoption = adopt(provider, draft)
    if adoption.findings:
        _print_findings(adoption.findings, "text")
        click.echo("Nothing was written.", err=True)
        sys.exit(FINDINGS)
    if adoption.existing is not None:
        click.echo(report(adoption.existing, "text"))
        click.echo(
            f"{adoption.path} is there already and stays as it is; above is what the page says otherwise.", err=True
        )
        sys.exit(FINDINGS)
    say = context.obj.say
    if adoption.repaired:
        say("An earlier run was interrupted; what it had begun was finished.")
    say(f"{adoption.path} is new, and {len(adoption.result.changes) if adoption.result else 0} files were generated.")
    say("Next: go through its `# review:` comments, say its texts in your own words, and run make.")


@main.command()
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
    from .comparing.diff import KINDS, compare, report
    from .comparing.editions import read_pair

    changes = compare(*read_pair(context.obj.workspace(), old, new))
    if not (context.obj.quiet and not changes):
        click.echo(report(changes, form))
    if fail_on and any(KINDS.index(change.kind) <= KINDS.index(fail_on) for change in changes):
        sys.exit(FINDINGS)


def _print_findings(findings: list[Finding], form: str) -> None:
    from .findings import report

    click.echo(report(findings, form), err=form == "text")
    if form == "text":
        count = len(findings)
        click.echo(f"{count} {plural(count, 'finding')}.", err=True)
