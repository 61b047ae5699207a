"""The smallest valid payload of a model, which each case changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .findings import Unchecked
from .samples import NoSample, sample
from .spec.facts import Model, Parameter
from .spec.validity import is_valid
from .values import small


def smallest_payload(model: Model, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the smallest valid payload: required parameters, the smallest image, and a seed to make it repeatable.

    Parameters that `changes` will set need no valid value, and may be missing.

    Raises Unchecked if there is no valid value for another required parameter.
    """
    payload = {
        parameter.name: _needed(model, parameter)
        for parameter in model.parameters.values()
        if parameter.required and parameter.name not in (changes or {})
    }
    for role in ("width", "height"):
        side = model.parameters.get(model.output.get(role, ""))
        if side is not None and (least := _side(side)) is not None:
            payload[side.name] = least
    seed = model.parameters.get("seed")
    if seed is not None and seed.type == "integer":
        seeds = (7, small(seed), seed.default)
        valid = (value for value in seeds if type(value) is int and is_valid(seed.schema, value))
        value = next(valid, None)
        if value is not None:
            payload["seed"] = value
    return payload


def _needed(model: Model, parameter: Parameter) -> Any:
    """Return a value for a required parameter: that of the example on the page if it is valid."""
    for value in (model.example.get(parameter.name), parameter.default):
        if is_valid(parameter.schema, value):
            return value
    try:
        return sample(parameter.schema)
    except NoSample as why:
        raise Unchecked(
            f"{parameter.name} is required, and no valid value is known: {why}. Add one to the spec's example."
        ) from None


def _side(parameter: Parameter) -> Any:
    """Return a small width or height; None if none is known. Images of a few pixels don't show what influences them."""
    least = small(parameter)
    return 64 if type(least) is int and least < 64 and is_valid(parameter.schema, 64) else least
