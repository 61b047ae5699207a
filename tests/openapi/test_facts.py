"""Every fact of every spec is in the documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pagewright.rendering.views import catalog_names
from pagewright.specs.spec import Catalog, Erratum, Model
from tests.material import reserved
from tests.openapi.conftest import Document

SLUGS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs/segmind/models").glob("*.yaml"))
PLATFORM = "platform.openapi.json"


@pytest.fixture(params=SLUGS)
def model(request: pytest.FixtureRequest, catalog: Catalog) -> Model:
    return next(model for model in catalog.models if model.slug == request.param)


@pytest.fixture(params=["alone", "platform"])
def document(
    request: pytest.FixtureRequest, model: Model, catalog: Catalog, documents: dict[str, Document]
) -> Document:
    """The documents that describe `model`: its own and the platform's."""
    own = f"models/{catalog_names(catalog, reserved())[model.slug]}.openapi.json"
    return documents[own if request.param == "alone" else PLATFORM]


def test_paths_have_their_basis_and_tag(model: Model, document: Document) -> None:
    for operation in (model.sync, model.submit):
        if operation:
            post = document["paths"][operation.path]["post"]
            assert post["x-basis"] == operation.basis
            assert post["tags"] == [model.slug]


def test_a_parameter_has_all_facts_of_the_spec(model: Model, document: Document) -> None:
    """Type, description, bounds, step, values: all that the spec says of a parameter, under the same words. The service's
    default stands under `x-default` and in the description, so that no generated client sends it by itself."""
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
            documented = dict(parameter.schema)
            if "default" in documented:
                assert said.pop("x-default") == documented.pop("default")
                if not parameter.required:
                    words = f"{parameter.description} The service's default is {json.dumps(parameter.default)}."
                    assert said.pop("description") == words.strip()
                    documented.pop("description", None)
            assert said == documented


