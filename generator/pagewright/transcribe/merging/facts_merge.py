"""Three-way merge of a spec by key: the facts last read, those read now, and the spec as people left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...specs.pointers import parameter_pointer, token, tokens
from ...specs.values import among, is_list, is_mapping, same
from ..changes.claims import is_average_of_call, plain
from ..changes.page_facts import LISTS, SAMPLE_TEXT
from .leaves import fields_in, leaves

_MISSING = object()
#: Where a new key of the spec belongs: behind those before it.
_TOP = (
    "slug",
    "name",
    "title",
    "summary",
    "task",
    "pages",
    "sync",
    "async",
    "price_usd",
    "pricing",
    "latency_s",
    "responses",
    "input",
    "output",
    "example",
    "errata",
)
_SCHEMA = (
    "type",
    "format",
    "description",
    "default",
    "enum",
    "x-known-values",
    "x-known-total",
    "minimum",
    "maximum",
    "multipleOf",
    "items",
    "properties",
)


@dataclass(slots=True)
class Edit:
    """One edit of the spec: a value at its pointer, behind other keys if it is new.

    With `gone` the key goes, with `renamed` the value is its new name.
    """

    at: str
    value: Any
    after: Sequence[str] = ()
    gone: bool = False
    renamed: bool = False


@dataclass(slots=True)
class Merge:
    """Result of a merge: edits by pointer, reviews as pairs of pointer and text, and errata to add."""

    edits: list[Edit] = field(default_factory=list[Edit])
    reviews: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    errata: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(frozen=True, slots=True)
class Sides:
    """The sides of a merge: drafts of the facts before and now, the spec's data, the spec's errata about the page by
    the pointer of their fact, the facts of the model's other pages, the facts that the page states now, and the reasons
    for which the spec keeps a value whatever the page says.
    """

    page: str
    base: Mapping[str, Any]
    new: Mapping[str, Any]
    ours: Mapping[str, Any]
    errata: Mapping[str, Mapping[str, Any]]
    others: Mapping[str, Mapping[str, Any]]
    said: Mapping[str, Any]
    kept: Mapping[str, str] = field(default_factory=dict[str, str])


def merge(sides: Sides) -> Merge:
    """Return what has to change in the spec so that it has the page's new facts and keeps what people made of it."""
    merged = Merge()
    base, new = dict(leaves(sides.base)), dict(leaves(sides.new))
    _price_as_in_the_spec(sides.ours, base, new)
    done = _fields(merged, sides, base, new)
    for at in dict.fromkeys((*base, *new)):
        before, after = base.get(at, _MISSING), new.get(at, _MISSING)
        if before is not _MISSING and after is not _MISSING and _same(before, after):
            continue
        head, _, last = at.rpartition("/")
        if any(at.startswith(f"{field}/") for field in done):
            continue
        if last == "description" and f"{head}/type" in base:
            # In our own words, unless what it describes is new.
            continue
        _merge_leaf(merged, sides, at, before, after)
    return merged


def _price_as_in_the_spec(ours: Mapping[str, Any], base: dict[str, Any], new: dict[str, Any]) -> None:
    """Merge an average price as `price_usd` if that is where the spec has it."""
    if (
        "price_usd" in ours
        and "pricing" not in ours
        and all(is_average_of_call(side.get("/pricing")) for side in (base, new))
    ):
        for side in (base, new):
            side["/price_usd"] = side.pop("/pricing")[0]["amount"]


