"""The mock's responses are valid for the OpenAPI document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from segmind_mock import Pace, Settings, create_app
from tests.openapi.conftest import Document

LARGE = "stable-diffusion-3.5-large-txt2img"
TINY = "tinysd1.5-txt2img"
BODIES: dict[str, dict[str, Any]] = {
    LARGE: {
        "prompt": "fog",
        "sampler": "euler",
        "scheduler": "normal",
        "width": 64,
        "height": 64,
        "aspect_ratio": "custom",
    },
    TINY: {"prompt": "fog"},
}


def exchange(slug: str, scenario: str = "", polls: int = 1, **more: object) -> list[httpx2.Response]:
    """Return the responses to a submit, to an early request for the result, to two polls and to the result."""

    async def run() -> list[httpx2.Response]:
        app = create_app(Settings(pace=Pace("polls", polls)))
        headers = {"x-api-key": "k", **({"x-mock-scenario": scenario} if scenario else {})}
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://localhost", headers=headers
        ) as client:
            job = await client.post(f"/v2/{slug}", json={**BODIES[slug], **more})
            if job.status_code != 200:
                return [job]
            result, status = job.json()["response_url"], job.json()["status_url"]
            return [job, *[await client.get(url) for url in (result, *[status] * 4, result)]]

    return asyncio.run(run())


def check(document: Document, answers: list[httpx2.Response], slug: str) -> None:
    """Check each response against the document's schema for its path and status."""
    posted, *read = answers
    operations: list[Any] = [document["paths"][f"/v2/{slug}"]["post"]]
    for answer in read:
        path = "/v2/requests/{request_id}" + ("/status" if answer.request.url.path.endswith("/status") else "")
        operations.append(document["paths"][path]["get"])
    for operation, answer in zip(operations, [posted, *read], strict=True):
        response = operation["responses"][str(answer.status_code)]
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema: Mapping[str, Any] = response["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


@pytest.mark.parametrize(
    ("slug", "more"), [(LARGE, {"batch_size": 2}), (LARGE, {}), (TINY, {"samples": 2}), (TINY, {"samples": 9})], ids=str
)
def test_answers_of_the_queue_are_as_documented(platform_document: Document, slug: str, more: dict[str, Any]) -> None:
    answers = exchange(slug, **more)
    check(platform_document, answers, slug)
    if answers[-1].status_code == 200:
        several = 2 in more.values()
        assert isinstance(answers[-1].json()["output"], list) == several


def test_answers_of_a_failed_job_are_as_documented(platform_document: Document) -> None:
    answers = exchange(TINY, "job-fails")
    check(platform_document, answers, TINY)
    assert answers[-1].status_code == 422
