"""The package of an invented model with features that no real model has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: A model with every keyword of the spec language.
KEYWORDS = ROOT / "tests" / "contract" / "odd" / "every-keyword.yaml"
SPEC = """\
slug: Odd.Paint-2
title: Odd Paint
summary: A model that is submitted only, with odd names.
task: text-to-image
pages: [odd-paint]
async: {method: POST, path: /v2/odd/paint}
input:
  type: object
  required: [self, class]
  properties:
    self: {type: string, description: What to draw., minLength: 1, maxLength: 5}
    class: {type: integer, minimum: 0}
    options: {type: string, default: null}
    timeout: {type: number}
    interval: {type: number, maximum: 9, multipleOf: 3}
    slug: {type: string}
    cfg-scale: {type: number, enum: [1, 2.5]}
    extra_parameters: {type: boolean, enum: [true]}
    out: {type: string}
    pages:
      type: array
      description: Several pictures.
      minItems: 1
      maxItems: 2
      items: {type: string, maxLength: 3}
    box:
      type: object
      required: [x]
      properties:
        x: {type: integer, minimum: 0}
        y: {type: array, items: {type: number}}
output: {media: image}
example: {self: a cat, class: 1}
"""
SECOND = """\
slug: only-sync
title: Only sync
summary: A model that draws at once only, without any parameter that must be there.
task: text-to-image
pages: [only-sync]
sync: {method: POST, path: /v1/models/only-sync}
input: {type: object, properties: {}}
output: {media: image}
example: {}
"""
#: Runs in the generated package's own interpreter; the service is a transport that repeats what it got.
CHECKS = """
import argparse, inspect, json, sys
import httpx2
import segmind_client as s
from segmind_client.spec.catalog import get

sent = []
def service(request):
    sent.append((request.url.path, json.loads(request.content)))
    return httpx2.Response(200, json={"request_id": "r1"})

client = s.SegmindClient("key", http_client=httpx2.Client(transport=httpx2.MockTransport(service)))
odd, sync = client.odd_paint_2, client.only_sync
assert not hasattr(odd, "generate") and not hasattr(sync, "submit")

odd.submit(self_="a", class_=1, options_="o", timeout=1.5, interval=3, slug="x", cfg_scale=2.5,
           extra_parameters_=True, out="o", pages=["abc"], box={"x": 1, "y": [1, 2.5]},
           extra_parameters={"new": 1}, options=s.RequestOptions(timeout=5))
path, body = sent.pop()
assert path == "/v2/odd/paint", path
assert body == {"self": "a", "class": 1, "options": "o", "timeout": 1.5, "interval": 3, "slug": "x", "cfg-scale": 2.5,
                "extra_parameters": True, "out": "o", "pages": ["abc"], "box": {"x": 1, "y": [1, 2.5]}, "new": 1}, body

client.submit_async("Odd.Paint-2", **{"self": "a", "class": 0, "timeout": 2, "interval": 3, "slug": "y"})
assert sent.pop()[1] == {"self": "a", "class": 0, "timeout": 2, "interval": 3, "slug": "y"}
try:
    client.run_sync("only-sync")
except s.UnreadableResponse: pass
assert sent.pop() == ("/v1/models/only-sync", {})

def broken(**values):
    try:
        odd.submit(**{"self_": "a", "class_": 1, **values})
    except s.ValidationError as error:
        return [(v.parameter, v.rule) for v in error.violations]
    return []

for values, expected in [
    ({"self_": ""}, [("self", "minLength")]),
    ({"self_": "abcdef"}, [("self", "maxLength")]),
    ({"class_": -1}, [("class", "minimum")]),
    ({"options_": None}, [("options", "type")]),
    ({"timeout": float("inf")}, [("timeout", "finite")]),
    ({"interval": float("-inf")}, [("interval", "finite")]),
    ({"interval": 10}, [("interval", "maximum"), ("interval", "multipleOf")]),
    ({"cfg_scale": 2}, [("cfg-scale", "enum")]),
    ({"extra_parameters_": False}, [("extra_parameters", "enum")]),
    ({"pages": []}, [("pages", "minItems")]),
    ({"pages": ("a",)}, [("pages", "type")]),
    ({"pages": ["a", "b", "long"]}, [("pages", "maxItems"), ("pages/2", "maxLength")]),
    ({"pages": [5]}, [("pages/0", "type")]),
    ({"box": {}}, [("box/x", "required")]),
    ({"box": {"x": -1, "y": [True, float("nan")]}}, [("box/x", "minimum"), ("box/y/0", "type"), ("box/y/1", "finite")]),
    ({"nonsense": 1}, [("nonsense", "unknown-parameter")]),
]:
    assert broken(**values) == expected, (values, broken(**values))
