"""A parser of options whose errors are exceptions, and suggest the option that was probably meant."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import pairwise
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
    parser.exit_on_error = False
    try:
        given, unknown = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        parser.error(f"{error}{_advice_on_value(parser, error, arguments)}")
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{_advice(parser, unknown, vars(given), arguments)}")
    return vars(given)


def _advice_on_value(parser: CommandParser, error: argparse.ArgumentError, arguments: Sequence[str]) -> str:
    """Return what to write instead of an option whose value is missing or wrong; "" if nothing is known."""
    # argparse has no public list of its options.
    by_name = {
        name: each for each in parser._actions for name in each.option_strings
    }  # pyright: ignore[reportPrivateUsage]
    action = by_name.get((error.argument_name or "").partition("/")[0])
    if action is None:
        return ""
    if action.nargs == 0:
        return _takes_no_value(action)
    words = [word for word in arguments if word.partition("=")[0] in action.option_strings]
    given = [word.partition("=")[2] for word in words if "=" in word]
    following = [after for word, after in pairwise(arguments) if word in action.option_strings]
    if action.choices:
        choices = [str(each) for each in action.choices]
        near = [found for value in (*given, *following) for found in nearest(value, choices, 1, SIMILAR)]
        return f"; did you mean {near[0]}?" if near else ""
    dashed = [value for value in following if value.startswith("-") and value.partition("=")[0] not in by_name]
    if dashed and error.message.startswith("expected"):
        from shlex import quote

        return f"; write a value that begins with a dash as {action.option_strings[0]}={quote(dashed[0])}"
    return ""


def _takes_no_value(action: argparse.Action) -> str:
    option, *others = action.option_strings
    no = next((other for other in others if other.startswith("--no-")), None)
    return f"; {option} takes no value" + (f", and {no} says the opposite" if no else "")


def _advice(parser: CommandParser, unknown: Sequence[str], given: Mapping[str, Any], arguments: Sequence[str]) -> str:
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
    before = arguments[arguments.index(unknown[0]) - 1] if unknown[0] in arguments[1:] else ""
    switch = next((action for action in actions if before in action.option_strings and action.nargs == 0), None)
    if switch is not None and not options:
        return _takes_no_value(switch)
    if not options and parser.main_option and parser.main_option[1] not in given:
        from shlex import quote

        return f"; a value follows its option: --{parser.main_option[0]} {quote(' '.join(unknown))}"
    if not options:
        return "; put quotes around a value that contains spaces"
    return f"; `{parser.prog} --help` lists the options"
