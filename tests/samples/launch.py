"""Run a Python sample unchanged, with its requests to the service redirected to a mock.

    python launch.py [--null-true-false] [--in-place-of segmind segmind_client] LIBRARY SAMPLE

LIBRARY is the HTTP library that the sample's requests go through, and the one whose transport is redirected: below the
sample and below the SDK, so that both build their URLs, headers and bodies as ever. Host header included: the mock
answers to the service's name, and gives URLs under it, which lead through here again. A request to any other host is
refused. `SAMPLE_MOCK` is the mock's origin; `SAMPLE_SCENARIO`, if set, goes along with each request.
"""

from __future__ import annotations

import argparse
import importlib
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

SERVICE = "https://api.segmind.com"


class OtherHost(Exception):
    """The sample sent a request to a host that is not the service."""


def led(url: str) -> str:
    """Return the mock's URL for a URL of the service. Raises OtherHost for any other URL."""
    if not url.startswith(f"{SERVICE}/"):
        raise OtherHost(url)
    return os.environ["SAMPLE_MOCK"] + url.removeprefix(SERVICE)


def added() -> dict[str, str]:
    """Return the headers that are added to each request."""
    scenario = os.environ.get("SAMPLE_SCENARIO")
    return {"host": urlsplit(SERVICE).netloc} | ({"x-mock-scenario": scenario} if scenario else {})


def redirect_requests(requests: ModuleType) -> None:
    """Redirect the requests of `requests` to the mock."""
    adapter: Any = requests.adapters.HTTPAdapter
    send: Callable[..., Any] = adapter.send

    def send_to_mock(self: object, request: Any, *arguments: object, **options: object) -> object:
        request = request.copy()
        request.url = led(request.url)
        request.headers.update(added())
        return send(self, request, *arguments, **options)

    adapter.send = send_to_mock


def redirect_httpx(httpx: ModuleType) -> None:
    """Redirect the requests of `httpx` or `httpx2` to the mock."""
    transport: Any = httpx.HTTPTransport
    send: Callable[..., Any] = transport.handle_request

    def send_to_mock(self: object, request: Any) -> object:
        headers = httpx.Headers(request.headers)
        headers.update(added())
        return send(
            self,
            httpx.Request(
                request.method,
                led(str(request.url)),
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            ),
        )

    transport.handle_request = send_to_mock


REDIRECTS = {"requests": redirect_requests, "httpx": redirect_httpx, "httpx2": redirect_httpx}


def main() -> None:
    """Run the sample. An exception ends this process as it would end the sample's process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=REDIRECTS)
    parser.add_argument("sample", type=Path)
    parser.add_argument("--null-true-false", action="store_true", help="define JSON's names, which Python has not")
    parser.add_argument("--in-place-of", nargs=2, metavar=("NAME", "MODULE"), help="what `import NAME` gives instead")
    asked = parser.parse_args()
    REDIRECTS[asked.library](importlib.import_module(asked.library))
    if asked.in_place_of:
        name, module = asked.in_place_of
        sys.modules[name] = importlib.import_module(module)
    sys.argv[1:] = []
    runpy.run_path(str(asked.sample), {"null": None, "true": True, "false": False} if asked.null_true_false else {})


if __name__ == "__main__":
    main()
