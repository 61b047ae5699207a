"""Holds the pages, the official SDK and the mock against each other, offline, and prints where they part as one table.

What a page says is read off the saved page; what the SDK does is measured on the installed package with a transport of our
own in it; what the mock does is measured on a running mock. `--write` puts the table into docs/drift.md. It exits 1 if two
of them part where no erratum says why.
"""

from __future__ import annotations

import argparse
import inspect
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import httpx2
import segmind
from PIL import Image

from pagewright.specs.load import load
from pagewright.specs.spec import Model
from pagewright.transcribe.pages.read_page import PageContent, read_page
from pagewright.transcribe.service import service_of
from pagewright.workspace import find_provider, open_workspace
from segmind_mock import Pace, Settings, serving
from tests.material import PAGES

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "drift.md"
KEY = "drift-key-0123456789"
#: One of the three says nothing of it.
SILENT = "says nothing"

HEAD = """# Pages, official SDK and mock compared

This page compares the saved documentation pages, the official `segmind` {version} (measured: its requests are intercepted and
answered), and the mock (measured while it runs). They agree, or the last column says why they differ. The comparison uses no network.
`python -m scripts.drift --write` writes this page and exits with status 1 at a difference without a reason.

| fact | pages | official SDK | mock | |
|---|---|---|---|---|
"""


class Fact(NamedTuple):
    """One thing that each of the three may say something about; `SILENT` where it does not. `reason` says why they part,
    `note` what else there is to say."""

    name: str
    page: str
    sdk: str
    mock: str
    reason: str = ""
    note: str = ""

    @property
    def parts(self) -> bool:
        return len({said for said in (self.page, self.sdk, self.mock) if said != SILENT}) > 1


