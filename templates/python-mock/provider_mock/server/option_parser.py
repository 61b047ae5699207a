"""A parser of options whose errors are one line, with the option that was probably meant."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from ..spec.similar import nearest

#: How similar an option must be to be suggested.
_SIMILAR = 0.6


class OptionParser(argparse.ArgumentParser):
    """A parser that does not print all options because of a wrong one.

    Attributes:
        commands: The words that select another command if they come first.
    """

    commands: tuple[str, ...] = ()

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the options. Exits with status 2 if they are wrong."""
        self.exit_on_error = False
        try:
            options, unknown = self.parse_known_args(arguments)
        except argparse.ArgumentError as error:
            self.error(f"{error}{self._nearest_choice(error, arguments)}")
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._advice(unknown)}")
        return options

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with status 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        self.exit(2)

    def _nearest_choice(self, error: argparse.ArgumentError, arguments: Sequence[str]) -> str:
        """Return the choice that was probably meant, "" if the error is another one."""
        action = self._option_string_actions.get(error.argument_name or "")
        if action is None or not action.choices:
            return ""
        options = action.option_strings
        given = [
            word.partition("=")[2] or following
            for word, following in zip(arguments, [*arguments[1:], ""], strict=True)
            if word.partition("=")[0] in options
        ]
        near = [
            found for value in given for found in nearest(value, [str(each) for each in action.choices], 1, _SIMILAR)
        ]
        return f"; did you mean {near[0]}?" if near else ""

    def _advice(self, unknown: Sequence[str]) -> str:
        # argparse has no public list of its options.
        names = [name.removeprefix("--") for name in self._option_string_actions if name.startswith("--")]
        options = [word.partition("=")[0].lstrip("-") for word in unknown if word.startswith("-")]
        near = [f"--{found}" for option in options for found in nearest(option, names, 1, _SIMILAR)]
        near += nearest(unknown[0], self.commands, 1, _SIMILAR) if not options else []
        if near:
            return f"; did you mean {' and '.join(dict.fromkeys(near))}?"
        return f"; `{self.prog} --help` lists the options"
