"""The `pagewright` command.

Exit status: 0 done, 1 findings or differences, 2 wrong usage, 3 an internal error, 130 interrupted by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from . import __version__
from .command_context import CommandContext
from .commands.diff import diff
from .commands.generate import generate
from .commands.init import init, schema
from .commands.lint import lint
from .commands.new import new
from .commands.remove import remove
from .commands.transcribe import transcribe
from .errors import INTERNAL, INTERRUPTED, PagewrightError, UsageError
from .signals import stoppable
from .vendor.cli import vendor


class _ReportingGroup(click.Group):
    """Turn the errors that a user can fix into one line and a status, and any other into status 3."""

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


@click.group(cls=_ReportingGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pagewright")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The workspace to work on [default: the one at or above the current folder].",
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
    """Turn the documentation pages of hosted models, whatever they make, into clients, mocks and specs: the page is the spec.

    Exit status: 0 done, 1 findings or differences, 2 wrong usage, 3 an internal error, 130 interrupted.
    """
    try:
        import fcntl  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        raise UsageError("runs on Linux and macOS only: this Python has no module fcntl") from None
    # None leaves it to click, which drops colours where a stream is not a terminal.
    context.color = {"always": True, "never": False, "auto": False if os.environ.get("NO_COLOR") else None}[color]
    context.obj = CommandContext(root, quiet)


for _command in (diff, generate, init, lint, new, remove, schema, transcribe, vendor):
    main.add_command(_command)
