"""Documents of invented providers that differ from Segmind in everything that a spec can express."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.workspaces import rendered
from tests.openapi.conftest import Document


def document_of(provider: str, folder: Path) -> Any:
    documents = {path: json.loads(text) for path, text in rendered(folder / provider, provider, "openapi").items()}
    for document in documents.values():
        OpenAPIV31SpecValidator(document).validate()
    return documents["openapi/platform.openapi.json"]


@pytest.fixture
def zephyr(tmp_path: Path) -> Any:
    return document_of("zephyr", tmp_path)


@pytest.fixture
def acme(tmp_path: Path) -> Any:
    return document_of("acme", tmp_path)


def test_a_provider_without_a_queue(zephyr: Document) -> None:
    assert list(zephyr["paths"]) == ["/run/breeze"]
    assert list(zephyr["components"]["schemas"]) == ["BreezeInput", "Base64Pictures", "Error"]
    assert "parameters" not in zephyr["components"] and len(zephyr["tags"]) == 1
    content = zephyr["paths"]["/run/breeze"]["post"]["responses"]["200"]["content"]
    assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/Base64Pictures"}}}
    scheme = zephyr["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_an_example_of_an_error_is_valid(zephyr: Document) -> None:
    said = zephyr["components"]["responses"]["Error401"]["content"]["application/json"]["example"]
    assert said == {"error": {"message": "The token is wrong.", "code": 0}}
    Draft202012Validator(zephyr["components"]["schemas"]["Error"]).validate(said)


def test_a_queue_on_another_host(acme: Document) -> None:
    own = [
        path for path, entry in acme["paths"].items() if entry.get("servers") == [{"url": "https://queue.acme.invalid"}]
    ]
    job = "/jobs/paint-2/requests/{request_id}"
    assert own == ["/jobs/paint-2", f"{job}/status", job]
    assert acme["servers"][0]["url"] == "https://run.acme.invalid"
    assert "servers" not in acme["paths"]["/paint-2"]


def test_what_answers_mean(acme: Document) -> None:
    job = "/jobs/paint-2/requests/{request_id}"
    assert next(iter(acme["paths"]["/jobs/paint-2"]["post"]["responses"])) == "202"

    def schemas(path: str) -> dict[str, Any]:
        answers = acme["paths"][path]["get"]["responses"]
        return {
            status: [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", [schema])]
            for status in ("200", "202", "500")
            if status in answers
            for schema in [answers[status]["content"]["application/json"]["schema"]]
        }

    # Here 500 is the status of a failed job and of a failed service.
    failed = ["FailedJob", "Error"]
    assert schemas(f"{job}/status") == {"200": ["JobStatus"], "202": ["JobStatus"], "500": failed}
    assert schemas(job) == {"200": ["JobResult"], "500": failed}
    assert acme["components"]["schemas"]["JobState"]["anyOf"][0]["enum"] == ["IN_QUEUE", "IN_PROGRESS", "OK", "ERROR"]
    assert acme["components"]["schemas"]["JobStatus"]["properties"]["state"] == {
        "$ref": "#/components/schemas/JobState"
    }
    assert "state" not in acme["components"]["schemas"]["JobResult"]["properties"]


def test_parameters_in_an_envelope(acme: Document) -> None:
    body = acme["paths"]["/paint-2"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["properties"] == {"input": {"$ref": "#/components/schemas/Paint2Input"}}
    assert body["schema"]["required"] == ["input"]
    assert body["examples"]["page"]["value"] == {"input": {"prompt": "fog"}}


def test_a_word_before_the_key(acme: Document) -> None:
    scheme = acme["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["name"], scheme["x-scheme"]) == ("apiKey", "authorization", "Key")
