"""Shell completion of the three commands: the scripts load, and offer what the commands take."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segmind_client import cli as client
from segmind_client._command.completion.scripts import candidates
from segmind_client.spec.catalog import SLUGS
from segmind_client.spec.facts import Model, Parameter
from segmind_mock.server import cli as mock

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COMMANDS = ("pagewright", "segmind-client", "segmind-mock")
TINY = "tinysd1.5-txt2img"

Capture = pytest.CaptureFixture[str]


def _offered(capsys: Capture, *words: str) -> list[str]:
    assert client.main(["--complete", *words]) == 0
    return capsys.readouterr().out.splitlines()


def _script(command: str, shell: str) -> str:
    done = subprocess.run(
        [BIN / command, "--completion", shell], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def _in_bash(command: str, function: str, *words: str) -> list[str]:
    """What bash gets from the script's function for a line of these words."""
    code = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); FUNCTION "$1"; printf "%s\\n" "${COMPREPLY[@]}"'
    script = f"set -u\n{_script(command, 'bash')}\n{code.replace('FUNCTION', function)}"
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script, "bash", command, *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("command", "function", "words", "offered"),
    [
        ("segmind-client", "_segmind_client", ["tiny"], [TINY]),
        ("segmind-client", "_segmind_client", [TINY, "--no-w"], ["--no-wait"]),
        ("segmind-client", "_segmind_client", [TINY, "--scheduler", "D"], ["DDIM", "DDPM"]),
        ("segmind-client", "_segmind_client", [TINY, "--scheduler", "=", "D"], ["DDIM", "DDPM"]),
        ("segmind-client", "_segmind_client", [TINY, "--out", ""], []),
        ("segmind-mock", "_segmind_mock", ["--basis", ""], ["any", "documented"]),
        ("segmind-mock", "_segmind_mock", ["ins"], ["inspect"]),
        ("segmind-mock", "_segmind_mock", ["inspect", "--js"], ["--json"]),
        ("segmind-mock", "_segmind_mock", ["inspect", ""], []),
        ("pagewright", "_pagewright_completion", ["vend"], ["vendor"]),
        ("pagewright", "_pagewright_completion", ["generate", "--model", "tiny"], [TINY]),
        ("pagewright", "_pagewright_completion", ["vendor", "add", "--wi"], ["--with"]),
    ],
)
def test_bash_offers_these_completions(command: str, function: str, words: list[str], offered: list[str]) -> None:
    # click's script gives each candidate its kind on the same line, and takes it off again.
    assert _in_bash(command, function, *words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_script_loads_in_its_shell(command: str, shell: str) -> None:
    script = _script(command, shell)
    assert command in script
    # zsh and fish are tried where they are installed; nothing else here needs them.
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_another_shell_is_wrong_usage(command: str) -> None:
    done = subprocess.run(
        [BIN / command, "--completion", "csh"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2 and "csh" in done.stderr and "Traceback" not in done.stderr


def test_the_first_word_is_a_slug_or_resume(capsys: Capture) -> None:
    assert _offered(capsys, "") == [*SLUGS, "resume"]
    assert _offered(capsys) == [*SLUGS, "resume"]
    assert _offered(capsys, "--v") == ["--version"]
    assert _offered(capsys, "--c") == ["--completion"], "what scripts ask with is not offered"


def test_options_are_those_of_the_model(capsys: Capture) -> None:
    offered = _offered(capsys, TINY, "")
    assert {"--prompt", "--img-width", "--out", "--batch"} <= set(offered) and "--image-format" not in offered
    assert "--image-format" in _offered(capsys, "stable-diffusion-3.5-large-txt2img", "--im")
    assert _offered(capsys, TINY, "--img-width=") == ["--img-width=512", "--img-width=768", "--img-width=1024"]
    assert _offered(capsys, TINY, "--prompt", "") == []
    assert _offered(capsys, "resume", "--out") == ["--out", "--out-dir"]
    assert _offered(capsys, "resume", "") == [], "a file"
    assert _offered(capsys, "nothing-of-this-name", "x") == []


@pytest.mark.parametrize("slug", ["resume", "completion", "complete", "inspect"])
def test_no_model_is_hidden_by_a_command(slug: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from segmind_client._command.completion import candidates as completion
    from segmind_client.spec.catalog import get

    model = get(TINY)._replace(slug=slug)
    find = {slug: model}.get
    monkeypatch.setattr(client, "find", find)
    monkeypatch.setattr(completion, "find", find)
    monkeypatch.setattr(completion, "SLUGS", (slug,))
    assert _offered(capsys, slug[:3]) == [slug]
    assert "--scheduler" in _offered(capsys, slug, "--sch")
    assert client.main([slug, "--prompt", "fog", "--dry-run"]) == 0
    assert "fog" in capsys.readouterr().out


def test_only_what_a_shell_takes_as_it_is_is_offered(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """A value of a page stands on the user's command line once it is completed."""
    from segmind_client._command.completion import candidates as completion
    from segmind_client.spec.catalog import get

    hostile = ("$(id)", "a b", "`id`", "a;id", "a\nb", "-rf", "~", "=id", "é", "a:b", "fine")
    model: Model = get(TINY)
    parameter: Parameter = model.parameters["scheduler"]._replace(schema={"type": "string", "enum": hostile})
    changed = model._replace(parameters={**model.parameters, "scheduler": parameter})
    monkeypatch.setattr(completion, "find", {TINY: changed}.get)
    assert _offered(capsys, TINY, "--scheduler", "") == ["-rf", "fine"]


def test_what_can_not_be_completed_is_no_traceback(capsys: Capture) -> None:
    for words in (["--completion", "csh", ""], ["", "", ""], [TINY, "--", "-"], [TINY, "="], ["="], [TINY, "--=", ""]):
        client.main(["--complete", *words])
        assert mock.main(["--complete", *words]) == 0
    assert capsys.readouterr().err == ""


def test_an_option_that_help_hides_is_not_offered() -> None:
    import argparse

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--shown", choices=["a", "b"])
    parser.add_argument("--hidden", help=argparse.SUPPRESS)
    assert candidates(parser, ["--"]) == ["--shown"]
    assert candidates(parser, ["--shown", ""]) == ["a", "b"]
