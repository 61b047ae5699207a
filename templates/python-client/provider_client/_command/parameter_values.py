"""Values of a model's parameters from the command line: texts, files, standard input and JSON."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .._flows.media_inputs import file_or_text
from ..spec.answers import as_list, as_object
from ..spec.facts import MISSING, Model, Parameter
from ..spec.schema import types_of
from ..spec.violations import explain, shown
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
        text = _text(given["params"], "--params")
        given_object = as_object(_json(text, "--params", "object", lambda: _example_of_params(model)))
        if given_object is None:
            what = f"expected a JSON object, such as {_example_of_params(model)}, got {shown(text)}"
            raise CommandError(f"--params: {what}")
        payload = given_object
    for parameter in model.parameters.values():
        value = given.get(f"parameter {parameter.name}", MISSING)
        if value is not MISSING:
            payload[parameter.name] = _value(parameter, value, model.example.get(parameter.name))
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


def _value(parameter: Parameter, value: Any, sample: Any) -> Any:
    """Return an option's text in the parameter's type. A text that can't be converted is left for the validator to refuse.

    `sample` is the parameter's value in the page's sample, None if it is not there.
    """
    if not isinstance(value, str):
        return value
    if parameter.accepts and (
        parameter.type == "string" or (parameter.type == "union" and value[:1] not in _JSON_STARTS)
    ):
        # For a file, @ names the file itself, not a file with the option's text.
        return (b"" if sys.stdin is None else sys.stdin.buffer.read()) if value == "-" else value
    text = _text(value, f"--{parameter.option}")
    if text == "null" and "null" in parameter.types:
        return None
    if parameter.type == "string":
        return text
    if parameter.type in ("array", "object"):
        return _json(text, f"--{parameter.option}", parameter.type, lambda: _example(parameter, text, sample))
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


def _text(value: str, option: str) -> str:
    """Return the text of an option: as it is given, in a file, or on standard input.

    Raises:
        CommandError: The argument is not UTF-8.
    """
    if value == "-" or (value.startswith("@") and not value.startswith("@@")):
        text = read_text(value.removeprefix("@"))
        return "\n".join(_LINE_ENDS.split(text)).removesuffix("\n")
    text = value[1:] if value.startswith("@@") else value
    try:
        text.encode()
    except UnicodeEncodeError:
        # Python could not decode the argument: it is not in the encoding of the locale.
        try:
            return os.fsencode(text).decode()
        except UnicodeError:
            raise CommandError(f"{option}: the text is not UTF-8: {text!a}") from None
    return text


def _json(text: str, option: str, kind: str, example: Callable[[], str]) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        what = f"{option}: expected an {kind} as JSON, such as {example()}, got {shown(text)}"
        raise CommandError(f"{what}; invalid JSON: {error}") from None


def _example(parameter: Parameter, text: str, sample: Any) -> str:
    """Return what was probably meant by a text that is not JSON: the items between its commas; else an example."""
    if parameter.type == "array" and text[:1] not in _JSON_STARTS:
        words = [word.strip() for word in text.split(",")]
        for candidate in (words, _numbers(words)):
            if candidate is not None and not explain(parameter, candidate):
                return _quoted(candidate)
    return example_of(parameter, sample)


def example_of(parameter: Parameter, sample: Any) -> str:
    """Return a value of an array or object as an argument for a shell: the page's `sample`, or one of the same form."""
    is_usable = sample is not None and not explain(parameter, sample)
    return _quoted(sample if is_usable else _form_of(parameter.schema))


def _form_of(schema: Mapping[str, Any]) -> Any:
    """Return a value that shows the form of an array or object: one item, or the required properties."""
    kind = types_of(schema)[0]
    if kind == "array":
        return [_form_of(schema["items"])] if "items" in schema else ["…"]
    if kind == "object":
        names = schema.get("required") or list(schema.get("properties", {}))[:1]
        return {name: _form_of(schema.get("properties", {}).get(name, {"type": "string"})) for name in names}
    if "enum" in schema:
        return schema["enum"][0]
    return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}.get(kind, "…")


def _numbers(words: list[str]) -> list[float] | None:
    try:
        return [int(word) if word.lstrip("-").isdigit() else float(word) for word in words]
    except ValueError:
        return None


def _example_of_params(model: Model) -> str:
    required = [parameter.name for parameter in model.parameters.values() if parameter.required]
    return _quoted({name: model.example.get(name, "…") for name in required or list(model.parameters)[:1]})


def _quoted(value: Any) -> str:
    from shlex import quote

    return quote(json.dumps(value, ensure_ascii=False))
