"""Those who say whether a body is right: two of them we wrote (validator and mock), the others we did not.

Each is made from one model's spec or from what was generated from it, and answers `admits(body)`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
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
    model: Model, facts: Any, inputs: Any, document: Any, mock: Any, runner: asyncio.Runner
) -> dict[str, Admits]:
    """The witnesses for one model, by name: its `facts` and pydantic's `inputs` are generated, `document` is the parsed
    OpenAPI document, `mock` the generated package, which `runner` runs."""
    schema = dict(model.input_schema)
    printed = _printed_schema(model, document)

    def by_rust(validator: Any) -> Admits:
        def admits(body: Mapping[str, Any]) -> bool:
            try:
                said: bool = validator.is_valid(body)
            except UnicodeEncodeError:
                return False
            return said

        return admits

    def by_pydantic(body: Mapping[str, Any]) -> bool:
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
        MOCK: _Mock(mock, facts, runner).admits,
    }


def _printed_schema(model: Model, document: Any) -> Any:
    operation = model.submit or model.sync
    assert operation
    content = document["paths"][operation.path]["post"]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]


class _Mock:
    """The mock, called over ASGI without a socket: v2, which draws nothing, and v1 where v2 refuses."""

    def __init__(self, package: Any, facts: Any, runner: asyncio.Runner) -> None:
        self._package = package
        self._facts = facts
        self._runner = runner
        self._asked = 0

    def admits(self, body: Mapping[str, Any]) -> bool:
        """What the mock answers; its words for a refusal are the validator's, on both of its paths."""
        if self._asked % _JOBS == 0:
            settings = self._package.Settings(credits=10**12, jobs_per_key=2 * _JOBS, jobs_total=2 * _JOBS)
            self._app = self._package.create_app(settings, self._package.Clock(frozen=True))
        self._asked += 1
        sent = json.dumps(body).encode()
        operations = [operation for operation in (self._facts.submit, self._facts.sync) if operation is not None]
        status, answer = self._post(operations[0].path, sent)
        if status == 200:
            return True
        assert status == 400, (status, answer)
        said = json.loads(answer)["error"]
        if "is not valid JSON" not in said:
            assert said == "; ".join(map(str, self._facts.validate(body)))
        for operation in operations[1:]:
            assert self._post(operation.path, sent) == (status, answer), operation.path
        return False

    def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"127.0.0.1"), (b"x-api-key", b"a key"), (b"content-type", b"application/json"),
                        (b"content-length", b"%d" % len(body))],
        }  # fmt: skip
        answers: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answers.append(message)

        self._runner.run(self._app(scope, receive, send))
        return answers[0]["status"], b"".join(message.get("body", b"") for message in answers[1:])
