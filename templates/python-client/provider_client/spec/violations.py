"""Violations in words: the slow half of the validators.

The generated modules test each value with one straight-line expression. Only a value that fails it comes here, where
the rule it broke is found again from the schema of the `Parameter` and put into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .facts import Parameter
from .schema import closest, faults, is_multiple, matches, shown, token

__all__ = [
    "Violation",
    "advise_unknown",
    "advise_value",
    "explain",
    "is_multiple",
    "matches",
    "missing",
    "shown",
]


class Violation(NamedTuple):
    """One thing wrong with one parameter.

    `parameter` is its name on the wire; inside a list or an object, the names and indexes on the way to the place, parted
    by slashes and escaped as in a JSON pointer (`loras/0/weight`). `rule` is the JSON Schema keyword that was broken (`required`, `type`, `enum`,
    `minimum`, …), or one of those that JSON Schema has no word for: `finite`, `known-value`, `unknown-parameter`, `json`,
    `name`, `picture` and `twice`. `value` is what was given, `allowed` what the rule admits, `message` what is wrong in
    words, `source` the page or erratum it rests on, `suggestion` a likely meant value or name, if there is one.
    """

    parameter: str
    rule: str
    value: Any
    allowed: Any
    message: str
    source: str = ""
    suggestion: Any = None

    def __str__(self) -> str:
        hint = "" if self.suggestion is None else f" Did you mean {shown(self.suggestion)}?"
        source = f" [{self.source}]" if self.source else ""
        return f"{self.parameter}: {self.message}.{hint}{source}"


def missing(parameter: Parameter) -> Violation:
    """A required parameter was left out."""
    return Violation(parameter.name, "required", None, None, "is required", parameter.source)


def explain(parameter: Parameter, value: Any) -> list[Violation]:
    """Every rule of `parameter` that `value` breaks; empty if it breaks none.

    >>> [str(v) for v in explain(Parameter("steps", "steps", {"type": "integer", "maximum": 70}), 100)]
    ['steps: 100 is above the maximum 70.']
    """
    return [
        Violation(
            f"{token(parameter.name)}{fault.path}" if fault.path else parameter.name,
            fault.rule,
            fault.value,
            fault.allowed,
            fault.message,
            parameter.source,
            fault.suggestion,
        )
        for fault in faults(parameter.schema, value)
    ]


def advise_value(parameter: Parameter, value: Any) -> list[Violation]:
    """A doubt about a value that is allowed, but not among those that the page shows of a longer list."""
    if not isinstance(value, str) or value in parameter.known_values:
        return []
    count, total = len(parameter.known_values), parameter.known_total
    of_all = f" of {total}" if total else ""
    message = f"{shown(value)} is not among the {count} known{of_all} values; it is sent as it is"
    suggestion = closest(value, parameter.known_values)
    return [
        Violation(parameter.name, "known-value", value, parameter.known_values, message, parameter.source, suggestion)
    ]


def advise_unknown(payload: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> list[Violation]:
    """A doubt about each name that the page does not document."""
    return [
        Violation(
            str(name),
            "unknown-parameter",
            value,
            tuple(parameters),
            "is not a documented parameter; it is sent as it is",
            "",
            closest(str(name), tuple(parameters)),
        )
        for name, value in payload.items()
        if name not in parameters
    ]
