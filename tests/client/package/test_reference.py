"""REFERENCE.md and the pages of the models are complete, and their examples run."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import segmind_client
from segmind_client import Budget, Hooks, RequestOptions, SegmindClient
from segmind_client._command.options import parser_for
from segmind_client.spec.catalog import MODULES, get
from tests.client.doubles import MockServer
from tests.material import absent

PACKAGE = Path(segmind_client.__file__).parent
REFERENCE = PACKAGE / "REFERENCE.md"
PAGES = [f"reference/{name}.md" for name in MODULES.values()]
#: What stands for the bare Python: warnings of undocumented values are allowed, since the pages' own samples have them.
LANGUAGES = {"python": [sys.executable], "sh": ["bash", "-eu"]}


def _blocks(path: Path, language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no example in {language}"
    return "\n".join(found)


def _run(language: str, code: str, mock: MockServer, folder: Path) -> None:
    if language == "sh":
        code = f'segmind-client() {{ "{sys.executable}" -W error -m segmind_client "$@"; }}\n{code}'
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "SEGMIND_API_KEY": mock.key,
        "SEGMIND_BASE_URL": mock.url,
    }
    command = [*LANGUAGES[language], "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_of_the_reference_run(language: str, mock: MockServer, tmp_path: Path) -> None:
    if not shutil.which(LANGUAGES[language][0]):
        absent(LANGUAGES[language][0])
    _run(language, _blocks(REFERENCE, language), mock, tmp_path)
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jpeg")}
    expected = (
        {"image.jpeg", "queued.jpeg"} if language == "python" else {"later.jpeg", "out/00001.jpeg", "out/snow.jpeg"}
    )
    assert made == expected


@pytest.mark.parametrize("page", PAGES)
def test_a_models_examples_run(page: str, mock: MockServer, tmp_path: Path) -> None:
    _run("python", _blocks(PACKAGE / page, "python"), mock, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"image.jpeg", "queued.jpeg"}


def test_the_reference_names_everything_public() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", text))
    fields = [*RequestOptions._fields, *Hooks._fields]
    arguments = [name for kind in (SegmindClient, Budget) for name in inspect.signature(kind).parameters]
    public = [name for name in segmind_client.__all__ if not name.startswith("__")]
    assert [name for name in (*public, *fields, *arguments) if name not in words] == []


def test_the_reference_names_the_options_of_a_batch() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    (group,) = [g for g in parser_for(get("tinysd1.5-txt2img"))._action_groups if g.title == "batches"]
    options = [action.option_strings[0] for action in group._group_actions]
    assert len(options) > 5
    assert [option for option in options if option not in text] == []


@pytest.mark.parametrize("path", ["REFERENCE.md", *PAGES])
def test_links_of_the_reference_lead_to_files(path: str) -> None:
    file = PACKAGE / path
    for target in re.findall(r"(?<!\\)\]\(([^)]+)\)", file.read_text(encoding="utf-8")):
        assert (file.parent / target).is_file(), target


@pytest.mark.parametrize(("slug", "name"), MODULES.items())
def test_a_models_page_has_every_parameter_and_erratum(slug: str, name: str) -> None:
    model = get(slug)
    text = (PACKAGE / "reference" / f"{name}.md").read_text(encoding="utf-8")
    plain = re.sub(r"\\(.)", r"\1", text)
    rows = [line for line in plain.splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in rows] == [parameter.keyword for parameter in model.parameters.values()]
    for parameter, row in zip(model.parameters.values(), rows, strict=True):
        assert parameter.description in row
        assert parameter.maximum is None or f"{parameter.maximum}" in row
    for erratum in model.errata:
        is_of_input = erratum.at.startswith("/input/properties/")
        if is_of_input and erratum.page == model.pages[0] and erratum.documented != erratum.used:
            assert erratum.why in plain


def test_the_example_of_computed_values_satisfies_type_checkers(tmp_path: Path) -> None:
    """It is accepted as it is, and what it avoids is refused."""
    blocks = re.findall(r"^```python\n(.*?)^```$", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (example,) = (block for block in blocks if "TypeGuard" in block)
    (optional,) = (block for block in blocks if "value: int | None" in block)
    (alias,) = re.findall(r"TypeGuard\[(\w+)\]", example)
    (call,) = re.findall(r"^    client\..*?^    \)$", example, re.MULTILINE | re.DOTALL)
    head = "from typing import cast\n\nfrom segmind_client import SegmindClient\n"
    example += optional
    tail = f"\n\ndef unchecked(client: SegmindClient, value: int) -> None:\n{call}\n"
    tail += f"\n\ndef known(client: SegmindClient, value: int) -> None:\n{call.replace('=value', f'=cast({alias}, value)')}\n"
    (tmp_path / "caller.py").write_text(head + example + tail)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", "caller.py"],
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent), "PYTHONPATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    (refused,) = re.findall(r"^caller.py:(\d+): error: .*$", done.stdout, re.MULTILINE)
    lines = (head + example + tail).splitlines()
    assert "unchecked" in "".join(lines[: int(refused)]) and "known" not in "".join(lines[: int(refused)]), done.stdout
    code = f"{head}{example}\nassert is_allowed(512) and not is_allowed(513)\n"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)}, check=True)
