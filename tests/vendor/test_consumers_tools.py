"""A consumer's own linters, formatters and type checkers, with the lines of docs/vendoring.md in its configuration.

The consumer's rules are stricter than ours and its lines shorter, so that each tool has something to say about the
package where the lines are missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from tests.material import absent

ROOT = Path(__file__).parents[2]
PACKAGE = Path("acme/vendored/pictures")
PYRIGHT = ROOT / "node_modules" / ".bin" / "pyright"
RULES = {
    "ruff": "line-length = 60",
    "ruff.lint": 'select = ["ALL"]\nignore = ["D203", "D213", "COM812", "CPY"]',
    "black": "line-length = 79",
    "mypy": "strict = true\ndisallow_any_explicit = true\nwarn_unreachable = true",
    "pyright": f'typeCheckingMode = "strict"\nreportImplicitOverride = true\nextraPaths = ["{Path(sys.prefix)}"]',
}
OWN_CODE = '''"""The consumer's own code."""

from acme.vendored.pictures import SegmindClient


def draw(prompt: str) -> bytes:
    """Draw one image."""
    with SegmindClient() as client:
        model = client.tinysd1_5_txt2img
        return model.generate(prompt=prompt).content
'''
COMMANDS = {
    "ruff check": ["ruff", "check", "--no-cache"],
    "ruff format": ["ruff", "format", "--no-cache", "--check"],
    "black": ["black", "--quiet", "--check"],
    "mypy": ["mypy"],
}


def documented_lines() -> dict[str, str]:
    """The lines that the documentation gives for each tool."""
    text = (ROOT / "docs" / "vendoring.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block
    tables = re.split(r"^(?=\[)", block[1], flags=re.MULTILINE)[1:]
    return {re.sub(r"[\[\]]|tool\.", "", table.split("\n", 1)[0]): table.split("\n", 1)[1] for table in tables}


def configuration(*, documented: bool) -> str:
    lines = documented_lines() if documented else {}
    tables = [f"[tool.{name}]\n{rules}\n{lines.pop(name, '')}" for name, rules in RULES.items()]
    return "\n".join([*tables, *(f"[[tool.{name}]]\n{text}" for name, text in lines.items())])


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with every part, to be copied."""
    folder = tmp_path_factory.mktemp("vendored") / "pictures"
    arguments = ["--root", str(ROOT), "vendor", "add", str(folder)]
    result = CliRunner().invoke(main, [*arguments, "--model", "tinysd1.5-txt2img", "--with", "cli"])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def consumer(package: Path, tmp_path: Path) -> Path:
    """A repository with the package and code of its own that uses it."""
    repository = tmp_path / "consumer"
    shutil.copytree(package, repository / PACKAGE)
    for path in ("acme/__init__.py", "acme/vendored/__init__.py"):
        (repository / path).write_text('"""Acme."""\n')
    (repository / "acme" / "drawing.py").write_text(OWN_CODE)
    (repository / "pyproject.toml").write_text(configuration(documented=True))
    return repository


def run(consumer: Path, command: list[str], *files: str) -> subprocess.CompletedProcess[str]:
    # The types of installed packages are the same for every test, and reading them takes longest.
    environment = {**os.environ, "MYPY_CACHE_DIR": str(consumer.parents[1] / "mypy-cache")}
    return subprocess.run(
        [sys.executable, "-m", *command, *files],
        cwd=consumer, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def python_files(consumer: Path) -> list[str]:
    """Every Python file of the repository, one by one, as pre-commit passes them."""
    return sorted(path.relative_to(consumer).as_posix() for path in consumer.rglob("*.py"))


@pytest.mark.parametrize("tool", COMMANDS)
def test_the_consumers_checks_pass(consumer: Path, tool: str) -> None:
    for files in (["."], python_files(consumer)):
        done = run(consumer, COMMANDS[tool], *files)
        assert done.returncode == 0, (done.stdout + done.stderr)[:2000]


def test_mypy_in_folders_that_are_no_packages(consumer: Path) -> None:
    for path in ("acme/__init__.py", "acme/vendored/__init__.py"):
        (consumer / path).unlink()
    assert "Source file found twice" in run(consumer, COMMANDS["mypy"], ".").stdout
    configured = configuration(documented=True).replace("[tool.mypy]", "[tool.mypy]\nexplicit_package_bases = true")
    (consumer / "pyproject.toml").write_text(configured)
    done = run(consumer, COMMANDS["mypy"], ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("tool", [tool for tool in COMMANDS if tool != "mypy"])
def test_only_formatters_need_the_documented_lines(consumer: Path, tool: str) -> None:
    (consumer / "pyproject.toml").write_text(configuration(documented=False))
    assert run(consumer, COMMANDS[tool], ".").returncode == (0 if tool == "ruff check" else 1)


@pytest.mark.parametrize("tool", COMMANDS)
def test_the_consumers_own_code_is_still_checked(consumer: Path, tool: str) -> None:
    with (consumer / "acme" / "drawing.py").open("a") as file:
        file.write("\nimport os\nwidth : int = draw( 1 )\n")
    done = run(consumer, COMMANDS[tool], *python_files(consumer))
    assert done.returncode == 1
    assert PACKAGE.as_posix() not in done.stdout


def test_a_formatter_run_over_the_repository_is_no_edit(consumer: Path) -> None:
    for files in (["."], python_files(consumer)):
        for command in (
            ["black", "--quiet"],
            ["ruff", "format", "--no-cache"],
            ["ruff", "check", "--fix", "--no-cache"],
        ):
            assert run(consumer, command, *files).returncode == 0
    status = CliRunner().invoke(main, ["--root", str(ROOT), "vendor", "status", str(consumer / PACKAGE)])
    assert status.exit_code == 0, status.output


def test_pyright_reports_errors_in_the_consumers_own_code_only(consumer: Path) -> None:
    if not PYRIGHT.is_file():
        absent("pyright (make installs it)")
    command = [str(PYRIGHT), "--pythonpath", sys.executable]
    for files in ([], python_files(consumer)[:3], [f"{PACKAGE}/client.py"]):
        done = subprocess.run([*command, *files], cwd=consumer, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[:2000]
    (consumer / "pyproject.toml").write_text(configuration(documented=False))
    assert subprocess.run(command, cwd=consumer, capture_output=True, check=False).returncode == 1
