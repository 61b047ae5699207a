"""The words in which a change of a page is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...rendering.wording import price_in_words
from ...specs.pointers import tokens
from ...specs.values import among, cut, is_list, is_mapping
from .claims import is_average_of_call

if TYPE_CHECKING:
    from .difference import Context

#: The facts of which a page states one.
PRICES = ("/price_usd", "/pricing")
PLATFORM = {
    "environment/api_key": "the variable of the API key",
    "queue/status_path": "the path of a job's status",
    "queue/result_path": "the path of a job's result",
    "queue/timeout_s": "the deadline of a job",
    "queue/interval_s": "the time between two polls",
    "queue/failed_status": "the HTTP status of a FAILED job",
    "queue/unknown_status": "the HTTP status of an unknown or expired job",
    "queue/retention_s": "the time for which results are kept",
}
LISTS = {
    "/platform/base_url": "host",
    "/platform/queue/final_states": "state that ends a job",
    "/platform/bodies/submitted": "response field of a submitted job",
    "/platform/bodies/result": "response field of a result",
    "/platform/headers": "response header",
    "/responses/states": "state of a job",
}
KEYWORDS = {
    "type": "type",
    "format": "format",
    "default": "default",
    "minimum": "minimum",
    "maximum": "maximum",
    "x-known-total": "number of values",
    "items": "type of an item",
}
RULES = {"minimum": "at least", "maximum": "at most", "multipleOf": "a multiple of"}


#: A banner's own headline, which says no more than the finding does.
_ANNOUNCED = re.compile(
    r"\A(?:deprecat(?:ed|ion)(?: notice)?\b)(?![ ]+(?:in|since|as|and|by|on|from|with)\b)[\s.,:;!–-]*", re.IGNORECASE
)


def change(at: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any], context: Context) -> str:
    """Return what happened to the facts at `at`, which change together."""
    first = at[0]
    before, after = old.get(first), new.get(first)
    parts = tokens(first)
    if parts[:2] == ["input", "properties"]:
        return _of_parameter(at, parts[2], old, new, context)
    if parts[0] == "example":
        return _of_sample(parts[1], before, after)
    if first in PRICES:
        return _price(*(_rates(facts, context.unit) for facts in (old, new)))
    if parts[:2] == ["responses", "statuses"]:
        return _status(at, old, new)
    if parts[0] in ("rules", "deprecated"):
        return _sentence("", at, old, new, context)
    if first in LISTS:
        return _list(LISTS[first], before or [], after or [])
    if parts[0] == "platform":
        return _of_platform(at, old, new)
    if "/platform/base_url" in at[1:]:
        hosts = [", ".join(facts.get("/platform/base_url") or ["?"]) for facts in (old, new)]
        return from_to("the address of the synchronous call", f"{hosts[0]}{before or ''}", f"{hosts[1]}{after or ''}")
    names = {
        "/title": "the title",
        "/sync/path": "the path of the synchronous call",
        "/async/path": "the path of the queue",
        "/responses/returns": "the type of the response",
    }
    return from_to(names.get(first, first), before, after)


def from_to(what: str, before: Any, after: Any) -> str:
    """Return that something changed, came or went."""
    if before is None:
        return f"{what} is new: {value(after)}"
    if after is None:
        return f"{what} is no longer stated; it was {value(before)}"
    return f"{what} changed from {value(before)} to {value(after)}"


def value(fact: Any) -> str:
    """Return a value as a message shows it.

    >>> value(30.0), value("euler"), value(True), value(["a", "b"])
    ('30', "'euler'", 'true', "'a', 'b'")
    """
    if isinstance(fact, bool):
        return str(fact).lower()
    if fact is None:
        return "null"
    if isinstance(fact, float) and fact.is_integer():
        return str(int(fact))
    if fact in ([], {}):
        return str(fact)
    if is_list(fact):
        return cut(", ".join(value(item) for item in fact), 200)
    if is_mapping(fact):
        return cut(", ".join(f"{key}: {item}" for key, item in fact.items()), 200)
    return cut(repr(fact), 120)


def parameter(facts: Mapping[str, Any]) -> str:
    """Return the facts of a new parameter in a few words."""
    words = [str(facts.get("type", "string")), "required" if facts.get("required") else "optional"]
    if "default" in facts:
        words.append(f"default {value(facts['default'])}")
    if "minimum" in facts or "maximum" in facts:
        words.append(f"range {_range(facts.get('minimum'), facts.get('maximum'))}")
    if facts.get("values"):
        words.append(f"values {value(facts['values'])}")
    words += [f"{RULES[key.removeprefix('prose/')]} {value(facts[key])}" for key in facts if key.startswith("prose/")]
    return ", ".join(words)


def _range(low: Any, high: Any) -> str:
    if low is None:
        return f"up to {value(high)}"
    return f"from {value(low)}" if high is None else f"{value(low)} to {value(high)}"


def _of_parameter(
    at: Sequence[str], name: str, old: Mapping[str, Any], new: Mapping[str, Any], context: Context
) -> str:
    first = at[0]
    head, _, last = first.rpartition("/")
    before, after = old.get(first), new.get(first)
    section = tokens(first)[3]
    if section == "prose":
        return _rule(name, at, old, new)
    if section in ("rules", "deprecated"):
        return _sentence(f"`{name}`: ", at, old, new, context)
    if last == "required":
        return f"parameter `{name}` is now {'required' if after else 'optional'}"
    if last == "values":
        return _values(name, before, after, new.get(f"{head}/x-known-total"))
    table = [place for place in at if "/prose/" not in place]
    if last in ("minimum", "maximum") and len(table) > 1:
        there, here = (_bounds(facts.get(f"{head}/minimum"), facts.get(f"{head}/maximum")) for facts in (old, new))
        return from_to_words(f"the range of `{name}`", there, here)
    if last in ("minimum", "maximum") and isinstance(before, (int, float)) and isinstance(after, (int, float)):
        verb = "rose" if after > before else "fell"
        return f"the {last} of `{name}` {verb} from {value(before)} to {value(after)}"
    what = f"the {KEYWORDS.get(last, last)} of `{name}`"
    if last == "items":
        return _items(name, before, after)
    if last == "default":
        # null is a default, too.
        there, here = (value(facts[first]) if first in facts else None for facts in (old, new))
        return from_to_words(what, there, here)
    return from_to(what, before, after)


def _items(name: str, before: Any, after: Any) -> str:
    is_plain = all(side is None or "[]" in side for side in (before, after))
    what = f"the type of an item of `{name}`" if is_plain else f"what is inside of `{name}`"
    return from_to_words(what, *(side and inside(side) for side in (before, after)))


def inside(fields: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what is inside of an array or an object in a few words.

    >>> inside({"[]": {"type": "string"}}), inside({"role": {"type": "string"}, "content": {"type": "array"}})
    ('string', 'role (string), content (array)')
    """
    if "[]" in fields:
        return str(fields["[]"].get("type", "?"))
    return cut(", ".join(f"{name} ({facts.get('type', 'string')})" for name, facts in fields.items()), 200)


