"""Describe the changes between two records of facts, each once: a renamed parameter is one change, not twelve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...specs.pointers import parameter_pointer, token, tokens
from ...specs.values import among, is_list, same
from . import wording
from .claims import facts_of_parameter, parameters_of
from .page_facts import SAMPLE_TEXT
from .renames import renamed_in_sample, renamed_parameters, with_new_names
from .service_facts import OF_SAMPLES

#: Lists of which a page may show a part: what else the other side has is no change, unless something came in its place.
_PARTIAL = frozenset(
    {"/platform/bodies/result", "/platform/bodies/submitted", "/platform/headers", "/platform/base_url"}
)
#: The host and the path of a call, which change together where it moves to another server.
_ADDRESS = ("/sync/path", "/platform/base_url")
#: How many parameters a sample no longer sends where it is another sample, not the same one with a change.
_OTHER_SAMPLE = 3
_RANGE = ("minimum", "maximum")
_PRICES = ("/price_usd", "/pricing")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a page.

    `at` is the fact that a reader looks for first, `covers` are all facts that the change accounts for, by their
    pointers in the old record; `message` is in words.
    """

    at: str
    message: str
    old: Any = None
    new: Any = None
    kind: str = "changed"
    covers: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Context:
    """The context in which a change is worded: what one call of the model makes, texts of the page by the pointer of
    their fact, and whether the old record is a whole one, so that a fact that it lacks is new.
    """

    unit: str = "call"
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    has_sample: bool = True
    is_whole: bool = True


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any], context: Context) -> list[Change]:
    """Return the changes from `old` to `new`, in the order of a spec."""
    if "/slug" in old and "/slug" in new and old["/slug"] != new["/slug"]:
        return [_other_model(old, new)]
    table = renamed_parameters(old, new)
    sample = renamed_in_sample(old, new) if context.has_sample else {}
    changes = list(_renamed(table, old, new))
    # What was renamed in the table, too, is compared under its new name.
    sample = {one: other for one, other in sample.items() if table.get(one) != other}
    changes += _moved_sample(sample, new)
    before = with_new_names(old, table)
    before = {at: value for at, value in before.items() if at not in {f"/example/{token(one)}" for one in sample}}
    after = {
        at: value
        for at, value in new.items()
        if at not in {f"/example/{token(other)}" for other in sample.values()}
        and at not in {f"/example/{token(one)}" for one in table}
    }
    for one, other in table.items():
        # A value of the sample that is still sent under the old name was told of with the rename.
        if f"/example/{token(one)}" in new:
            before.pop(f"/example/{token(other)}", None)
    for one in sample:
        after.pop(f"/example/{token(one)}", None)
    changes += _inside(before, after, context)
    changes += _parameters(before, after, context)
    changes += _rest(before, after, context)
    return changes


