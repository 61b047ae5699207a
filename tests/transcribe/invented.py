"""Pages of invented models in the newer layout, put together from the facts that a test is about."""

from __future__ import annotations

import json
from typing import Any

from pagewright.transcribe.draft import Draft, draft
from tests.material import segmind


def row(name: str, kind: str, text: str = "What it is.", flag: str = "optional") -> str:
    """Return the row of a parameter: its head, and everything below it."""
    return f"{name}{flag}\n{kind}\n\n{text}\n\n"


PROMPT = row("prompt", "string", "What to make.", "required")


def page(
    *rows: str,
    title: str = "Acme Lantern Text to Image",
    slug: str = "acme-lantern",
    head: str = "~3.20s\n~$0.004",
    sample: dict[str, Any] | None = None,
    after: str = "",
    returns: str = "Image",
    host: str = "api.segmind.com",
    version: str = "v1",
    auth: str = '"x-api-key": "YOUR_API_KEY"',
    scheme: str = "https",
    extra: str = "",
) -> str:
    """Return the text of a page. `after` follows the request in the sample, `extra` stands above the parameters."""
    url = f"{scheme}://{host}/{version}/{slug}"
    values = json.dumps({"prompt": "a lamp"} if sample is None else sample, indent=4)
    values = values.replace("true", "True").replace("false", "False").replace("null", "None")
    answers = f"Response Type\n\nReturns: {returns}\n\n" if returns else ""
    return (
        f"{title} Serverless API\n\nA line about it.\n\n{head}\n"
        f'import requests\n\nurl = "{url}"\nheaders = {{\n    {auth}\n}}\n\ndata = {values}\n\n'
        f"response = requests.post(url, headers=headers, json=data)\n{after}\n"
        f"API Endpoint\n\nPOST{url}\n\n{extra}Parameters\n\n{''.join(rows or (PROMPT,))}{answers}"
        "Common Error Codes\n\n400\n\nBad Request\n\nInvalid parameters or request format\n\n504\n\nTimeout\n\nRequest timed out\n"
    )


def drafted(text: str) -> Draft:
    return draft(text, "acme.page", segmind())


def reviews_of(result: Draft, pointer: str | None = None) -> list[str]:
    """Return the messages of a draft, or those about one part of the spec."""
    return [review.message for review in result.reviews if pointer is None or review.pointer == pointer]
