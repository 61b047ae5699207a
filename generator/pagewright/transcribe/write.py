"""Write a draft as YAML for a person to review, with a `# review:` comment above each doubtful key.

The writer is our own because it has less to do than PyYAML's and must be sure of one thing more: what it writes reads
back as the same value by YAML 1.1 and by 1.2, whatever text a page puts into it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..specs.pointers import parameter_pointer, tokens
from ..specs.values import is_mapping
from .draft import Draft
from .review import Review

#: A text that needs no quotes: it begins with a letter and holds nothing that YAML gives a meaning to.
_PLAIN = re.compile(r"[A-Za-z](?:[^:#\n]|:(?=[^\s,\[\]{}])|(?<!\s)#)*\Z")
_FLOW_SIGNS = re.compile(r"[\[\]{},?]|:(?=[\"'])")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
#: What JSON leaves as it is, but YAML can't have inside quotes, or what no reader would see.
_HIDDEN = re.compile("[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]")


def to_yaml(draft: Draft) -> str:
    """Return the spec as YAML with its comments. Reading it back gives exactly `draft.spec`."""
    # A slug with a slash is a file in a folder of its own.
    up = "../" * (2 + str(draft.spec.get("slug", "")).count("/"))
    lines = [f"# yaml-language-server: $schema={up}schema/model.schema.json"]
    if not draft.complete:
        lines.append("# review: INCOMPLETE: the page does not show everything. Do not use this as it is.")
    lines.append("# Titles and descriptions are the page's; say them in your own words.")
    # A doubt about a key that the spec lacks has no other place.
    lines += [
        _comment(review) for review in draft.reviews if tokens(review.pointer)[:1] not in [[key] for key in draft.spec]
    ]
    for key, value in draft.spec.items():
        if key == "input":
            lines += _input(value, draft.reviews)
        else:
            lines += [_comment(review) for review in draft.reviews if tokens(review.pointer)[:1] == [key]]
            lines += _entry(key, value, 0)
    return "\n".join(lines) + "\n"


def lines_of(key: str, value: Any, indent: int) -> list[str]:
    """Return the lines of a key and its value, as `to_yaml` writes them."""
    return list(_entry(key, value, indent))


def _input(value: Mapping[str, Any], reviews: Iterable[Review]) -> Iterator[str]:
    yield "input:"
    for key, entry in value.items():
        if key != "properties":
            yield from _entry(key, entry, 2)
            continue
        yield "  properties:" if entry else "  properties: {}"
        for name, schema in entry.items():
            pointer = parameter_pointer(name)
            yield from (f"    {_comment(review)}" for review in reviews if review.pointer == pointer)
            yield from _entry(name, schema, 4)


def _entry(key: str, value: Any, indent: int) -> Iterator[str]:
    """Yield the lines of a key and its value: mappings and lists of mappings in blocks, all else on the key's line."""
    head = f"{' ' * indent}{text_of(key, flow=True)}:"
    if is_mapping(value) and value:
        yield head
        for inner, entry in value.items():
            yield from _entry(inner, entry, indent + 2)
    elif key == "errata" and indent == 0:
        yield head
        for erratum in value:
            yield from _erratum(erratum)
    elif isinstance(value, str):
        yield f"{head} {text_of(value, flow=False)}"
    else:
        yield f"{head} {flow_of(value)}"


def _erratum(erratum: Mapping[str, Any]) -> Iterator[str]:
    for index, (key, value) in enumerate(erratum.items()):
        yield f"{'    ' if index else '  - '}{key}: {flow_of(value)}"


def flow_of(value: Any) -> str:
    """Return a value on one line."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        # YAML 1.1 reads 1e-05 as a text, but not 1.0e-05.
        return re.sub(r"\A(-?[0-9]+)e", r"\1.0e", repr(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return text_of(value, flow=True)
    if is_mapping(value):
        return "{" + ", ".join(f"{text_of(key, flow=True)}: {flow_of(entry)}" for key, entry in value.items()) + "}"
    return "[" + ", ".join(map(flow_of, value)) + "]"


def text_of(text: str, *, flow: bool) -> str:
    """Return a text, in quotes if it needs them; `flow` if it stands within brackets."""
    if (
        _PLAIN.match(text)
        and text.isprintable()
        and not text.endswith((" ", ":"))
        and text.lower() not in _WORDS
        and not (flow and _FLOW_SIGNS.search(text))
        and not _HIDDEN.search(text)
    ):
        return text
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _comment(review: Review) -> str:
    message = "".join(sign if sign.isprintable() else " " for sign in _HIDDEN.sub(" ", review.message))
    return f"# review: line {review.line}:{review.column}: {message}"
