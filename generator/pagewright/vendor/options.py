"""Options that several commands have."""

from __future__ import annotations

import click

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)


def words(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of an option that can be repeated, and that takes several names with commas between them."""
    return tuple(dict.fromkeys(word for value in values for word in value.replace(" ", "").split(",") if word))