def _fields(merged: Merge, sides: Sides, base: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Take out the fields inside of arrays and objects that went, and return the pointers of what needs no more edits.

    A field that has another name and is the same otherwise is renamed.
    """
    there, here = (dict.fromkeys(fields_in(side)) for side in (base, new))
    done: list[str] = []
    for one in (at for at in there if at not in here):
        if any(one.startswith(f"{at}/") for at in done):
            continue
        parent, old = one.rpartition("/")[0], _get(sides.base, one)
        come = (at for at in here if at not in there and at.rpartition("/")[0] == parent)
        other = next((at for at in come if _same(old, _get(sides.new, at))), None)
        done.append(one)
        if _get(sides.ours, one) is _MISSING:
            continue
        if other is not None and _get(sides.ours, other) is _MISSING:
            done.append(other)
            merged.edits.append(Edit(one, tokens(other)[-1], renamed=True))
        else:
            merged.edits.append(Edit(one, None, gone=True))
    return done


def _merge_leaf(merged: Merge, sides: Sides, at: str, before: Any, after: Any) -> None:
    parts = tokens(at)
    if parts[:2] == ["input", "properties"]:
        name = parts[2]
        was, has = name in sides.base["input"]["properties"], name in sides.new["input"]["properties"]
        if len(parts) == 3:
            if was != has:
                _parameter(merged, sides, name, came=has)
            return
        if not (was and has) or name not in sides.ours["input"]["properties"]:
            return
        if parts[3] == "required":
            _required(merged, sides, name, bool(after))
            return
        if parts[3] == "values":
            _values(merged, sides, name, before, after)
            return
    if parts[0] == "example" and isinstance(before, str) and isinstance(after, str) and _is_text(sides, at):
        return
    _scalar(merged, sides, at, before, after)


def _scalar(merged: Merge, sides: Sides, at: str, before: Any, after: Any) -> None:
    ours = _get(sides.ours, at)
    if (ours is _MISSING and after is _MISSING) or (
        ours is not _MISSING and after is not _MISSING and _same(ours, after)
    ):
        return
    erratum = sides.errata.get(plain(at))
    untouched = (ours is _MISSING and before is _MISSING) or (
        ours is not _MISSING and before is not _MISSING and _same(ours, before)
    )
    if at in sides.kept and after is not _MISSING:
        _keep(merged, sides, at, ours, after, sides.kept[at])
        return
    other = _other_page(sides, at, ours)
    if other and after is not _MISSING:
        _keep(merged, sides, at, ours, after, f"page {other} still says {_shown(ours)}")
        return
    if other:
        merged.reviews.append((at, f"page {sides.page} no longer states {_name(at)}; page {other} says {_shown(ours)}"))
        return
    if not untouched and erratum is None:
        _keep(merged, sides, at, ours, after, "the spec's own value was kept")
        return
    if not untouched and erratum is not None:
        why = str(erratum.get("why", ""))
        text = f"page {sides.page} says {_shown(after)} for {_name(at)} now; the spec had {_shown(ours)}, since: {why}"
        merged.reviews.append((at, text))
    if after is _MISSING:
        merged.edits.append(Edit(at, None, gone=True))
    else:
        merged.edits.append(Edit(at, after, _after(at)))


def _keep(merged: Merge, sides: Sides, at: str, ours: Any, after: Any, reason: str) -> None:
    """Let the spec's value stay, with an erratum that says what the page documents, and a review."""
    used = None if ours is _MISSING else ours
    documented = None if after is _MISSING else after
    merged.errata.append(
        {
            "at": at,
            "page": sides.page,
            "documented": documented,
            "used": used,
            "basis": "page" if reason.startswith("page ") else "inferred",
            "why": f"The page says otherwise; {reason}.",
        }
    )
    text = f"page {sides.page} says {_shown(after)} for {_name(at)} now; {reason}"
    merged.reviews.append((at, text))


def _required(merged: Merge, sides: Sides, name: str, after: bool) -> None:
    ours = list(sides.ours["input"].get("required", []))
    if (name in ours) == after:
        return
    at = f"{parameter_pointer(name)}/required"
    other = next((page for page, facts in sides.others.items() if facts.get(at) is (not after)), None)
    if other:
        text = f"page {sides.page} says that {name} is {'required' if after else 'optional'} now; page {other} says that it is not"
        merged.reviews.append((parameter_pointer(name), text))
        erratum = {"at": at, "page": sides.page, "documented": after, "used": None, "basis": "page"}
        merged.errata.append({**erratum, "why": f"Page {other} says otherwise; the spec's value was kept."})
        return
    _edit_required(merged, ours, name, after)


def _edit_required(merged: Merge, ours: list[str], name: str, after: bool) -> None:
    """Change the list of required parameters, on top of earlier edits of it."""
    earlier = next((edit for edit in merged.edits if edit.at == "/input/required"), None)
    names: list[str] = list(earlier.value or []) if earlier else ours
    names = [*names, name] if after else [other for other in names if other != name]
    if earlier:
        earlier.value, earlier.gone = names, not names
    else:
        merged.edits.append(Edit("/input/required", names, ("type",), gone=not names))


def _values(merged: Merge, sides: Sides, name: str, before: Any, after: Any) -> None:
    """Merge a list of values element by element: values that people added stay, those that left the page go."""
    at = parameter_pointer(name)
    schema: Mapping[str, Any] = sides.ours["input"]["properties"][name]
    keyword = next((word for word in LISTS if word in schema), None)
    ours: list[Any] = list(schema[keyword]) if keyword else []
    old, new = (list(value) if is_list(value) else [] for value in (before, after))
    other = next((page for page, facts in sides.others.items() if facts.get(f"{at}/values")), None)
    kept = [value for value in ours if among(value, new) or not among(value, old)]
    gone: list[Any] = []
    if other:
        kept = [value for value in ours if among(value, kept) or among(value, sides.others[other][f"{at}/values"])]
        gone = [value for value in old if not among(value, new) and among(value, kept)]
        if gone:
            text = f"page {sides.page} no longer has {_shown(gone)}; page {other} still has it"
            merged.reviews.append((at, text))
    result = _in_order(kept, new)
    target = next((word for word in LISTS if word in sides.new["input"]["properties"][name]), None)
    if other and gone and result:
        erratum = {
            "at": f"{at}/{target or keyword}",
            "page": sides.page,
            "documented": new,
            "used": result,
            "basis": "page",
        }
        merged.errata.append({**erratum, "why": f"Page {other} has more values, which were kept."})
    if not result:
        for word in LISTS:
            if word in schema:
                merged.edits.append(Edit(f"{at}/{word}", None, gone=True))
        return
    target = target or keyword or "enum"
    if keyword and keyword != target:
        merged.edits.append(Edit(f"{at}/{keyword}", None, gone=True))
    if keyword != target or not _same(ours, result):
        merged.edits.append(Edit(f"{at}/{target}", result, _after(f"{at}/{target}")))


def _in_order(kept: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """Return the kept values with new ones behind their neighbour on the page."""
    result = list(kept)
    for index, value in enumerate(new):
        if among(value, result):
            continue
        left = next((other for other in reversed(new[:index]) if among(other, result)), None)
        at = next((place for place, other in enumerate(result) if same(other, left)), -1) + 1 if left is not None else 0
        result.insert(at if left is not None else len(result), value)
    return result


def _parameter(merged: Merge, sides: Sides, name: str, *, came: bool) -> None:
    at = parameter_pointer(name)
    there = name in sides.ours["input"]["properties"]
    if came:
        if there:
            return
        names = list(sides.new["input"]["properties"])
        merged.edits.append(Edit(at, sides.new["input"]["properties"][name], names[: names.index(name)]))
        if name in sides.new["input"].get("required", []):
            _edit_required(merged, list(sides.ours["input"].get("required", [])), name, True)
        return
    if not there:
        return
    other = next((page for page, facts in sides.others.items() if f"{at}/type" in facts), None)
    if other:
        merged.reviews.append((at, f"page {sides.page} no longer has the parameter {name}; page {other} still has it"))
        return
    merged.edits.append(Edit(at, None, gone=True))
    if name in sides.ours["input"].get("required", []):
        _edit_required(merged, list(sides.ours["input"].get("required", [])), name, False)
    for role, parameter in sides.ours["output"].items():
        if parameter == name and sides.new["output"].get(role) == sides.base["output"].get(role):
            merged.edits.append(Edit(f"/output/{token(role)}", None, gone=True))


def _other_page(sides: Sides, at: str, ours: Any) -> str | None:
    """Return a page of the model that documents the spec's value while this one says something else."""
    if ours is _MISSING:
        return None
    fact = plain(at)
    return next((page for page, facts in sides.others.items() if fact in facts and _same(facts[fact], ours)), None)


def _is_text(sides: Sides, at: str) -> bool:
    return sides.said.get(at) == SAMPLE_TEXT


def _after(at: str) -> Sequence[str]:
    """Return the keys behind which a new key belongs."""
    parts = tokens(at)
    last = parts[-1]
    if parts[:2] == ["input", "properties"] and len(parts) >= 4 and last in _SCHEMA:
        return _SCHEMA[: _SCHEMA.index(last)]
    if len(parts) == 1 and last in _TOP:
        return _TOP[: _TOP.index(last)]
    if parts[:2] == ["responses", "statuses"]:
        return [str(status) for status in range(100, int(last))] if last.isdigit() else ()
    return ()


def _get(data: Any, at: str) -> Any:
    for part in tokens(at):
        if not is_mapping(data) or part not in data:
            return _MISSING
        data = data[part]
    return data


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are the same but for their descriptions."""
    return same(_bare(one), _bare(other))


def _bare(value: Any) -> Any:
    if is_mapping(value):
        return {key: _bare(inner) for key, inner in value.items() if key != "description"}
    return [_bare(item) for item in value] if is_list(value) else value


def _name(at: str) -> str:
    parts = tokens(at)
    if parts[:2] == ["input", "properties"]:
        return f"the {parts[3] if len(parts) > 3 else 'parameter'} of {parts[2]}"
    return at.removeprefix("/")


def _shown(value: Any) -> str:
    return "nothing" if value is _MISSING or value is None else repr(value)[:80]
