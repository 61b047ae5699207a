"""Options that several `vendor` commands have."""

from __future__ import annotations

import click

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
