"""The candidates for completion of `provider-client`: slugs, options, and the documented values of a parameter."""

from __future__ import annotations

from argparse import Action
from collections.abc import Iterable, Sequence

from ...spec.catalog import SLUGS, find
from ..options import parser_for, resume_parser, top_parser
from .scripts import candidates, values_of

_RESUME = "resume"


def complete(words: Sequence[str]) -> int:
    """Print the candidates for the last of `words`, one per line, and return the exit code."""
    for found in _candidates(words):
        print(found)
    return 0


def _candidates(words: Sequence[str]) -> list[str]:
    if len(words) < 2:
        return candidates(top_parser(), words, names=dict.fromkeys((*SLUGS, _RESUME)))
    model = find(words[0])
    if model is None:
        return candidates(resume_parser() if words[0] == _RESUME else top_parser(), words[1:])
    facts = {f"parameter {parameter.name}": parameter for parameter in model.parameters.values()}

    def values(action: Action) -> Iterable[str]:
        parameter = facts.get(action.dest)
        return map(str, parameter.enum or parameter.known_values) if parameter else values_of(action)

    return candidates(parser_for(model), words[1:], values)
