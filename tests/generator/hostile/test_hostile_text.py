"""Spec text never becomes code.

Every text that the meta-schemas leave free is replaced by hostile text, everything is rendered again in memory, and of no
file may anything change but its literals and its words: Python, JSON, TOML, HTML with the samples of code in it, Markdown,
YAML. `make hostile` does that 10,000 times.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import black
import pytest
from black.mode import TargetVersion

from pagewright.rendering import names
from pagewright.rendering.formatting import WIDTH
from pagewright.specs.spec import Catalog, Model, model_from
from tests.generator.conftest import Workspace
from tests.generator.hostile.payloads import PAYLOADS
from tests.generator.hostile.poison import Poisoner, small_models
from tests.generator.hostile.rendering import Press, skeletons, try_to_break, try_to_disagree
from tests.generator.hostile.skeletons import skeleton
from tests.material import reserved


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


@pytest.fixture
def acme_models(repository: Workspace) -> Catalog:
    """Acme's models on the real platform, from which the templates expect more than the meta-schema does."""
    return Catalog(repository.catalog().platform, small_models())


@pytest.fixture
def every_model(repository: Workspace) -> Catalog:
    return repository.catalog()


@pytest.mark.parametrize(("whose", "examples"), [("acme_models", 15), ("every_model", 4)])
def test_templates_let_nothing_through(
    whose: str, examples: int, press: Press, seed: int, request: pytest.FixtureRequest
) -> None:
    poisoner = Poisoner(request.getfixturevalue(whose))
    assert len(poisoner.places) > 20 * len(poisoner.catalog.models)
    assert try_to_break(press, poisoner, examples, seed) >= examples


@pytest.mark.parametrize("turn", range(3))
def test_formatters_and_type_makers_let_no_spec_text_through(turn: int, press: Press, acme_models: Catalog) -> None:
    """What is published: each text still comes out as it went in, in a file that black would leave as it is."""
    poisoner = Poisoner(acme_models)
    clean = skeletons(press.files(acme_models))
    hostile = poisoner.poisoned(turn * (len(PAYLOADS) // 3))
    made = dict(press.files(hostile))
    found = skeletons(iter(made.items()))
    assert [path for path in clean if clean[path] != found.get(path)] == []
    for model in hostile.models:
        (path,) = [
            path for path in made if path.startswith("python/segmind_client/spec/models/") and _is_of(path, model)
        ]
        said = {node.value for node in ast.walk(ast.parse(made[path])) if isinstance(node, ast.Constant)}
        missing = {text for text in _texts(model.document.data) if text not in said}
        assert not missing
    mode = black.Mode(line_length=WIDTH, target_versions={TargetVersion.PY311})
    for path, content in made.items():
        if path.endswith(".py"):
            assert black.format_str(content.decode(), mode=mode) == content.decode(), path


def test_long_texts_are_laid_out_as_black_would(press: Press, acme_models: Catalog, seed: int) -> None:
    try_to_disagree(press, Poisoner(acme_models), 4, seed)


def _is_of(path: str, model: Model) -> bool:
    return path.endswith(f"/{names.model_name(model.slug, reserved())}.py")


def _texts(data: Any) -> Iterator[str]:
    """The texts of a spec that its module repeats whole. Those below `input` are there as facts of parameters."""
    for key in ("title", "summary"):
        yield data[key]
    for parameter in data["input"]["properties"].values():
        yield from (parameter[key] for key in ("description",) if parameter.get(key))
        yield from (value for value in parameter.get("x-known-values", ()) if isinstance(value, str))
    yield from (value for value in data["example"].values() if isinstance(value, str))
    yield from (erratum["why"] for erratum in data.get("errata", ()))


def test_parameters_with_hostile_names_still_give_valid_files(press: Press, acme_models: Catalog) -> None:
    document = acme_models.models[1].document
    data = copy.deepcopy(document.data)
    for payload in PAYLOADS:
        if payload.isprintable() and len(payload) < 100:
            data["input"]["properties"] |= {f"{payload}x": {"type": "string"}, f"x{payload}": {"type": "integer"}}
    assert len(data["input"]["properties"]) > 50
    model = model_from(replace(document, data=data))
    assert skeletons(press.files(Catalog(acme_models.platform, (model,))))


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("x.py", '"""Doc."""\nx = "a"\n', '"""Doc."""\nimport os\nx = "a"\n'),
        ("x.py", 'x = "a"\n', 'x = "a"  # type: ignore\n'),
        ("x.py", "x = 1  # of x\n", "x = 1  # type: int\n"),
        ("x.json", '{"a": ["x"]}', '{"a": ["x", "y"]}'),
        ("x.toml", 'a = "x"\n', 'a = "x"\nb = "y"\n'),
        ("x.html", "<p>a</p>", "<p>a<b></b></p>"),
        ("x.html", '<p class="a">a</p>', '<p class="a" onclick="x">a</p>'),
        ("x.html", '<p class="a">a</p>', '<p class="b">a</p>'),
        ("x.html", "<pre data-sample=curl>curl &#39;a&#39;</pre>", "<pre data-sample=curl>curl &#39;a&#39; ; id</pre>"),
        ("x.html", "<pre data-sample=javascript>f(&quot;a&quot;)</pre>", "<pre data-sample=javascript>f(&quot;a&quot;, 1)</pre>"),
        ("x.html", "<pre data-sample=python>f(&quot;a&quot;)</pre>", "<pre data-sample=python>f(&quot;a&quot;, g())</pre>"),
        ("x.md", "some words\n", "some *words*\n"),
        ("x.md", "| a |\n|---|\n| b |\n", "| a |\n|---|\n| b |\n| c |\n"),
        ("x.yaml", "a: b\n", "a: b\nc: d\n"),
    ],
)  # fmt: skip
def test_the_proof_sees_text_that_becomes_code(path: str, before: str, after: str) -> None:
    assert skeleton(path, before.encode()) != skeleton(path, after.encode())


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("x.py", 'x = "a\u202e"\n'),
        ("x.py", '"""A\x0c"""\n'),
        ("x.html", "<p>\x1b[31m</p>"),
        ("x.html", "<p><!-- a --></p>"),
        ("x.html", '<a href="javascript:x">a</a>'),
        ("x.html", "<p>a</p></p>"),
        ("x.json", '{"a": "\u202e"}'),
        ("x.toml", 'a = "\u202e"\n'),
    ],
)
def test_the_proof_refuses_hidden_characters(path: str, content: str) -> None:
    with pytest.raises(AssertionError):
        skeleton(path, content.encode())


def test_a_kind_of_file_without_a_parser_is_refused() -> None:
    with pytest.raises(KeyError):
        skeleton("x.rs", b"")
