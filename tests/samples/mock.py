"""A running mock server: its address, its journal and its ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.waiting import LIMIT_S, killed_at_the_end


@dataclass(frozen=True)
class Mock:
    """A mock that listens at `origin`. It has a journal and a ledger for each API key."""

    origin: str

    def reset(self) -> None:
        """Delete all requests, jobs and charges."""
        self._call("/__mock/reset", {})

    def arm(self, key: str, *scenarios: str) -> None:
        """Set these scenarios for the key's next requests, one each."""
        for scenario in scenarios:
            self._call("/__mock/scenarios", {"key": key, "scenario": scenario})

    def requests(self, key: str, method: str = "POST") -> list[dict[str, Any]]:
        """Return the journal entries of a key, oldest first."""
        found: list[dict[str, Any]] = json.loads(self._call(f"/__mock/requests?method={method}&key={quote(key)}"))[
            "requests"
        ]
        return found

    def ledger(self, key: str) -> dict[str, object]:
        """Return the dollars that the key was charged, and its number of jobs."""
        account: dict[str, Any] = json.loads(self._call(f"/__mock/credits?key={quote(key)}"))["accounts"][0]
        return account

    def post(self, path: str, payload: Mapping[str, object], key: str) -> bytes:
        """Return the mock's response to a request of the API."""
        return self._call(path, payload, {"x-api-key": key})

    def get(self, path: str) -> bytes:
        """Return the bytes at a path that needs no key, such as an image."""
        return self._call(path)

    def _call(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.origin + path, data, {"content-type": "application/json", **(headers or {})})
        with urlopen(request, timeout=LIMIT_S) as answer:
            content: bytes = answer.read()
            return content


@contextmanager
def running_mock(*options: str) -> Iterator[Mock]:
    """Run a mock in its own process on a free port until the block ends."""
    command = Path(sys.executable).with_name("segmind-mock")
    started = subprocess.Popen([command, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    with killed_at_the_end(started) as process:
        assert process.stdout is not None
        said = process.stdout.readline().rstrip("\n")
        assert said.startswith("listening on http://"), f"segmind-mock said {said!r}"
        yield Mock(said.removeprefix("listening on "))
