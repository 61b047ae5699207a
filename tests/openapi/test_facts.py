"""Every fact of every spec is in the documents, where a reader of OpenAPI looks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pagewright.spec import Catalog, Erratum, Model
from pagewright.views import catalog_names
from tests.material import reserved

SLUGS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs/segmind/models").glob("*.yaml"))
PLATFORM = "platform.openapi.json"


@pytest.fixture(params=SLUGS)
def model(request: pytest.FixtureRequest, catalog: Catalog) -> Model:
    return next(model for model in catalog.models if model.slug == request.param)


@pytest.fixture(params=["alone", "platform"])
def document(request: pytest.FixtureRequest, model: Model, catalog: Catalog, documents: dict[str, Any]) -> Any:
    """A document that describes `model`: its own one and the platform's."""
    own = f"models/{catalog_names(catalog, reserved())[model.slug]}.openapi.json"
    return documents[own if request.param == "alone" else PLATFORM]


def test_paths_and_their_basis(model: Model, document: Any) -> None:
    for operation in (model.sync, model.submit):
        if operation:
            post = document["paths"][operation.path]["post"]
            assert post["x-basis"] == operation.basis
            assert post["tags"] == [model.slug]


def test_parameters(model: Model, document: Any) -> None:
    """Type, description, default, bounds, step, values: all that the spec says of a parameter, under the same words."""
    for schema in _input_schemas(model, document):
        assert list(schema["properties"]) == [parameter.name for parameter in model.parameters]
        assert set(schema.get("required", [])) == {p.name for p in model.parameters if p.required}
        for parameter in model.parameters:
            said = dict(schema["properties"][parameter.name])
            if parameter.is_open:
                listed, other = said.pop("anyOf")
                assert listed == {"type": parameter.type, "enum": list(parameter.known_values)}
                assert other == {"type": parameter.type}
                said["type"] = parameter.type
            assert said == parameter.schema


def test_sample(model: Model, document: Any) -> None:
    for operation in (model.sync, model.submit):
        if operation:
            body = document["paths"][operation.path]["post"]["requestBody"]
            assert body["required"] is True
            assert body["content"]["application/json"]["examples"]["page"]["value"] == model.example


def test_price_latency_output_and_origin(model: Model, document: Any) -> None:
    tag = next(tag for tag in document["tags"] if tag["name"] == model.slug)
    assert (tag["x-title"], tag["description"], tag["x-task"]) == (model.title, model.summary, model.task)
    assert (tag.get("x-price-usd"), tag.get("x-latency-s")) == (model.price_usd, model.latency_s)
    assert tag["x-pages"] == list(model.pages)
    assert tag["x-output"] == model.output
    assert {name: tuple(size) for name, size in tag["x-sizes"].items()} == model.sizes


def test_errata(model: Model, document: Any, catalog: Catalog) -> None:
    tag = next(tag for tag in document["tags"] if tag["name"] == model.slug)
    assert tag["x-errata"] == [_as_printed(erratum) for erratum in model.errata]
    assert document["info"]["x-errata"] == [_as_printed(erratum) for erratum in catalog.platform.errata]


def test_picture_formats(model: Model, document: Any, catalog: Catalog) -> None:
    assert model.sync
    sync = catalog.platform.data["sync"]
    content = document["paths"][model.sync.path]["post"]["responses"]["200"]["content"]
    parameter = model.parameter(model.output.get("format", ""))
    formats = {f"image/{name}" for name in parameter.enum} if parameter else set()
    pictures = {media_type for media_type in content if media_type.startswith("image/")}
    assert pictures == formats | {sync["media_type"]}
    assert ("application/json" in content) == ("base64" in model.output)
    schema = document["components"]["schemas"]["Base64Pictures"]
    assert schema["required"] == [sync["base64_key"]] == list(schema["properties"])
    assert schema["x-basis"] == sync["base64_basis"]


