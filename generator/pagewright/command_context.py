"""The global options of the `pagewright` command, and how its subcommands print messages and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .errors import PagewrightError
from .workspace import (
    NotAWorkspace,
    Provider,
    Workspace,
    find_provider,
    find_providers,
    find_workspace,
    installed_workspace,
    open_workspace,
)

if TYPE_CHECKING:
    from .findings import Finding


def _remove_litter(workspace: Workspace) -> None:
    """Remove the lock files that killed runs left: they block nobody, but somebody would commit them."""
    folders = [workspace.root, *(workspace.root / each.path for each in workspace.config.vendored)]
    if any((folder / ".pagewright.lock").is_file() for folder in folders):
        from .lock import clear_stale_lock

        for folder in folders:
            clear_stale_lock(folder)


@dataclass(slots=True)
class CommandContext:
    """The options of the command as a whole. `root` is the workspace that was named, if one was."""

    root: Path | None
    quiet: bool

    def workspace(self) -> Workspace:
        """Return the workspace to work on: the one named, or the one at or above the current folder."""
        workspace = open_workspace(self.root.resolve()) if self.root else find_workspace(Path.cwd())
        _remove_litter(workspace)
        return workspace

    def available(self) -> Workspace:
        """Return the workspace as `workspace` does; where there is none, what this generator was installed with."""
        try:
            return self.workspace()
        except NotAWorkspace:
            if self.root:
                raise
            return installed_workspace()

    def provider(self, name: str | None = None) -> Provider:
        """Return the provider of the workspace with this name; without a name, its only one."""
        return find_provider(self.workspace(), name)

    def providers(self) -> list[Provider]:
        """Return all providers of the workspace."""
        return find_providers(self.workspace())

    def catalogue(self, name: str | None = None, models: Iterable[str] = ()) -> Provider:
        """Return a provider of the workspace, or of the installed specs where there is no workspace.

        Without a name, it is the one that has all of `models`.
        """
        return find_provider(self.available(), name, models)

    def say(self, line: str) -> None:
        if not self.quiet:
            click.echo(line)

    @contextmanager
    def progress(self) -> Generator[Callable[[int, int], None], None, None]:
        """Show the progress of the run, on a terminal only. The line is removed at the end."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda done, total: None
            return
        try:
            yield lambda done, total: click.echo(f"\r{done} of {total} files\033[K", nl=False, err=True, color=True)
        finally:
            click.echo("\r\033[K", nl=False, err=True, color=True)


def complete_slug(context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Return the slugs that begin with `typed`, for a shell; nothing where there are no specs."""
    command = CommandContext(context.find_root().params.get("root"), quiet=True)
    try:
        slugs = [slug for provider in find_providers(command.available()) for slug in provider.slugs]
    except (PagewrightError, OSError):
        return []
    return [slug for slug in slugs if slug.startswith(typed)]


def _hush(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.obj.quiet = True


provider_option = click.option(
    "--provider", metavar="NAME", help="The provider [default: the only one, or the one whose models are named]."
)
#: `--quiet` after the subcommand means the same as before it.
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, expose_value=False, callback=_hush, help="Say nothing when all is well."
)


def plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def colored(text: str, indent: str = "  ") -> str:
    """Color the lines of a diff. click drops the colors where they are off."""
    colors = {f"{indent}+": "green", f"{indent}-": "red"}
    start = len(indent) + 1
    return "\n".join(
        click.style(line, fg=colors[line[:start]]) if line[:start] in colors else line for line in text.splitlines()
    )


def print_findings(findings: list[Finding], form: str) -> None:
    from .findings import report

    click.echo(report(findings, form), err=form == "text")
    if form == "text":
        count = len(findings)
        click.echo(f"{count} {plural(count, 'finding')}.", err=True)