def _other_model(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    there, here = (facts.get("/sync/path") or facts.get("/async/path") or facts["/slug"] for facts in (old, new))
    message = f"the endpoint changed from {there} to {here}: the page documents {new['/slug']!r} now"
    return Change("/slug", message, old["/slug"], new["/slug"])


def _renamed(table: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for one, other in table.items():
        message = f"parameter `{one}` was renamed to `{other}`"
        if f"/example/{token(one)}" in new:
            message += f"; the sample still sends `{one}`"
        covers = (*_all_of(old, one), *_all_of(new, other))
        yield Change(parameter_pointer(one), message, one, other, "renamed", covers)


def _moved_sample(sample: Mapping[str, str], new: Mapping[str, Any]) -> Iterator[Change]:
    names = parameters_of(new)
    for one, other in sample.items():
        if other in names and one not in names:
            # The table has the new name already: the sample follows.
            continue
        message = f"parameter `{one}` was renamed to `{other}` in the sample"
        message += f"; the table still has `{one}`" if one in names else ""
        yield Change(f"/example/{token(one)}", message, one, other, "renamed", (f"/example/{token(other)}",))


def _all_of(facts: Mapping[str, Any], name: str) -> list[str]:
    head = parameter_pointer(name)
    return [at for at in facts if at.startswith(f"{head}/") or at == f"/example/{token(name)}"]


def _inside(old: dict[str, Any], new: dict[str, Any], context: Context) -> Iterator[Change]:
    """Yield the changes inside of arrays and objects that both records have, and take those facts out of both: what is
    inside is compared as parameters are, under names such as `messages[].role`.
    """
    for at in [at for at in old if at.endswith("/items") and at in new]:
        name = tokens(at)[2]
        is_array = new.get(f"{parameter_pointer(name)}/type") == "array"
        there, here = (_as_parameters(name, facts.pop(at), is_array=is_array) for facts in (old, new))
        sent = f"/example/{token(name)}"
        for change in changes_between(there, here, context):
            if change.kind == "changed":
                yield replace(change, at=at, covers=(at,))
            else:
                # The sample sends what is inside, too, and follows.
                yield replace(change, at=at, kind="changed", covers=(at, sent))
                old.pop(sent, None)
                new.pop(sent, None)


def _as_parameters(name: str, fields: Mapping[str, Mapping[str, Any]], *, is_array: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for field_name, stated in fields.items():
        inside = f"{name}[]" if field_name == "[]" else f"{name}{'[]' if is_array else ''}.{field_name}"
        facts |= {f"{parameter_pointer(inside)}/{key}": value for key, value in stated.items()}
    return facts


def _parameters(old: dict[str, Any], new: dict[str, Any], context: Context) -> Iterator[Change]:
    """Yield parameters that came or went, and take their facts out of both records."""
    before, after = parameters_of(old), parameters_of(new)
    for name in [name for name in before if name not in after]:
        covers = tuple(_all_of(old, name))
        sends = f"/example/{token(name)}" in new
        message = f"parameter `{name}` was removed"
        message += " from the table; the sample still sends it" if sends else ""
        for at in covers:
            old.pop(at, None)
        new.pop(f"/example/{token(name)}", None)
        yield Change(parameter_pointer(name), message, name, None, "removed", covers)
    for name in [name for name in after if name not in before]:
        covers = tuple(_all_of(new, name))
        message = f"new parameter `{name}`: {wording.parameter(facts_of_parameter(new, name))}"
        deprecated = [at for at in covers if "/deprecated/" in at]
        for at in covers:
            if at not in deprecated:
                new.pop(at, None)
        old.pop(f"/example/{token(name)}", None)
        yield Change(parameter_pointer(name), message, None, name, "new", covers)


def _rest(old: dict[str, Any], new: dict[str, Any], context: Context) -> Iterator[Change]:
    """Yield the changes of single facts."""
    differing = [at for at in dict.fromkeys((*old, *new)) if _differs(at, old.get(at), new.get(at), context)]
    if _is_another_sample(differing, old, new):
        differing = [at for at in differing if not at.startswith("/example/")]
    differing.sort(key=lambda at: at.startswith("/example/"))
    done: set[str] = set()
    for at in differing:
        if at in done:
            continue
        together = _together(at, differing, old, new)
        done |= set(together)
        message = wording.change(together, old, new, context)
        if message:
            first = together[0]
            yield Change(first, message, old.get(first), new.get(first), covers=tuple(together))


def _is_another_sample(differing: list[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether the sample is another one, as in another language: it leaves out several rows of the table."""
    names = set(parameters_of(new))
    left_out = [at for at in differing if at.startswith("/example/") and at not in new and tokens(at)[1] in names]
    return len(left_out) >= _OTHER_SAMPLE


def _differs(at: str, old: Any, new: Any, context: Context) -> bool:
    if at in ("/platform/queue/timeout_s", "/platform/queue/interval_s") and (old is None or new is None):
        return False
    if at == f"/example/{at.rpartition('/')[2]}":
        if SAMPLE_TEXT in (old, new):
            return (old is None or new is None) and context.has_sample
        if not context.has_sample:
            return False
    if new is None and at in OF_SAMPLES:
        return False
    if at.endswith(f"/{SAMPLE_TEXT}") or (old in (None, []) and new in (None, [])):
        return False
    if is_list(old) and is_list(new):
        come = [value for value in new if not among(value, old)]
        gone = [value for value in old if not among(value, new)]
        return bool(come) or (bool(gone) and not (at in _PARTIAL and not context.is_whole))
    return not same(old, new)


def _together(at: str, differing: list[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the facts that change with the one at `at`: one edit of a page."""
    head, _, last = at.rpartition("/")
    parts = tokens(at)
    if parts[:2] == ["input", "properties"] and len(parts) >= 4:
        return [at, *_with_parameter(at, head, last, parts, differing, old, new)]
    if parts[:2] == ["responses", "statuses"]:
        statuses = [other for other in (*old, *new) if other.startswith("/responses/statuses/")]
        if not any(other in new for other in statuses):
            return [at, *(other for other in statuses if other != at)]
        # The same title under another number.
        title, gone = old.get(at) or new.get(at), new.get(at) is None
        pairs = [
            other
            for other in differing
            if other != at
            and other.startswith("/responses/statuses/")
            and (new.get(other) == title if gone else old.get(other) == title)
            and (old.get(other) is None if gone else new.get(other) is None)
        ]
        return [at, *pairs[:1]]
    if parts[0] in ("rules", "deprecated"):
        return [at, *_replaced(at, head, differing, old, new)]
    if at.startswith("/platform/auth/"):
        return [at, *(other for other in differing if other != at and other.startswith("/platform/auth/"))]
    if at == "/responses/states":
        return [at, *(other for other in differing if other == "/platform/queue/final_states")]
    if at in _PRICES and all(fact in differing for fact in _PRICES):
        return list(_PRICES)
    if at in _ADDRESS and all(fact in differing for fact in _ADDRESS):
        return list(_ADDRESS)
    return [at]


def _with_parameter(
    at: str,
    head: str,
    last: str,
    parts: list[str],
    differing: list[str],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> Iterator[str]:
    if parts[3] == "prose":
        yield from (other for other in differing if other != at and other.startswith(f"{head}/"))
        return
    if parts[3] in ("rules", "deprecated"):
        yield from _replaced(at, head, differing, old, new)
        return
    if last in _RANGE:
        yield from (f"{head}/{key}" for key in _RANGE if key != last and f"{head}/{key}" in differing)
        # A rule that moved from the description into the table, or back.
        yield from (f"{head}/prose/{key}" for key in _RANGE if f"{head}/prose/{key}" in differing)
    if last == "type":
        for key in ("default", "format", "values", "items"):
            other = f"{head}/{key}"
            if other in differing and (key in ("format", "items") or str(old.get(other)) == str(new.get(other))):
                yield other
    if last == "values" and f"{head}/x-known-total" in differing:
        yield f"{head}/x-known-total"
    if last == "default":
        sent = f"/example/{token(parts[2])}"
        if sent in differing and same(old.get(sent), old.get(at)) and same(new.get(sent), new.get(at)):
            yield sent


def _replaced(at: str, head: str, differing: list[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the sentence that came in place of another under the same head, if there is exactly one of each."""
    beside = [other for other in differing if other.rpartition("/")[0] == head]
    gone = [other for other in beside if new.get(other) is None]
    come = [other for other in beside if old.get(other) is None]
    if len(gone) == 1 and len(come) == 1 and at in (*gone, *come):
        return [other for other in (*gone, *come) if other != at]
    return []