def test_no_default_is_there_for_a_client_to_send(documents: dict[str, Document]) -> None:
    def keys(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from keys(item)

    for document in documents.values():
        assert "default" not in set(keys(document["components"]["schemas"]))


def test_the_example_of_a_request_is_the_pages(model: Model, document: Document) -> None:
    for operation in (model.sync, model.submit):
        if operation:
            body = document["paths"][operation.path]["post"]["requestBody"]
            assert body["required"] is True
            assert body["content"]["application/json"]["examples"]["page"]["value"] == model.example


def test_price_latency_output_and_origin_are_the_specs(model: Model, document: Document) -> None:
    tag = next(tag for tag in document["tags"] if tag["name"] == model.slug)
    assert (tag["x-title"], tag["description"], tag["x-task"]) == (model.title, model.summary, model.task)
    assert (tag.get("x-price-usd"), tag.get("x-latency-s")) == (model.price_usd, model.latency_s)
    assert tag["x-pages"] == list(model.pages)
    assert tag["x-output"] == model.output
    assert {name: tuple(size) for name, size in tag["x-sizes"].items()} == model.sizes


def test_errata_of_models_and_platform_are_listed(model: Model, document: Document, catalog: Catalog) -> None:
    tag = next(tag for tag in document["tags"] if tag["name"] == model.slug)
    assert tag["x-errata"] == [_as_printed(erratum) for erratum in model.errata]
    there = {tag["name"] for tag in document["tags"]}
    pages = {page for each in catalog.models if each.slug in there for page in each.pages}
    about = [erratum for erratum in catalog.platform.errata if erratum.page in pages]
    assert document["info"]["x-errata"] == [_as_printed(erratum) for erratum in about] != []


def test_image_formats_of_a_response_are_the_specs(model: Model, document: Document, catalog: Catalog) -> None:
    assert model.sync
    sync = catalog.platform.data["sync"]
    content = document["paths"][model.sync.path]["post"]["responses"]["200"]["content"]
    parameter = model.parameter(model.output.get("format", ""))
    formats = {f"image/{name}" for name in parameter.enum} if parameter else set()
    pictures = {media_type for media_type in content if media_type.startswith("image/")}
    assert pictures == formats | {sync["media_type"]}
    assert ("application/json" in content) == ("base64" in model.output)
    assert all(
        content[media_type].keys() == {"schema", "example"} and content[media_type]["schema"] == {}
        for media_type in pictures
    ), "bytes are no JSON, and have no schema"
    assert document["components"]["schemas"]["Base64Pictures"] == catalog.platform.data["bodies"]["media"]


def test_every_documented_status_has_its_response(model: Model, document: Document, catalog: Catalog) -> None:
    data = catalog.platform.data
    queue = data["queue"]
    for path in (operation.path for operation in (model.sync, model.submit) if operation):
        responses = document["paths"][path]["post"]["responses"]
        assert responses.keys() == {"200", *data["statuses"]}
        for status in data["statuses"]:
            _check_error(document, responses[status], data["statuses"][status], data)
    about_jobs = {str(acceptor["http"]) for acceptor in queue["acceptors"]}
    unknown = {status for status, entry in data["statuses"].items() if entry["role"] == "not_found"}
    for path in (queue["status_path"], queue["result_path"]):
        responses = document["paths"][path]["get"]["responses"]
        assert responses.keys() == {"200", *data["statuses"]}
        for status in data["statuses"].keys() - about_jobs - unknown:
            _check_error(document, responses[status], data["statuses"][status], data)


BODIES = {"SubmittedJob": "submitted", "JobStatus": "status", "JobResult": "result", "FailedJob": "failed"}


def test_schemas_of_responses_are_the_specs(document: Document, catalog: Catalog) -> None:
    """The schemas of responses are those of the spec, except for the state of a job, which is shared."""
    data, schemas = catalog.platform.data, document["components"]["schemas"]
    assert schemas["Error"] == data["bodies"]["error"]
    state = data["roles"]["state"]["path"][1:]
    for name, body in BODIES.items():
        documented = data["bodies"][body]
        properties = {**documented["properties"], state: {"$ref": "#/components/schemas/JobState"}}
        assert schemas[name] == {**documented, "properties": properties}


def test_states_and_responses_of_the_queue_are_the_specs(document: Document, catalog: Catalog) -> None:
    data = catalog.platform.data
    queue, schemas = data["queue"], document["components"]["schemas"]
    states = [acceptor["value"] for acceptor in queue["acceptors"]]
    tag = next(tag for tag in document["tags"] if tag["name"] == "queue")
    assert queue.items() <= tag["x-queue"].items()
    listed, other = schemas["JobState"]["anyOf"]
    assert listed["enum"] == states
    assert other == {"type": "string"}, "a state that no page lists is accepted"
    for path, done in ((queue["status_path"], "JobStatus"), (queue["result_path"], "JobResult")):
        responses = document["paths"][path]["get"]["responses"]
        for acceptor in queue["acceptors"]:
            answer = _resolve(document, responses[str(acceptor["http"])])
            name = {"pending": "JobStatus", "done": done, "failed": "FailedJob"}[acceptor["outcome"]]
            schema = answer["content"]["application/json"]["schema"]
            references = [entry["$ref"] for entry in schema.get("anyOf", [schema])]
            assert f"#/components/schemas/{name}" in references
        not_found = next(status for status, entry in data["statuses"].items() if entry["role"] == "not_found")
        unknown = _resolve(document, responses[not_found])
        assert unknown["content"]["application/json"]["schema"]["$ref"].endswith("/Error")
        assert unknown["x-retention-s"] == queue["retention_s"]
    assert "output" not in schemas["JobStatus"]["properties"], "the status never carries the output"


def test_headers_key_and_host_are_the_specs(document: Document, catalog: Catalog) -> None:
    data = catalog.platform.data
    for name, header in data["headers"].items():
        printed = document["components"]["headers"][name]
        assert (printed["description"], printed["x-basis"]) == (header["meaning"], header["basis"])
        assert printed["x-on"] == header["on"]
        assert printed["schema"] == {"type": "number" if header["type"] == "number" else "string"}
    names = {header["name"] for header in data["headers"].values()}
    for entry in document["paths"].values():
        for operation in (entry[method] for method in ("get", "post") if method in entry):
            for response in operation["responses"].values():
                assert _resolve(document, response)["headers"].keys() == names
    scheme = document["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", data["auth"]["header"])
    assert (scheme["x-variable"], scheme["x-basis"]) == (data["environment"]["api_key"], data["auth"]["basis"])
    assert document["security"] == [{"apiKey": []}]
    assert document["servers"][0]["url"] == data["base_url"]
    said = {name: {"value": None, **assumption} for name, assumption in data["assumptions"].items()}
    assert document["info"]["x-assumptions"] == said


def _input_schemas(model: Model, document: Document) -> Iterator[Document]:
    for operation in (model.sync, model.submit):
        if operation:
            body = document["paths"][operation.path]["post"]["requestBody"]
            yield _resolve(document, body["content"]["application/json"]["schema"])


def _check_error(document: Document, response: Document, entry: Document, data: Mapping[str, Any]) -> None:
    said = _resolve(document, response)
    assert (said["description"], said["x-title"]) == (entry["meaning"], entry["title"])
    assert (said["x-outcome"], said["x-basis"]) == (entry["outcome"], entry["basis"])
    media_type = entry.get("media_type", "application/json")
    assert list(said["content"]) == [media_type]
    if media_type == "application/json":
        assert _resolve(document, said["content"][media_type]["schema"]) == data["bodies"]["error"]
        example = said["content"][media_type]["example"]
        Draft202012Validator(data["bodies"]["error"]).validate(example)
        for name in data["roles"]["error_text"]["path"].split("/")[1:]:
            example = example[name]
        assert example == entry["meaning"]


def _resolve(document: Document, value: Document) -> Document:
    """Return the target of a reference; any other value unchanged."""
    if "$ref" not in value:
        return value
    for word in value["$ref"].split("/")[1:]:
        document = document[word]
    return document


def _as_printed(erratum: Erratum) -> dict[str, object]:
    return {name: getattr(erratum, name) for name in ("at", "page", "documented", "used", "basis", "why")}
