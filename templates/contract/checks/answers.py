"""Check the answers of text and JSON models against the shape that the spec documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from ..findings import CaseStopped, printable
from ..service.http import Response
from ..spec.answers import find
from ..spec.facts import MISSING, Source
from .bodies import mismatches, part_source, read_object

if TYPE_CHECKING:
    from ..service.checker import Checker


def check_sync_answer(checker: Checker, response: Response, where: str) -> bytes:
    """Check the response of a synchronous call, and return the answer as canonical JSON."""
    platform = checker.platform
    if not response.body.strip():
        raise _no_answer(checker, where, response.summary())
    if "data" in platform.roles:
        _refuse_error(checker, response, where)
        content = read_object(checker, response, where, "media")
        return _check(checker, find(content, platform.roles["data"]), f"{where}, {platform.roles['data']}")
    _refuse_error(checker, response, where)
    if response.declared != "application/json":
        source = platform.source("/sync/returns")
        got = response.declared or "none"
        checker.report("wrong-content-type", f"{where}, content-type", "application/json", got, source)
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        raise checker.stop("wrong-kind", f"{where}, body", "JSON", response.summary(), _source(checker)[0]) from None
    return _check(checker, value, f"{where}, body")


def _refuse_error(checker: Checker, response: Response, where: str) -> None:
    """Stop at an error message that is sent as if it were the answer. That there is an answer is what the model's page says."""
    pointer = checker.platform.roles["error_text"]
    message = find(response.json_object, pointer)
    schema = _source(checker)[1]
    if isinstance(message, str) and pointer.split("/")[1] not in schema.get("properties", {}):
        raise _no_answer(checker, f"{where}, {pointer}", f"the error {printable(message, 200)}")


def _no_answer(checker: Checker, where: str, got: str) -> CaseStopped:
    expected = "a text" if checker.platform.medium == "text" else "an answer"
    return checker.stop("empty-answer", where, expected, got, checker.model.source("/output"))


def check_queued_answer(checker: Checker, content: dict[str, Any], where: str) -> bytes:
    """Check the answer in the result of a job, and return it as canonical JSON."""
    platform = checker.platform
    pointer = platform.roles["output"]
    value, at = find(content, pointer), f"{where}, {pointer}"
    if platform.media[platform.medium].output == "json-text":
        source = part_source(platform, "result", "output")
        try:
            value = json.loads(value) if isinstance(value, str) else MISSING
        except (ValueError, RecursionError):
            value = MISSING
        if value is MISSING:
            raise checker.stop("wrong-kind", at, "JSON as a string", printable(find(content, pointer)), source)
    elif isinstance(value, str) and _is_container(value):
        checker.report("wrong-kind", at, "JSON", "JSON as a string", part_source(platform, "result", "output"))
    return _check(checker, value, at)


def _check(checker: Checker, value: Any, where: str) -> bytes:
    """Check an answer against the schema of the model's answers; a text model's text must not be empty."""
    source, schema, text = _source(checker)
    for mismatch in mismatches(schema, value):
        basis = "inferred" if "inferred" in (mismatch.basis, source.basis) else source.basis
        got = printable(mismatch.value) if isinstance(mismatch.value, str) else mismatch.value
        got = "nothing" if mismatch.value is MISSING else got
        place = Source(f"{source.description}{' at ' if mismatch.at else ''}{mismatch.at}", basis)
        checker.report(mismatch.code, f"{where}, {mismatch.pointer}", mismatch.expected, got, place)
    if text and not _has_text(find(value, text)):
        missing = find(value, text)
        # A text elsewhere is a matter of the chat format; none at all is not what the page promises.
        empty = missing is not None and not isinstance(missing, (int, float))
        place = checker.model.source("/output") if empty else source
        checker.report("empty-text", f"{where}, {text}", "a text", printable(missing), place)
    return json.dumps(value, sort_keys=True).encode()


def _is_container(text: str) -> bool:
    """Return whether a text is an object or a list in JSON."""
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return False


def _has_text(value: object) -> bool:
    """Return whether a text, or any part of a list of parts, is not empty."""
    if isinstance(value, list):
        return any(map(_has_text, cast("list[object]", value)))
    if isinstance(value, dict):
        return _has_text(cast("dict[str, object]", value).get("text"))
    return isinstance(value, str) and bool(value.strip())


def _source(checker: Checker) -> tuple[Source, dict[str, Any], str]:
    """Return where the shape of answers is documented, its schema, and the pointer to a text model's text."""
    platform, output = checker.platform, checker.model.output
    if platform.medium == "text" and platform.chat_formats:
        name = output.get("api_format") or next(iter(platform.chat_formats))
        chat = platform.chat_formats[name]
        return platform.source(f"/chat_formats/{name}/body", chat.basis), dict(chat.body), chat.text
    return checker.model.source("/output/schema"), dict(output.get("schema", {})), ""
