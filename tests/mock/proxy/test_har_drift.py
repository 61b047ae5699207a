"""`segmind-mock drift FILE.har`: saved traffic is judged as the validating proxy judges it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from segmind_mock import Pace, Settings, serving
from segmind_mock.checks.har_command import main

KEY = "SG_0123456789abcdef"
HOST = "https://api.segmind.com"
SLUG = "tinysd1.5-txt2img"


def entry(
    response: httpx2.Response, began: int = 0, url: str = "", headers: dict[str, str] | None = None, **changes: object
) -> dict[str, Any]:
    """Return the entry of a HAR file that a browser would save for an exchange with the mock."""
    request = response.request
    content = {"size": len(response.content), "text": base64.b64encode(response.content).decode(), "encoding": "base64"}
    return {
        "startedDateTime": f"2026-11-29T12:00:{began:02}.000Z",
        "time": 100,
        "request": {
            "method": request.method,
            "url": url or f"{HOST}{request.url.path}",
            "headers": [{"name": name, "value": value} for name, value in request.headers.items()],
            "postData": {"text": request.content.decode()} if request.content else None,
        },
        "response": {
            "status": response.status_code,
            "headers": [
                {"name": name, "value": value} for name, value in {**response.headers, **(headers or {})}.items()
            ],
            "content": content,
            **changes,
        },
    }


@pytest.fixture
def traffic() -> list[dict[str, object]]:
    """A generation, a job until its result, and a request to another host."""
    with (
        serving(Settings(pace=Pace.parse("instant"))) as mock,
        httpx2.Client(base_url=mock.url, headers={"x-api-key": KEY}) as client,
    ):
        body = {"prompt": "a lamp"}
        sync = client.post(f"/v1/{SLUG}", json=body)
        submit = client.post(f"/v2/{SLUG}", json=body)
        job = submit.json()["request_id"]
        status, result = client.get(f"/v2/requests/{job}/status"), client.get(f"/v2/requests/{job}")
        origin = mock.url
    entries = [entry(response, index) for index, response in enumerate((sync, submit, status, result))]
    text = json.dumps(entries)
    for each in entries[1:]:
        content = each["response"]["content"]
        moved = base64.b64decode(content["text"]).replace(origin.encode(), HOST.encode())
        content["text"] = base64.b64encode(moved).decode()
    assert KEY in text
    return [*entries, entry(sync, 9, url="https://cdn.example/pixel.gif")]


def har(folder: Path, entries: list[dict[str, object]]) -> str:
    path = folder / "traffic.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return str(path)


def test_traffic_as_documented_has_no_drift_and_covers_its_facts(
    traffic: list[dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([har(tmp_path, traffic)]) == 0, capsys.readouterr().out
    output = capsys.readouterr().out
    assert "covered endpoints: 4 of 4: sync, submit, status, result" in output
    assert "COMPLETED; not seen: QUEUED, PROCESSING" in output or "QUEUED" in output
    assert "4 judged, 1 of other hosts skipped: 0 drift" in output
    assert KEY not in output


@pytest.mark.parametrize(
    ("index", "change", "told"),
    [
        (0, ("headers", "x-remaining-credits"), "missing-header at x-remaining-credits"),
        (2, ("body", b'{"status": "THINKING"}'), "THINKING"),
        (2, ("type", "text/plain"), "content-type-mismatch at content-type: expected application/json, got text/plain"),
        (0, ("status", 418), "undocumented-status at status"),
    ],
)
def test_drift_names_the_header_the_state_or_the_media_type(
    traffic: list[dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    index: int,
    change: tuple[str, Any],
    told: str,
) -> None:
    what, value = change
    response = traffic[index]["response"]
    if what == "headers":
        response["headers"] = [header for header in response["headers"] if header["name"] != value]
    elif what == "body":
        response["content"] = {"size": len(value), "text": value.decode()}
    elif what == "type":
        for header in response["headers"]:
            header["value"] = value if header["name"] == "content-type" else header["value"]
    else:
        response["status"] = value
    assert main([har(tmp_path, traffic)]) == 1
    output = capsys.readouterr().out
    assert told in output
    assert KEY not in output


def test_a_body_that_the_file_leaves_out_is_not_drift(
    traffic: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    traffic[0]["response"]["content"] = {"size": 20_000}
    assert main([har(tmp_path, traffic)]) == 0
    assert "1 of them without a body" in capsys.readouterr().out


def test_json_output_holds_no_key(
    traffic: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = traffic[2]["response"]["content"]
    content["text"] = base64.b64encode(json.dumps({"status": KEY}).encode()).decode()
    assert main([har(tmp_path, traffic), "--json"]) == 1
    output = capsys.readouterr().out
    assert KEY not in output
    assert json.loads(output)["skipped"] == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"log": {}}', '{"log": {"entries": [{}]}}'])
def test_what_is_no_har_file_is_wrong_usage(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "no.har"
    path.write_text(content, encoding="utf-8")
    assert main([str(path)]) == 2
    assert main([str(tmp_path / "missing.har")]) == 2
    assert "not a HAR file" in capsys.readouterr().err
