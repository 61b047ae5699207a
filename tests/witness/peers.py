"""Programs that others wrote, each given the generated OpenAPI document: they must take it, and what they make must work.

They are installed by `make bench-setup`, in environments of their own. Each function raises AssertionError where its program
refuses the document, or where a call against the mock at `url` does not give what the document says; else it says in a few
words what was done.
"""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sys import version_info
from typing import Any

from bench.peers import DOCUMENT, ROOT
from pagewright.specs.spec import Model

KEY = "key-of-the-peers"
PYTHON = ROOT / "bench/.venv/bin/python"
MODULES = ROOT / "bench/node_modules/.bin"
#: What each program needs to be there.
NEEDED = {
    "openapi-python-client": ROOT / "bench/.venv/bin/openapi-python-client",
    "@hey-api/openapi-ts": MODULES / "openapi-ts",
    "Prism": MODULES / "prism",
    "openapi-core": ROOT
    / "bench/.venv/lib"
    / f"python{version_info[0]}.{version_info[1]}"
    / "site-packages/openapi_core",
}
#: openapi-python-client knows a picture only as the octets that it is.
_OVERRIDES = "content_type_overrides:\n" + "".join(
    f"  image/{kind}: application/octet-stream\n" for kind in ("jpeg", "png", "webp")
)
_PYTHON_CALLS = """
import importlib, inspect, json, pkgutil, sys, typing
import made.api
from made import AuthenticatedClient

url, key, examples = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
calls = 0
with AuthenticatedClient(base_url=url, token=key, prefix="", auth_header_name="x-api-key", timeout=60) as client:
    for package in pkgutil.iter_modules(made.api.__path__):
        if package.name == "queue":
            continue
        for module in pkgutil.iter_modules([made.api.__path__[0] + "/" + package.name]):
            call = importlib.import_module(f"made.api.{package.name}.{module.name}").sync_detailed
            body = typing.get_type_hints(call)["body"]
            example = examples[module.name.partition("_")[2]]
            answer = call(client=client, body=body.from_dict(example))
            assert answer.status_code == 200, (module.name, answer)
            calls += 1
            if module.name.startswith("submit_"):
                job = answer.parsed.request_id
                from made.api.queue import get_request_result, get_request_status
                state = get_request_status.sync_detailed(job, client=client)
                assert state.parsed.status == "COMPLETED", state
                result = get_request_result.sync_detailed(job, client=client)
                # Before the job is done the answer is its state alone, so that there are two types.
                assert type(result.parsed).__name__ == "JobResult" and result.parsed.output, result
                calls += 2
            else:
                assert answer.parsed[:3] == b"\\xff\\xd8\\xff", module.name
            wrong = body.from_dict(example)
            wrong.prompt = 7
            refused = call(client=client, body=wrong)
            assert refused.status_code == 400 and "prompt" in refused.parsed.error, refused
            calls += 1
print(calls)
"""
_TYPESCRIPT_CALLS = """
import { client } from "./made/client.gen";
import * as api from "./made/index";

declare const process: { argv: string[]; exit(status: number): void };
const [url, key] = process.argv.slice(2);
client.setConfig({ baseUrl: url, auth: key });
let calls = 0;

function check(holds: unknown, about: unknown): asserts holds {
  calls += 1;
  if (!holds) throw new Error(JSON.stringify(about));
}

async function follow(id: string): Promise<void> {
  const state = await api.getRequestStatus({ path: { request_id: id } });
  check(state.data?.status === "COMPLETED", state.error);
  const result = await api.getRequestResult({ path: { request_id: id } });
  // Before the job is done the answer is its state alone, so that there are two types.
  check(result.data && "output" in result.data && result.data.output, result.error);
}

async function main(): Promise<void> {
  %s
  console.log(calls);
}

main().catch((error) => { console.error(error); process.exit(1); });
"""


