"""Templates: what they may do, and how they fail."""

from __future__ import annotations

import json
import re

import pytest

from pagewright.rendering.filters import SOFT_SPACE, pydoc
from pagewright.rendering.formatting import WIDTH, Unformattable, lay_out, lay_out_code
from pagewright.rendering.render import BadTemplate
from pagewright.rendering.text import SpecText, UnsafeText, shield, unshield
from tests.generator.conftest import Workspace

TEMPLATE = "templates/notes/index.json.jinja"


def failure(workspace: Workspace, template: str) -> str:
    workspace.write(TEMPLATE, template)
    with pytest.raises(BadTemplate) as failed:
        workspace.press()
    assert not workspace.generated.exists() or not workspace.tree()
    return str(failed.value)


@pytest.mark.parametrize(
    "expression",
    [
        "platform.name",
        "'x' ~ platform.name",
        "'%s' % platform.name",
        "'{}'.format(platform.name)",
        "platform.name + 'x'",
        "platform.name * 2",
        "platform.name[0]",
        "platform.name.upper()",
        "platform.name._text",
        "platform._content",
        "platform.headers.items()[0][0]",
        "(platform.headers|list)[0]",
        "[platform.name]|join",
        "platform.name|list",
        "platform.name|first",
        "platform.name|upper",
        "platform.name|indent",
        "platform.name|wordwrap",
        "platform.name|title",
        "platform.name|string",
        "platform.name|safe",
        "platform.name|format",
        "(platform.name|py)[0]",
        "(platform.name|py)[1:-1]",
        "(platform.name|py).strip('x')",
        "(platform.name|py)|trim('\"')",
        "(platform.name|py)|replace('\"', '')",
        "lipsum()",
        "joiner(', ')()",
        "('' ~ platform.name|py)[1:-1]",
        "platform",
        "models",
        "models[0].title",
        "models[0].latency_s",
        "models[0].parameters[0].required",
        "none",
    ],
)
def test_spec_text_cannot_be_printed_without_a_context(acme: Workspace, expression: str) -> None:
    assert failure(acme, f"1\n{{{{ {expression} }}}}").startswith(f"{TEMPLATE}:2: ")


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("\n{{ platform.nothing|json }}", r":2: .*nothing"),
        ("\n{{ nothing }}", r":2: .*nothing"),
        ("\n\n{% if %}", r":3: "),
        ("{{ 1|nothing }}", r":1: .*nothing"),
        ("{% include 'notes/always/copied.txt' %}", r":1: .*can't be included"),
        ("{% import '_partials/none.jinja' as none_ %}", r":1: .*none.jinja"),
        ("{{ 1 // 0 }}", r":1: .*zero"),
        ("{% for _ in range(10**9) %}{% endfor %}", r":1: "),
    ],
)
def test_a_mistake_is_named_with_file_and_line(acme: Workspace, template: str, says: str) -> None:
    message = failure(acme, template)
    assert re.match(re.escape(TEMPLATE) + says, message), message


def test_a_mistake_in_a_partial_is_named_there(acme: Workspace) -> None:
    acme.write("templates/_partials/line.jinja", "{% macro of(model) %}\n{{ model.title }}{% endmacro %}")
    with pytest.raises(BadTemplate, match=r"^templates/_partials/line.jinja:2: "):
        acme.press()


def test_two_templates_for_one_file_are_refused(acme: Workspace) -> None:
    acme.write("templates/notes/always/copied.txt.jinja", "")
    with pytest.raises(BadTemplate, match="would come from"):
        acme.press()


@pytest.mark.parametrize("action", [str, iter, lambda t: t + "x", lambda t: "x" + t, lambda t: f"{t}", lambda t: t[0]])
def test_spec_text_refuses_whatever_would_print_it(action: object) -> None:
    with pytest.raises(UnsafeText):
        action(SpecText("x"))  # type: ignore[operator]
    assert "secret" not in repr(SpecText("secret"))


