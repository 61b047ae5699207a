"""The changes between two revisions of the specs, from the point of view of a caller of the models.

A change is *breaking* if a call that was valid may now be refused or mean something else, *additive* if it only allows
more, and *textual* if it changes words, examples or what the spec knows about itself. Codes are stable; a change's
fingerprint is made from its code, its place and both values, so that a list of accepted changes can name it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

from ..rendering.wording import price_in_words
from ..specs.pointers import parameter_pointer, token, tokens
from ..specs.spec import accepts_of
from ..specs.values import among, cut, same, types_of
from ..specs.violations import is_multiple

Severity = Literal["breaking", "additive", "textual"]
#: The worst first.
KINDS: tuple[str, ...] = ("breaking", "additive", "textual")
#: What each kind asks of a version number.
STEPS: dict[Severity, str] = {"breaking": "major", "additive": "minor", "textual": "patch"}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class SpecChange:
    """One change. `owner` is the model's slug or `platform`, `at` a JSON pointer into its file."""

    code: str
    name: str
    kind: Severity
    owner: str
    at: str
    message: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.kind:8} {self.code} {self.name}: {self.owner}: {self.message} [{self.fingerprint}]"


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[SpecChange]:
    """Return the changes from one revision to another. Both map `platform` and slugs to the content of their files."""
    changes: list[SpecChange] = []
    for owner in sorted(old.keys() | new.keys(), key=lambda name: (not _is_platform(name), name)):
        before, after = old.get(owner), new.get(owner)
        log = _Log(owner, changes)
        if before is None:
            log("D001", "model-added", "additive", "", "is new", None, owner)
        elif after is None:
            log("D002", "model-removed", "breaking", "", "is gone", owner, None)
        elif _is_platform(owner):
            _platform(log, before, after)
        else:
            _model(log, before, after)
    return sorted(changes, key=lambda change: (KINDS.index(change.kind), not _is_platform(change.owner), change.owner))


def _is_platform(owner: str) -> bool:
    """Return whether `owner` is a platform; with several providers, its name follows the provider's."""
    return owner.rpartition("/")[2] == "platform"


def step(changes: list[SpecChange]) -> str:
    """Return the version step that the changes require: `major`, `minor`, `patch` or `none`."""
    kinds = {change.kind for change in changes}
    return next((STEPS[kind] for kind in STEPS if kind in kinds), "none")


def report(changes: list[SpecChange], form: str) -> str:
    """Return the changes as `text` (a line each), as `markdown` for a changelog, or as `json`."""
    if form == "json":
        return json.dumps({"step": step(changes), "changes": [asdict(change) for change in changes]}, indent=2)
    if form == "markdown":
        return _markdown(changes)
    lines = [str(change) for change in changes]
    return "\n".join([*lines, f"{len(changes)} change{'s' * (len(changes) != 1)}; version step: {step(changes)}"])


def _markdown(changes: list[SpecChange]) -> str:
    headings = {"breaking": "Changed (breaking)", "additive": "Added", "textual": "Documentation"}
    parts: list[str] = []
    for kind, heading in headings.items():
        lines = [f"- `{change.owner}`: {_escaped(change.message)}" for change in changes if change.kind == kind]
        if lines:
            parts.append("\n".join([f"### {heading}", "", *lines]))
    return "\n\n".join(parts) if parts else "No changes."


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\*_[]<>|" else sign for sign in text)


class _Log:
    def __init__(self, owner: str, changes: list[SpecChange]) -> None:
        self.owner = owner
        self.changes = changes

    def __call__(self, code: str, name: str, kind: Severity, at: str, message: str, before: Any, after: Any) -> None:
        identity = json.dumps([code, self.owner, at, before, after], sort_keys=True, default=str)
        fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self.changes.append(SpecChange(code, name, kind, self.owner, at, message, fingerprint))


