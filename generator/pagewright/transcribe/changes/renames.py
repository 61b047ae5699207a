"""Pair the parameters that went with those that came: a renamed one keeps its type and most of its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...specs.pointers import token
from ...specs.values import same
from .claims import facts_of_parameter, parameters_of

#: The least score of a pair. A type alone, or one shared fact, is too little.
_LEAST = 4.0


def renamed_parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return the new name of each parameter of the table that was renamed."""
    gone = [name for name in parameters_of(old) if name not in parameters_of(new)]
    come = [name for name in parameters_of(new) if name not in parameters_of(old)]

    def score(one: str, other: str) -> float:
        return _score(old, new, one, other)

    return _pairs(gone, come, score)


def renamed_in_sample(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return the new name of each value of the sample that is sent under another name."""
    before, after = _sent(old), _sent(new)
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]

    def score(one: str, other: str) -> float:
        equal = same(before[one], after[other]) and type(before[one]) is type(after[other])
        kind = type(before[one]) is type(after[other])
        return 3.0 * equal + 2.0 * _same_place(list(before), list(after), one, other) + 1.5 * _akin(one, other) + kind

    return _pairs(gone, come, score)


def _pairs(gone: Sequence[str], come: Sequence[str], score: Any) -> dict[str, str]:
    """Pair the best scores first, each name once."""
    scores = sorted(((score(one, other), one, other) for one in gone for other in come), key=lambda entry: -entry[0])
    pairs: dict[str, str] = {}
    for value, one, other in scores:
        if value >= _LEAST and one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs


def _score(old: Mapping[str, Any], new: Mapping[str, Any], one: str, other: str) -> float:
    before, after = facts_of_parameter(old, one), facts_of_parameter(new, other)
    kinds = {before.get("type"), after.get("type")}
    if len(kinds) > 1 and kinds != {"integer", "number"}:
        return 0.0
    score = 1.0 * (before.get("required") == after.get("required"))
    # Of what is inside of an array the sample's own names are not compared.
    score += 0.5 * ("." in one)
    if "default" in before or "default" in after:
        score += 2.5 if same(before.get("default"), after.get("default")) else -1.0
    else:
        score += 0.5
    if {"minimum", "maximum"} & (before.keys() | after.keys()):
        equal = all(same(before.get(key), after.get(key)) for key in ("minimum", "maximum"))
        score += 2.5 if equal else 0.0
    if "values" in before or "values" in after:
        shared = same(before.get("values"), after.get("values"))
        score += (
            3.0
            if shared
            else (0.5 if set(map(str, before.get("values") or ())) & set(map(str, after.get("values") or ())) else -2.0)
        )
    score += 2.0 * _same_place(parameters_of(old), parameters_of(new), one, other)
    sent_before, sent_after = _sent(old), _sent(new)
    if one in sent_before and other in sent_after:
        score += 1.5 * same(sent_before[one], sent_after[other])
        score += 1.5 * _same_place(list(sent_before), list(sent_after), one, other)
    elif one in sent_after and one in sent_before and other not in sent_after:
        # The sample still sends the old name.
        score += 2.0
    return score + 1.5 * _akin(one, other)


def _same_place(before: Sequence[str], after: Sequence[str], one: str, other: str) -> bool:
    """Return whether the two names have the same neighbours, as far as those are in both lists."""
    shared = [name for name in before if name in after]

    def neighbours(names: Sequence[str], name: str) -> tuple[str | None, str | None]:
        at = names.index(name)
        left = next((other for other in reversed(names[:at]) if other in shared), None)
        right = next((other for other in names[at + 1 :] if other in shared), None)
        return left, right

    return neighbours(before, one) == neighbours(after, other) and bool(shared)


def _akin(one: str, other: str) -> bool:
    """Return whether two names share a word, or one holds the other."""
    words = [set(name.lower().replace("-", "_").split("_")) for name in (one, other)]
    joined = [name.lower().replace("_", "").replace("-", "") for name in (one, other)]
    return bool(words[0] & words[1]) or joined[0] in joined[1] or joined[1] in joined[0]


def _sent(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {_name(at): value for at, value in facts.items() if at.startswith("/example/")}


def _name(at: str) -> str:
    return at.removeprefix("/example/").replace("~1", "/").replace("~0", "~")


def with_new_names(facts: Mapping[str, Any], renames: Mapping[str, str]) -> dict[str, Any]:
    """Return the facts with parameters renamed, in the table and in the sample."""
    renamed: dict[str, Any] = {}
    for at, value in facts.items():
        for one, other in renames.items():
            for head in ("/input/properties/", "/example/"):
                if at == f"{head}{token(one)}" or at.startswith(f"{head}{token(one)}/"):
                    at = f"{head}{token(other)}{at.removeprefix(f'{head}{token(one)}')}"
                    break
        renamed[at] = value
    return renamed
