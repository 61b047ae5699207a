"""Check files against `specs/schema/*.schema.json`, with messages that say what to do.

jsonschema finds what is wrong; its own messages quote whole values and whole schemas, so they are put anew here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry, Resource

from ..errors import PagewrightError
from ..findings import Finding
from ..workspace import Workspace
from .document import Document, content_of, read_document
from .pointers import token
from .values import shown

if TYPE_CHECKING:
    from .cache import Cache


class BadSchema(PagewrightError):
    """A meta-schema is missing or is not JSON: the clone is damaged."""


class Checker:
    """Read files and checks them. Holds the meta-schemas, so that each is compiled once for all files.

    With a `cache`, what it knows is taken from there, without positions.
    """

    def __init__(self, workspace: Workspace, cache: Cache | None = None) -> None:
        self._workspace = workspace
        self._cache = cache
        contents = {path.name: _schema(path) for path in sorted(workspace.schemas.glob("*.schema.json"))}
        resources = [(name, Resource[Any].from_contents(schema)) for name, schema in contents.items()]
        registry = Registry[Any]().with_resources(resources)
        self._validators = {name: _Validator(schema, registry=registry) for name, schema in contents.items()}

    def read(self, path: Path, name: str, schema: str) -> tuple[Document | None, list[Finding]]:
        """Return the file at `path`, if it can be read and `schema` admits it, and everything that is wrong with it.

        `name` is what generated files call it, wherever it is kept; findings name the file itself.
        """
        if schema not in self._validators:
            raise BadSchema(f"{self._workspace.schemas / schema} is missing. Restore it, or install pagewright again.")
        name, origin = printable(name), printable(self._workspace.origin(path))
        content = content_of(path)
        known = self._cache.find(name, content) if self._cache else None
        if known is not None:
            return Document(name, known, {}, {}, origin), []
        document, findings = read_document(origin, content)
        if document is None:
            return None, findings
        document = replace(document, path=name, origin=origin)
        errors = list(self._validators[schema].iter_errors(document.data))
        findings += _explained(document, errors)
        if self._cache and not findings:
            self._cache.keep(name, content, document.data)
        return (None if errors else document), findings


def printable(name: str) -> str:
    """Return a file name that can be printed and hashed, even if its bytes are not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _schema(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadSchema(f"{path}: {error}. Restore it, or install pagewright again.") from error


def _pattern(validator: Any, pattern: str, instance: object, schema: Any) -> Iterator[ValidationError]:
    """`$` is the end of the text, as in JavaScript; Python's own would let a line end follow."""
    if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), instance):
        yield ValidationError(f"does not match {pattern}")


def _is_integer(checker: Any, instance: object) -> bool:
    """25.0 is no integer here: it would come out as 25.0 where an integer has to stand."""
    return isinstance(instance, int) and not isinstance(instance, bool)


_Validator: Any = cast(Any, validators).extend(
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def _explained(document: Document, errors: Iterable[ValidationError]) -> list[Finding]:
    """Return one finding for each mistake, even if jsonschema reports it several times."""
    return list(dict.fromkeys(finding for error in errors for finding in _findings(document, error)))


def _findings(document: Document, error: ValidationError) -> Iterator[Finding]:
    pointer = "".join(f"/{token(part)}" for part in error.absolute_path)
    value: Any = error.instance
    rule, limit = str(error.validator), cast(Any, error.validator_value)
    schema = error.schema if isinstance(error.schema, dict) else {}
    if rule == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        for key in value:
            if key not in known:
                message = f"{shown(key)} is not a key of a spec here; known: {', '.join(known)}."
                yield document.finding(f"{pointer}/{token(key)}", "S002", "unknown-key", message, at_key=True)
    elif rule in ("required", "dependentRequired"):
        wanted = limit if rule == "required" else [key for name, keys in limit.items() if name in value for key in keys]
        for key in wanted:
            if key not in value:
                yield document.finding(pointer, "S003", "missing-key", f"{key!r} is missing: add it.")
    elif "propertyNames" in error.absolute_schema_path:
        message = f"{shown(value)} can't be a key here: it {_expected(rule, limit)}."
        yield document.finding(f"{pointer}/{token(value)}", "S005", "bad-key", message, at_key=True)
    else:
        hint = schema.get("description", "")
        what = "This mapping" if isinstance(value, dict) else "This list" if isinstance(value, list) else shown(value)
        message = f"{what} {_expected(rule, limit)}.{f' {hint}' if hint else ''}"
        yield document.finding(pointer, "S004", "wrong-value", message)


def _expected(rule: str, limit: Any) -> str:
    """Return the expectation that the value does not meet, as the end of a sentence that begins with the value."""
    if rule == "type":
        return f"is not of type {limit}"
    if rule in ("enum", "const"):
        return f"is not {' or '.join(map(repr, limit)) if rule == 'enum' else repr(limit)}"
    if rule == "pattern":
        return f"does not match {limit}"
    if rule == "anyOf":
        return f"lacks a key: one of {', '.join(key for option in limit for key in option.get('required', ()))} must be there"
    if rule == "not":
        return f"has keys that exclude each other: {', '.join(limit.get('required', ()))}"
    if rule == "uniqueItems":
        return "has an item twice"
    return f"breaks the rule {rule} {limit!r}"
