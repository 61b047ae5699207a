"""The file of a batch: JSON Lines, each a request. Everything wrong with it is found before anything is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .._errors import ValidationError
from .._flows.checks import prepare
from .._options import Refused, with_files
from .._wire import as_object
from ..spec.facts import Model
from .statuses import FILE

INVALID = 3
_SHOWN = 20
_LONGEST_ID = 100


class Line(NamedTuple):
    """One request of a batch.

    Attributes:
        at: Its place, as `prompts.jsonl:3`.
        id: Its own name; for a line without one, the beginning of the digest.
        is_named: Whether the id is its own.
        payload: The parameters as they are written, with the command line's beneath them.
        digest: The same for the same payload.
        is_retry: Whether it comes from a list of failures, so that it is to be sent although it was before.
    """

    at: str
    id: str
    is_named: bool
    payload: dict[str, Any]
    digest: str
    is_retry: bool


def read_lines(model: Model, source: str, defaults: Mapping[str, Any], *, documented_only: bool) -> list[Line]:
    """Every line of a file (`-` is standard input), checked; `documented_only`: names that the page does not have are
    wrong, too.

    Raises:
        Refused: With everything that is wrong, each at its file:line.
        OSError: The file can't be read.
    """
    name, text = _text_of(source)
    lines: list[Line] = []
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
            # Pictures are read once more when the line is sent: all of them at once would be too much to hold.
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
            # The same request twice is asked for twice.
            id = digest[:12] if copies[digest] == 1 else f"{digest[:12]}-{copies[digest]}"
        # Some file systems take A and a for the same name.
        if (folded := id.casefold()) in ids:
            wrong.append(f"{at}: the id {id!r} is that of {ids[folded]} already")
            continue
        ids[folded] = at
        lines.append(Line(at, id, is_named, payload, digest, is_retry))
    if wrong:
        shown = wrong[:_SHOWN] + ([f"… and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])
        raise Refused("\n  ".join([f"nothing was sent, {len(wrong)} to mend:", *shown]), INVALID)
    return lines


def digest_of(model: Model, payload: Mapping[str, Any]) -> str:
    """What a request is known by, whatever the order of its parameters."""
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
        raise Refused(f"{source}: not UTF-8: {error}", FILE) from None


def _parsed(model: Model, written: str) -> tuple[str | None, dict[str, Any], bool]:
    """The id, the parameters, and whether the line is a failure that was fed back."""
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
        raise ValueError(f"a line is a JSON object of parameters or a text, not {type(value).__name__}")
    inner = as_object(content.get("parameters"))
    if inner is not None and "parameters" not in model.parameters:
        strange = content.keys() - {"id", "parameters", "failure"}
        if strange:
            raise ValueError(
                f"beside parameters there are id and failure, not {', '.join(map(ascii, sorted(strange)))}"
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
    raise ValueError(f"an id is a text of 1 to {_LONGEST_ID} visible characters, or a whole number")


def _prompt_of(model: Model) -> str:
    """The parameter that a line which is a text alone gives."""
    if "prompt" in model.parameters:
        return "prompt"
    texts = (p.name for p in model.parameters.values() if p.required and p.type == "string" and not p.enum)
    found = next(texts, None)
    if found is None:
        raise ValueError(f"{model.slug} has no prompt; a line is a JSON object of parameters")
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
