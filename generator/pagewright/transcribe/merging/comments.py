"""Find the comments of a spec, so that none is lost without a word when its place goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from ...specs.pointers import token

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMENT = re.compile(r"(?:^|(?<=\s))#(.*)", re.MULTILINE)


def lost_comments(before: str, after: str) -> list[str]:
    """Return the comments of `before` that `after` no longer has, each behind the pointer of what it is about.

    The comment of an erratum is about the place of the erratum. Reviews are left out.

    >>> lost_comments("a: 1\\nb: '#'  # two\\n", "a: 1\\n")
    ['/b: two']
    """
    old, new = list(_comments(before)), list(_comments(after))
    missing = Counter(text for _, text in old) - Counter(text for _, text in new)
    lost: list[str] = []
    for place, text in sorted(old, key=lambda entry: entry in new):
        if missing[text]:
            missing[text] -= 1
            lost.append(f"{place}: {text}")
    return lost


def _comments(text: str) -> Iterator[tuple[str, str]]:
    """Yield each comment with the pointer of the first key on its line or below it."""
    if "#" not in text:
        return
    root = yaml.compose(text, Loader=_Loader)
    places = sorted(_places(root, "")) if root is not None else []
    end = 0
    for found in [*yaml.scan(text, Loader=_Loader)]:
        for match in _COMMENT.finditer(text, end, max(end, found.start_mark.index)):
            comment = match[1].strip()
            if comment and not comment.startswith("review:"):
                line = text.count("\n", 0, match.start())
                yield next((place for at, place in places if at >= line), ""), comment
        end = max(end, found.end_mark.index)


def _places(node: yaml.Node, pointer: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each key and each item, with its pointer."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = f"{pointer}/{token(str(key.value))}"
            yield key.start_mark.line, place
            yield from _places(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            place = f"{pointer}/{index}"
            if pointer == "/errata" and isinstance(item, yaml.MappingNode):
                place = next((str(value.value) for key, value in item.value if key.value == "at"), place)
            yield item.start_mark.line, place
            if pointer != "/errata":
                yield from _places(item, place)
