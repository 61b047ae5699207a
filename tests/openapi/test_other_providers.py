"""The OpenAPI documents of the two invented providers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.openapi.conftest import Document
from tests.providers.rendering import rendered


def document_of(provider: str, folder: Path, without: str = "") -> Document:
    files = rendered(folder / provider, provider, "openapi", without=without)
    documents = {path: json.loads(text) for path, text in files.items()}
    for document in documents.values():
        OpenAPIV31SpecValidator(document).validate()
    return documents["openapi/platform.openapi.json"]


@pytest.fixture
def zephyr(tmp_path: Path) -> Document:
    return document_of("zephyr", tmp_path)


@pytest.fixture
def borealis(tmp_path: Path) -> Document:
    return document_of("borealis", tmp_path)


def test_a_provider_without_a_queue(zephyr: Document) -> None:
    assert list(zephyr["paths"]) == ["/generate/zephyr-gust", "/generate/zephyr-whirl"]
    inputs = ["ZephyrGustInput", "ZephyrWhirlInput"]
    assert list(zephyr["components"]["schemas"]) == [*inputs, "Base64Pictures", "Base64Video", "Error"]
    assert "parameters" not in zephyr["components"] and len(zephyr["tags"]) == 2
    for path, schema in zip(zephyr["paths"], ("Base64Pictures", "Base64Video"), strict=True):
        content = zephyr["paths"][path]["post"]["responses"]["200"]["content"]
        assert content == {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    scheme = zephyr["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_an_example_of_an_error_is_valid(zephyr: Document) -> None:
    example = zephyr["components"]["responses"]["Error401"]["content"]["application/json"]["example"]
    assert example == {"error": {"message": "The token is missing or wrong.", "code": ""}}
    Draft202012Validator(zephyr["components"]["schemas"]["Error"]).validate(example)


def test_a_queue_on_another_host_has_its_own_server(borealis: Document) -> None:
    own = [
        path
        for path, entry in borealis["paths"].items()
        if entry.get("servers") == [{"url": "https://queue.borealis.example"}]
    ]
    queues = ("/jobs/acme/paint-2", "/jobs/acme/reel-1")
    tails = ("", "/requests/{request_id}/status", "/requests/{request_id}")
    assert own == [f"{queue}{tail}" for queue in queues for tail in tails]
    assert borealis["servers"][0]["url"] == "https://run.borealis.example"
    assert "servers" not in borealis["paths"]["/run/acme/paint-2"]


def test_a_video_is_documented_as_one(borealis: Document) -> None:
    answer = borealis["paths"]["/run/acme/reel-1"]["post"]["responses"]["200"]["content"]
    assert list(answer) == ["video/mp4", "video/webm"]
    assert schemas(borealis, JOB.replace("paint-2", "reel-1"))["200"] == ["VideoJobResult"]


def schemas(document: Document, path: str) -> dict[str, list[str]]:
    """Return the names of the schemas of a GET endpoint by status."""
    responses = document["paths"][path]["get"]["responses"]
    return {
        status: [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", [schema])]
        for status in ("200", "202", "500")
        if status in responses
        for schema in [responses[status]["content"]["application/json"]["schema"]]
    }


JOB = "/jobs/acme/paint-2/requests/{request_id}"
#: 500 is the status of a failed job and of a failure of the service.
FAILED = ["FailedJob", "Error"]


def test_a_result_that_is_read_early_is_documented_only_if_the_spec_knows_it(
    borealis: Document, tmp_path: Path
) -> None:
    assert schemas(borealis, JOB) == {"200": ["ImageJobResult"], "202": ["JobStatus"], "500": FAILED}
    without = document_of("borealis", tmp_path / "without", without="early-result")
    assert schemas(without, JOB) == {"200": ["ImageJobResult"], "500": FAILED}


def test_statuses_of_the_queue_have_the_bodies_of_their_outcomes(borealis: Document) -> None:
    assert next(iter(borealis["paths"]["/jobs/acme/paint-2"]["post"]["responses"])) == "201"
    assert schemas(borealis, f"{JOB}/status") == {"200": ["JobStatus"], "202": ["JobStatus"], "500": FAILED}
    assert borealis["components"]["schemas"]["JobState"]["anyOf"][0]["enum"] == [
        "IN_QUEUE",
        "IN_PROGRESS",
        "OK",
        "ERROR",
    ]
    assert borealis["components"]["schemas"]["JobStatus"]["properties"]["state"] == {
        "$ref": "#/components/schemas/JobState"
    }
    assert "state" not in borealis["components"]["schemas"]["ImageJobResult"]["properties"]


def test_parameters_in_an_envelope_are_documented(borealis: Document) -> None:
    body = borealis["paths"]["/run/acme/paint-2"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["properties"] == {"input": {"$ref": "#/components/schemas/AcmePaint2Input"}}
    assert body["schema"]["required"] == ["input"]
    assert body["examples"]["page"]["value"] == {
        "input": {
            "prompt": "green light over a fjord",
            "num_images": 1,
            "output_format": "webp",
            "width": 320,
            "height": 192,
            "seed": 11,
        }
    }


def test_the_scheme_of_a_key_is_documented(borealis: Document) -> None:
    scheme = borealis["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["name"], scheme["x-scheme"]) == ("apiKey", "authorization", "Key")
