"""The sample of Large's newer page, run unchanged with the official `segmind` and with the generated client."""

from __future__ import annotations

import json

import pytest

from pagewright.specs.spec import Catalog
from tests.samples.extract import payload
from tests.samples.launch import SERVICE
from tests.samples.stage import Run, Stage, erratum_of, look_at, model_of, price_of, sample_of, size_asked

PAGE = "stable-diffusion-3.5-large-txt2img.spaced"
KEY = "YOUR_API_KEY"

packages = pytest.mark.parametrize("package", ["segmind", "segmind_client"])


def run(stage: Stage, package: str) -> Run:
    """Run the sample with the key in the environment, as its second line says."""
    sample = sample_of(PAGE)
    assert f'# export SEGMIND_API_KEY="{KEY}"\n' in sample
    if package == "segmind":
        return stage.python(sample, "httpx", SEGMIND_API_KEY=KEY)
    return stage.python(sample, "httpx2", "--in-place-of", "segmind", package, SEGMIND_API_KEY=KEY)


@packages
def test_the_sdk_sample_prints_both_jobs_and_is_billed_for_two(stage: Stage, catalog: Catalog, package: str) -> None:
    sample, model = sample_of(PAGE), model_of(catalog, PAGE)

    ran = run(stage, package)

    assert (ran.status, ran.complained) == (0, "")
    state, output, seconds, request_id = ran.printed.splitlines()
    assert (state, float(seconds)) == ("COMPLETED", model.latency_s)
    submitted = stage.mock.requests(KEY)
    assert [(request["path"], request["status"]) for request in submitted] == [(f"/v2/{model.slug}", 200)] * 2
    assert [json.dumps(request["payload"]) for request in submitted] == [json.dumps(payload(sample))] * 2
    ids = [request["request_id"] for request in submitted]
    assert request_id == ids[1]
    # Each job was polled while pending and when done, then its result was read; no image was downloaded.
    reads = [[f"/v2/requests/{id}/status"] * 2 + [f"/v2/requests/{id}"] for id in ids]
    assert [request["path"] for request in stage.mock.requests(KEY, "GET")] == reads[0] + reads[1]
    ledger = stage.mock.ledger(KEY)
    assert (ledger["jobs"], ledger["charged"]) == (2, pytest.approx(2 * price_of(model)))

    assert output.startswith(f"{SERVICE}/") and ids[0] in output
    picture = stage.mock.get(output.removeprefix(SERVICE))
    assert look_at(picture) == ("JPEG", size_asked(model, payload(sample)))


@packages
def test_the_sdk_sample_prints_why_the_second_job_failed(stage: Stage, catalog: Catalog, package: str) -> None:
    # One for each request up to the second submit, because the first job ends before it is polled.
    stage.mock.arm(KEY, *["completed-at-once"] * 3, "job-fails")

    ran = run(stage, package)

    assert (ran.status, ran.complained) == (0, "")
    assert ran.printed.splitlines()[-1] == "failed: The worker ran out of memory."
    # The mock assumes that a failed job is not billed; no page says so.
    ledger = stage.mock.ledger(KEY)
    assert (ledger["jobs"], ledger["charged"]) == (2, pytest.approx(price_of(model_of(catalog, PAGE))))


def test_the_steps_of_the_sdk_sample_have_an_erratum(catalog: Catalog) -> None:
    erratum = erratum_of(catalog, PAGE, "/example/steps")
    assert erratum.used == payload(sample_of(PAGE))["steps"]
