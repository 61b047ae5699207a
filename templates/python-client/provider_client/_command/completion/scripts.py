"""The completion scripts for shells, and candidates from an argparse parser.

A script calls the command with `--complete` and the typed words; the last word is to be completed. The candidates come from
the parsers of `--help`, so there is no second list to maintain.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

#: The first argument of a script's call. Users type `--completion SHELL` instead.
ASK = "--complete"
_MODULE = "python -m "
#: Words that no shell interprets. Other words are not offered, because they would become part of the command line.
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


#: A shell completes words, not `python -m package`: the script defines a command for it.
_COMMANDS = {
    "bash": 'COMMAND() {\n    PYTHON -m PACKAGE "$@"\n}\n',
    "zsh": 'COMMAND() {\n    PYTHON -m PACKAGE "$@"\n}\n',
    "fish": "function COMMAND\n    PYTHON -m PACKAGE $argv\nend\n",
}


def command_for(program: str) -> str:
    """Return the command that a script completes: `program`, or for `python -m package` a name made from the package's."""
    return program.removeprefix(_MODULE).replace(".", "-")


def script(shell: str, program: str) -> str:
    """Return the script that a shell loads to complete `program`."""
    from shlex import quote

    command = command_for(program)
    function = re.sub(r"\W", "_", command)
    text = _SCRIPTS[shell].replace("FUNCTION", function)
    if program.startswith(_MODULE):
        text += _COMMANDS[shell].replace("PYTHON", quote(sys.executable or "python"))
        text = text.replace("PACKAGE", program.removeprefix(_MODULE))
    return text.replace("COMMAND", command)


class PrintScript(argparse.Action):
    """The action of `--completion`: print the script for a shell and exit."""

    def __call__(self, parser: argparse.ArgumentParser, _: Any, values: Any, __: str | None = None) -> None:
        print(script(values, parser.prog), end="")
        parser.exit()


def add_option(parser: argparse.ArgumentParser, where: str) -> None:
    """Add `--completion SHELL` to a command's parser. `where` is an example of its use."""
    if parser.prog.startswith(_MODULE):
        where += f", which also defines the command {command_for(parser.prog)}"
    parser.add_argument(
        "--completion",
        action=PrintScript,
        choices=tuple(_SCRIPTS),
        metavar="SHELL",
        help=f"Print a script that completes this command in bash, zsh or fish, and exit: {where}",
    )


def values_of(action: argparse.Action) -> Iterable[str]:
    """Return the values of an option that the parser lists."""
    return map(str, action.choices or ())


def candidates(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    values: Callable[[argparse.Action], Iterable[str]] = values_of,
    names: Iterable[str] = (),
) -> list[str]:
    """Return the candidates for the last of `words`: an option, an option's value, or one of `names` as the first word.

    If the list is empty, the shell offers files.
    """
    *before, word = words or [""]
    # argparse has no public list of its options.
    actions = parser._actions  # pyright: ignore[reportPrivateUsage]
    options = {name: action for action in actions if action.help != argparse.SUPPRESS for name in action.option_strings}
    option, equals, _ = word.partition("=")
    if equals and option in options:
        return _plain((f"{option}={value}" for value in values(options[option])), word)
    if len(before) > 1 and before[-1] == "=":
        # bash splits --option=value into three words.
        before.pop()
    if before and before[-1] in options and options[before[-1]].nargs != 0:
        return _plain(values(options[before[-1]]), word)
    if not before and not word.startswith("-") and names:
        return _plain(names, word)
    takes_files = any(not action.option_strings for action in actions)
    return _plain(options, word) if word.startswith("-") or not takes_files else []


def _plain(found: Iterable[str], word: str) -> list[str]:
    return [each for each in found if each.startswith(word) and _PLAIN.fullmatch(each)]