assert not sent

from segmind_client import cli
from segmind_client._command import options, parameter_values
parser = options.parser_for(get("Odd.Paint-2"))
given = vars(parser.parse_args(["--self", "a", "--class", "1", "--param-out", "x", "--param-timeout", "2",
                                "--pages", '["a"]', "--box", '{"x": 1}', "--cfg-scale", "2.5", "--out", "f"]))
assert parameter_values.payload_from(get("Odd.Paint-2"), given) == {
    "self": "a", "class": 1, "out": "x", "timeout": 2, "pages": ["a"], "box": {"x": 1}, "cfg-scale": 2.5}
assert cli.main(["Odd.Paint-2", "--self", "a", "--class", "1", "--dry-run"]) == 0
assert cli.main(["only-sync", "--dry-run"]) == 0

from typing import get_type_hints
from segmind_client.types.odd_paint_2 import OddPaint2Input
keywords = {p.keyword for p in get("Odd.Paint-2").parameters.values()}
assert set(OddPaint2Input.__annotations__) == keywords, OddPaint2Input.__annotations__
from segmind_client.pydantic_models.odd_paint_2 import OddPaint2Input as Checked
made = Checked(**{"self": "a", "class": 1, "cfg-scale": 2.5})
client.submit_async("Odd.Paint-2", **made.model_dump(by_alias=True, exclude_unset=True))
assert sent.pop()[1] == {"self": "a", "class": 1, "cfg-scale": 2.5}
client.close()
"""
#: The values of one parameter that are right, and those that are wrong with the place and the rule.
KEYWORD_CHECKS = """
import json, shlex
from pydantic import ValidationError
from segmind_client._command import options, parameter_values
from segmind_client._flows.parameters import prepare
from segmind_client.pydantic_models.every_keyword import EveryKeywordInput
from segmind_client.spec.catalog import get
from segmind_client.spec.violations import explain

model = get("every-keyword")
URL = "https://example.com/a.png"
RIGHT = {
    "cond": [0.3, 0.7, 0, 1, 1.0],
    "strength": [0.001, 0.999],
    "above": [1e-9, 10**20],
    "colour": ["#00ff7f"],
    "size": ["512x512"],
    "mood": [None, "calm"],
    "kind": [None, "a"],
    "level": [None, 1, 2.5],
    "images": [URL, [URL], [URL, URL]],
    "mask": [None, URL],
    "frames": [14, "14", "25"],
    "lora": [{"url": 1}, {"url": "x", "more": 2}],
    "loras": [[], [{"url": "u", "weight": 0.5, "deep": {"a/b": [9]}}]],
}
WRONG = {
    "cond": [(0.35, "cond", "multipleOf"), (1.1, "cond", "maximum")],
    "strength": [(0, "strength", "exclusiveMinimum"), (1, "strength", "exclusiveMaximum")],
    "above": [(0, "above", "exclusiveMinimum"), (float("inf"), "above", "finite")],
    "colour": [("red", "colour", "pattern"), ("#00ff7f\\n", "colour", "pattern")],
    "size": [("\\u0663x1", "size", "pattern")],
    "mood": [("glad!", "mood", "maxLength"), (5, "mood", "type")],
    "kind": [("c", "kind", "enum")],
    "level": [(0.5, "level", "minimum")],
    "images": [([], "images", "minItems"), ([URL, 5], "images/1", "type"), (5, "images", "type")],
    "mask": [(5, "mask", "type")],
    "frames": [(13, "frames", "minimum"), ("x", "frames", "type"), (14.0, "frames", "type")],
    "lora": [({}, "lora/url", "required"), (5, "lora", "type")],
    "loras": [
        ([{"weight": 1}], "loras/0/url", "required"),
        ([{"url": "u", "weight": 0}], "loras/0/weight", "exclusiveMinimum"),
        ([{"url": "u", "deep": {}}], "loras/0/deep/a~1b", "required"),
        ([{"url": "u", "deep": {"a/b": [1, 10]}}], "loras/0/deep/a~1b/1", "maximum"),
    ],
}
#: JSON Schema has no words for the range of the number in a text, so pydantic does not know it.
WRONG_FOR_US = {"frames": [("13", "frames", "minimum"), ("26", "frames", "maximum")]}
assert {*RIGHT} == {*WRONG} == {*model.parameters} - {"prompt"}

