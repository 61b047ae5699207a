"""Violations: the slow half of the validators.

The generated modules test each value with one fast expression. Only for a value that fails it, `explain` finds the broken rules
from the schema of the `Parameter` and describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .facts import Parameter
from .schema import LEAVE_OUT, faults, is_multiple, matches, shown, token
from .similar import closest

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

#: How many values the message about a missing parameter names.
_FEW_VALUES = 5


class Violation(NamedTuple):
    """One rule that a parameter breaks.

    `parameter` is its wire name. Inside a list or an object, names and indexes follow, separated by slashes and escaped as in a
    JSON pointer (`loras/0/weight`). `rule` is the JSON Schema keyword that was broken (`required`, `type`, `enum`, `minimum`,
    …), or one of these, which JSON Schema does not have: `finite`, `known-value`, `unknown-parameter`, `json`, `name`,
    `picture`, `size` and `twice`. `value` is the value that was passed, `allowed` what the rule allows, `message` the
    description, `source` the page or erratum, and `suggestion` the value or name that was probably meant, or None. `advice` is
    what to do if the suggestion does not help; "" if there is nothing to say.
    """

    parameter: str
    rule: str
    value: Any
    allowed: Any
    message: str
    source: str = ""
    suggestion: Any = None
    advice: str = ""

    def __str__(self) -> str:
        hint = "" if self.suggestion is None else f" Did you mean {shown(self.suggestion)}?"
        advice = f" {self.advice}." if self.advice else ""
        source = f" [{self.source}]" if self.source else ""
        return f"{self.parameter}: {self.message}.{hint}{advice}{source}"


def missing(parameter: Parameter) -> Violation:
    """Return the violation for a required parameter that is missing. It names a few of the values, if the page lists them."""
    listed = parameter.enum or parameter.known_values
    more = ", …" if len(listed) > _FEW_VALUES or parameter.known_values else ""
    values = f": {', '.join(map(shown, listed[:_FEW_VALUES]))}{more}" if listed else ""
    return Violation(parameter.name, "required", None, None, f"is required{values}", parameter.source)


def explain(parameter: Parameter, value: Any) -> list[Violation]:
    """Return a violation for each rule of `parameter` that `value` breaks.

    >>> [str(v) for v in explain(Parameter("steps", "steps", {"type": "integer", "maximum": 70}), 100)]
    ['steps: 100 is above the maximum 70.']
    >>> [str(v) for v in explain(Parameter("seed", "seed", {"type": "integer"}), None)]
    ["seed: None is not an integer. To use the service's default, leave it out."]
    """
    optional = "" if value is not None or parameter.required else LEAVE_OUT
    return [
        Violation(
            f"{token(parameter.name)}{fault.path}" if fault.path else parameter.name,
            fault.rule,
            fault.value,
            fault.allowed,
            fault.message,
            parameter.source,
            fault.suggestion,
            fault.advice or optional,
        )
        for fault in faults(parameter.schema, value)
    ]


def advise_value(parameter: Parameter, value: Any) -> list[Violation]:
    """Return a note about an allowed value that is not in the incomplete list of the page; an empty list otherwise."""
    if not isinstance(value, str) or value in parameter.known_values:
        return []
    count, total = len(parameter.known_values), parameter.known_total
    of_all = f" of {total}" if total and total > count else ""
    message = (
        f"{shown(value)} is not among the {count} known{of_all} values. The page does not show the whole list, so the value is "
        "sent as it is; the service may refuse it, or accept and bill it"
    )
    suggestion = closest(value, parameter.known_values)
    return [
        Violation(parameter.name, "known-value", value, parameter.known_values, message, parameter.source, suggestion)
    ]


def advise_unknown(payload: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> list[Violation]:
    """Return a note about each parameter that the page does not document."""
    return [
        Violation(
            str(name),
            "unknown-parameter",
            value,
            tuple(parameters),
            "is not a documented parameter; it is sent unchanged",
            "",
            closest(str(name), tuple(parameters)),
        )
        for name, value in payload.items()
        if name not in parameters
    ]
