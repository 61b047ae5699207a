"""ProviderNames and texts that are hostile, in packages that are made, imported and called: nothing clashes, nothing runs, and each
value goes over the wire as it stands in the spec."""

from __future__ import annotations

import ast
import builtins
import json
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pagewright.generate import generate
from pagewright.rendering import names
from pagewright.rendering.names import Ident
from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.schema_types import make_types
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.document import Document
from pagewright.specs.lint import lint
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog, model_from
from pagewright.workspace import find_provider, open_workspace
from tests.generator.conftest import REPOSITORY, Workspace
from tests.generator.hostile.packages import spec, workspace
from tests.generator.hostile.payloads import PAYLOADS
from tests.material import reserved

KINDS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "integer", "minimum": 0},
    {"type": "number"},
    {"type": "boolean"},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "array", "items": {"type": "string"}},
    {"type": "object", "properties": {"a b": {"type": "integer"}, "_x": {"type": "boolean"}}},
    {"type": "string", "format": "uri"},
]
SAMPLES: list[Any] = ["", 2**63 - 1, 1e22, True, "b", ["a"], {"a b": 1, "_x": False}, "https://acme.example/a"]
#: Words that mean something where the name of a parameter is printed.
WORDS = (
    "self cls options extra_parameters parameters slug model_config model_fields model_dump model_validate_json schema json "
    "copy dict _x _ __x __x__ $ref $defs allOf type properties title description enum items required default const Literal "
    "Annotated BaseModel Field ConfigDict TypedDict NotRequired Any ImageInput MediaInput constructor __proto__ prototype toString "
    "wait no-wait no_wait async help h param-x no-x x key_file queue handle MISSING MODEL PARAMETERS value found payload get "
    "explain missing annotations con"
)
ODD = [
    *["/", "~", "a b", " a", "%(prog)s", "100%", "{x}", "é", "ﬁ", "日本", "'", '"', "\\", "`", "<b>", "|", "@x", "-", "--", "1"],
    *["\u202ex", "\u2028", "\x85", "\u200b", "\ufeff", "\U000e0041", "\xa0", "\x9b31m", "x" * 100, "界" * 100],
]  # fmt: skip


#: Runs beside the generated packages, with a payload for each model: is everything there, and does it say what it was
#: given? The service is a transport that notes what it gets.
CALLER = """
import contextlib, importlib, io, json, pkgutil, shlex, sys, warnings
warnings.simplefilter("error")
import httpx2
import segmind_client, segmind_mock
from segmind_client import cli
from segmind_client._text import printable
from segmind_client.spec.catalog import MODULES, get
from segmind_mock.server.asgi import html_answer
from segmind_mock.spec.platform import PLATFORM

for package in segmind_client, segmind_mock:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "__main__" not in found.name and found.name != "segmind_mock.state.store.redis":
            importlib.import_module(found.name)
warnings.simplefilter("ignore")

def run(*arguments):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            status = cli.main(arguments)
        except SystemExit as end:
            status = end.code
    assert status == 0, arguments
    assert all(sign.isprintable() or sign == "\\n" for sign in said.getvalue())
    return said.getvalue()

class Noted(Exception):
    pass

def note(request):
    raise Noted(json.loads(request.content))

for status, entry in PLATFORM.statuses.items():
    assert b"<script>" not in html_answer(status, entry.title).body
client = segmind_client.SegmindClient(api_key="0123456789", transport=httpx2.MockTransport(note))
run("--help")
for slug, payload in json.load(sys.stdin).items():
    model = get(slug)
    assert not model.validate(payload), model.validate(payload)
    assert printable(model.title) in run(slug, "--help")
    resource = getattr(client, MODULES[slug])
    try:
        resource.generate(**{model.parameters[name].keyword: value for name, value in payload.items()})
        raise AssertionError(slug)
    except segmind_client.AmbiguousOutcome as error:
        assert error.__cause__.args[0] == payload, (slug, error.__cause__)
    words = [slug, "--curl"]
    for name, value in payload.items():
        option, kind = model.parameters[name].option, model.parameters[name].type
        if kind == "boolean":
            words.append(f"--{option}" if value else f"--no-{option}")
        elif value in ("-", "--"):
            words.append("--params=" + json.dumps({name: value}))
        else:
            text = value if kind == "string" else json.dumps(value)
            words.append(f"--{option}={'@' if kind == 'string' and text.startswith('@') else ''}{text}")
    sent = shlex.split(run(*words))
    assert json.loads(sent[sent.index("--data-raw") + 1]) == payload, slug
    made = importlib.import_module(f"segmind_client.pydantic_models.{MODULES[slug]}")
    checked = getattr(made, f"{type(resource).__name__}Input").model_validate(payload)
    assert json.loads(checked.model_dump_json(by_alias=True, exclude_unset=True)) == payload, slug
print("all", len(MODULES))
"""


