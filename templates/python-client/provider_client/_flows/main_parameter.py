"""The parameter that a text without a name is for: a plain line of a batch, or an argument in the wrong place."""

from __future__ import annotations

from ..spec.facts import Model, Parameter

#: Usual names, in the order in which they are looked for.
_NAMES = ("prompt", "text", "input", "query", "message", "messages")


def main_parameter(model: Model) -> Parameter | None:
    """Return the parameter that takes the prompt: one with a usual name, else the first required text; None if there is none."""
    usual = [model.parameters[name] for name in _NAMES if name in model.parameters]
    required = [parameter for parameter in model.parameters.values() if parameter.required]
    # A required one is meant even if an optional one has a more usual name.
    candidates = [*(each for each in usual if each.required), *required, *usual]
    return next((each for each in candidates if _takes_text(each) or _takes_messages(each)), None)


def _takes_text(parameter: Parameter) -> bool:
    return "string" in parameter.types and not parameter.enum and not parameter.accepts


def _takes_messages(parameter: Parameter) -> bool:
    """Return whether it is the list of a conversation, whose items have a role and a content."""
    items = parameter.schema.get("items", {})
    return parameter.type == "array" and parameter.name == "messages" and "string" not in str(items.get("type", ""))
