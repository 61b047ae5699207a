"""Linters for OpenAPI find nothing in the documents, and no generator makes a client of them that sends defaults by itself.

The linters and openapi-typescript are no dependency of ours: `make bench-setup` installs them, as CI does first.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from datamodel_code_generator import generate as make_models
from datamodel_code_generator.enums import DataModelType, InputFileType
from pydantic import BaseModel

from bench.peers import DOCUMENT
from tests.material import absent
from tests.witness.peers import MODULES, run

DOCUMENTS = [DOCUMENT, *sorted((DOCUMENT.parent / "models").glob("*.json"))]
ALL = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name.partition(".")[0])


def program(name: str) -> Path:
    """Return the path of a program that bench-setup installs; skip the test if it is missing."""
    path = MODULES / name
    if not path.exists():
        absent(f"{name} (make bench-setup)")
    return path


@ALL
def test_redocly_finds_nothing(document: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [program("redocly"), "lint", document, "--extends=recommended", "--format=json"]
    said = json.loads(run(command, tmp_path, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true"))
    assert said["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, said["problems"]


@ALL
def test_spectral_finds_nothing(document: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    command: list[str | Path] = [
        program("spectral"),
        "lint",
        "--ruleset",
        tmp_path / "rules.yaml",
        "--fail-severity=hint",
        document,
    ]
    run(command, tmp_path)


def test_openapi_typescript_wants_no_default(tmp_path: Path) -> None:
    """It makes a parameter with a `default` one that has to be given; tsc is asked whether the required ones are enough."""
    run([program("openapi-typescript"), DOCUMENT, "--output", tmp_path / "made.d.ts"], tmp_path)
    lines = ['import type { components } from "./made";']
    for name, body in _required().items():
        lines.append(f'export const {name}: components["schemas"]["{name}"] = {json.dumps(body)};')
    (tmp_path / "use.ts").write_text("\n".join(lines), encoding="utf-8")
    options = "--strict --noEmit --target es2022 --module commonjs --moduleResolution node10"
    run([MODULES / "tsc", *options.split(), "use.ts"], tmp_path)


def test_pydantic_models_send_no_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models that datamodel-code-generator makes of the document send what was given, and nothing else."""
    make_models(
        DOCUMENT,
        input_file_type=InputFileType.OpenAPI,
        output=tmp_path / "made_by_datamodel.py",
        output_model_type=DataModelType.PydanticV2BaseModel,
        formatters=[],
    )
    monkeypatch.syspath_prepend(tmp_path)
    made = vars(importlib.import_module("made_by_datamodel"))
    # It writes names with digits in a way of its own.
    classes: dict[str, type[BaseModel]] = {name.replace("_", "").lower(): kind for name, kind in made.items()}
    for name, body in _required().items():
        kind = classes[name.replace("_", "").lower()]
        assert kind.model_validate(body).model_dump(mode="json", exclude_none=True) == body


def _required() -> dict[str, dict[str, object]]:
    """Return the required parameters of each model, with the values of its sample, by the name of its schema."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    bodies: dict[str, dict[str, Any]] = {}
    for path in document["paths"].values():
        if "requestBody" in path.get("post", {}):
            content = path["post"]["requestBody"]["content"]["application/json"]
            name = content["schema"]["$ref"].rpartition("/")[2]
            required = document["components"]["schemas"][name].get("required", ())
            bodies[name] = {key: content["examples"]["page"]["value"][key] for key in required}
    return bodies
