"""Rules that hold for every document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.openapi.conftest import Document

ROOT = Path(__file__).parents[2]
HOSTILE = "\"}}], 'x': {{ 7 * 7 }} {% raw %} \\ </script> \u2028 \x85 ${1} `\n- # é 文"


def test_the_platform_and_each_model_have_a_document(documents: dict[str, Document]) -> None:
    models = len(list((ROOT / "specs/segmind/models").glob("*.yaml")))
    assert "platform.openapi.json" in documents
    assert sum(path.startswith("models/") for path in documents) == models == len(documents) - 1


def test_each_document_is_valid(documents: dict[str, Document]) -> None:
    for document in documents.values():
        assert document["openapi"] == "3.1.1"
        OpenAPIV31SpecValidator(document).validate()


def test_each_document_has_exactly_the_components_that_it_references(documents: dict[str, Document]) -> None:
    """Every reference leads to a component of the document, and every component has a reference."""
    for document in documents.values():
        references = set(_references(document))
        components = {
            f"#/components/{kind}/{name}"
            for kind, entries in document["components"].items()
            for name in entries
            if kind != "securitySchemes"
        }
        assert references == components


def test_operation_ids_are_unique_identifiers(documents: dict[str, Document]) -> None:
    for document in documents.values():
        ids = [operation["operationId"] for operation in _operations(document)]
        assert len(ids) == len(set(ids))
        assert all(name.isidentifier() for name in ids)


def test_no_member_is_written_twice(
    render: Callable[[Path], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Duplicate members are searched before formatting, which would silently keep the last one."""
    monkeypatch.setattr("pagewright.rendering.formatting._json", lambda path, text: text)

    def refuse_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len({name for name, _ in pairs}) == len(pairs), [name for name, _ in pairs]
        return dict(pairs)

    for text in render(ROOT).values():
        json.loads(text, object_pairs_hook=refuse_twins)


def test_bytes_are_the_same_whatever_the_hash_seed(texts: dict[str, bytes]) -> None:
    script = (
        "import sys, pathlib, hashlib; sys.path.insert(0, 'tests/openapi'); import conftest;"
        "documents = conftest.render_openapi(pathlib.Path('.'));"
        "print(hashlib.sha256(repr(documents).encode()).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1
    for text in texts.values():
        assert text.decode() == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.fixture
def odd_clone(tmp_path: Path) -> Path:
    """A clone with two odd models: one only for the queue, one without it; their texts contain syntax."""
    models = tmp_path / "specs/segmind/models"
    models.mkdir(parents=True)
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    (tmp_path / "specs/schema").symlink_to(ROOT / "specs/schema")
    (tmp_path / "specs/segmind/platform.yaml").write_bytes((ROOT / "specs/segmind/platform.yaml").read_bytes())
    common = {
        "title": HOSTILE,
        "summary": HOSTILE,
        "task": "text-to-image",
        "pages": ["odd"],
        "input": {
            "type": "object",
            "properties": {
                HOSTILE.replace("\n", "").replace("\x85", ""): {"type": "string", "description": HOSTILE},
                "kind": {"type": "string", "x-known-values": [HOSTILE], "default": HOSTILE},
                "list": {"type": "array", "items": {"type": "number"}},
                "format": {"type": "string", "enum": ["image/png", "WEBP", "JPG", "psd"]},
            },
        },
        "output": {"media": "image", "format": "format"},
        "example": {"kind": HOSTILE},
        "errata": [
            {"at": "/title", "page": "odd", "documented": None, "used": HOSTILE, "basis": "page", "why": HOSTILE}
        ],
    }
    for slug, operation in (("odd.queued", "async"), ("4-Odd", "sync")):
        spec = {**common, "slug": slug, operation: {"method": "POST", "path": f"/v9/models/{slug}"}}
        (models / f"{slug}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    return tmp_path


def test_odd_models_give_valid_documents_too(odd_clone: Path, render: Callable[[Path], dict[str, bytes]]) -> None:
    documents = {path: json.loads(text) for path, text in render(odd_clone).items()}
    for document in documents.values():
        OpenAPIV31SpecValidator(document).validate()
    queued, answered = documents["models/odd_queued.openapi.json"], documents["models/model_4_odd.openapi.json"]
    assert queued["info"]["title"] == queued["tags"][0]["description"] == HOSTILE
    assert next(iter(queued["paths"])) == "/v9/models/odd.queued"
    assert len(queued["paths"]) == 3
    assert list(answered["paths"]) == ["/v9/models/4-Odd"], "what can't be queued has no queue"
    content = answered["paths"]["/v9/models/4-Odd"]["post"]["responses"]["200"]["content"]
    assert list(content) == ["image/jpeg", "image/png", "image/webp"], "as names in any case, and as media types"


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _operations(document: Document) -> Iterator[Document]:
    for entry in document["paths"].values():
        yield from (entry[method] for method in ("get", "post") if method in entry)
