"""Operations of Python that are carried out to find the value of an expression: none can run long or do anything else."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any


def _on_numbers(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Limit `function` to numbers: for other operands the result could be too large."""

    def checked(left: Any, right: Any) -> Any:
        if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
            raise TypeError("not a number")
        return function(left, right)

    return checked


def _divided(left: Any, right: Any) -> Any:
    return left / right


def _floor_divided(left: Any, right: Any) -> Any:
    return left // right


OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: _on_numbers(operator.mul), ast.Div: _divided,
    ast.FloorDiv: _floor_divided, ast.Mod: _on_numbers(operator.mod), ast.USub: operator.neg, ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}  # fmt: skip
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (abs, bool, dict, enumerate, float, frozenset, int, len, list, max, min, range, reversed, round, set,
                 sorted, str, sum, tuple, zip)
}  # fmt: skip
METHODS: Mapping[type, frozenset[str]] = {
    dict: frozenset({"items", "keys", "values", "get", "copy"}),
    str: frozenset({"lower", "upper", "strip", "split", "title", "removeprefix", "removesuffix"}),
}
