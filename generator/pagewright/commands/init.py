"""`pagewright init` and `pagewright schema`: a workspace, and its schemas for editors."""

from __future__ import annotations

from pathlib import Path

import click

from ..command_context import CommandContext, quiet_option
from ..workspace import CONFIG, find_providers, installed_workspace
from ..workspace.config import read_config

TEXT = """\
# The workspace of Pagewright: which models this repository uses, and where their generated packages are.
# Every key may be left out.

# Whose models to take from the specs that come with pagewright. Without this key: all of them; [] takes none.
{providers}

# Specs of your own: <specs>/<provider>/models/<slug>.yaml. They replace installed ones of the same slug.
# specs = "specs"

# Templates of your own, below templates/: a folder with a target.yaml, or a file that replaces an installed one.
# They run as code on the machine of whoever generates.
# templates = ["python-client/provider_client/REFERENCE.md.jinja"]

# A folder for everything that `pagewright generate` makes. Packages of a few models need none: see `pagewright vendor add`.
# generated = "generated"

# What is vendored where; `pagewright vendor add` writes these entries.
# [[vendored]]
# path = "acme/pictures"
"""
NEXT = """\
Next:
  pagewright new PAGE --into acme/pictures               from a model's saved page to a client in your code
  pagewright vendor add acme/pictures --model SLUG       a client of models that come with pagewright
  pagewright transcribe PAGE --write                     a model's saved page as a spec of your own"""


@click.command()
@quiet_option
@click.pass_obj
def init(context: CommandContext) -> None:
    """Make the current folder a workspace: write a short pagewright.toml with comments."""
    folder = (context.root or Path.cwd()).resolve()
    there = read_config(folder)
    if there is not None:
        context.say(f"{folder} is a workspace already: {there.file.name if there.file else CONFIG} stays as it is.")
        return
    make_workspace(folder)
    context.say(f"{CONFIG} is new.")
    context.say(NEXT)


def make_workspace(folder: Path) -> None:
    """Write `pagewright.toml` to `folder`."""
    from ..workspace.edit import create

    names = ", ".join(f'"{provider.name}"' for provider in find_providers(installed_workspace()))
    create(folder, TEXT.format(providers=f"providers = [{names}]"))


@click.command()
@click.argument("name", type=click.Choice(["model", "platform", "target"]), default="model")
@click.option(
    "--write", is_flag=True, help="Write all of them beside your own specs, for editors; replaces older ones."
)
@quiet_option
@click.pass_obj
def schema(context: CommandContext, name: str, write: bool) -> None:
    """Print the JSON Schema of a spec: of a model (the default), a platform or a target."""
    from ..workspace.schemas import write_schemas

    if not write:
        click.echo((context.available().schemas / f"{name}.schema.json").read_text(encoding="utf-8"), nl=False)
        return
    workspace = context.workspace()
    written = write_schemas(workspace)
    for path in written:
        context.say(f"{path} was written.")
    if not written:
        context.say(f"{workspace.origin(workspace.specs)}/schema/ is up to date.")
