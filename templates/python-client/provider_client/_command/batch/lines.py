"""The input file of a batch: JSON Lines with one request per line. All its errors are found before anything is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..._errors import ValidationError
from ..._flows.parameters import prepare
from ...spec.answers import as_object
from ...spec.facts import Model
from ..exit_codes import CommandError, ExitCode
from ..parameter_values import with_files

_SHOWN = 20
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
    name, text = _text_of(source)
    lines: list[InputLine] = []
    wrong: list[str] = []
    ids: dict[str, str] = {}
    copies: dict[str, int] = {}
    for number, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        at = f"{name}:{number}"
        try:
            id, given, is_retry = _parsed(model, written)
            payload = {**defaults, **given}
            # Images are read again when the line is sent; all of them together may not fit into memory.
            prepare(model, with_files(model, payload), documented_only=documented_only)
        except ValidationError as error:
            wrong += [f"{at}: {violation}" for violation in error.violations]
            continue
        except ValueError as error:
            wrong.append(f"{at}: {error}")
            continue
        digest = digest_of(model, payload)
        is_named = id is not None
        if id is None:
            copies[digest] = copies.get(digest, 0) + 1
            # Two equal lines are two requests.
            id = digest[:12] if copies[digest] == 1 else f"{digest[:12]}-{copies[digest]}"
        # Some file systems ignore case.
        if (folded := id.casefold()) in ids:
            wrong.append(f"{at}: the id {id!r} is used by {ids[folded]} already")
            continue
        ids[folded] = at
        lines.append(InputLine(at, id, is_named, payload, digest, is_retry))
    if wrong:
        shown = wrong[:_SHOWN] + ([f"… and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])
        raise CommandError(
            "\n  ".join([f"nothing was sent, {len(wrong)} error{'s' * (len(wrong) != 1)}:", *shown]), ExitCode.INVALID
        )
    return lines


def digest_of(model: Model, payload: Mapping[str, Any]) -> str:
    """Return a hash of a request that does not depend on the order of its parameters."""
    from hashlib import sha256

    text = json.dumps([model.slug, payload], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _text_of(source: str) -> tuple[str, str]:
    try:
        if source == "-":
            return "<stdin>", sys.stdin.read().removeprefix("\ufeff")
        with open(source, encoding="utf-8-sig", newline="") as file:
            return source, file.read()
    except UnicodeDecodeError as error:
        raise CommandError(f"{source}: not UTF-8: {error}", ExitCode.FILE) from None


def _parsed(model: Model, written: str) -> tuple[str | None, dict[str, Any], bool]:
    """Return the id, the parameters, and whether the line comes from a list of failures."""
    try:
        value = json.loads(written, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"column {error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if isinstance(value, str):
        return None, {_prompt_of(model): value}, False
    content = as_object(value)
    if content is None:
        raise ValueError(f"expected a JSON object of parameters or a string, got {type(value).__name__}")
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


def _prompt_of(model: Model) -> str:
    """Return the name of the parameter for a line that is a JSON string."""
    if "prompt" in model.parameters:
        return "prompt"
    texts = (p.name for p in model.parameters.values() if p.required and p.type == "string" and not p.enum)
    found = next(texts, None)
    if found is None:
        raise ValueError(f"expected a JSON object of parameters, because {model.slug} has no prompt")
    return found


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


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
