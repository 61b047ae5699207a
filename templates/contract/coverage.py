"""All facts of the contract that a run can check, by kind."""

from __future__ import annotations

from .cases import has_default, item
from .spec.contract import Contract


def contract_items(contract: Contract) -> dict[str, list[str]]:
    """Return every fact of the contract by kind: full coverage."""
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS.values()}
    for model in contract.models:
        for parameter in model.parameters.values():
            kinds["parameters"].append(item("parameter", model.slug, parameter.name))
            for rule in _BOUNDING:
                if rule in parameter.schema:
                    bound = item("boundary", model.slug, parameter.name, rule, parameter.schema[rule])
                    kinds["boundaries"].append(bound)
            for value in (*parameter.enum, *parameter.known_values):
                kinds["enum values"].append(item("enum value", model.slug, parameter.name, value))
            if has_default(model, parameter) and not parameter.required:
                kinds["defaults"].append(item("default", model.slug, parameter.name))
        if model.submit is not None:
            states = dict.fromkeys(acceptor.value for acceptor in contract.platform.queue.acceptors)
            kinds["states"] += (item("state", model.slug, state) for state in states)
    kinds["statuses"] = [item("status", status) for status in (200, *sorted(contract.platform.statuses))]
    kinds["headers"] = [item("header", name) for name in contract.platform.headers]
    return kinds


#: The rules that are checked on both sides.
_BOUNDING = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems")

#: The kinds of items: the prefix of an item's name, and the name in the summary.
KINDS = {
    "parameter": "parameters",
    "boundary": "boundaries",
    "enum value": "enum values",
    "default": "defaults",
    "status": "statuses",
    "header": "headers",
    "state": "states",
}
