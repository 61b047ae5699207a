"""Those who say whether a body is right: two of them we wrote (validator and mock), the others we did not.

Each is made from one model's spec or from what was generated from it, and answers `admits(body)`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from pagewright.specs.spec import Model

from .differences import DOCUMENT, MOCK, PYDANTIC, RUST, RUST_DOCUMENT, SCHEMA, VALIDATOR

Admits = Callable[[Mapping[str, Any]], bool]

#: How many bodies one mock is asked, so that its jobs do not fill the memory.
_JOBS = 5000


def witnesses(
    model: Model, facts: Any, inputs: Any, document: object, client: str, mock: ModuleType, runner: asyncio.Runner
) -> dict[str, Admits]:
    """Return the witnesses for one model, by name: its `facts` and pydantic's `inputs` are generated, `document` is the
    parsed OpenAPI document, `client` the name of the generated client, `mock` the generated package that `runner` runs.
    """
    schema = dict(model.input_schema)
    platform = importlib.import_module(f"{client}.spec.platform").PLATFORM
    printed = _printed_schema(model, document, platform)

    def by_rust(validator: Any) -> Admits:
        def admits(body: Mapping[str, object]) -> bool:
            try:
                said: bool = validator.is_valid(body)
            except UnicodeEncodeError:
                return False
            return said

        return admits

    def by_pydantic(body: Mapping[str, object]) -> bool:
        try:
            inputs.model_validate(body, strict=True)
        except ValidationError:
            return False
        return True

    return {
        SCHEMA: Draft202012Validator(schema).is_valid,
        RUST: by_rust(jsonschema_rs.Draft202012Validator(schema)),
        DOCUMENT: Draft202012Validator(printed).is_valid,
        RUST_DOCUMENT: by_rust(jsonschema_rs.Draft202012Validator(printed)),
        VALIDATOR: lambda body: not facts.validate(body),
        PYDANTIC: by_pydantic,
        MOCK: _Mock(mock, client, platform, facts, runner).admits,
    }


def _printed_schema(model: Model, document: Any, platform: Any) -> Any:
    """Return the schema of the parameters that the OpenAPI document has for a POST, out of the provider's envelope."""
    operation, part = (model.submit, platform.queue) if model.submit else (model.sync, platform.sync)
    assert operation
    content = document["paths"][operation.path]["post"]["requestBody"]["content"]
    schema = _resolved(content["application/json"]["schema"], document)
    for token in filter(None, part.parameters.split("/")):
        schema = _resolved(schema["properties"][token], document)
    return schema


def _resolved(schema: Any, document: Any) -> Any:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


class _Mock:
    """The mock, called over ASGI without a socket: the queue, which draws nothing, and synchronously where it refuses."""

    def __init__(self, package: Any, client: str, platform: Any, facts: Any, runner: asyncio.Runner) -> None:
        self._package = package
        self._facts = facts
        self._runner = runner
        self._asked = 0
        self._answers = importlib.import_module(f"{client}.spec.answers")
        self._platform = platform
        self._refusal = platform.status("invalid_request").status
        envelopes = ((facts.submit, platform.queue), (facts.sync, platform.sync))
        #: The path of each way to call the model, and where the parameters are in its body.
        self._operations = [(operation.path, part.parameters) for operation, part in envelopes if operation is not None]

    def admits(self, body: Mapping[str, object]) -> bool:
        """Return whether the mock accepts `body`; a refusal has to have the validator's words, on each of its paths."""
        if self._asked % _JOBS == 0:
            settings = self._package.Settings(credits=10**12, jobs_per_key=2 * _JOBS, jobs_total=2 * _JOBS)
            self._app = self._package.create_app(settings, self._package.Clock(frozen=True))
        self._asked += 1
        status, answer = self._post(self._operations[0], body)
        if status < 300:
            return True
        assert status == self._refusal, (status, answer)
        said = self._answers.find(json.loads(answer), self._platform.roles["error_text"])
        if "is not valid JSON" not in said:
            assert said == "; ".join(map(str, self._facts.validate(body)))
        for operation in self._operations[1:]:
            assert self._post(operation, body) == (status, answer), operation
        return False

    def _post(self, operation: tuple[str, str], parameters: Mapping[str, object]) -> tuple[int, bytes]:
        path, envelope = operation
        body = json.dumps(self._answers.enclosed(envelope, parameters)).encode()
        auth = self._platform.auth
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"127.0.0.1"), (auth.header.encode(), auth.value("a key").encode()),
                        (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))],
        }  # fmt: skip
        answers: list[Any] = []

        async def receive() -> object:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: object) -> None:
            answers.append(message)

        self._runner.run(self._app(scope, receive, send))
        return answers[0]["status"], b"".join(message.get("body", b"") for message in answers[1:])
