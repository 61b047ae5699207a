"""Check the bodies of errors: the documented JSON, or an HTML page if the spec says so."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Collection, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from ..findings import printable
from ..service.http import Response
from ..spec.answers import find
from ..spec.facts import Parameter
from .bodies import mismatches, part_source

if TYPE_CHECKING:
    from ..service.checker import Checker

_LITERAL = re.compile(
    r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(?<![\w.-])(-?[0-9]{1,18}(?:\.[0-9]{1,18})?)(?!\w|\.\d)"
)

#: A number, never only the beginning of one. `1,000` may be one number or two, so it is none.
_NUMBER = r"(-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?)(?!\w|[.,][0-9])"
#: The words before a bound in an error message.
_BOUNDS = {
    rule: re.compile(rf"(?:\b{rule}|{words}) ?{_NUMBER}")
    for rule, words in {
        "minimum": r"\bat least|\bgreater than or equal to|>=",
        "maximum": r"\bat most|\bless than or equal to|<=",
    }.items()
}
_BETWEEN = re.compile(r"[\s,;/|]*(?:(?:or|and)\b)?\s*")


def check_error(checker: Checker, response: Response, where: str) -> str:
    """Check the body of an error and return its message, "" if there is none."""
    platform = checker.platform
    known = platform.statuses.get(response.status)
    if known is None:
        listed = ", ".join(map(str, sorted(platform.statuses)))
        source = platform.source("/statuses")
        checker.report("undocumented-status", where, f"one of {listed}", str(response.status), source)
        return ""
    pointer = f"/statuses/{known.status}/media_type"
    if known.media_type != "application/json":
        if response.declared != known.media_type:
            source = platform.source(pointer, "observed")
            checker.report(
                "wrong-type", f"{where}, content-type", known.media_type, response.declared or "none", source
            )
        elif b"<" not in response.body:
            checker.report(
                "wrong-body", where, "an HTML page", response.summary(), platform.source(pointer, "observed")
            )
        return ""
    source, pointer = part_source(platform, "error", "error_text"), platform.roles["error_text"]
    if response.declared != known.media_type:
        checker.report("wrong-type", f"{where}, content-type", known.media_type, response.declared or "none", source)
    content = response.json_object
    message = find(content, pointer)
    if not isinstance(message, str) or not message.strip():
        got = response.summary() if content is None else f"the keys {', '.join(map(printable, content)) or '(none)'}"
        if message is not None:
            got = f"{pointer}: {printable(message)}"
        checker.report("error-envelope", f"{where}, {pointer}", "an error message", got, source)
        return ""
    # The status of a failed job may have the body of an error or that of a poll.
    names = [
        name
        for name in ("error", "failed")
        if name in platform.bodies and (name == "error" or known.role == "job_failed")
    ]
    tried = [(name, list(mismatches(platform.bodies[name], content))) for name in names]
    body, found = min(tried, key=lambda each: len(each[1]))
    for mismatch in found:
        part = platform.source(f"/bodies/{body}{mismatch.at}", mismatch.basis)
        checker.report(mismatch.code, f"{where}, {mismatch.pointer}", mismatch.expected, mismatch.value, part)
    return message


def check_listed(checker: Checker, parameter: Parameter, sent: Any, message: str, where: str) -> None:
    """Check that a refusal which lists allowed values lists only those of the spec."""
    allowed = parameter.enum
    named = [
        value
        for run in _runs(message, allowed)
        if sum(one in run for one in allowed) * 2 >= len(allowed)
        for value in run
    ]
    source = checker.model.source(parameter.pointer("enum"))
    for value in named:
        if value not in allowed and value not in (sent, parameter.name) and type(value) is type(allowed[0]):
            got = f"{value!r} in the error message"
            checker.report("unlisted-value", f"{where}, {parameter.name}", f"one of {printable(allowed)}", got, source)


def check_bound(checker: Checker, parameter: Parameter, message: str, where: str) -> None:
    """Check that a refusal which names a bound names the one in the spec."""
    for rule, pattern in _BOUNDS.items():
        for match in pattern.finditer(message):
            documented = parameter.schema.get(rule)
            if documented is None or Decimal(str(documented)) != Decimal(match[1]):
                source = checker.model.source(parameter.pointer(rule if documented is not None else ""))
                expected = "none" if documented is None else str(documented)
                checker.report("other-bound", f"{where}, {rule} of {parameter.name}", expected, match[1], source)


def _runs(message: str, allowed: Collection[Any]) -> Iterator[list[Any]]:
    """Yield the values in a message, grouped where only separators of a list are between them."""
    run: list[Any] = []
    end = 0
    for match in _LITERAL.finditer(message):
        if run and not _BETWEEN.fullmatch(message, end, match.start()):
            yield run
            run = []
        run.append(_value(match, allowed))
        end = match.end()
    yield run


def _value(match: re.Match[str], allowed: Collection[Any]) -> Any:
    """Return the value of a literal. A string that is not listed may be a listed one with escapes."""
    if match[3]:
        return float(match[3]) if "." in match[3] else int(match[3])
    text = match[1] if match[1] is not None else match[2]
    if "\\" in text and text not in allowed:
        with suppress(ValueError, SyntaxError), catch_warnings():
            simplefilter("ignore")
            return literal_eval(match[0])
    return text
