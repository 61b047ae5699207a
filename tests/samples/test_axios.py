"""The sample of Large's older page, axios on Node on a single line, run unchanged."""

from __future__ import annotations

import json

import pytest

from pagewright.specs.spec import Catalog
from tests.samples.extract import payload
from tests.samples.stage import Stage, look_at, model_of, price_of, sample_of, size_asked

PAGE = "stable-diffusion-3.5-large-txt2img.attributes"
KEY = "YOUR API-KEY"


def test_the_axios_sample_prints_the_image_as_text_and_is_billed_for_one(stage: Stage, catalog: Catalog) -> None:
    sample, model = sample_of(PAGE), model_of(catalog, PAGE)

    run = stage.node(sample)

    assert (run.status, run.complained) == (0, "")
    [request] = stage.mock.requests(KEY)
    assert (request["path"], request["status"]) == (f"/v1/{model.slug}", 200)
    assert json.dumps(request["payload"]) == json.dumps(payload(sample))
    assert stage.mock.ledger(KEY)["charged"] == pytest.approx(price_of(model))
    # The mock returns the same image for the same request.
    picture = stage.mock.post(request["path"], payload(sample), "another key")
    assert look_at(picture) == ("JPEG", size_asked(model, payload(sample)))
    # The sample does not ask for bytes, so axios decodes them as UTF-8 and the image is lost.
    assert run.printed == picture.decode("utf-8", "replace") + "\n"


def test_the_axios_sample_prints_an_error_of_the_service(stage: Stage) -> None:
    run = stage.node(sample_of(PAGE), SAMPLE_SCENARIO="no-credits")

    assert (run.status, run.printed) == (0, "")
    assert run.complained.startswith("Error: {")
    assert "Insufficient Credits" in run.complained
    assert stage.mock.ledger(KEY)["charged"] == 0
