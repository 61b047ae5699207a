"""The Python samples of three pages with `requests`, run unchanged.

Each is wrong about itself twice. It says `false`, which is JSON's name and not Python's: it runs where that name is
defined. And it reads JSON from an answer that is a picture: it runs under the mock's scenario `json-on-200`.
"""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from pagewright.specs.spec import Catalog
from tests.samples.extract import payload
from tests.samples.stage import Stage, erratum_of, look_at, model_of, price_of, sample_of, size_asked

TURBO = "stable-diffusion-3.5-turbo-txt2img.compact"
MEDIUM = "stable-diffusion-3-medium-txt2img.compact"
TINY = "tinysd1.5-txt2img.spaced"
KEY = "YOUR_API_KEY"
DEFINED = "--null-true-false"

pages = pytest.mark.parametrize("page", [TURBO, MEDIUM, TINY])


@pages
def test_the_requests_sample_prints_an_image_and_is_billed_for_one(stage: Stage, catalog: Catalog, page: str) -> None:
    sample, model = sample_of(page), model_of(catalog, page)

    run = stage.python(sample, "requests", DEFINED, SAMPLE_SCENARIO="json-on-200")

    assert (run.status, run.complained) == (0, "")
    answer = json.loads(run.printed)
    assert run.printed == json.dumps(answer, indent=2) + "\n"
    assert answer["status"] == "Success"
    assert look_at(b64decode(answer["image"], validate=True)) == ("JPEG", size_asked(model, payload(sample)))
    [request] = stage.mock.requests(KEY)
    assert (request["path"], request["status"]) == (f"/v1/{model.slug}", 200)
    assert json.dumps(request["payload"]) == json.dumps(payload(sample))
    assert stage.mock.ledger(KEY)["charged"] == pytest.approx(price_of(model))


@pages
def test_a_sample_with_jsons_false_stops_before_it_sends_anything(stage: Stage, catalog: Catalog, page: str) -> None:
    erratum = erratum_of(catalog, page, "/example/base64")
    assert "NameError" in erratum.why

    run = stage.python(sample_of(page), "requests", SAMPLE_SCENARIO="json-on-200")

    assert (run.status, run.printed) == (1, "")
    assert "NameError: name 'false' is not defined" in run.complained.splitlines()[-1]
    assert stage.mock.requests(KEY) == []


@pages
def test_the_requests_sample_cannot_read_the_bytes_that_it_was_billed_for(
    stage: Stage, catalog: Catalog, page: str
) -> None:
    erratum = erratum_of(catalog, page, "/sync/returns")
    assert (erratum.documented, erratum.used) == ("Text/JSON", "bytes")

    run = stage.python(sample_of(page), "requests", DEFINED)

    assert (run.status, run.printed) == (1, "")
    assert run.complained.splitlines()[-1].startswith("requests.exceptions.JSONDecodeError: ")
    [request] = stage.mock.requests(KEY)
    assert request["status"] == 200
    assert stage.mock.ledger(KEY)["charged"] == pytest.approx(price_of(model_of(catalog, page)))


@pages
def test_the_requests_sample_prints_an_error_of_the_service(stage: Stage, page: str) -> None:
    run = stage.python(sample_of(page), "requests", DEFINED, SAMPLE_SCENARIO="no-credits")

    assert run.status == 0
    first, body = run.printed.splitlines()
    assert first == "Error: 406"
    assert json.loads(body)["error"].startswith("Insufficient Credits")
    assert stage.mock.ledger(KEY)["charged"] == 0


@pytest.mark.parametrize(
    ("page", "parameter", "pointer"),
    [
        (TURBO, "steps", "/input/properties/steps/minimum"),
        (TURBO, "sampler", "/input/properties/sampler/x-known-values"),
        (MEDIUM, "scheduler", "/input/properties/scheduler/x-known-values"),
        (TINY, "scheduler", "/input/properties/scheduler/x-known-values"),
    ],
)
def test_a_value_of_the_sample_outside_of_the_pages_table_has_an_erratum(
    catalog: Catalog, page: str, parameter: str, pointer: str
) -> None:
    sent = payload(sample_of(page))[parameter]
    documented = erratum_of(catalog, page, pointer).documented
    assert sent not in documented if isinstance(documented, list) else sent < documented


def test_the_scheduler_of_the_tinysd_sample_has_an_erratum(catalog: Catalog) -> None:
    erratum = erratum_of(catalog, TINY, "/example/scheduler")
    assert erratum.used == payload(sample_of(TINY))["scheduler"]