def test_text_compares_and_counts() -> None:
    assert SpecText("a") == "a" == SpecText("a") and SpecText("a") in {"a": 1}
    assert not SpecText("") and len(SpecText("abc")) == 3


def test_shielded_data_can_be_read_back() -> None:
    data = {"a": ["x", {"items": None}], "n": 1.5}
    shielded = shield(data)
    assert unshield(shielded) == data
    assert isinstance(shielded.a[0], SpecText)
    assert shielded["a"][1]["items"] is None


def test_files_are_laid_out_by_their_format() -> None:
    assert lay_out("x.json", "json", '{"b": 1, "a": "\\u2028é"}') == '{\n  "b": 1,\n  "a": "\\u2028é"\n}\n'
    assert lay_out("x.txt", None, "x") == "x\n"
    files = {"x.py": "from b import c\nimport a\nx = 'a'", "x.md": "# x\n\n```python\nx = 'a'\n```\n"}
    assert lay_out_code(files) == {
        "x.py": 'import a\nfrom b import c\n\nx = "a"\n',
        "x.md": '# x\n\n```python\nx = "a"\n```\n',
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '[{"x": {"a": "", "a": ""}}]',
        r'{"a": 1, "a": "\u0022\u0022"}',
        r'{"a\"": 1, "b": 2, "a\u0022": 1}',
    ],
)
def test_a_key_that_appears_twice_in_json_is_refused(text: str) -> None:
    with pytest.raises(Unformattable, match=r"x\.json: the key 'a\"?' appears twice in one object"):
        lay_out("x.json", "json", text)


def test_equal_keys_of_different_objects_are_no_duplicates() -> None:
    text = r'{"a": {"a": "\u0022 \""}, "b": [{"a": 1}, {"a": 2}]}'
    assert json.loads(lay_out("x.json", "json", text)) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ["0", "-0.0", "1e22", "3.3e-05", "5e-324", "1.7976931348623157e308", "18446744073709551616", '"\\ud800"', "[]"],
)
def test_json_keeps_every_value_as_it_is(text: str) -> None:
    laid_out = lay_out("x.json", "json", f'{{"a": {text}}}')
    assert repr(json.loads(laid_out)["a"]) == repr(json.loads(text))


def test_words_of_a_docstring_are_parted_where_their_line_would_be_too_long() -> None:
    words = pydoc("word " * 60)
    text = f'def f(a):\n    """{words}\n\n    Args:\n        a: {words}\n    """\n'
    laid_out = lay_out_code({"x.py": lay_out("x.py", "ruff", text)})["x.py"].splitlines()
    assert max(map(len, laid_out)) <= WIDTH
    assert " ".join(" ".join(laid_out).split()) == " ".join(text.replace(SOFT_SPACE, " ").split())
    starts = {len(line) - len(line.lstrip()) for line in laid_out if line.strip().startswith("word")}
    assert starts == {4, 12}


@pytest.mark.parametrize(
    ("formatter", "text"),
    [
        ("json", "{"),
        ("json", '{"a": NaN}'),
        ("json", '{"a": -Infinity}'),
        ("json", '{"a": 1e999}'),
        ("ruff", "x = ("),
    ],
)
def test_what_is_not_in_its_own_language_is_refused(formatter: str, text: str) -> None:
    with pytest.raises(Unformattable, match=r"^x\.any"):
        lay_out("x.any", "json", text) if formatter == "json" else lay_out_code({"x.any.py": text})


def test_formatting_looks_at_nobodys_configuration(acme: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    acme.press()
    plain = acme.tree()
    acme.write("pyproject.toml", "[tool.black]\nline-length = 20\n[tool.isort]\nforce_single_line = true\n")
    acme.write("pydantic/__init__.py", "")
    monkeypatch.chdir(acme.root)
    acme.press(force=True)
    assert acme.tree() == plain
