"""Format generated files with the formatter that `target.yaml` names for their suffix.

Formatters are pinned and isolated: configuration of the user or of the current folder has no effect.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from ..errors import PagewrightError
from ..workspace import LOCK, find_installed
from .filters import SOFT_SPACE, escape_json

#: The longest line of generated code.
WIDTH = 120
#: The first line of an entry in a docstring's section; its other lines are indented deeper.
_ENTRY = re.compile(r"\s*\w+: ")
_ESCAPED_QUOTE = r"\u0022"
_PINNED = ("datamodel-code-generator", "jinja2", "orjson", "ruff")


class Unformattable(PagewrightError):
    """A rendered file is not valid in its language; the message names the file, the line and the column."""


def lay_out(path: str, formatter: str | None, text: str) -> str:
    """Return the text of a file, its lines broken; JSON as it is written in the end, code for `lay_out_code`.

    Raises:
        Unformattable: It is not JSON, and should be.
    """
    text = _filled(text if text.endswith("\n") else f"{text}\n")
    return _json(path, text) if formatter == "json" else text


def check_versions() -> None:
    """Refuse to generate with another formatter or type maker than the lock names: the bytes would differ.

    Raises:
        Unformattable: One of them is not installed, or in another version.
    """
    from importlib.metadata import PackageNotFoundError, version

    lock = find_installed() / LOCK
    pins = (
        dict(re.findall(r"^([a-z0-9-]+)==([^\s\\;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        if lock.is_file()
        else {}
    )
    for package in _PINNED:
        try:
            installed = version(package)
        except PackageNotFoundError:
            raise Unformattable(
                f"{package} is not installed. Install pagewright again, with its dependencies."
            ) from None
        if package in pins and installed != pins[package]:
            raise Unformattable(
                f"{package} {installed} is installed, and {LOCK} pins {pins[package]}. Other versions give other files. "
                f"Install that one: pip install '{package}=={pins[package]}', or run `make` in a clone."
            )


def formatter_version() -> str:
    """Return the formatter of generated code and its version, as in `ruff 1.2.3`."""
    from importlib.metadata import version

    return f"ruff {version('ruff')}"


def json_text(data: Any) -> str:
    """Return a JSON file with this data: an indent of two, and every invisible character as an escape.

    orjson is fifty times as fast as `json` with an indent. It refuses integers of more than 64 bits and unpaired
    surrogates, which `json` can write. It would write NaN and infinity as null, so the caller must have refused them.
    """
    import orjson  # not needed by a run with nothing to do

    try:
        text = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    except TypeError:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)
    return escape_json(text) + "\n"


def _filled(text: str) -> str:
    """`text` with each soft space as a space, or as a line end where its line would be too long."""
    if SOFT_SPACE not in text:
        return text
    return "\n".join(_wrapped(line) if SOFT_SPACE in line else line for line in text.split("\n"))


def _wrapped(line: str) -> str:
    words = line.split(SOFT_SPACE)
    indent = line[: len(line) - len(line.lstrip())] + ("    " if _ENTRY.match(line.replace(SOFT_SPACE, " ")) else "")
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(indent + word)
    return "\n".join(lines)


def _json(path: str, text: str) -> str:
    try:
        laid_out = json_text(json.loads(text, parse_constant=_refuse_number, parse_float=_finite))
    except json.JSONDecodeError as error:
        raise Unformattable(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    except ValueError as error:
        raise Unformattable(f"{path}: not JSON: {error}") from error
    # A key that appears twice is lost, and its quotes with it. A hook that is asked for each object would take as long as all else.
    if laid_out.count('"') != text.count('"') or _ESCAPED_QUOTE in text:
        _refuse_duplicates(path, text)
    return laid_out


def _refuse_duplicates(path: str, text: str) -> None:
    def refuse(pairs: list[tuple[str, Any]]) -> None:
        names: set[str] = set()
        for name, _ in pairs:
            if name in names:
                raise Unformattable(f"{path}: the key {name!r} appears twice in one object")
            names.add(name)

    json.loads(text, object_pairs_hook=refuse)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a finite number")


def lay_out_code(files: Mapping[str, str]) -> dict[str, str]:
    """Format Python, with its imports sorted, and the Python in Markdown, by path.

    Ruff reads files, all of them in one run: a process for each file would take longer than the rest of generating.

    Raises:
        Unformattable: A file is not in its language.
    """
    if not files:
        return {}
    import subprocess
    from importlib import import_module
    from tempfile import TemporaryDirectory

    binary: str = import_module("ruff").find_ruff_bin()
    options = ["--isolated", "--no-cache", f"--config=line-length={WIDTH}", "--target-version=py311"]
    with TemporaryDirectory(prefix="pagewright-") as folder:
        places = {path: Path(folder, f"{number}{PurePosixPath(path).suffix}") for number, path in enumerate(files)}
        for path, text in files.items():
            places[path].write_bytes(text.encode("utf-8"))
        for command in (["check", "--select=I", "--fix-only", "--exit-zero"], ["format"]):
            done = subprocess.run([binary, *command, *options, "."], cwd=folder, capture_output=True, text=True)
            if done.returncode:
                raise Unformattable(_failure(done.stderr, {place.name: path for path, place in places.items()}))
        return {path: place.read_bytes().decode("utf-8") for path, place in places.items()}


def _failure(message: str, paths: Mapping[str, str]) -> str:
    """Return ruff's message about the first file that it can't parse, with the path of the generated file."""
    found = re.search(r"Failed to parse ([^:\s]+):([0-9]+:[0-9]+): (.*)", message)
    if not found:
        return f"ruff failed: {message.strip()[:500]}"
    return f"{paths.get(found[1], found[1])}:{found[2]}: not Python: {found[3]}"
