"""The input file of a batch: one request per line. All its errors are found before anything is sent.

A line is a prompt, or a JSON object of parameters, or a prompt as a JSON string. In a file without objects, a line that only looks
like JSON, such as `[close-up] a fox` or `"Stop" said the fox`, is a prompt as it is written. In a file with objects, such a line is
an error, because it is more likely an object with a typing error.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

from ..._errors import ValidationError
from ..._flows.main_parameter import main_parameter
from ..._flows.parameters import prepare
from ..._text import counted, printable
from ...spec.answers import as_object
from ...spec.facts import Model
from ...spec.violations import Violation
from ..exit_codes import CommandError, ExitCode
from ..input_text import name_of, read_text
from ..parameter_values import with_files

_SHOWN = 20
_SHOWN_CHARACTERS = 60
#: Suffixes of files whose lines are JSON, although a prompt need not be a JSON string.
_JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})
_JSON_STARTS = ("{", "[", '"')
#: The beginning of an object, or of a list, that is hardly a prompt.
_BROKEN_OBJECT = re.compile(r"""\{\s*(?:["'}]|$)|\[\s*(?:[\[{"]|$)""")
#: The names in JSON of values that are no request.
_KINDS = {list: "an array", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
_LONGEST_ID = 100


class InputLine(NamedTuple):
    """One line of the input file.

    Attributes:
        at: File and line number, as `prompts.jsonl:3`.
        id: The id in the line; for a line without an id, the beginning of the digest.
        is_named: Whether the line has an id.
        payload: The parameters of the line, with those of the command line as defaults.
        digest: A hash of the model and the payload.
        is_retry: Whether the line comes from a list of failures, and is to be sent again.
    """

    at: str
    id: str
    is_named: bool
    payload: dict[str, Any]
    digest: str
    is_retry: bool


def read_lines(model: Model, source: str, defaults: Mapping[str, Any], *, documented_only: bool) -> list[InputLine]:
    """Read and check all lines of a file (`-` is standard input). `documented_only` refuses undocumented parameters.

    Raises:
        CommandError: With all errors, each with file and line number.
        OSError: The file can't be read.
    """
    name = name_of(source)
    written_lines = _lines_of(source)
    first_object = _first_object(written_lines)
    is_json = first_object is not None or os.path.splitext(source)[1].lower() in _JSON_LINES
    if not is_json:
        _refuse_table(model, name, written_lines)
    lines: list[InputLine] = []
    wrong: list[tuple[int, str]] = []
    ids: dict[str, str] = {}
    copies: dict[str, int] = {}
    for number, written in enumerate(written_lines, 1):
        if not written.strip():
            continue
        at = f"{name}:{number}"
        try:
            id, given, is_retry = _parsed(model, written.strip(), is_json=is_json, first_object=first_object)
            payload = {**defaults, **given}
            # Files are read again when the line is sent; all of them together may not fit into memory.
            prepare(model, with_files(model, payload), documented_only=documented_only)
        except ValidationError as error:
            wrong += [(number, str(_with_option(model, violation))) for violation in error.violations]
            continue
        except ValueError as error:
            wrong.append((number, str(error)))
            continue
        digest = digest_of(model, payload)
        is_named = id is not None
        if id is None:
            copies[digest] = copies.get(digest, 0) + 1
            # Two equal lines are two requests.
            id = digest[:12] if copies[digest] == 1 else f"{digest[:12]}-{copies[digest]}"
        # Some file systems ignore case.
        if (folded := id.casefold()) in ids:
            wrong.append((number, f"the id {id!r} is used by {ids[folded]} already"))
            continue
        ids[folded] = at
        lines.append(InputLine(at, id, is_named, payload, digest, is_retry))
    if wrong:
        raise CommandError(
            "\n  ".join([f"nothing was sent, {counted(len(wrong), 'error')}:", *_grouped(name, wrong)]),
            ExitCode.INVALID,
            [f"{name}:{number}: {text}" for number, text in wrong],
        )
    return lines


def _refuse_table(model: Model, name: str, lines: Sequence[str]) -> None:
    """Refuse a file whose first line is the header of a table: names of parameters, where a prompt is expected.

    Raises:
        CommandError: With the line to write instead.
    """
    number, first = next(((number, line) for number, line in enumerate(lines, 1) if line.strip()), (0, ""))
    with suppress(ValueError):
        if isinstance(json.loads(first), str):
            return
    columns = [column.strip().strip('"') for column in re.split("[,;\t|]", first)]
    main = main_parameter(model)
    is_one = main is not None and columns == [main.name] and len([line for line in lines if line.strip()]) > 1
    if not is_one and (len(columns) < 2 or not {*columns} <= {*model.parameters, "id"}):
        return
    example = ", ".join(f"{json.dumps(column)}: …" for column in columns)
    raise CommandError(
        f"{name}:{number}: the line is the header of a table, and no line of a batch has columns; write each request as "
        f"{'a plain line, and leave out the header' if is_one else f'a JSON object, {{{example}}}'}. If the line is a "
        f"prompt, write it as a JSON string, {json.dumps(first.strip())}",
        ExitCode.INVALID,
    )


def _with_option(model: Model, violation: Violation) -> Violation:
    """Return the violation; that of a missing parameter with the option that gives it to every line."""
    parameter = model.parameters.get(violation.parameter) if violation.rule == "required" else None
    if parameter is None:
        return violation
    return violation._replace(advice=f"--{parameter.option} gives it to every line that has none")


def _grouped(name: str, wrong: Sequence[tuple[int, str]]) -> list[str]:
    """Return the errors for people: an error that several lines have is listed once, with the first of them."""
    numbers: dict[str, list[int]] = {}
    for number, text in wrong:
        numbers.setdefault(text, []).append(number)
    listed: list[str] = []
    for text, (first, *others) in numbers.items():
        same = f" The same in {counted(len(others), 'other line')}, the last is {others[-1]}." if others else ""
        listed.append(f"{name}:{first}: {text}{same}")
    return listed[:_SHOWN] + ([f"… and {len(listed) - _SHOWN} more"] if len(listed) > _SHOWN else [])


def digest_of(model: Model, payload: Mapping[str, Any]) -> str:
    """Return a hash of a request that does not depend on the order of its parameters."""
    from hashlib import sha256

    text = json.dumps([model.slug, payload], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _lines_of(source: str) -> list[str]:
    """Return the lines of a file, whatever its line ends are."""
    text = read_text(source)
    lines = re.split("\r\n|\r|\n", text)
    if text.lstrip()[:1] in ("{", "[") and len([line for line in lines if line.strip()]) > 1:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return lines
        raise CommandError(
            f"{name_of(source)}: the file is one JSON value on several lines; write each request on one line",
            ExitCode.INVALID,
        )
    return lines


def _first_object(lines: Sequence[str]) -> int | None:
    """Return the number of the first line that is a JSON object; None if there is none."""
    for number, line in enumerate(lines, 1):
        if line.lstrip()[:1] == "{":
            with suppress(ValueError, RecursionError):
                if as_object(json.loads(line)) is not None:
                    return number
    return None


def _value_of(written: str, *, is_json: bool, first_object: int | None) -> Any:
    """Return the JSON value of a line, or the line itself if it is a plain prompt.

    Raises:
        ValueError: The line is probably meant as JSON, but is not valid.
    """
    try:
        value = json.loads(written, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        as_string = json.dumps(written if len(written) < _SHOWN_CHARACTERS else "…", ensure_ascii=False)
        if written[0] not in _JSON_STARTS and first_object is not None:
            where = f"not JSON, but line {first_object} is a JSON object"
        elif _BROKEN_OBJECT.match(written) or (is_json and written[0] in _JSON_STARTS):
            where = f"column {error.colno}: not JSON: {error.msg}"
        else:
            return written
        raise ValueError(f"{where}; if it is a prompt, write it as a JSON string, {printable(as_string)}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except _Constant:
        if is_json:
            raise
        return written
    # A prompt may be a number or a word of JSON.
    return cast(Any, value) if is_json or isinstance(value, (str, dict)) else written


def _parsed(
    model: Model, written: str, *, is_json: bool, first_object: int | None
) -> tuple[str | None, dict[str, Any], bool]:
    """Return the id, the parameters, and whether the line comes from a list of failures."""
    value = _value_of(written, is_json=is_json, first_object=first_object)
    if isinstance(value, str):
        return None, _prompted(model, value), False
    content = as_object(value)
    if content is None:
        raise ValueError(f"expected a JSON object of parameters or a string, got {_KINDS[type(value)]}")
    inner = as_object(content.get("parameters"))
    if inner is not None and "parameters" not in model.parameters:
        strange = content.keys() - {"id", "parameters", "failure"}
        if strange:
            raise ValueError(
                f"beside parameters only id and failure are allowed, got {', '.join(map(ascii, sorted(strange)))}"
            )
        return _checked_id(content.get("id")), inner, "failure" in content
    if "id" in model.parameters or "id" not in content:
        return None, content, False
    return _checked_id(content.pop("id")), content, False


def _checked_id(id: object) -> str | None:
    if id is None or (isinstance(id, str) and 0 < len(id) <= _LONGEST_ID and id.isprintable() and id == id.strip()):
        return id
    if isinstance(id, int) and not isinstance(id, bool):
        return _checked_id(str(id))
    raise ValueError(f"an id must be a string of 1 to {_LONGEST_ID} printable characters, or an integer")


def _prompted(model: Model, text: str) -> dict[str, Any]:
    """Return the parameters of a line that is only a prompt.

    Raises:
        ValueError: The model has no parameter for a prompt.
    """
    parameter = main_parameter(model)
    if parameter is None:
        raise ValueError(f"expected a JSON object of parameters, because {model.slug} has no parameter for a prompt")
    if "string" in parameter.types:
        return {parameter.name: text}
    return {parameter.name: [{"role": "user", "content": text}]}


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError(f"{next(_twice(pairs))!a} is given twice")
    return content


def _twice(pairs: list[tuple[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            yield name
        seen.add(name)


class _Constant(ValueError):
    """A number that Python's JSON parser accepts but JSON does not have."""


def _refuse_constant(name: str) -> None:
    raise _Constant(f"{name} is not JSON")