class Sdk:
    """The official client, whose requests end here."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response] = []
        self.client = segmind.SegmindClient(api_key=KEY)
        self.client._client = httpx.Client(
            transport=httpx.MockTransport(self._answer),
            headers=self.client._client.headers,
            base_url=self.client.base_url,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0)

    def outcome(self, call: Callable[[], Any], *answers: httpx.Response) -> str:
        """Return the name of the exception that a call raises on these answers, or `returns`."""
        self.answers = list(answers)
        try:
            call()
        except Exception as error:
            return type(error).__name__
        return "returns"


def submitted(**changes: Any) -> httpx.Response:
    body = {"request_id": "r", "status_url": "https://api.segmind.com/s", "response_url": "https://api.segmind.com/r"}
    return httpx.Response(200, json={key: value for key, value in (body | changes).items() if value is not None})


def platform_facts(pages: dict[str, PageContent], sdk: Sdk, mock: httpx2.Client, model: Model) -> Iterator[Fact]:
    text = "\n".join(reading.page.text for reading in pages.values())

    def said(pattern: str) -> str:
        found = sorted(set(re.findall(pattern, text)))
        return ", ".join(found) if found else SILENT

    assert model.submit
    run = sdk.client.submit_async
    sdk.outcome(lambda: run("x", prompt="p"), submitted())
    sent = sdk.requests[-1]
    base = str(inspect.signature(segmind.SegmindClient).parameters["base_url"].default)
    yield Fact("where the service is", said(r"https://api\.[a-z]+\.[a-z]+"), base.removesuffix("/v1"), SILENT)
    keys = [name for name, value in sent.headers.items() if value == KEY]
    url = f"{str(mock.base_url).rstrip('/')}{model.submit.path}"
    tried = {name: httpx2.post(url, json=_small(model), headers={name: KEY}) for name in ("x-api-key", "authorization")}
    accepted = [name for name, answer in tried.items() if answer.status_code == 200]
    yield Fact("header of the key", said("x-api-key"), ", ".join(keys), ", ".join(accepted))
    variable = said(r"export ([A-Z_]+)=")
    os.environ[variable] = "from the environment"
    named = variable if segmind.SegmindClient().api_key == os.environ.pop(variable) else "another"
    yield Fact("variable of the key", variable, named, SILENT)
    wait = inspect.signature(segmind.AsyncJob.wait).parameters
    yield Fact("seconds between polls", said(r"([\d.]+)s poll by default"), str(wait["interval"].default), SILENT)
    yield Fact("seconds until it gives up", said(r"(\d+)s deadline"), f"{wait['timeout'].default:g}", SILENT)

    answer = _post(mock, model, {"x-api-key": KEY}).json()
    wanted = said(r"Submitreturns ([a-z_, ]+)").split(", ")
    needed = [key for key in wanted if sdk.outcome(lambda: run("x"), submitted(**{key: None})) == "SegmindError"]
    there = [key for key in wanted if key in answer]
    yield Fact("a submit answers with", ", ".join(wanted), ", ".join(needed), ", ".join(there))

    job = answer["request_id"]
    paths = [
        answer[key].removeprefix(str(mock.base_url)).replace(job, "{id}") for key in ("status_url", "response_url")
    ]
    for name, pattern, path in zip(
        ("status", "result"), (r"GET (/v2/\S+/status)", r"GET (/v2/\S+id\})\s"), paths, strict=True
    ):
        yield Fact(f"path of the {name}", said(pattern), SILENT, "/" + path.lstrip("/"))
    seen = [mock.get(answer["status_url"]).json()["status"] for _ in range(3)]
    failed = _post(mock, model, {"x-api-key": KEY, "x-mock-scenario": "job-fails"}).json()
    answers = [mock.get(failed["status_url"]) for _ in range(3)]
    seen += [body.json()["status"] for body in answers]
    states = next(reading.facts.states for reading in pages.values() if reading.facts.states)
    yield Fact("states of a job", ", ".join(states), SILENT, ", ".join(s for s in states if s in seen))
    ends = [
        state
        for state in states
        if sdk.outcome(lambda: run("x").wait(0, 0), submitted(), _state(state), _state(state)) != "InferenceTimeout"
    ]
    final = [state for state in states if mock.get(failed["status_url"]).json()["status"] == state or seen[2] == state]
    yield Fact(
        "states that end a job",
        said(r"Polluntil ([A-Z]+ or [A-Z]+)").replace(" or ", ", "),
        ", ".join(ends),
        ", ".join(final),
    )
    any_status = {
        sdk.outcome(lambda: run("x").wait(0, 0), submitted(), _state("FAILED", code)) for code in (200, 422, 500)
    }
    assert any_status == {"InferenceFailed"}, any_status
    both = {mock.get(failed[key]).status_code for key in ("status_url", "response_url")}
    yield Fact(
        "HTTP status of FAILED", said(r"FAILED request is served as HTTP (\d+)"), SILENT, ", ".join(map(str, both))
    )
    unknown = mock.get("/v2/requests/00000000-0000-4000-8000-000000000000").status_code
    yield Fact(
        "HTTP status of an unknown id", said(r"unknown or expired request_id returns HTTP (\d+)"), SILENT, str(unknown)
    )
    blocked = _post(mock, model, {"x-api-key": KEY, "x-mock-scenario": "content-block"}).json()
    state = [mock.get(blocked["status_url"]).json()["status"] for _ in range(3)][-1]
    yield Fact("a content block is", said(r"blocks surface as ([A-Z]+)"), SILENT, state)
    mock.post("/__mock/clock", json={"advance": 3599})
    kept = mock.get(answer["response_url"]).status_code
    mock.post("/__mock/clock", json={"advance": 1})
    gone = mock.get(answer["response_url"]).status_code
    hour = "1 hour" if (kept, gone) == (200, 404) else f"{kept} after 3599 s, {gone} after 3600 s"
    yield Fact("a result is kept for", said(r"retained for ([^,]+),"), SILENT, hour)
    header = said("x-remaining-credits")
    yield Fact(
        "header of the credits",
        header,
        SILENT,
        header if header in _post(mock, model, {"x-api-key": KEY}).headers else "none",
    )
    read = [key for key in ("error", "message", "detail") if _read_by_sdk(key)]
    (key,) = mock.get("/v2/requests/unknown").json()
    yield Fact("key of an error's text", SILENT, ", ".join(read), key)
    listed = sorted({status for reading in pages.values() for status in reading.facts.statuses if status >= 400})
    for status in listed:
        lists = [reading.facts.statuses[status] for reading in pages.values() if status in reading.facts.statuses]
        note = f"{' / '.join(sorted(set(lists)))}, on {len(lists)} of {len(pages)} pages"
        outcome = sdk.outcome(lambda: sdk.client.run_sync("x"), httpx.Response(status))
        code = _post(mock, model, {"x-api-key": KEY, "x-mock-scenario": f"status-{status}"}).status_code
        raised = f"{status}" if outcome == "SegmindError" else outcome
        yield Fact(f"error status {status}", f"{status}", raised, f"{code}", note=note)


def model_facts(readings: list[PageContent], sdk: Sdk, mock: httpx2.Client, model: Model) -> Iterator[Fact]:
    reading = readings[0]
    facts = reading.facts
    for version, call, shown, printed, operation in (
        ("v1", sdk.client.run_sync, facts.sync_path, facts.sync_shown, model.sync),
        ("v2", sdk.client.submit_async, facts.async_path, facts.async_shown, model.submit),
    ):
        sdk.outcome(partial(call, facts.slug, prompt="p"), submitted())
        assert operation
        assert shown
        status = mock.post(operation.path, json=_small(model), headers={"x-api-key": KEY}).status_code
        where = operation.path if status == 200 else f"{status} at {operation.path}"
        yield Fact(f"`{model.slug}`: {version}", shown if printed else SILENT, sdk.requests[-1].url.path, where)
    least = {name: value for name, value in model.example.items() if name in _required(model)}
    sdk.outcome(lambda: sdk.client.submit_async(facts.slug, **least), submitted())
    assert model.sync
    answer = mock.post(model.sync.path, json=least, headers={"x-api-key": KEY})
    returned = answer.headers["content-type"]
    reason = next((e.why for e in _errata(model) if e.at == "/sync/returns" and e.documented == facts.returns), "")
    page = ", ".join(other.facts.returns or SILENT for other in readings)
    yield Fact(f"`{model.slug}`: v1 returns", page, SILENT, returned, reason)
    added = sorted(json.loads(sdk.requests[-1].content).keys() - least.keys())
    image = Image.open(io.BytesIO(answer.content))
    wide, high = (_default(reading, model, name) for name in ("width", "height"))
    page = f"{wide}x{high}" if wide and high else SILENT
    sdk_says = SILENT if not added else f"adds {', '.join(added)}"
    preset = model.output.get("size_preset")
    sized = next((row.default for row in reading.rows if row.name == preset), None)
    if isinstance(sized, str) and sized in model.sizes:
        page = "{}x{}".format(*model.sizes[sized])
    yield Fact(
        f"`{model.slug}`: image when only what is required is sent",
        page,
        sdk_says,
        f"{image.width}x{image.height}",
    )
    for row in reading.rows:
        parameter = model.parameter(row.name)
        if parameter is None or not isinstance(row.minimum, (int, float)) or not isinstance(row.maximum, (int, float)):
            continue
        edges = [_edge(mock, model, row.name, bound, away) for bound, away in ((row.minimum, -1), (row.maximum, 1))]
        page = f"{_plain(row.minimum)} to {_plain(row.maximum)}"
        reasons = [e.why for e in model.errata if e.at.startswith(f"{parameter.pointer}/m")]
        yield Fact(f"`{model.slug}`: {row.name}", page, SILENT, " to ".join(edges), " ".join(dict.fromkeys(reasons)))


def _edge(mock: httpx2.Client, model: Model, name: str, bound: float, away: int) -> str:
    """The bound, if the mock takes it and refuses what lies beyond; else what it did."""
    assert model.submit
    statuses = []
    for value in (bound, bound + away):
        body = {**_small(model), name: _plain(value)}
        statuses.append(mock.post(model.submit.path, json=body, headers={"x-api-key": KEY}).status_code)
    shown = _plain(bound)
    return f"{shown}" if statuses == [200, 400] else f"{shown} ({statuses[0]}, beyond it {statuses[1]})"


def _plain(number: float) -> float:
    """Without a point where it is whole."""
    return int(number) if float(number).is_integer() else number


def _post(mock: httpx2.Client, model: Model, headers: dict[str, str]) -> httpx2.Response:
    assert model.submit
    return mock.post(model.submit.path, json=_small(model), headers=headers)


def _state(state: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"status": state})


def _read_by_sdk(key: str) -> bool:
    return bool(segmind.SegmindError.from_response(httpx.Response(400, json={key: "said"})).detail == "said")


def _required(model: Model) -> list[str]:
    return [parameter.name for parameter in model.parameters if parameter.required]


def _errata(model: Model) -> Iterator[Any]:
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    yield from (erratum for erratum in catalog.platform.errata if erratum.page in model.pages)


def _default(reading: PageContent, model: Model, key: str) -> Any:
    name = model.output.get(key)
    return next((row.default for row in reading.rows if row.name == name), None)


def _small(model: Model) -> dict[str, Any]:
    """The model's sample, at the smallest size that it draws."""
    body = dict(model.example)
    for key in ("width", "height"):
        parameter = model.parameter(model.output.get(key, ""))
        if parameter is not None:
            body[parameter.name] = min(parameter.enum) if parameter.enum else parameter.schema["minimum"]
    return body


