"""Programs that others wrote read the OpenAPI document of models of every medium, and what they make of it works.

`make bench-setup` installs those that are no dependency of ours, as CI does first.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from datamodel_code_generator import generate as make_models
from datamodel_code_generator.enums import DataModelType, InputFileType
from pydantic import ValidationError

from bench.peers import peer_environment
from bench.servers import _free_port, _running
from tests.material import absent
from tests.media.conftest import HERE
from tests.witness import openapi_core
from tests.witness.peers import MODULES, NEEDED, PYTHON, call, run

SLUGS = sorted(path.stem for path in (HERE / "specs" / "models").glob("*.yaml"))
#: The media types of a model's synchronous answers; JSON comes second where the file can be asked for as base64.
MEDIA_TYPES = {
    "plate": ["image/jpeg", "application/json"],
    "reel-1": ["video/mp4", "application/json"],
    "sway": ["video/mp4"],
    "murmur": ["audio/mpeg", "audio/wav"],
    "hum-2": ["audio/mpeg"],
    "clay": ["model/gltf-binary"],
    "relief": ["model/gltf-binary"],
    "quill-8b": ["application/json"],
    "sage": ["application/json"],
    "vectors-3": ["application/json"],
    "tagger": ["application/json"],
}
FILES = sorted({kind for kinds in MEDIA_TYPES.values() for kind in kinds} - {"application/json"})


class Lumen:
    """The document, the samples of its models, and the URL of their mock."""

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url
        self.document: Any = json.loads(path.read_text(encoding="utf-8"))
        catalog = importlib.import_module("lumen_mock.spec.catalog")
        self.samples: dict[str, Any] = {slug: catalog.get(slug).example for slug in SLUGS}

    def post(self, slug: str, version: str = "v1") -> Any:
        return self.document["paths"][f"/{version}/{slug}"]["post"]


@pytest.fixture(scope="module")
def described(python: Path, lumen: ModuleType) -> Iterator[Lumen]:
    package = importlib.import_module("lumen_mock")
    with package.serving(package.Settings(pace=package.Pace("polls", 0))) as running:
        yield Lumen(python.parent / "openapi" / "platform.openapi.json", running.url)


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    for name in ("redocly", "spectral", "openapi-typescript", "prism"):
        if not (MODULES / name).exists():
            absent(f"{name} (make bench-setup)")


@pytest.mark.parametrize("slug", SLUGS)
def test_the_document_names_the_media_types_of_the_mock(described: Lumen, slug: str) -> None:
    content = described.post(slug)["responses"]["200"]["content"]
    assert list(content) == MEDIA_TYPES[slug]
    status, answer, kind = call(f"{described.url}/v1/{slug}", described.samples[slug])
    assert (status, kind) == (200, MEDIA_TYPES[slug][0]) and answer


def test_linters_find_nothing(described: Lumen, tmp_path: Path) -> None:
    command: list[str | Path] = [MODULES / "redocly", "lint", described.path, "--extends=recommended", "--format=json"]
    found = json.loads(run(command, tmp_path, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true"))
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, found["problems"]
    (tmp_path / "rules.yaml").write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    rules: list[str | Path] = ["--ruleset", tmp_path / "rules.yaml", "--fail-severity=hint"]
    run([MODULES / "spectral", "lint", *rules, described.path], tmp_path)


def test_prism_finds_every_answer_as_documented(described: Lumen) -> None:
    """Prism is a proxy before the mock, and checks each request and each answer."""
    port = _free_port()
    command = [str(NEEDED["Prism"]), "proxy", str(described.path), described.url, "--errors", "--port", str(port)]
    with _running([*command, "--verboseLevel", "silent"], peer_environment(), port) as prism:
        for slug, sample in described.samples.items():
            status, answer, kind = call(f"{prism.url}/v1/{slug}", sample)
            assert (status, kind) == (200, MEDIA_TYPES[slug][0]), (slug, answer[:300])
            status, answer, _ = call(f"{prism.url}/v2/{slug}", sample)
            assert status == 200, (slug, answer[:300])
            job = json.loads(answer)["request_id"]
            for path in (f"/v2/requests/{job}/status", f"/v2/requests/{job}"):
                status, answer, _ = call(f"{prism.url}{path}")
                assert status == 200, (slug, path, answer[:300])
            name = next(iter(sample))
            status, answer, _ = call(f"{prism.url}/v1/{slug}", {**sample, name: 7})
            assert status == 422 and name.encode() in answer, (slug, answer[:300])


def test_openapi_core_finds_every_exchange_as_documented(described: Lumen, tmp_path: Path) -> None:
    exchanges = list(openapi_core.Player("lumen_mock", described.url).play())
    assert openapi_core.check(described.path, exchanges, tmp_path) == len(exchanges) >= 7 * len(SLUGS)
    one = next(exchange for exchange in exchanges if exchange.path == "/v1/murmur")
    for wrong in (
        one._replace(media_type="image/jpeg"),
        one._replace(media_type="application/json", content=""),
        one._replace(status=299),
        one._replace(key=("x-other", "key")),
    ):
        with pytest.raises(AssertionError):
            openapi_core.check(described.path, [wrong], tmp_path)


def test_openapi_typescript_knows_the_kinds_of_answers(described: Lumen, tmp_path: Path) -> None:
    run([MODULES / "openapi-typescript", described.path, "--output", tmp_path / "made.d.ts"], tmp_path)
    lines = ['import type { paths } from "./made";']
    for number, (slug, kinds) in enumerate(MEDIA_TYPES.items()):
        answer = f'paths["/v1/{slug}"]["post"]["responses"][200]["content"]'
        union = " | ".join(f'"{kind}"' for kind in kinds)
        lines += [
            f"const kinds_{number}: {union} = null as unknown as keyof {answer}; void kinds_{number};",
            "// @ts-expect-error an answer of no other kind is documented",
            f'const other_{number}: "text/html" = null as unknown as keyof {answer}; void other_{number};',
            f'const body_{number}: paths["/v1/{slug}"]["post"]["requestBody"]["content"]["application/json"] =',
            f"  {json.dumps(described.samples[slug])}; void body_{number};",
        ]
    text = 'paths["/v1/quill-8b"]["post"]["responses"][200]["content"]["application/json"]'
    numbers = 'paths["/v1/vectors-3"]["post"]["responses"][200]["content"]["application/json"]'
    lines += [
        f"declare const chat: {text}; const words: unknown = chat.choices[0]?.message.content; void words;",
        f"declare const data: {numbers}; const first: number | undefined = data.data[0]?.embedding[0]; void first;",
        "// @ts-expect-error a chat has choices",
        "void chat.candidates;",
    ]
    (tmp_path / "use.ts").write_text("\n".join(lines), encoding="utf-8")
    options = "--strict --noEmit --target es2022 --module commonjs --moduleResolution node10"
    run([MODULES / "tsc", *options.split(), "use.ts"], tmp_path)


def test_pydantic_models_take_the_answers(described: Lumen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """datamodel-code-generator makes models of the document: the mock's JSON is valid for them, and wrong JSON is not."""
    make_models(
        described.path,
        input_file_type=InputFileType.OpenAPI,
        output=tmp_path / "lumen_models.py",
        output_model_type=DataModelType.PydanticV2BaseModel,
        formatters=[],
    )
    monkeypatch.syspath_prepend(tmp_path)
    made = vars(importlib.import_module("lumen_models"))
    for slug in ("quill-8b", "sage", "vectors-3"):
        schema = described.post(slug)["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        model = made[schema.rpartition("/")[2]]
        _, answer, _ = call(f"{described.url}/v1/{slug}", described.samples[slug])
        model.model_validate(json.loads(answer))
        with pytest.raises(ValidationError):
            model.model_validate({"nothing": 1})


_CALLS = """
import importlib, json, sys, typing
from made import AuthenticatedClient

url, calls = sys.argv[1], json.loads(sys.argv[2])
with AuthenticatedClient(base_url=url, token="a-key", prefix="", auth_header_name="x-api-key", timeout=60) as client:
    for module, sample, is_file in calls:
        call = importlib.import_module(f"made.api.{module}").sync_detailed
        answer = call(client=client, body=typing.get_type_hints(call)["body"].from_dict(sample))
        assert answer.status_code == 200, (module, answer)
        parsed = answer.parsed
        if is_file:
            assert (parsed if isinstance(parsed, bytes) else parsed.payload.read()) == answer.content != b"", module
        else:
            assert parsed is not None and not isinstance(parsed, bytes), module
"""


def test_openapi_python_client_calls_every_model(described: Lumen, tmp_path: Path) -> None:
    """It knows files only as the octets that they are."""
    overrides = "".join(f"  {kind}: application/octet-stream\n" for kind in FILES)
    (tmp_path / "config.yaml").write_text(f"content_type_overrides:\n{overrides}", encoding="utf-8")
    command: list[str | Path] = [
        NEEDED["openapi-python-client"],
        "generate",
        "--path",
        described.path,
        "--meta",
        "none",
    ]
    command += ["--config", tmp_path / "config.yaml", "--output-path", tmp_path / "made", "--fail-on-warning"]
    run(command, tmp_path, PATH=f"{NEEDED['openapi-python-client'].parent}{os.pathsep}{os.environ['PATH']}")
    calls = [
        [f"{_word(described.post(slug)['tags'][0])}.{described.post(slug)['operationId']}", sample, kinds[0] in FILES]
        for slug, kinds in MEDIA_TYPES.items()
        for sample in [described.samples[slug]]
    ]
    run([PYTHON, "-c", _CALLS, described.url, json.dumps(calls)], tmp_path, PYTHONPATH=str(tmp_path))


def _word(tag: str) -> str:
    """Return the name of the folder that openapi-python-client makes for a tag."""
    return tag.lower().replace("-", "_").replace(" ", "_").replace(".", "_")
