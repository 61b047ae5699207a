"""From files to a `Catalog`: parse, check against the meta-schemas, build. Every finding at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .document import Document, read_document, token
from .findings import Finding
from .spec import Catalog, Model, Platform, model_from, platform_from

PLATFORM = "specs/platform.yaml"
MODELS = "specs/models"
SCHEMAS = "specs/schema"


def model_paths(root: Path) -> list[Path]:
    """The model files below `root`, in order of their names by code point."""
    return sorted((root / MODELS).glob("*.yaml"), key=lambda path: path.name)


def load_catalog(root: Path) -> tuple[Catalog | None, list[Finding]]:
    """Reads all specs below `root`. There is a catalogue only if every file could be built."""
    findings: list[Finding] = []
    check = _Checker(root)
    platform: Platform | None = None
    models: list[Model] = []
    path = root / PLATFORM
    if not path.is_file():
        findings.append(Finding(PLATFORM, 1, 1, "S001", "missing-file", "Every catalogue has a platform.yaml."))
    else:
        document, found = check.read(path, "platform.schema.json")
        findings += found
        if document:
            platform = platform_from(document)
    paths = model_paths(root)
    for path in paths:
        document, found = check.read(path, "model.schema.json")
        findings += found
        if document:
            models.append(model_from(document))
    if not paths:
        findings.append(Finding(MODELS, 1, 1, "S001", "missing-file", "There is no model: add a <slug>.yaml."))
    if platform is None or len(models) != len(paths) or not models:
        return None, findings
    return Catalog(platform, tuple(models)), findings


class _Checker:
    """Holds the compiled meta-schemas, so that each is compiled once for all files."""

    def __init__(self, root: Path) -> None:
        # Imported here because a run with nothing to do must not pay for it.
        from jsonschema import Draft202012Validator
        from referencing import Registry, Resource

        self._root = root
        contents = {
            path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / SCHEMAS).glob("*.json"))
        }
        registry: Registry[Any] = Registry().with_resources(
            (name, Resource.from_contents(schema)) for name, schema in contents.items()
        )
        self._validators = {
            name: Draft202012Validator(schema, registry=registry) for name, schema in contents.items()
        }

    def read(self, path: Path, schema: str) -> tuple[Document | None, list[Finding]]:
        name = path.relative_to(self._root).as_posix()
        document, findings = read_document(name, path.read_bytes())
        if document is None:
            return None, findings
        errors = list(self._validators[schema].iter_errors(document.data))
        findings += _explained(document, errors)
        return (None if errors else document), findings


def _explained(document: Document, errors: Iterable[Any]) -> list[Finding]:
    findings = []
    for error in errors:
        pointer = "".join(f"/{token(part)}" for part in error.absolute_path)
        rule = error.validator
        if rule == "additionalProperties" and isinstance(error.instance, dict):
            known = sorted(error.schema.get("properties", {}))
            for key in error.instance:
                if key not in known:
                    message = f"{key!r} is no key of a spec here; known: {', '.join(known)}."
                    place = f"{pointer}/{token(key)}"
                    findings.append(document.finding(place, "S002", "unknown-key", message, at_key=True))
        elif rule == "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            # jsonschema gives one error for each missing key, each with the whole list: the message names its own.
            key = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
            findings.append(document.finding(pointer, "S003", "missing-key", f"{key!r} is missing: add it."))
        else:
            hint = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
            message = f"{_short(error.message)}.{' ' + hint if hint else ''}"
            findings.append(document.finding(pointer, "S004", "wrong-value", message))
    return list(dict.fromkeys(findings))


def _short(message: str, length: int = 160) -> str:
    return message if len(message) <= length else f"{message[:length]}…"
