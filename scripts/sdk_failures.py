"""Plays the official SDK's known failures on the mock, with it and with the generated client, and prints what each does.

`--write` puts the table into docs/sdk-failures.md, `--check` fails if it is not what is played.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import httpx2
import segmind

import segmind_client
from segmind_mock import Running, serving

TABLE = Path(__file__).resolve().parent.parent / "docs" / "sdk-failures.md"
SLUG = "tinysd1.5-txt2img"
WANTED = {"prompt": "A lighthouse in fog", "img_width": 512, "img_height": 512}

HEAD = """# Failures of the official SDK, simulated on the mock

Each row is a scenario of the mock (`/__mock/scenarios`), requested in advance for one request, with the official
`segmind` 1.3.0 and with the generated client. "Billed" is the number of requests that the mock charged and did not
refund; "key elsewhere" says that the API key was sent to a host that a response named. Both poll every 50 ms and give up after
a second, on a virtual clock. `python scripts/sdk_failures.py --write` writes this page.

| what happens | scenario | official SDK | generated client |
|---|---|---|---|
"""


class Case(NamedTuple):
    """One thing that can happen, and the call that meets it: `queue` is submit and wait, `sync` v1."""

    what: str
    scenario: str
    call: str = "queue"


CASES = (
    Case("A gateway answers one status poll with 502", "poll-502-once"),
    Case("A status poll meets the rate limit once", "poll-429-once"),
    Case("The connection of one status poll is reset", "poll-reset-once"),
    Case("A submit names another host for the job", "foreign-status-url"),
    Case("A submit names the job by a path without a host", "relative-status-url"),
    Case("A submit is redirected", "redirect-302"),
    Case("v1 is redirected", "redirect-302", "sync"),
    Case("The job is in a state that is not documented, until it ends", "unknown-state-passing"),
    Case("The job stays in a state that is not documented", "unknown-state"),
    Case("The job is being worked on for ever", "stuck"),
    Case("The result is gone when the job has ended", "completed-then-expired"),
    Case("The content is blocked", "content-block"),
    Case("A submit meets the rate limit once", "rate-limited"),
    Case("A gateway answers the submit with an HTML page", "html-502"),
    Case("The submit is done, its answer is lost", "reset-before-body"),
    Case("The submit's answer breaks off", "truncated-body"),
    Case("The submit's answer has no body", "empty-body"),
    Case("v1 answers 200 without a body", "empty-body", "sync"),
    Case("v1 breaks off in the middle of the image", "truncated-body", "sync"),
    Case("v1 says that the image is JSON", "json-declared", "sync"),
    Case("Credits run out: this call is the last", "credits-run-out"),
)


def play(case: Case, mock: Running, package: Any) -> str:
    """Return the behaviour of one of the two packages in a few words."""
    key = f"key-for-{package.__name__}-{case.call}-{case.scenario}"
    headers = {"x-api-key": key}
    httpx2.post(mock.url + "/__mock/scenarios", json={"scenario": case.scenario}, headers=headers).raise_for_status()
    client = package.SegmindClient(api_key=key, base_url=mock.url + "/v1")
    if package is segmind_client:
        virtual = VirtualTime()
        client._config.clock, client._config.skip = virtual.monotonic, virtual.sleep
    outcome = _outcome(lambda: _call(case, package, client))
    journal = httpx2.get(mock.url + "/__mock/requests?last=10000", headers=headers).json()["requests"]
    billed = sum(entry["charged"] > 0 for entry in journal) - sum(entry["charged"] < 0 for entry in journal)
    told = any(entry["path"].startswith("/elsewhere/") and entry["key"] for entry in journal)
    return f"{outcome}; billed: {billed}" + ("; **key elsewhere**" if told else "")


def _call(case: Case, package: Any, client: Any) -> str:
    try:
        if case.call == "sync":
            answer = client.run_sync(SLUG, **WANTED)
            return f"gives a response of {answer.status_code} with {'bytes' if answer.content else 'no bytes'}"
        job = client.submit_async(SLUG, **WANTED)
        result = job.wait(timeout=1.0, interval=0.05)
        return "gives a result" if result.get("output") else f"gives {dict(result)!r} for a result"
    finally:
        close = client.close if package is segmind_client else client._client.close
        close()


def _outcome(call: Callable[[], str]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return call()
        except Exception as error:
            status = getattr(error, "status", None) or getattr(error, "status_code", None)
            return f"raises {type(error).__name__}" + (f" ({status})" if status else "")


class VirtualTime:
    """Time that passes by waiting alone, in the place of the module `time` for the SDK, and of a client's clock."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def table() -> str:
    """The whole document."""
    with patch("segmind.v2.time", VirtualTime()), serving() as mock:
        rows = [
            f"| {case.what} | `{case.scenario}` | {play(case, mock, segmind)} | {play(case, mock, segmind_client)} |\n"
            for case in CASES
        ]
    return HEAD + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/sdk-failures.md instead of printing")
    parser.add_argument("--check", action="store_true", help="fail if docs/sdk-failures.md is not what is played")
    asked = parser.parse_args()
    made = table()
    if asked.check:
        if made != TABLE.read_text(encoding="utf-8"):
            print("docs/sdk-failures.md is not what is played: run this with --write", file=sys.stderr)
            return 1
    elif asked.write:
        TABLE.write_text(made, encoding="utf-8")
    else:
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
