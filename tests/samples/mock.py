"""A running mock, as these tests see it: its address, its journal and its ledger."""

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
    """A mock that listens at `origin`. Journal and ledger are kept per API key."""

    origin: str

    def reset(self) -> None:
        """Forgets all requests, jobs and charges."""
        self._call("/__mock/reset", {})

    def arm(self, key: str, *scenarios: str) -> None:
        """Has the key's next requests meet these scenarios, one each."""
        for scenario in scenarios:
            self._call("/__mock/scenarios", {"key": key, "scenario": scenario})

    def requests(self, key: str, method: str = "POST") -> list[dict[str, Any]]:
        """The journal's entries of a key, oldest first."""
        found: list[dict[str, Any]] = json.loads(self._call(f"/__mock/requests?method={method}&key={quote(key)}"))[
            "requests"
        ]
        return found

    def ledger(self, key: str) -> dict[str, Any]:
        """What the key was charged, in dollars, and how many jobs it has."""
        account: dict[str, Any] = json.loads(self._call(f"/__mock/credits?key={quote(key)}"))["accounts"][0]
        return account

    def post(self, path: str, payload: Mapping[str, Any], key: str) -> bytes:
        """What the mock answers to a request of the API."""
        return self._call(path, payload, {"x-api-key": key})

    def get(self, path: str) -> bytes:
        """What is at a path that needs no key, such as a picture."""
        return self._call(path)

    def _call(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.origin + path, data, {"content-type": "application/json", **(headers or {})})
        with urlopen(request, timeout=LIMIT_S) as answer:
            content: bytes = answer.read()
            return content


@contextmanager
def running_mock(*options: str) -> Iterator[Mock]:
    """A mock in a process of its own, on a free port, until the block ends."""
    command = Path(sys.executable).with_name("segmind-mock")
    started = subprocess.Popen([command, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    with killed_at_the_end(started) as process:
        assert process.stdout is not None
        said = process.stdout.readline().rstrip("\n")
        assert said.startswith("listening on http://"), f"segmind-mock said {said!r}"
        yield Mock(said.removeprefix("listening on "))