def pydantic_takes(payload):
    try:
        EveryKeywordInput.model_validate(payload)
    except ValidationError:
        return False
    return True

for name, values in RIGHT.items():
    for value in values:
        payload = {"prompt": "a", name: value}
        assert not model.validate(payload), model.validate(payload)
        assert pydantic_takes(payload), payload
        prepare(model, payload)
        assert payload[name] == value, "it is sent as it was given"
for wrong, others_refuse in ((WRONG, True), (WRONG_FOR_US, False)):
    for name, entries in wrong.items():
        for value, place, rule in entries:
            payload = {"prompt": "a", name: value}
            found = [(violation.parameter, violation.rule) for violation in model.validate(payload)]
            assert found == [(place, rule)], (payload, found)
            # pydantic accepts 14.0 as an integer.
            assert not others_refuse or value == 14.0 or not pydantic_takes(payload), payload
assert not model.validate(dict(model.example))

def given(*words):
    return parameter_values.payload_from(model, vars(options.parser_for(model).parse_args(["--prompt", "a", *words])))

for words, name, value in [
    (("--cond", "0.3"), "cond", 0.3),
    (("--mood", "null"), "mood", None),
    (("--level", "null"), "level", None),
    (("--level", "2"), "level", 2),
    (("--frames", "14"), "frames", 14),
    (("--images", URL), "images", URL),
    (("--images", f'["{URL}"]'), "images", [URL]),
]:
    assert given(*words)[name] == value, (words, given(*words))
from segmind_client._command.exit_codes import CommandError
lists = [parameter for parameter in model.parameters.values() if parameter.type in ("array", "object")]
assert lists
for parameter in lists:
    for text in ("a,b", '["a"', "{", "x"):
        try:
            given(f"--{parameter.option}", text)
        except CommandError as error:
            example = shlex.split(str(error).partition("such as ")[2].rpartition(", got ")[0])
            assert len(example) == 1 and not explain(parameter, json.loads(example[0])), error
        else:
            raise AssertionError(parameter.option)
help = options.parser_for(model).format_help()
assert help.count("as JSON, such as") == len(lists)
for text in ("0 to 1", "in steps of 0.1", "greater than 0", "less than 1", "also as text"):
    assert text in " ".join(help.split()), text
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the invented model's package."""
    workspace = tmp_path_factory.mktemp("workspace")
    shutil.copytree(ROOT / "templates", workspace / "templates")
    shutil.copytree(ROOT / "specs" / "schema", workspace / "specs" / "schema")
    platform = (ROOT / "specs" / "segmind" / "platform.yaml").read_text(encoding="utf-8")
    (workspace / "specs" / "segmind" / "models").mkdir(parents=True)
    # Its errata refer to pages of models that are not here.
    (workspace / "specs" / "segmind" / "platform.yaml").write_text(
        platform.partition("\nerrata:")[0] + "\n", encoding="utf-8"
    )
    (workspace / "specs" / "segmind" / "models" / "Odd.Paint-2.yaml").write_text(SPEC, encoding="utf-8")
    (workspace / "specs" / "segmind" / "models" / "only-sync.yaml").write_text(SECOND, encoding="utf-8")
    shutil.copy(KEYWORDS, workspace / "specs" / "segmind" / "models")
    command = [sys.executable, "-m", "pagewright", "--root", str(workspace), "generate", "--target", "python-client"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return workspace / "generated" / "segmind" / "python"


@pytest.mark.parametrize("checks", [CHECKS, KEYWORD_CHECKS], ids=["names", "keywords"])
def test_the_package_of_an_invented_model_works(package: Path, checks: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(package)}
    command = [sys.executable, "-W", "error", "-c", checks]
    done = subprocess.run(command, capture_output=True, text=True, cwd=package, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_of_an_invented_model_passes_linters(package: Path) -> None:
    ruff = "ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--no-cache", "--ignore", "PTH"
    made_elsewhere = {"types", "pydantic_models"}
    own = [str(path) for path in package.rglob("*.py") if not made_elsewhere & set(path.parts)]
    for tool in (ruff, ("black", "-q", "-l", "120", "--check")):
        done = subprocess.run([sys.executable, "-m", *tool, *own], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
