"""Shell completion: the script that a shell loads, and the candidates that it then asks the command for.

The script calls the command with `--complete` and the words that were typed; the last one is to be completed. What can
follow is read from the parsers that make `--help`, so that there is no list to keep up to date.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

#: The first argument by which a script asks for candidates. Users give `--completion SHELL` instead.
ASK = "--complete"
#: What a shell takes as it is. Nothing else is offered: it would become a part of the user's command line.
_PLAIN = re.compile(r"-{0,2}[A-Za-z0-9_][A-Za-z0-9_.,+@%/=-]*")
_SCRIPTS = {
    "bash": """\
_FUNCTION() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <("$1" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _FUNCTION COMMAND
""",
    "zsh": """\
#compdef COMMAND
_FUNCTION() {
    local -a found
    found=("${(@f)$("$words[1]" --complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "$found[1]" ]]; then
        compadd -- "${found[@]}"
    else
        _files
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _FUNCTION "$@"
else
    compdef _FUNCTION COMMAND
fi
""",
    "fish": """\
function _FUNCTION
    set -l words (commandline -opc)
    set -l found ($words[1] --complete $words[2..] (commandline -ct) 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c COMMAND -f -a '(_FUNCTION)'
""",
}


def script(shell: str, command: str) -> str:
    """Return what a shell has to load to complete `command`."""
    return _SCRIPTS[shell].replace("FUNCTION", command.replace("-", "_")).replace("COMMAND", command)


class PrintScript(argparse.Action):
    """Prints the script for a shell and leaves, as `--version` does."""

    def __call__(self, parser: argparse.ArgumentParser, _: Any, values: Any, __: str | None = None) -> None:
        print(script(values, parser.prog), end="")
        parser.exit()


def add_option(parser: argparse.ArgumentParser, where: str) -> None:
    """Add `--completion SHELL` to the parser of a command. `where` is an example of its use."""
    parser.add_argument(
        "--completion",
        action=PrintScript,
        choices=tuple(_SCRIPTS),
        metavar="SHELL",
        help=f"Print a script that completes this command in bash, zsh or fish, and exit: {where}",
    )


def values_of(action: argparse.Action) -> Iterable[str]:
    """Return the values that an option can have, as far as its parser lists them."""
    return map(str, action.choices or ())


def candidates(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    values: Callable[[argparse.Action], Iterable[str]] = values_of,
    names: Iterable[str] = (),
) -> list[str]:
    """Return what the last of `words` can become: an option, an option's value, or one of `names` as the first word.

    Empty if the parser does not know; the shell then offers files.
    """
    *before, word = words or [""]
    # argparse has no public list of its options.
    actions = parser._actions  # pyright: ignore[reportPrivateUsage]
    options = {name: action for action in actions if action.help != argparse.SUPPRESS for name in action.option_strings}
    option, equals, _ = word.partition("=")
    if equals and option in options:
        return _plain((f"{option}={value}" for value in values(options[option])), word)
    if len(before) > 1 and before[-1] == "=":
        # bash makes three words of --option=value.
        before.pop()
    if before and before[-1] in options and options[before[-1]].nargs != 0:
        return _plain(values(options[before[-1]]), word)
    if not before and not word.startswith("-") and names:
        return _plain(names, word)
    takes_files = any(not action.option_strings for action in actions)
    return _plain(options, word) if word.startswith("-") or not takes_files else []


def _plain(found: Iterable[str], word: str) -> list[str]:
    return [each for each in found if each.startswith(word) and _PLAIN.fullmatch(each)]