def test_statuses(model: Model, document: Any, catalog: Catalog) -> None:
    data = catalog.platform.data
    queue = data["queue"]
    for path in (operation.path for operation in (model.sync, model.submit) if operation):
        responses = document["paths"][path]["post"]["responses"]
        assert responses.keys() == {"200", *data["statuses"]}
        for status in data["statuses"]:
            _check_error(document, responses[status], data["statuses"][status], data["error_key"])
    for path in (queue["status_path"], queue["result_path"]):
        responses = document["paths"][path]["get"]["responses"]
        assert responses.keys() == {"200", *data["statuses"]}
        for status in data["statuses"].keys() - {str(queue["failed_status"]), str(queue["unknown_status"])}:
            _check_error(document, responses[status], data["statuses"][status], data["error_key"])


def test_queue(document: Any, catalog: Catalog) -> None:
    data = catalog.platform.data
    queue, states = data["queue"], data["queue"]["states"]
    schemas = document["components"]["schemas"]
    assert next(tag for tag in document["tags"] if tag["name"] == "queue")["x-queue"] == queue
    assert schemas["SubmittedJob"]["required"] == queue["submit_keys"]
    assert set(queue["submit_keys"]) <= schemas["SubmittedJob"]["properties"].keys()
    listed, other = schemas["JobState"]["anyOf"]
    assert listed["enum"] == [*states["pending"], *states["done"], *states["failed"]]
    assert other == {"type": "string"}, "a state that no page lists is accepted"
    for path in (queue["status_path"], queue["result_path"]):
        responses = document["paths"][path]["get"]["responses"]
        failed = _resolve(document, responses[str(queue["failed_status"])])
        assert failed["content"]["application/json"]["schema"]["$ref"].endswith("/FailedJob")
        unknown = _resolve(document, responses[str(queue["unknown_status"])])
        assert unknown["content"]["application/json"]["schema"]["$ref"].endswith("/Error")
        assert unknown["x-retention-s"] == queue["retention_s"]
    assert schemas["FailedJob"]["required"] == ["status", data["error_key"]]
    assert "output" not in schemas["JobStatus"]["properties"], "the status never carries the output"


def test_headers_key_and_host(document: Any, catalog: Catalog) -> None:
    data = catalog.platform.data
    for name, header in data["headers"].items():
        printed = document["components"]["headers"][name]
        assert (printed["description"], printed["x-basis"]) == (header["meaning"], header["basis"])
    names = {header["name"] for header in data["headers"].values()}
    for entry in document["paths"].values():
        for operation in (entry[method] for method in ("get", "post") if method in entry):
            for response in operation["responses"].values():
                assert _resolve(document, response)["headers"].keys() == names
    scheme = document["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", data["auth"]["header"])
    assert (scheme["x-variable"], scheme["x-basis"]) == (data["auth"]["variable"], data["auth"]["basis"])
    assert document["security"] == [{"apiKey": []}]
    assert document["servers"][0]["url"] == data["base_url"]
    assert document["info"]["x-assumptions"] == data["assumptions"]


def _input_schemas(model: Model, document: Any) -> Iterator[Any]:
    for operation in (model.sync, model.submit):
        if operation:
            body = document["paths"][operation.path]["post"]["requestBody"]
            yield _resolve(document, body["content"]["application/json"]["schema"])


def _check_error(document: Any, response: Any, entry: Any, error_key: str) -> None:
    said = _resolve(document, response)
    assert (said["description"], said["x-title"]) == (entry["meaning"], entry["title"])
    assert (said["x-outcome"], said["x-basis"]) == (entry["outcome"], entry["basis"])
    media_type = entry.get("media_type", "application/json")
    assert list(said["content"]) == [media_type]
    if media_type == "application/json":
        schema = _resolve(document, said["content"][media_type]["schema"])
        assert schema["required"] == [error_key] == list(schema["properties"])


def _resolve(document: Any, value: Any) -> Any:
    """What a reference of the document stands for; anything else stands for itself."""
    if "$ref" not in value:
        return value
    for word in value["$ref"].split("/")[1:]:
        document = document[word]
    return document


def _as_printed(erratum: Erratum) -> dict[str, Any]:
    return {name: getattr(erratum, name) for name in ("at", "page", "documented", "used", "basis", "why")}
