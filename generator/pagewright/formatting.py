"""Formatters, by the name that a `target.yaml` gives: pinned versions, explicit modes, nobody's configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .emit import escape_json
from .errors import PagewrightError
from .python_literals import WIDTH
from .values import is_list, is_mapping
from .workspace import LOCK


class Unformattable(PagewrightError):
    """A rendered file is not in its own language; the message names it and the place."""


def format_text(formatter: str | None, path: str, text: str) -> str:
    """`text` as `formatter` writes it; without a formatter as it is, but for the line end at its end."""
    if formatter == "black":
        return _black(path, text)
    if formatter == "json":
        return _json(path, text)
    return text if text.endswith("\n") else f"{text}\n"


_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
#: What it does with a text, without asking first whether it is one.
_QUOTE: Callable[[str], str] = json.encoder.encode_basestring
#: A line that is longer than black's and that black can't part: one string, maybe with what it is given to.
_LONG_STRING = re.compile(r"""[ ]*(?:[a-z_]+=|"[^"\\]*":[ ])?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'),?""", re.VERBOSE)
#: Characters of which each takes one column; of others black knows how wide they are.
_NARROW = re.compile(r"[\n\x20-\x7e\xa1-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e]*")
_EMPTY_PAIR = re.compile(r"[(\[{]\n *[)\]}]")


def is_settled(text: str) -> bool:
    """Whether black would leave the text of a settled template as it is.

    Such a template is written the way black writes, and lays its literals out as black does; black's own reading of a
    file takes ten times as long as making it. What depends on the length of names and texts is looked at here, so that
    whatever is doubtful still goes through black.
    """
    return (
        _NARROW.fullmatch(text) is not None
        and not _EMPTY_PAIR.search(text)
        and all(len(line) <= WIDTH or _LONG_STRING.fullmatch(line) for line in text.split("\n"))
    )


def check_versions(root: Path) -> None:
    """Refuses to format with another black or type maker than the lock names: the bytes would differ."""
    from importlib.metadata import PackageNotFoundError, version

    lock = root / LOCK
    pins = (
        dict(re.findall(r"^([a-z0-9-]+)==([^\s\\;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        if lock.is_file()
        else {}
    )
    for package in ("black", "datamodel-code-generator", "isort", "jinja2"):
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


def _json(path: str, text: str) -> str:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
            raise Unformattable(f"{path}: the key {twice!r} stands twice in one object")
        return content

    try:
        data = json.loads(text, object_pairs_hook=without_duplicates)
        return json_text(data)
    except json.JSONDecodeError as error:
        raise Unformattable(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    except ValueError as error:
        raise Unformattable(f"{path}: not JSON: {error}") from error


def json_text(data: Any) -> str:
    """A file of JSON with this data: an indent of two, and nothing in it that can't be seen."""
    return escape_json(_indented(data, "\n")) + "\n"


def _indented(value: Any, line: str) -> str:
    """As `json.dumps` with an indent of two, which takes three times as long; `line` is a line end with its indent."""
    if isinstance(value, str):
        return _QUOTE(value)
    if not value:
        return _ENCODE(value)
    inner = f"{line}  "
    if is_mapping(value):
        entries = [f"{_QUOTE(key)}: {_indented(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"
    if is_list(value):
        return f"[{inner}{f',{inner}'.join([_indented(item, inner) for item in value])}{line}]"
    return _ENCODE(value)


def _black(path: str, text: str) -> str:
    # Slow to import, and a run with nothing to do needs none of it.
    import black
    from black.mode import TargetVersion
    from black.parsing import InvalidInput

    mode = black.Mode(line_length=WIDTH, target_versions={TargetVersion.PY311})
    try:
        return black.format_str(text, mode=mode)
    except InvalidInput as error:
        raise Unformattable(f"{path}: not Python: {error}") from error
