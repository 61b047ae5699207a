"""Parameters that the new version of a model has under another name than the vendored one."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...specs.pointers import parameter_pointer
from ...transcribe.changes.renames import renamed_parameters
from ..package import Origin
from ..record import Record, read_base


def renamed_keywords(folder: Path, record: Record, slug: str, model: Any) -> dict[str, str]:
    """Return the new keyword of each parameter that was renamed since the package at `folder` was added.

    `model` are the new facts of the model `slug`. What was vendored is read from the module of its facts without running it.
    """
    after = {
        each.name: {"name": each.name, "keyword": each.keyword, "schema": each.schema, "required": each.required}
        for each in model.parameters.values()
    }
    module = module_of(read_base(folder, record), record.models.get(slug))
    return _joined(record.renamed.get(slug, {}), _renamed(_parameters(module), after))


def all_renamed(earlier: Mapping[str, str], before: bytes, after: bytes) -> dict[str, str]:
    """Return the new keyword of each parameter that two versions of a module of facts have under different names, and of
    those that were renamed `earlier`."""
    return _joined(earlier, {} if before == after else _renamed(_parameters(before), _parameters(after)))


def module_of(files: Mapping[str, bytes], origin: Origin | None) -> bytes:
    """Return the module of a model's facts; empty if the package has none."""
    return files.get(f"spec/models/{origin.name}.py", b"") if origin else b""


def _joined(earlier: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Follow names that changed more than once. One that came back is no longer renamed."""
    joined = {old: names.get(new, new) for old, new in earlier.items()} | dict(names)
    return {old: new for old, new in joined.items() if old != new and old not in names.values()}


def _renamed(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    pairs = renamed_parameters(_facts(before), _facts(after))
    return {str(before[old]["keyword"]): str(after[new]["keyword"]) for old, new in pairs.items()}


def _parameters(module: bytes) -> dict[str, dict[str, Any]]:
    """Return the arguments of each `Parameter(…)` in a module of facts, by the parameter's name."""
    found: dict[str, dict[str, Any]] = {}
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Parameter":
            given = {each.arg: _literal(each.value) for each in node.keywords if each.arg}
            if isinstance(given.get("name"), str) and isinstance(given.get("schema"), dict):
                found[given["name"]] = {"keyword": given["name"], "required": False, **given}
    return found


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
