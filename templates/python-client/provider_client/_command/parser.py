"""A parser of options whose errors are exceptions, and suggest the option that was probably meant."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..spec.similar import nearest
from .exit_codes import CommandError
from .terminal import write

#: How similar a name must be to be suggested. Names differ more from each other than values do.
SIMILAR = 0.6


class CommandParser(argparse.ArgumentParser):
    """A parser that raises `CommandError` instead of exiting, so that `--json` covers wrong usage too.

    Attributes:
        main_option: The option that a text without an option is probably meant for, and its `dest`; None if there is none.
    """

    main_option: tuple[str, str] | None = None

    def error(self, message: str) -> NoReturn:
        """Print the usage and raise the error."""
        write(self.format_usage())
        raise CommandError(message)


def parse(parser: CommandParser, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the given options. `--help` and `--version` print and exit.

    Raises:
        CommandError: The arguments are wrong. The message suggests the nearest options.
    """
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{_advice(parser, unknown, vars(given))}")
    return vars(given)


def _advice(parser: CommandParser, unknown: Sequence[str], given: Mapping[str, Any]) -> str:
    # argparse has no public list of its options.
    actions = parser._actions  # pyright: ignore[reportPrivateUsage]
    names = [
        name.removeprefix("--")
        for action in actions
        for name in action.option_strings
        if name.startswith("--") and action.help != argparse.SUPPRESS
    ]
    options = [word.partition("=")[0] for word in unknown if word.startswith("-") and len(word) > 1]
    near = [f"--{found}" for option in options for found in nearest(option.lstrip("-"), names, 1, SIMILAR)]
    if near:
        return f"; did you mean {' and '.join(dict.fromkeys(near))}?"
    if not options and parser.main_option and parser.main_option[1] not in given:
        from shlex import quote

        return f"; a value follows its option: --{parser.main_option[0]} {quote(' '.join(unknown))}"
    if not options:
        return "; put quotes around a value that contains spaces"
    return f"; `{parser.prog} --help` lists the options"