def _bounds(low: Any, high: Any) -> str | None:
    return None if low is None and high is None else _range(low, high)


def from_to_words(what: str, before: str | None, after: str | None) -> str:
    """Return the same as `from_to` of two values that are already words."""
    if before is None:
        return f"{what} is new: {after}"
    if after is None:
        return f"{what} is no longer stated; it was {before}"
    return f"{what} changed from {before} to {after}"


def _rule(name: str, at: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    def words(facts: Mapping[str, Any]) -> str:
        return " and ".join(f"{RULES[tokens(place)[-1]]} {value(facts[place])}" for place in at if place in facts)

    before, after = words(old), words(new)
    if not before:
        return f"new rule in the description of `{name}`: {after}"
    if not after:
        return f"the description of `{name}` no longer has the rule: {before}"
    return f"the rule in the description of `{name}` changed from {before} to {after}"


def _sentence(subject: str, at: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any], context: Context) -> str:
    come = next((place for place in at if place in new), None)
    announces = "/deprecated/" in at[0]
    if come is None:
        if announces:
            return f"{subject}the page no longer says that it is deprecated"
        figures = _figures(old[at[0]])
        return f"{subject}a rule is gone from the page{f' (its figures were {figures})' if figures else ''}"
    text = cut(context.texts.get(come, ""), 300)
    if announces:
        return f"deprecated: {subject}{_ANNOUNCED.sub('', text) or 'no more is said'}"
    gone = next((place for place in at if place in old), None)
    if gone is None:
        return f"{subject}new rule: {text}"
    return f"{subject}a rule changed{_moved_figures(old[gone], new[come])}: {text}"


def _moved_figures(before: Any, after: Any) -> str:
    """Return which figures of a rule changed to which, as far as that can be told."""
    there, here = (list(fact) if is_list(fact) else [] for fact in (before, after))
    if len(there) != len(here):
        return f" (its figures were {_figures(before)})" if there else ""
    moved = [(one, other) for one, other in zip(there, here, strict=True) if one != other]
    return f" from {', '.join(one for one, _ in moved)} to {', '.join(other for _, other in moved)}" if moved else ""


def _figures(fact: Any) -> str:
    return ", ".join(map(str, fact)) if is_list(fact) else ""


def _values(name: str, before: Any, after: Any, total: Any) -> str:
    if not before and not after:
        return f"the number of values of `{name}` is {value(total)} now"
    return _list(f"value of `{name}`", before or [], after or [])