def call(root: Path, payloads: Mapping[str, Mapping[str, object]]) -> None:
    result = generate(find_provider(open_workspace(root)))
    assert not result.findings, result.findings
    environment = {**os.environ, "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CALLER],
        input=json.dumps(payloads),
        cwd=root / "generated/segmind/python",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"all {len(payloads)}\n"


def parameters() -> list[str]:
    """As many of the hostile names as one model may have: those that fold to one name are a finding."""
    known: dict[str, str] = {}
    for name in [*WORDS.split(), *ODD, *keyword.kwlist, *dir(builtins)]:
        known.setdefault(names.parameter_keyword(name, reserved()).casefold(), name)
    return list(known.values())


def test_a_parameter_may_have_any_name(tmp_path: Path) -> None:
    """Whatever its type; those of the last model must all be given."""
    specs, payloads = [], {}
    for turn in range(0, len(KINDS), 3):
        chosen = {name: (number + turn) % len(KINDS) for number, name in enumerate(parameters())}
        made = spec(f"model-{turn}", {name: KINDS[kind] for name, kind in chosen.items()})
        if turn > 3:
            made["input"]["required"] = list(chosen)
        payloads[made["slug"]] = made["example"] = {name: SAMPLES[kind] for name, kind in chosen.items()}
        specs.append(made)
    call(workspace(tmp_path / "clone", *specs), payloads)


def test_any_text_may_stand_in_every_place(tmp_path: Path) -> None:
    specs, payloads = [], {}
    texts = [text for text in dict.fromkeys(PAYLOADS) if text != "\r"]
    for number, text in enumerate(texts):
        other = texts[number * 7 % len(texts)]
        properties = {
            "any": {"type": "string", "description": text, "default": other},
            "one-of": {"type": "string", "description": other, "enum": list(dict.fromkeys([text, other]))},
            "open": {"type": "string", "x-known-values": list(dict.fromkeys([other, text])), "x-known-total": 9},
            "list": {"type": "array", "items": {"type": "string", "description": text, "enum": [text]}},
            "object": {"type": "object", "properties": {"a": {"type": "string", "description": text, "enum": [text]}}},
        }
        payload = {"any": text, "one-of": text, "open": text, "list": [text], "object": {"a": text}}
        made = spec(f"model-{number}", properties, title=text, summary=other, example=payload)
        specs.append(made)
        payloads[made["slug"]] = payload
    call(workspace(tmp_path / "clone", *specs[::4]), dict(list(payloads.items())[::4]))


def test_the_mock_keeps_the_contract_of_values_that_it_has_to_escape(tmp_path: Path) -> None:
    values = ["none", "a", "o'clock", "100%", "x", "café noir", "a\\b", "\u2028", "日本"]
    root = workspace(tmp_path / "clone", spec("odd", {"style": {"type": "string", "enum": values}}))
    assert not generate(find_provider(open_workspace(root))).findings
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "contract"],
        cwd=root / "generated" / "segmind",
        env={**os.environ, "PYTHONPATH": "python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_keys_inside_a_parameter_are_those_of_the_wire() -> None:
    """Or there are none in its type; never others."""
    for name in dict.fromkeys([*WORDS.split(), *ODD, *keyword.kwlist]):
        inner = {"type": "object", "required": [name], "properties": {name: {"type": "integer"}}}
        model = model_from(Document("specs/segmind/models/m.yaml", spec("m", {"outer": inner}), {}, {}))
        module: dict[str, Any] = {}
        exec(make_types("typed-dict", model, Ident("m"), reserved()), module)
        made = [module[each].__annotations__ for each in module if each.startswith("MInput") and each != "MInput"]
        assert [list(keys) for keys in made] in ([[name]], []), name
        assert made or name.startswith("_") or not name.isascii()


def files_of_one_model(repository: Workspace) -> Iterator[str]:
    """The Python files that are made of a model called `own`, and what lists it."""
    picture = {"picture": {"type": "string", "format": "uri"}, "size": {"type": "object", "properties": {}}}
    model = model_from(Document("specs/segmind/models/own.yaml", spec("own", picture), {}, {}))
    catalog = Catalog(repository.catalog().platform, (model,))
    targets, _ = load_targets(open_workspace(REPOSITORY))
    names = ProviderNames(targets, catalog.platform.names)
    renderer = Renderer(open_workspace(REPOSITORY), catalog, names)
    planned = plan(open_workspace(REPOSITORY), targets, catalog, names, "")
    outputs = [output for output in planned if output.path.endswith(".py") and (output.model or output.lists_models)]
    return (content.decode() for content in render_all(renderer, outputs).values())


def names_in(text: str) -> set[str]:
    found = {"None", "True", "False"}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


def test_no_class_of_a_model_is_called_as_what_stands_beside_it(repository: Workspace) -> None:
    seen: set[str] = set()
    for text in files_of_one_model(repository):
        beside = names_in(text)
        endings = [own.removeprefix("Own") for own in ("Own", "OwnInput") if own in beside]
        seen |= beside if endings else set()
        beside = {name for name in beside if not name.startswith("Own")}
        for name in beside:
            parted = "-".join(re.findall("[A-Z][a-z]*|[a-z]+", name))
            for slug in (name, parted, "-".join(name), parted.removesuffix("-Input")):
                made = names.class_name(names.model_name(slug, reserved()), reserved())
                assert beside.isdisjoint(f"{made}{ending}" for ending in endings), slug
    assert {"Unpack", "MediaInput", "MODEL", "Models"} < seen


def test_no_file_of_a_model_is_called_as_another_file(repository: Workspace) -> None:
    targets, _ = load_targets(open_workspace(REPOSITORY))
    patterns = [
        re.escape(source.path).replace(r"\{model\}", "([a-z0-9_]+)")
        for t in targets
        for source in t.sources
        if source.per_model
    ]
    stems = {
        found[1]
        for target in targets
        for source in target.sources
        for pattern in patterns
        if not source.per_model and (found := re.fullmatch(pattern, source.path))
    }
    assert "platform" in stems
    assert all(names.model_name(stem, reserved()) != stem for stem in stems)


def test_a_switch_of_a_parameter_is_none_of_ours() -> None:
    for option in names.option_names([name.removeprefix("no-") for name in reserved().options], reserved()).values():
        assert not {option, f"no-{option}"} & reserved().options


def test_a_reserved_pinned_name_is_a_finding(tmp_path: Path) -> None:
    """It is reserved where a slug's would be."""
    root = workspace(tmp_path / "clone", *(spec(f"m-{name}", {}, name=name) for name in ("platform", "any", "none")))
    loaded = load(find_provider(open_workspace(root)))
    assert [
        finding.code for finding in lint(loaded.platform, loaded.models, targets=load_targets(open_workspace(root))[0])
    ] == ["L004"] * 3