def run(command: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """What a program printed. Raises AssertionError with all its words if it failed."""
    environment = {**os.environ, "NODE_ENV": "production", "NO_COLOR": "1", **variables}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def by_openapi_python_client(folder: Path, url: str, models: dict[str, Model]) -> str:
    """Makes a client in Python, and calls every model with it: at once, queued, and wrongly."""
    (folder / "config.yaml").write_text(_OVERRIDES, encoding="utf-8")
    command: list[str | Path] = [NEEDED["openapi-python-client"], "generate", "--path", DOCUMENT, "--meta", "none"]
    command += ["--config", folder / "config.yaml", "--output-path", folder / "made", "--fail-on-warning"]
    path = f"{NEEDED['openapi-python-client'].parent}{os.pathsep}{os.environ['PATH']}"
    run(command, folder, PATH=path)
    examples = json.dumps({name: small(model) for name, model in models.items()})
    calls = run([PYTHON, "-c", _PYTHON_CALLS, url, KEY, examples], folder, PYTHONPATH=str(folder))
    return f"{calls.strip()} calls by the client that it makes (pictures named as octets, by `content_type_overrides`)"


def by_openapi_ts(folder: Path, url: str, models: dict[str, Model]) -> str:
    """Makes a client in TypeScript, has tsc check it and calls with each model's sample, and makes those calls."""
    run([NEEDED["@hey-api/openapi-ts"], "-i", DOCUMENT, "-o", folder / "made", "--no-log-file"], folder)
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    blocks = []
    for number, model in enumerate(models.values()):
        body = json.dumps(small(model))
        sync, submit = (
            _function(document, operation.path) for operation in (model.sync, model.submit) if operation is not None
        )
        blocks.append(
            f"const v1_{number} = await api.{sync}({{ body: {body}, parseAs: 'blob' }});"
            f"check((v1_{number}.data as Blob | undefined)?.type === 'image/jpeg', v1_{number}.error);"
            f"const v2_{number} = await api.{submit}({{ body: {body} }});"
            f"check(v2_{number}.data, v2_{number}.error); await follow(v2_{number}.data.request_id);"
            f"// @ts-expect-error a prompt is no number\n"
            f"const wrong_{number} = await api.{submit}({{ body: {{ ...{body}, prompt: 7 }} }});"
            f"check(wrong_{number}.response?.status === 400, wrong_{number}.data);"
        )
    (folder / "calls.ts").write_text(_TYPESCRIPT_CALLS % "\n  ".join(blocks), encoding="utf-8")
    options = "--strict --target es2022 --module commonjs --moduleResolution node10 --lib es2022,dom,dom.iterable"
    run([MODULES / "tsc", *options.split(), "--skipLibCheck", "--outDir", "out", "calls.ts"], folder)
    calls = run(["node", folder / "out/calls.js", url, KEY], folder)
    return f"{calls.strip()} answers checked by the client that it makes; strict for tsc, which refuses a number for a prompt"


def by_prism(_: Path, url: str, models: dict[str, Model]) -> str:
    """Prism in front of the mock: it checks every request and every answer against the document."""
    calls = 0
    with _prism_before(url) as prism:
        for model in models.values():
            example = small(model)
            for operation in (model.submit, model.sync):
                if operation is None:
                    continue
                status, answer, _type = call(f"{prism}{operation.path}", example)
                assert status == 200, (operation.path, status, answer[:300])
                refused, words, _type = call(f"{prism}{operation.path}", {**example, "prompt": 7})
                assert refused == 422 and b"prompt" in words, (refused, words[:300])
                calls += 2
                if operation is model.submit:
                    job = json.loads(answer)["request_id"]
                    for path in (f"/v2/requests/{job}/status", f"/v2/requests/{job}"):
                        status, answer, _type = call(f"{prism}{path}")
                        assert status == 200, (path, status, answer[:300])
                        calls += 1
    return (
        f"{calls} requests and their answers found in order by its proxy, wrong ones refused before they reach the mock"
    )


def small(model: Model) -> dict[str, object]:
    """The model's sample, with the smallest picture that it draws."""
    body = dict(model.example)
    for key in ("width", "height"):
        parameter = model.parameter(model.output.get(key, ""))
        if parameter is not None:
            body[parameter.name] = min(parameter.enum) if parameter.enum else parameter.schema["minimum"]
    return body


def _function(document: Any, path: str) -> str:
    """How openapi-ts calls an operation: its id in camel case, where a digit ends a word."""
    words = str(document["paths"][path]["post"]["operationId"]).split("_")
    joined = words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return "".join(sign.upper() if index and joined[index - 1].isdigit() else sign for index, sign in enumerate(joined))


def call(url: str, body: object = None) -> tuple[int, bytes, str]:
    """Return status, body and media type of the answer to a GET, or to a POST if there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"x-api-key": KEY, "content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers.get_content_type()


@contextmanager
def _prism_before(url: str) -> Iterator[str]:
    from bench.peers import peer_environment
    from bench.servers import _free_port, _running

    port = _free_port()
    command = [str(NEEDED["Prism"]), "proxy", str(DOCUMENT), url, "--errors", "--port", str(port)]
    with _running([*command, "--verboseLevel", "silent"], peer_environment(), port) as server:
        yield server.url
