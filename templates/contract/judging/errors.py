"""The bodies of errors: the documented envelope, or a page for people where the spec says so."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Collection, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from ..findings import shown
from ..service.wire import Answer
from ..spec.answers import find
from ..spec.facts import Parameter, Source
from .bodies import misfits, part_source

if TYPE_CHECKING:
    from ..service.probe import Probe

_LITERAL = re.compile(
    r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(?<![\w.-])(-?[0-9]{1,18}(?:\.[0-9]{1,18})?)(?!\w|\.\d)"
)

_BOUNDS = {
    "minimum": re.compile(
        r"(?:\bminimum|\bat least|\bgreater than or equal to|>=) ?(-?[0-9]{1,18}(?:\.[0-9]{1,18})?)\b"
    ),
    "maximum": re.compile(r"(?:\bmaximum|\bat most|\bless than or equal to|<=) ?(-?[0-9]{1,18}(?:\.[0-9]{1,18})?)\b"),
}
_BETWEEN = re.compile(r"[\s,;/|]*(?:(?:or|and)\b)?\s*")


def check_error(probe: Probe, answer: Answer, where: str) -> str:
    """Checks the body of an error and gives its words, "" if there are none."""
    platform = probe.platform
    known = platform.statuses.get(answer.status)
    if known is None:
        listed = ", ".join(map(str, sorted(platform.statuses)))
        source = Source("platform.yaml, /statuses", "page")
        probe.note("undocumented-status", where, f"one of {listed}", str(answer.status), source)
        return ""
    pointer = f"/statuses/{known.status}/media_type"
    if known.media_type != "application/json":
        if answer.declared != known.media_type:
            source = platform.source(pointer, "observed")
            probe.note("wrong-type", f"{where}, content-type", known.media_type, answer.declared or "none", source)
        elif b"<" not in answer.body:
            probe.note("wrong-body", where, "a page", answer.described(), platform.source(pointer, "observed"))
        return ""
    source, pointer = part_source(platform, "error", "error_text"), platform.roles["error_text"]
    if answer.declared != known.media_type:
        probe.note("wrong-type", f"{where}, content-type", known.media_type, answer.declared or "none", source)
    content = answer.object
    words = find(content, pointer)
    if not isinstance(words, str) or not words.strip():
        came = answer.described() if content is None else f"the keys {', '.join(map(shown, content)) or '(none)'}"
        if words is not None:
            came = f"{pointer}: {shown(words)}"
        probe.note("error-envelope", f"{where}, {pointer}", "the error's words", came, source)
        return ""
    # The status of a failed job may come with what a poll says of one.
    names = [
        name
        for name in ("error", "failed")
        if name in platform.bodies and (name == "error" or known.role == "job_failed")
    ]
    tried = [(name, list(misfits(platform.bodies[name], content))) for name in names]
    body, found = min(tried, key=lambda each: len(each[1]))
    for misfit in found:
        part = platform.source(f"/bodies/{body}{misfit.at}", misfit.basis)
        probe.note(misfit.code, f"{where}, {misfit.pointer}", misfit.expected, misfit.value, part)
    return words


def check_listed(probe: Probe, parameter: Parameter, sent: Any, words: str, where: str) -> None:
    """A refusal that lists what would be allowed gives away values that the spec does not have."""
    allowed = parameter.enum
    named = [
        value
        for run in _runs(words, allowed)
        if sum(one in run for one in allowed) * 2 >= len(allowed)
        for value in run
    ]
    source = probe.model.source(parameter.pointer("enum"))
    for value in named:
        if value not in allowed and value not in (sent, parameter.name) and type(value) is type(allowed[0]):
            said = f"{value!r} in the words of the refusal"
            probe.note("unlisted-value", f"{where}, {parameter.name}", f"one of {shown(allowed)}", said, source)


def check_bound(probe: Probe, parameter: Parameter, words: str, where: str) -> None:
    """A refusal that tells a bound tells the one that the spec has."""
    for rule, pattern in _BOUNDS.items():
        for match in pattern.finditer(words):
            documented = parameter.schema.get(rule)
            if documented is None or Decimal(str(documented)) != Decimal(match[1]):
                source = probe.model.source(parameter.pointer(rule if documented is not None else ""))
                expected = "none" if documented is None else str(documented)
                probe.note("other-bound", f"{where}, {rule} of {parameter.name}", expected, match[1], source)


def _runs(words: str, allowed: Collection[Any]) -> Iterator[list[Any]]:
    """The values in a text, those together between which there is nothing but what stands between items of a list."""
    run: list[Any] = []
    end = 0
    for match in _LITERAL.finditer(words):
        if run and not _BETWEEN.fullmatch(words, end, match.start()):
            yield run
            run = []
        run.append(_value(match, allowed))
        end = match.end()
    yield run


def _value(match: re.Match[str], allowed: Collection[Any]) -> Any:
    """What a literal stands for; a text that is not listed as it stands may be one that is, with escapes."""
    if match[3]:
        return float(match[3]) if "." in match[3] else int(match[3])
    text = match[1] if match[1] is not None else match[2]
    if "\\" in text and text not in allowed:
        with suppress(ValueError, SyntaxError), catch_warnings():
            simplefilter("ignore")
            return literal_eval(match[0])
    return text
