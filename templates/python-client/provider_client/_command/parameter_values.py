"""Values of a model's parameters from the command line: texts, files, standard input and JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from .._flows.media_inputs import file_or_text
from ..spec.answers import as_list, as_object
from ..spec.facts import MISSING, Model, Parameter
from ..spec.violations import explain
from .exit_codes import CommandError
from .input_text import read_text


def payload_from(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters from the parsed options, converted to their types if possible.

    Raises:
        CommandError: A value is not valid JSON although it must be, or two options read standard input.
        OSError, UnicodeDecodeError: A file can't be read.
    """
    texts = ("params", "batch")
    if sum(value == "-" for name, value in given.items() if name in texts or name.startswith("parameter ")) > 1:
        raise CommandError("only one option can be read from standard input")
    payload: dict[str, Any] = {}
    if "params" in given:
        given_object = as_object(_json(_text(given["params"]), "--params"))
        if given_object is None:
            raise CommandError("--params: expected a JSON object")
        payload = given_object
    for parameter in model.parameters.values():
        value = given.get(f"parameter {parameter.name}", MISSING)
        if value is not MISSING:
            payload[parameter.name] = _value(parameter, value)
    return payload


def with_files(model: Model, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `payload` whose file parameters hold files instead of paths."""
    files = dict(payload)
    for name in model.file_parameters:
        value = files.get(name)
        several = as_list(value)
        if several is not None:
            files[name] = [file_or_text(each) if isinstance(each, str) else each for each in several]
        elif isinstance(value, str):
            files[name] = file_or_text(value)
    return files


def _value(parameter: Parameter, value: Any) -> Any:
    """Return an option's text in the parameter's type. A text that can't be converted is left for the validator to refuse."""
    if not isinstance(value, str):
        return value
    if parameter.accepts and (
        parameter.type == "string" or (parameter.type == "union" and value[:1] not in _JSON_STARTS)
    ):
        # For a file, @ names the file itself, not a file with the option's text.
        return (b"" if sys.stdin is None else sys.stdin.buffer.read()) if value == "-" else value
    text = _text(value)
    if text == "null" and "null" in parameter.types:
        return None
    if parameter.type == "string":
        return text
    if parameter.type in ("array", "object"):
        return _json(text, f"--{parameter.option}")
    if parameter.type == "union":
        return _of_several(parameter, text)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text) if parameter.type == "number" else text
    except ValueError:
        return text


_LINE_ENDS = re.compile("\r\n|\r|\n")
#: The first characters of a JSON array or object. No URL, path or base64 text begins with them.
_JSON_STARTS = ("[", "{")


def _of_several(parameter: Parameter, text: str) -> Any:
    """Return a text as the JSON value that it is, if the parameter's types allow that value; else the text."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_text = isinstance(value, str) or bool(explain(parameter, value))
    return text if is_text and "string" in parameter.types else value


def _text(value: str) -> str:
    if value == "-" or (value.startswith("@") and not value.startswith("@@")):
        text = read_text(value.removeprefix("@"))
        return "\n".join(_LINE_ENDS.split(text)).removesuffix("\n")
    return value[1:] if value.startswith("@@") else value


def _json(text: str, option: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{option}: invalid JSON: {error}") from None
