"""The global options of the `pagewright` command, and how its subcommands print messages and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from .workspace import NotAWorkspace, Provider, find_installed_root, find_provider, find_providers, find_root


@dataclass(slots=True)
class CommandContext:
    """`root` is the clone that was named, if one was."""

    root: Path | None
    quiet: bool

    def workspace(self) -> Path:
        """Return the clone to work on: the one named with --root, or the one at or above the current folder."""
        start = (self.root or Path.cwd()).resolve()
        root = find_root(start)
        if self.root and root != start:
            raise NotAWorkspace(f"{self.root} has no specs/ and templates/.")
        return root

    def provider(self, name: str | None = None) -> Provider:
        """Return the provider of that clone with this name; without a name, its only one."""
        return find_provider(self.workspace(), name)

    def providers(self) -> list[Provider]:
        """Return all providers of that clone."""
        return find_providers(self.workspace())

    def catalogue(self, name: str | None = None, models: Iterable[str] = ()) -> Provider:
        """Return a provider of that clone as `provider` does; without a clone, one of the specs that this generator was
        installed with, which is what there is in a repository that only vendors.

        Of several providers, none of which is named, the one counts that has all of `models`.
        """
        return find_provider(self._specs(), name, models)

    def _specs(self) -> Path:
        if self.root:
            return self.workspace()
        # Folders of these names may be anything in somebody else's repository; a platform.yaml is ours.
        try:
            providers = self.providers()
        except NotAWorkspace:
            providers = []
        installed = find_installed_root()
        if installed is None or any(provider.platform.is_file() for provider in providers):
            return self.workspace()
        return installed

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
    session = CommandContext(context.find_root().params.get("root"), quiet=True)
    try:
        models = session.catalogue().models
    except (NotAWorkspace, OSError):
        return []
    slugs = (path.relative_to(models).as_posix().removesuffix(".yaml") for path in sorted(models.rglob("*.yaml")))
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
