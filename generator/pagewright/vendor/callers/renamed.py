"""Parameters that the new version of a model has under another name than the vendored one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...specs.pointers import parameter_pointer
from ...transcribe.changes.renames import renamed_parameters
from ..record import Record, read_base


def renamed_keywords(folder: Path, record: Record, slug: str, model: Any) -> dict[str, str]:
    """Return the new keyword of each parameter that was renamed since the package at `folder` was written.

    `model` are the new facts of the model `slug`. What was vendored is read from the module of its facts without running it.
    """
    origin = record.models.get(slug)
    base = read_base(folder, record) if origin else {}
    module = base.get(f"spec/models/{origin.name}.py") if origin else None
    if module is None:
        return {}
    before = {each["name"]: each for each in _parameters(module)}
    after = {
        each.name: {"name": each.name, "keyword": each.keyword, "schema": each.schema, "required": each.required}
        for each in model.parameters.values()
    }
    pairs = renamed_parameters(_facts(before), _facts(after))
    return {before[old]["keyword"]: after[new]["keyword"] for old, new in pairs.items()}


def _parameters(module: bytes) -> Iterator[dict[str, Any]]:
    """Yield the arguments of each `Parameter(…)` in a module of facts."""
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Parameter":
            given = {each.arg: _literal(each.value) for each in node.keywords if each.arg}
            if isinstance(given.get("name"), str) and isinstance(given.get("schema"), dict):
                yield {"keyword": given["name"], "required": False, **given}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _facts(parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the facts of the parameters by pointer, as a page's record has them."""
    facts: dict[str, Any] = {}
    for name, parameter in parameters.items():
        schema: Mapping[str, Any] = parameter["schema"]
        at = parameter_pointer(name)
        facts[f"{at}/type"] = schema.get("type", "union")
        facts[f"{at}/required"] = parameter["required"]
        facts |= {f"{at}/{key}": schema[key] for key in ("default", "minimum", "maximum") if key in schema}
        values = schema.get("enum", schema.get("x-known-values"))
        facts |= {f"{at}/values": values} if values is not None else {}
    return facts