def _list(what: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    come = [item for item in after if not among(item, before)]
    gone = [item for item in before if not among(item, after)]
    plural = f"{what.partition(' ')[0]}s{what.removeprefix(what.partition(' ')[0])}"
    if what == "response field of a submitted job" or what.startswith(("response", "state of", "state that")):
        head, _, rest = what.partition(" of " if " of " in what else " that ")
        plural = f"{head}s{what.removeprefix(head)}" if rest else f"{head}s"
    if come and gone and len(come) == len(gone) == 1:
        return f"{what} changed from {value(gone)} to {value(come)}"
    parts: list[str] = []
    if come:
        parts.append(f"new {what if len(come) == 1 else plural}: {value(come)}")
    if gone:
        parts.append(f"{what if len(gone) == 1 else plural} removed: {value(gone)}")
    return "; ".join(parts)


def _rates(facts: Mapping[str, Any], unit: str) -> list[Mapping[str, Any]]:
    """Return the prices of a record; that of a call is the price of what a call makes."""
    if "/price_usd" in facts:
        return [{"unit": unit, "amount": facts["/price_usd"]}]
    pricing: list[Mapping[str, Any]] = facts.get("/pricing") or []
    return [{"unit": unit, "amount": pricing[0]["amount"]}] if is_average_of_call(pricing) else pricing


def _price(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> str:
    """Return how prices changed: each amount that rose or fell, or all of them if they are of other things."""
    if not before:
        return f"the price is new: {rates(after)}"
    if not after:
        return f"the price is no longer stated; it was {rates(before)}"
    pairs = list(zip(before, after, strict=False))
    if len(before) == len(after) and all(_without_amount(one) == _without_amount(other) for one, other in pairs):
        moved = [(one["amount"], other) for one, other in pairs if one.get("amount") != other.get("amount")]
        return "; ".join(
            f"price {'rose' if other['amount'] > amount else 'fell'} from {amount} to {price_in_words(other)}"
            for amount, other in moved
        )
    return f"the price is {rates(after)} now; it was {rates(before)}"


def _without_amount(rate: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a price is for; a range is a price of its own."""
    return {key: entry for key, entry in rate.items() if key not in ("amount", "basis")} | {"exact": "amount" in rate}


def rates(pricing: Sequence[Mapping[str, Any]]) -> str:
    """Return prices in words."""
    return " and ".join(map(price_in_words, pricing))


def _status(at: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    first = at[0]
    number = tokens(first)[2]
    if not any(place in new for place in at) and len(at) > 1:
        return "the list of statuses is gone, or can no longer be read"
    if len(at) > 1:
        other = tokens(at[1])[2]
        there, here = (number, other) if first in old else (other, number)
        return f"status {there} ({old.get(first) or old.get(at[1])}) changed to {here}"
    if first not in old:
        return f"new status {number}: {new[first]}"
    if first not in new:
        return f"status {number} ({old[first]}) was removed"
    return f"status {number} changed from {value(old[first])} to {value(new[first])}"


def _of_sample(name: str, before: Any, after: Any) -> str:
    if before is None and after is not None:
        return f"the sample sends `{name}` now"
    if after is None and before is not None:
        return f"the sample no longer sends `{name}`"
    return f"the sample's `{name}` changed from {value(before)} to {value(after)}"


def _of_platform(at: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    first = at[0]
    before, after = old.get(first), new.get(first)
    name = first.removeprefix("/platform/")
    if name.startswith("auth/"):
        there, here = (key_of(facts, other=new if facts is old else old) for facts in (old, new))
        return f"the key's header changed from {there} to {here}"
    if name.endswith("_s"):
        return from_to_words(PLATFORM[name], _duration(before), _duration(after))
    return from_to(PLATFORM.get(name, name), before, after)


def key_of(facts: Mapping[str, Any], other: Mapping[str, Any] | None = None) -> str:
    """Return the header that carries the key, with the word before it; `other` has what `facts` do not state."""
    header = facts.get("/platform/auth/header", (other or {}).get("/platform/auth/header", ""))
    scheme = facts.get("/platform/auth/scheme", "none")
    return f"`{header}`" if scheme == "none" else f"`{header}: {scheme} …`"


def _duration(seconds: Any) -> str | None:
    """Return a time in its largest whole unit; lists of times as they are.

    >>> _duration(3600.0), _duration(90), _duration(1.5)
    ('1 hour', '90 seconds', '1.5 seconds')
    """
    if seconds is None:
        return None
    if is_list(seconds):
        return " and ".join(str(_duration(item)) for item in seconds)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length and not seconds % length:
            return f"{int(seconds // length)} {unit}{'' if seconds == length else 's'}"
    return f"{value(seconds)} second{'' if seconds == 1 else 's'}"


def without_place(message: str) -> str:
    """Return a message without the part in brackets that names its place on the page."""
    return re.sub(r" \([^()]*\)\Z", "", message)
