"""The code sample of a page: the endpoint that it calls and the values that it sends.

It is the best witness a page has. Its keys are spelled in full, its values stand in quotes, and no layout glues them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...specs.values import is_list, is_mapping
from ..values.literals import CallLiteral, CutOff, NoLiteral, read_arguments, read_literal
from .page import Page

_PAYLOAD = re.compile(
    r"(?<![A-Za-z_])(?:data|payload|body|params|input|json|json_data)\s*=\s*(?=\{)|\b(?:JSON\.stringify|json\.dumps)\(\s*(?=\{)"
    r"|(?:[-\u2010-\u2015\u2212]d|(?:--|[\u2010-\u2015\u2212]{1,2})(?:data|data-raw|data-binary|json))\s*\$?'(?=\s*\{)|\b(?:data|body)\s*:\s*(?=\{)|axios\.post\([^,()]{1,200},\s*(?=\{)"
)
_SDK_CALL = re.compile(r"(?<![A-Za-z_])(?:run|run_sync|submit_async|run_async)\s*(?=\()")
#: The greatest distance from the words that open a payload to its brace: of a call with an address, and of all others.
_LONGEST_OPENING, _LONGEST_WORD = 300, 60
_LONGEST_NAME = 100
_NOT_A_NAME = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(slots=True)
class Sample:
    """`values` by wire name; `complete` unless the page ends inside; `calls` are values that are no literals; `found`
    is False if the page has no code at all."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    slug: str | None = None
    offset: int = 0
    end: int = 0
    complete: bool = False
    found: bool = False
    calls: dict[str, CallLiteral] = field(default_factory=dict[str, CallLiteral])
    doubts: list[str] = field(default_factory=list[str])


def read_sample(page: Page, envelope: Sequence[str] = ()) -> Sample | None:
    """Return the first whole payload of the page, else the longest part of one; None if there is no code.

    `envelope` are the keys that enclose the parameters, outermost first.
    """
    found = [*_payloads(page), *_calls(page)]
    for sample in found:
        for key in envelope:
            inner = sample.values.get(key)
            sample.values = dict(inner) if is_mapping(inner) else sample.values
    if not found:
        return None
    whole = [sample for sample in found if sample.complete and sample.values]
    best = whole[0] if whole else max(found, key=lambda sample: len(sample.values))
    if signs := page.typographic(best.offset, best.end):
        best.doubts.append(f"the sample holds {signs}, which code seldom does; its texts may differ from the original")
    best.slug = next((sample.slug for sample in found if sample.slug), None)
    for name, value in list(best.values.items()):
        if not name or len(name) > _LONGEST_NAME or _NOT_A_NAME.search(name):
            del best.values[name]
            best.doubts.append(f"the sample's key {name[:40]!r} is not the name of a parameter")
        elif isinstance(value, CallLiteral):
            best.calls[name] = value
            best.values[name] = value.argument
        else:
            best.values[name] = _without_calls(value)
    for other in whole:
        if differing := _differing(best, other):
            best.doubts.append(f"the page's samples send different values for {', '.join(differing)}; the first counts")
            break
    return best


def _differing(one: Sample, other: Sample) -> list[str]:
    """Return the names for which two samples send different values."""
    shared = one.values.keys() & other.values.keys() - one.calls.keys()
    return sorted(name for name in shared if _without_calls(other.values[name]) != one.values[name])


def _without_calls(value: Any) -> Any:
    """Return `value` with each call inside it replaced by its argument."""
    if isinstance(value, CallLiteral):
        return value.argument
    if is_list(value):
        return [_without_calls(item) for item in value]
    if is_mapping(value):
        return {key: _without_calls(item) for key, item in value.items()}
    return value


def _payloads(page: Page) -> list[Sample]:
    samples: list[Sample] = []
    brace = page.code.find("{")
    while brace >= 0:
        end = brace + 1
        if opening := _opening_before(page.code, brace):
            value: Any = None
            complete = False
            try:
                value, end = read_literal(page.code, opening.end())
                complete = True
            except CutOff as cut:
                value, end = cut.value, max(cut.end, end)
            except NoLiteral:
                pass
            if is_mapping(value):
                samples.append(Sample(dict(value), None, opening.start(), end, complete, found=True))
        brace = page.code.find("{", end)
    return samples


def _opening_before(code: str, brace: int) -> re.Match[str] | None:
    """Return the words that open a payload at a brace; None for most braces, as the sign before them shows."""
    start = max(0, brace - _LONGEST_OPENING)
    before = code[start:brace].rstrip()
    sign = before[-1:]
    if sign not in ("=", "(", ":", "'", ",") or (sign == "," and "axios" not in before):
        return None
    if sign != ",":
        start = max(0, start + len(before) - _LONGEST_WORD)
    found = _PAYLOAD.finditer(code, start, brace + 1)
    return next((opening for opening in found if not code[opening.end() : brace].strip()), None)


def _calls(page: Page) -> list[Sample]:
    samples: list[Sample] = []
    last_end = 0
    for opening in _SDK_CALL.finditer(page.code):
        if opening.start() < last_end:
            continue
        try:
            call = read_arguments(page.code, opening.end())
        except NoLiteral:
            continue
        last_end = call.end
        slug = call.positional[0] if call.positional else None
        if isinstance(slug, str):
            samples.append(Sample(call.keywords, slug, opening.start(), call.end, call.complete, found=True))
    return samples