def facts(pages: Path) -> list[Fact]:
    """Every row of the table."""
    catalog = load(find_provider(open_workspace(ROOT))).catalog
    assert catalog
    sdk = Sdk()
    found: list[Fact] = []
    names = [page for model in catalog.models for page in model.pages]
    service = service_of(catalog.platform)
    readings = {page: read_page((pages / f"{page}.txt").read_text("utf-8"), service) for page in names}
    with (
        serving(Settings(pace=Pace("polls", 2), credits=10**12)) as running,
        httpx2.Client(base_url=running.url, headers={"x-api-key": KEY}, timeout=60) as mock,
    ):
        mock.post("/__mock/clock", json={"freeze": True})
        queued = next(model for model in catalog.models if any(readings[page].facts.states for page in model.pages))
        found += platform_facts(readings, sdk, mock, queued)
        for model in catalog.models:
            found += model_facts([readings[page] for page in model.pages], sdk, mock, model)
    return found


def unexplained(found: list[Fact]) -> list[str]:
    """Each fact on which two part without a reason."""
    return [f"{fact.name}: {fact.page} / {fact.sdk} / {fact.mock}" for fact in found if fact.parts and not fact.reason]


def table(found: list[Fact]) -> str:
    """The whole document."""
    rows = []
    for fact in found:
        cells = (fact.name, fact.page, fact.sdk, fact.mock, f"they part: {fact.reason}" if fact.parts else fact.note)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return HEAD.format(version=segmind.__version__) + "".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/drift.md instead of printing")
    asked = parser.parse_args()
    if PAGES is None:
        parser.error("PAGEWRIGHT_PAGES must name the folder of the saved documentation pages")
    found = facts(PAGES)
    if asked.write:
        TABLE.write_text(table(found), encoding="utf-8")
    else:
        print(table(found))
    if wrong := unexplained(found):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
