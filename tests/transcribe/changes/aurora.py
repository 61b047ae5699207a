"""An invented page in the layout of the newer real ones, with all that the alarm compares, and its spec as a person left it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from pagewright.cli import main

NAME = "acme-aurora"
PAGE = """\
Acme Aurora Serverless API

Acme Aurora draws northern lights from a few words.

~4.20s
~$0.006
POST /v2/acme-aurora · submit + poll
 1# pip install "segmind>=1.1.0"
 2# export SEGMIND_API_KEY="YOUR_API_KEY"
 3import segmind
 4
 5# Async (v2): submit to the queue and block until COMPLETED.
 6# run() returns the final result dict (600s deadline, 1.0s poll by default).
 7result = segmind.run(
 8    "acme-aurora",
 9    prompt="green lights over a fjord",
10    num_inference_steps=25,
11    guidance=5.5,
12    style="natural",
13    samples=1,
14    seed=7,
15    width=1024,
16    image_format="jpeg",
17    base64=False,
18)
19print(result["status"])                      # COMPLETED
20print(result.get("output"))                  # model output (e.g. media URL)

With requests:

 1import requests
 2
 3url = "https://api.segmind.com/v1/acme-aurora"
 4headers = {
 5    "x-api-key": "YOUR_API_KEY",
 6    "Content-Type": "application/json"
 7}

API Endpoint

POSThttps://api.segmind.com/v1/acme-aurora

Parameters

promptrequired
string

What to draw.

base64optional
boolean

Answer with base64.

Default: false
guidanceoptional
number

How closely to follow the prompt.

Default: 5.5Range: 1 - 15
image_formatoptional
string

File format of the image.

Default: "jpeg"
Allowed values :
"jpeg""png""webp"
num_inference_stepsoptional
integer

How many steps to take.

Default: 25Range: 10 - 40
samplesoptional
integer

How many images to draw.

Default: 1Range: 1 - 4
seedoptional
integer

Start value of the random numbers.

Default: -1
styleoptional
string

Look of the sky.

Default: "natural"
Allowed values (6 total):
"natural""vivid""pastel"+3 more
widthoptional
integer

Width of the image, between 512 and 2048 in multiples of 8

Default: 1024

Response Type

Returns: image/jpeg

Asynchronous requests (v2)

Use Async for long work.

  1. 1
    POST /v2/acme-aurora

    Submitreturns request_id, status_url, response_url

  2. 2
    GET /v2/requests/{id}/status

    Polluntil COMPLETED or FAILED

  3. 3
    GET /v2/requests/{id}

    Resultfinal response body

Status states

QUEUEDAccepted, waiting for a worker
PROCESSINGRunning on a worker
COMPLETEDDone
FAILEDErrored
  • A FAILED request is served as HTTP 422.
  • An unknown or expired request_id returns HTTP 404.
  • Results are retained for 1 hour, then expire.

To keep track of your credit usage, inspect the x-remaining-credits header of each response.

You can send up to 60 requests per minute.

Common Error Codes

The API returns standard HTTP status codes.

400

Bad Request

Invalid parameters or request format

401

Unauthorized

Missing or invalid API key

404

Not Found

Model or endpoint not found

406

Insufficient Credits

Not enough credits to process request

429

Rate Limited

Too many requests

504

Timeout

Request timed out

"""
#: What a person made of the draft: texts of their own, comments, an erratum of their own.
BY_HAND = {
    "summary: Acme Aurora, as its documentation page describes it.": "summary: 'Northern lights, quick and cheap.'  # for the menu",
    "description: What to draw.": "description: >-\n        What the sky shows;\n        keep it short.",
    "    guidance:\n": "    # 5.5 is what the designers like.\n    guidance:\n",
    "default: 5.5": "default: 5.5   # do not touch without asking Kim",
    "description: How many steps to take.": 'description: "Steps of the sampler."',
    "      enum: [jpeg, png, webp]\n": "      enum: [jpeg, 'png', webp]\n",
}
ERRATA = """\
  # Kim measured this in March.
  - at: /input/properties/style/x-known-values
    page: acme-aurora
    documented: [natural, vivid, pastel]
    used: [natural, vivid, pastel, noir]
    basis: observed
    why: The page shows 3 of 6; noir works, too.
  - {at: /example/seed, page: acme-aurora, documented: 7, used: 7, basis: page, why: "The default is -1; the sample sends 7."}
"""


def run(workspace: Path, *arguments: str) -> Result:
    """Run the command in a workspace, without the environment's folder of pages."""
    return CliRunner(env={"PAGEWRIGHT_PAGES": ""}).invoke(main, ["--root", str(workspace), *arguments])


def make_workspace(folder: Path, page: str = PAGE) -> Path:
    """Make a workspace with the page, its spec as a person left it, and the record of the page."""
    folder.mkdir(parents=True)
    (folder / "pagewright.toml").write_text("", encoding="utf-8")
    page_of(folder).write_text(page, encoding="utf-8")
    written = run(folder, "transcribe", str(page_of(folder)), "--write")
    assert spec_of(folder).is_file(), written.output
    text = spec_of(folder).read_text(encoding="utf-8")
    text = "".join(line for line in text.splitlines(True) if "# review:" not in line)
    for old, new in BY_HAND.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    text = text.replace("x-known-values: [natural, vivid, pastel]", "x-known-values: [natural, vivid, pastel, noir]")
    text += ERRATA if "errata:" in text else f"errata:\n{ERRATA}"
    for keyword, value in (("minimum", 512), ("maximum", 2048), ("multipleOf", 8)):
        text = text.rstrip("\n") + (
            f"\n  - at: /input/properties/width/{keyword}\n    page: acme-aurora\n    documented: null\n    used: {value}\n"
            "    basis: page\n    why: It is in the description alone.\n"
        )
    width = "    width:\n      type: integer\n"
    rules = "      minimum: 512\n      maximum: 2048\n      multipleOf: 8\n"
    text = text.replace(width, width + rules)
    spec_of(folder).write_text(text, encoding="utf-8")
    lint = run(folder, "lint")
    assert lint.exit_code == 0, lint.output
    return folder


def lint_findings(workspace: Path) -> list[str]:
    """Return what `lint` says is wrong, without the reviews that are open."""
    result = run(workspace, "lint")
    assert (result.exit_code == 1) == ("# review:" in spec_of(workspace).read_text(encoding="utf-8"))
    found = [line for line in result.output.splitlines() if re.match(r"\S+:\d+:\d+: ", line)]
    return [line for line in found if " R001 open-review: " not in line]


def spec_of(workspace: Path) -> Path:
    return workspace / f"specs/segmind/models/{NAME}.yaml"


def page_of(workspace: Path) -> Path:
    return workspace / f"{NAME}.txt"


def copy_of(workspace: Path, folder: Path) -> Path:
    shutil.copytree(workspace, folder)
    return folder