def _model(log: _Log, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for key in ("sync", "async"):
        before, after = old.get(key), new.get(key)
        if before and not after:
            log("D010", "operation-removed", "breaking", f"/{key}", f"{key} call is gone", before, after)
        elif after and not before:
            log("D011", "operation-added", "additive", f"/{key}", f"{key} call is new: {after['path']}", before, after)
        elif before and after and before["path"] != after["path"]:
            message = f"{key} path {before['path']} is now {after['path']}"
            log("D012", "path-changed", "breaking", f"/{key}/path", message, before["path"], after["path"])
    _parameters(log, old["input"], new["input"])
    for key in sorted(old["output"].keys() | new["output"].keys()):
        before, after = old["output"].get(key), new["output"].get(key)
        if not same(before, after):
            log(
                "D040", "output-changed", "breaking", f"/output/{key}", f"{key} was {before}, is {after}", before, after
            )
    for key, label in (("price_usd", "price"), ("pricing", "price"), ("latency_s", "latency")):
        if not same(old.get(key), new.get(key)):
            before, after = (
                _price(each.get(key)) if key == "pricing" else _shown(each.get(key)) for each in (old, new)
            )
            message = f"{label} was {before}, is {after}"
            log("D050", "figure-changed", "textual", f"/{key}", message, old.get(key), new.get(key))
    for key in ("title", "summary", "task", "pages", "example", "errata", "name"):
        if not same(old.get(key), new.get(key)):
            kind: Severity = "breaking" if key == "name" else "textual"
            log("D051", f"{key}-changed", kind, f"/{key}", f"{key} changed", old.get(key), new.get(key))
    _responses(log, old.get("responses", {}), new.get("responses", {}))


def _parameters(log: _Log, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    was, now = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    renamed = _renamed(was, now, needed, needs)
    for name in [*was, *(name for name in now if name not in was)]:
        at = parameter_pointer(name)
        if name in renamed:
            other = renamed[name]
            log("D025", "parameter-renamed", "breaking", at, f"{name} is now called {other}", name, other)
            _parameter(log, parameter_pointer(other), other, was[name], now[other])
        elif name in renamed.values():
            continue
        elif name not in now:
            log("D020", "parameter-removed", "breaking", at, f"{name} is gone", was[name], None)
        elif name not in was:
            if name in needs:
                log("D021", "required-added", "breaking", at, f"{name} is new and required", None, now[name])
            else:
                log("D022", "parameter-added", "additive", at, f"{name} is new", None, now[name])
        else:
            if name in needs and name not in needed:
                log("D023", "became-required", "breaking", at, f"{name} is now required", False, True)
            if name in needed and name not in needs:
                log("D024", "became-optional", "additive", at, f"{name} is no longer required", True, False)
            _parameter(log, at, name, was[name], now[name])


def _renamed(
    was: Mapping[str, Any], now: Mapping[str, Any], needed: Collection[str], needs: Collection[str]
) -> dict[str, str]:
    """Return the new name of each parameter that is gone where exactly one that is new is like it, and like no other.

    A plain type with no more to it is like too many.
    """

    def key(name: str, schemas: Mapping[str, Any], required: Collection[str]) -> str:
        schema = {word: value for word, value in schemas[name].items() if word != "description"}
        return json.dumps([schema, name in required], sort_keys=True, default=str) if len(schema) > 1 else ""

    gone = [(name, key(name, was, needed)) for name in was if name not in now]
    come = [(name, key(name, now, needs)) for name in now if name not in was]
    pairs: dict[str, str] = {}
    for name, like in gone:
        others = [other for other, shape in come if shape == like]
        if like and len(others) == 1 and [shape for _, shape in gone].count(like) == 1:
            pairs[name] = others[0]
    return pairs


def _responses(log: _Log, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    was, now = old.get("statuses", {}), new.get("statuses", {})
    for status in sorted(was.keys() | now.keys()):
        before, after = was.get(status), now.get(status)
        at = f"/responses/statuses/{status}"
        if before is None:
            log("D054", "status-added", "textual", at, f"status {status} ({after}) is new", None, after)
        elif after is None:
            log("D055", "status-removed", "textual", at, f"status {status} ({before}) is gone", before, None)
        elif before != after:
            message = f"status {status} was titled {_shown(before)}, is {_shown(after)}"
            log("D056", "status-changed", "textual", at, message, before, after)
    for key in sorted((old.keys() | new.keys()) - {"statuses"}):
        if not same(old.get(key), new.get(key)):
            message = f"responses: {key} was {_shown(old.get(key))}, is {_shown(new.get(key))}"
            log("D051", "responses-changed", "textual", f"/responses/{key}", message, old.get(key), new.get(key))


def _parameter(log: _Log, at: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    types = types_of(old), types_of(new)
    if types[0] != types[1]:
        wider = set(types[0]) <= {*types[1], *(["integer"] if "number" in types[1] else [])}
        was, now = (kinds[0] if len(kinds) == 1 else list(kinds) for kinds in types)
        message = f"{name}: type {' or '.join(types[0])} is now {' or '.join(types[1])}"
        log("D030", "type-changed", "additive" if wider else "breaking", f"{at}/type", message, was, now)
    for keyword, tighter in (
        ("minimum", 1),
        ("maximum", -1),
        ("exclusiveMinimum", 1),
        ("exclusiveMaximum", -1),
        ("minLength", 1),
        ("maxLength", -1),
        ("minItems", 1),
        ("maxItems", -1),
    ):
        _bound(log, at, name, keyword, tighter, old.get(keyword), new.get(keyword))
    usual = 1 if "integer" in types[0] and "integer" in types[1] else None
    before, after = old.get("multipleOf", usual), new.get("multipleOf", usual)
    if not same(before, after):
        looser = after is None or (before is not None and is_multiple(before, after))
        message = f"{name}: step {_shown(before)} is now {_shown(after)}"
        log("D033", "step-changed", "additive" if looser else "breaking", f"{at}/multipleOf", message, before, after)
    before, after = old.get("pattern"), new.get("pattern")
    if not same(before, after):
        message = f"{name}: pattern {_shown(before)} is now {_shown(after)}"
        log("D043", "pattern-changed", "breaking" if after else "additive", f"{at}/pattern", message, before, after)
    before, after = bool(old.get("x-accepts-text")), bool(new.get("x-accepts-text"))
    if not same(before, after):
        message = f"{name}: {'is now' if after else 'is no longer'} taken as text too"
        where = f"{at}/x-accepts-text"
        log("D044", "text-changed", "additive" if after else "breaking", where, message, before, after)
    _values(log, at, name, old, new)
    before, after = old.get("default", _MISSING), new.get("default", _MISSING)
    if not same(before, after):
        kind: Severity = "breaking" if before is not _MISSING and after is not _MISSING else "textual"
        message = f"{name}: default {_shown(before)} is now {_shown(after)}"
        log("D037", "default-changed", kind, f"{at}/default", message, _plain(before), _plain(after))
    _media(log, at, name, old, new)
    for keyword in ("anyOf", "items", "properties", "required"):
        if not same(old.get(keyword), new.get(keyword)):
            message = f"{name}: what is inside it changed ({keyword})"
            log("D039", "inside-changed", "breaking", f"{at}/{keyword}", message, old.get(keyword), new.get(keyword))
    if not same(old.get("description"), new.get("description")):
        message = f"{name}: description changed"
        log(
            "D052",
            "description-changed",
            "textual",
            f"{at}/description",
            message,
            old.get("description"),
            new.get("description"),
        )


def _media(log: _Log, at: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Report a change of the format, or of the ways in which a file is accepted."""
    if not same(old.get("format"), new.get("format")):
        message = f"{name}: format {_shown(old.get('format'))} is now {_shown(new.get('format'))}"
        log("D038", "format-changed", "breaking", f"{at}/format", message, old.get("format"), new.get("format"))
    elif (ways := (accepts_of(old), accepts_of(new)))[0] != ways[1]:
        message = f"{name}: a file is now accepted as {_shown(list(ways[1]))}, before as {_shown(list(ways[0]))}"
        kind: Severity = "additive" if set(ways[0]) <= set(ways[1]) else "breaking"
        log("D042", "ways-changed", kind, f"{at}/x-accepts", message, list(ways[0]), list(ways[1]))


def _bound(log: _Log, at: str, name: str, keyword: str, tighter: int, before: Any, after: Any) -> None:
    if same(before, after):
        return
    narrowed = after is not None and (before is None or (after - before) * tighter > 0)
    message = f"{name}: {keyword} {_shown(before)} is now {_shown(after)}"
    if narrowed:
        log("D031", "range-narrowed", "breaking", f"{at}/{keyword}", message, before, after)
    else:
        log("D032", "range-widened", "additive", f"{at}/{keyword}", message, before, after)


def _values(log: _Log, at: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    was, now = old.get("enum"), new.get("enum")
    if was is not None and now is not None:
        for value in was:
            if not among(value, now):
                log(
                    "D034",
                    "value-removed",
                    "breaking",
                    f"{at}/enum",
                    f"{name}: {value!r} is no longer allowed",
                    value,
                    None,
                )
        for value in now:
            if not among(value, was):
                log("D035", "value-added", "additive", f"{at}/enum", f"{name}: {value!r} is now allowed", None, value)
    elif was is not None:
        log(
            "D036",
            "list-opened",
            "additive",
            f"{at}/enum",
            f"{name}: values outside of its list are now allowed",
            was,
            None,
        )
    elif now is not None:
        message = f"{name}: only the values of its list are now allowed"
        log("D041", "list-closed", "breaking", f"{at}/enum", message, None, now)
    for keyword in ("x-known-values", "x-known-total"):
        if was is None and now is None and not same(old.get(keyword), new.get(keyword)):
            message = f"{name}: what is known of its values changed"
            log(
                "D053",
                "known-values-changed",
                "textual",
                f"{at}/{keyword}",
                message,
                old.get(keyword),
                new.get(keyword),
            )


def _platform(log: _Log, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    textual = {"summary", "errata", "assumptions", "limits", "name"}
    for at, before, after in _leaves("", old, new):
        parts = tokens(at)
        top, last = parts[0], parts[-1]
        if top in textual or last in ("meaning", "title", "basis", "x-basis"):
            log("D063", "platform-text-changed", "textual", at, f"{at} changed", _plain(before), _plain(after))
        elif before is _MISSING:
            log("D061", "platform-added", "additive", at, f"{at} is new", None, _plain(after))
        elif after is _MISSING:
            log("D062", "platform-removed", "breaking", at, f"{at} is gone", _plain(before), None)
        else:
            message = f"{at}: {_shown(before)} is now {_shown(after)}"
            log("D060", "platform-changed", "breaking", at, message, _plain(before), _plain(after))


def _leaves(at: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _leaves(f"{at}/{token(key)}", before.get(key, _MISSING), after.get(key, _MISSING))
    elif not same(old, new):
        yield at, old, new


def _plain(value: Any) -> Any:
    return None if value is _MISSING else value


def _price(rates: Sequence[Mapping[str, Any]] | None) -> str:
    return " and ".join(map(price_in_words, rates)) if rates else "not stated"


def _shown(value: Any) -> str:
    if value is _MISSING or value is None:
        return "none"
    return cut(json.dumps(value, ensure_ascii=False))
