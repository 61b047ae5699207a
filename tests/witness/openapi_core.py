"""openapi-core reads an OpenAPI document and validates what a mock was asked and what it answered.

`make bench-setup` installs it in the environment of the peers, so it is run as a program of its own.
"""

from __future__ import annotations

import base64
import importlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.peers import DOCUMENT
from tests.witness.peers import PYTHON, run

_KEY = "key-of-openapi-core"
#: Reads a document and exchanges, and prints what openapi-core says of each: "" if it is valid.
_PROGRAM = """
import base64, json, re, sys
from types import SimpleNamespace
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers

document = json.loads(open(sys.argv[1], encoding="utf-8").read())
api = OpenAPI.from_dict(document)

def host_of(path):
    for template, entry in document["paths"].items():
        if re.fullmatch(re.sub(r"\\\\{.*?\\\\}", "[^/]+", re.escape(template)), path):
            return entry.get("servers", document["servers"])[0]["url"]
    raise SystemExit(f"{path} is not documented")

def said(validate, *arguments):
    try:
        validate(*arguments)
    except OpenAPIError as error:
        return f"{type(error).__name__}: {error} {error.__cause__!r}"
    return ""

for line in open(sys.argv[2], encoding="utf-8"):
    each = json.loads(line)
    request = SimpleNamespace(
        host_url=host_of(each["path"]), path=each["path"], method=each["method"], content_type="application/json",
        body=each["body"].encode() if each["body"] is not None else None,
        parameters=RequestParameters(header=Headers([each["key"]])),
    )
    response = SimpleNamespace(
        data=base64.b64decode(each["content"]), status_code=each["status"], content_type=each["media_type"],
        headers=Headers(each["headers"]),
    )
    print(json.dumps([said(api.validate_request, request), said(api.validate_response, request, response)]))
"""


class Exchange(NamedTuple):
    """A request to a mock and its answer. `key` is the header with the key; `is_valid` is whether the request is documented."""

    method: str
    path: str
    body: str | None
    key: tuple[str, str]
    status: int
    media_type: str
    headers: dict[str, str]
    content: str
    is_valid: bool


class Player:
    """Calls every model of a generated mock: at once, as base64, queued, and wrongly."""

    def __init__(self, package: str, url: str) -> None:
        """`package` is the name of the mock's package; `url` is where it is served, with jobs that are done after one poll."""
        self._url = url
        self._catalog = importlib.import_module(f"{package}.spec.catalog")
        self._platform = importlib.import_module(f"{package}.spec.platform").PLATFORM
        self._answers = importlib.import_module(f"{package}.spec.answers")

    def play(self) -> Iterator[Exchange]:
        """Yield each exchange."""
        for slug in self._catalog.SLUGS:
            model = self._catalog.get(slug)
            base64_name = model.output.base64
            if model.sync is not None:
                envelope = self._platform.sync.parameters
                yield self._post(model.sync.path, envelope, model.example)
                yield self._wrong(model.sync.path, envelope, model.example)
                if base64_name is not None:
                    yield self._post(model.sync.path, envelope, {**model.example, base64_name: True})
            if model.submit is not None:
                envelope = self._platform.queue.parameters
                yield self._wrong(model.submit.path, envelope, model.example)
                submitted = self._post(model.submit.path, envelope, model.example)
                yield submitted
                yield from self._follow(slug, json.loads(base64.b64decode(submitted.content)))

    def _follow(self, slug: str, body: Any) -> Iterator[Exchange]:
        number = self._answers.find(body, self._platform.roles["request_id"])
        queue = self._platform.queue
        for path in (queue.status_path, queue.status_path, queue.result_path):
            yield self._call(path.replace("{request_id}", number).replace("{slug}", slug), None)

    def _post(self, path: str, envelope: str, parameters: Mapping[str, Any]) -> Exchange:
        return self._call(path, json.dumps(self._answers.enclosed(envelope, parameters)))

    def _wrong(self, path: str, envelope: str, parameters: Mapping[str, Any]) -> Exchange:
        return self._post(path, envelope, {**parameters, next(iter(parameters)): {"a": 7}})._replace(is_valid=False)

    def _call(self, path: str, body: str | None) -> Exchange:
        auth = self._platform.auth
        key = (auth.header, auth.value(_KEY))
        data = None if body is None else body.encode()
        request = urllib.request.Request(self._url + path, data, {**dict([key]), "content-type": "application/json"})
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = base64.b64encode(answer.read()).decode()
            headers = dict(answer.headers.items())
            media_type = answer.headers.get_content_type()
            method = "get" if body is None else "post"
            return Exchange(method, path, body, key, answer.status, media_type, headers, content, True)


def check(document: Path, exchanges: list[Exchange], folder: Path) -> int:
    """Return the number of exchanges that openapi-core judged.

    Raises AssertionError if it refuses an answer or a valid request, or takes a wrong request. `folder` is for its input.
    """
    lines = [json.dumps(exchange._asdict()) for exchange in exchanges]
    (folder / "exchanges.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = run([PYTHON, "-c", _PROGRAM, document, folder / "exchanges.jsonl"], folder).splitlines()
    for exchange, line in zip(exchanges, said, strict=True):
        about_request, about_answer = json.loads(line)
        assert (about_request == "") == exchange.is_valid, (exchange.path, exchange.body, about_request)
        assert about_answer == "", (exchange.path, exchange.status, about_answer)
    return len(said)


def by_openapi_core(folder: Path, url: str, _: object) -> str:
    """Have openapi-core judge the exchanges with Segmind's mock at `url`, as the functions of `peers` have their programs."""
    calls = check(DOCUMENT, list(Player("segmind_mock", url).play()), folder)
    return f"{calls} requests and their answers found as documented, wrong requests refused"
