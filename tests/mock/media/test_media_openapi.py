"""The OpenAPI documents of models of every medium, compared with what their mock answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import httpx2
import jsonschema
import pytest
from openapi_spec_validator import validate

from tests.openapi.conftest import Document

SLUGS = sorted(path.stem for path in (Path(__file__).parent / "models").glob("*.yaml"))


@pytest.fixture(scope="module")
def client(media_mock: ModuleType) -> Iterator[httpx2.Client]:
    with (
        media_mock.serving() as running,
        httpx2.Client(base_url=running.url, headers={"x-api-key": "a-key-of-tests"}, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def document(media_root: Path) -> dict[str, object]:
    return _read(media_root / "generated" / "segmind" / "openapi" / "platform.openapi.json")


def _read(path: Path) -> Document:
    content: Document = json.loads(path.read_text(encoding="utf-8"))
    return content


def _check(document: dict[str, object], operation: Document, response: httpx2.Response) -> None:
    """Check a response against the operation's: a documented status, media type and schema."""
    content = operation["responses"][str(response.status_code)]["content"]
    described = content[response.headers["content-type"].partition(";")[0]]
    if "json" in response.headers["content-type"]:
        jsonschema.validate(response.json(), {**described["schema"], "components": document["components"]})


def test_every_document_is_valid(media_root: Path) -> None:
    documents = list((media_root / "generated" / "segmind" / "openapi").rglob("*.json"))
    assert len(documents) == len(SLUGS) + 1
    for path in documents:
        validate(_read(path))


@pytest.mark.parametrize("slug", SLUGS)
def test_answers_are_as_documented(
    slug: str, client: httpx2.Client, document: Document, media_mock: ModuleType
) -> None:
    model = import_module(f"{media_mock.__name__}.spec.catalog").get(slug)
    paths = document["paths"]
    if model.sync is not None:
        operation = paths[model.sync.path]["post"]
        _check(document, operation, client.post(model.sync.path, json=model.example))
        if model.output.base64 is not None:
            _check(document, operation, client.post(model.sync.path, json={**model.example, model.output.base64: True}))
    job = client.post(model.submit.path, json=model.example)
    _check(document, paths[model.submit.path]["post"], job)
    while client.get(job.json()["status_url"]).json()["status"] != "COMPLETED":
        pass
    result = client.get(job.json()["response_url"])
    _check(document, paths["/v2/requests/{request_id}"]["get"], result)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_document_of_one_model_has_only_its_own_result(slug: str, media_root: Path, media_mock: ModuleType) -> None:
    model = import_module(f"{media_mock.__name__}.spec.catalog").get(slug)
    folder = media_root / "generated" / "segmind" / "openapi" / "models"
    document = _read(folder / f"{slug.replace('-', '_')}.openapi.json")
    schemas = document["components"]["schemas"]
    properties = schemas["JobResult"]["properties"]
    assert {"image": "images", "video": "video", "audio": "audio"}.get(model.output.media, "output") in properties
    assert not [name for name in schemas if name.endswith("JobResult") and name != "JobResult"]


def test_the_answer_of_another_medium_is_not_as_documented(document: Document) -> None:
    operation = document["paths"]["/v1/quill-chat"]["post"]
    wrong = httpx2.Response(200, json={"choices": [{"text": "no message"}]})
    with pytest.raises(jsonschema.ValidationError):
        _check(document, operation, wrong)
    with pytest.raises(KeyError):
        _check(document, operation, httpx2.Response(200, content=b"", headers={"content-type": "image/jpeg"}))
