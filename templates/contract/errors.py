"""The bodies of errors: the documented envelope, or a page for people where the spec says so."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from .facts import Parameter, Source
from .findings import shown
from .wire import Answer

if TYPE_CHECKING:
    from .probe import Probe

_LITERAL = re.compile(
    r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(?<![\w.-])(-?[0-9]{1,18}(?:\.[0-9]{1,18})?)(?!\w|\.\d)"
)


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
    source = platform.assumed("error-body")
    if answer.declared != known.media_type:
        probe.note("wrong-type", f"{where}, content-type", known.media_type, answer.declared or "none", source)
    content = answer.object
    words = (content or {}).get(platform.error_key)
    if not isinstance(words, str) or not words.strip():
        came = answer.described() if content is None else f"the keys {', '.join(map(shown, content)) or '(none)'}"
        if content is not None and platform.error_key in content:
            came = f"{platform.error_key}: {shown(words)}"
        probe.note("error-envelope", f"{where}, /{platform.error_key}", "the error's words", came, source)
        return ""
    return words


def check_listed(probe: Probe, parameter: Parameter, sent: Any, words: str, where: str) -> None:
    """A refusal that lists what would be allowed gives away values that the spec does not have."""
    allowed = parameter.enum
    named = [_value(match, allowed) for match in _LITERAL.finditer(words)]
    if sum(value in named for value in allowed) * 2 < len(allowed):
        return
    source = probe.model.source(parameter.pointer("enum"))
    for value in named:
        if value not in allowed and value not in (sent, parameter.name) and type(value) is type(allowed[0]):
            said = f"{value!r} in the words of the refusal"
            probe.note("unlisted-value", f"{where}, {parameter.name}", f"one of {shown(allowed)}", said, source)


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
