"""Find the beginnings of rows in a sequence of units: a name, and beside it a flag, a type or both, in any layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..forms.document import Unit
from .vocabulary import ANSWER, BUTTONS, FLAGS, HEAD_WORD, NAME, NO, NOTHING, TYPE_LABEL, TYPES, WEAK_TYPES, YES

_FURTHEST = 6
_LONGEST_HEAD = 200
_DESCRIPTION_FOLLOWS = re.compile(r"\s*(?:[:.;—–]|-\s|\)\s*[:.—–-]?)\s*")
_BULLET = re.compile(r"^(?:[*•·–▪▸►‣→-]|[0-9]{1,3}[.)])[ \t]+(?:\[[ xX]?\][ \t]*)?(?=[A-Za-z_`$])")
#: Answers to a flag in a text of its own; a value may be "true" or "1", too.
_YES = YES - {"true", "1", "x", "*", "+", "required", "mandatory"}
_NO = NO - {"false", "0", "", "optional"}
#: The form of a text that stands apart from its type.
_FORM = re.compile(r"[<(](?P<form>uri|url|base64|byte|binary|file|image|video|audio)[>)]\Z", re.IGNORECASE)
#: The default in a signature: `steps: integer = 20`.
_ASSIGNED = re.compile(r"(?P<front>[^=\"]{1,40}?)[ ]?=[ ]?(?P<value>\"[^\"\n]*\"|\[[^\]\n]*\]|-?[A-Za-z0-9_.+-]+)")
_NO_NAMES = frozenset({"default", "description", "required", "optional"})
_GLUED = re.compile(
    r"(?P<name>[A-Za-z_$][\w.$-]{0,99}?)(?P<flag>required|optional|erforderlich|requis|obligatorio)(?P<type>string|integer|number|boolean|array|object|file)?\Z"
)


@dataclass(slots=True)
class UnitHead:
    """A name with its flag and type, from unit `first` to before unit `end`; `rest` is the rest of the last unit."""

    first: int
    name: str
    end: int = 0
    required: bool | None = None
    type: str = ""
    of: str = ""
    rest: str = ""
    default: str = ""
    path: str = ""
    kinds: set[str] = field(default_factory=set[str])


def find_unit_heads(units: Sequence[Unit], sample: Mapping[str, Any], chrome: frozenset[str]) -> list[UnitHead]:
    """Return the heads among `units`, in order. On one page they all stand in the same place of their row."""
    heads: list[UnitHead] = []
    at = 0
    while at < len(units):
        head = head_at(units, at, chrome) if units[at].kind != "code" else None
        if head and _is_head(head, sample):
            heads.append(head)
            at = max(head.end, at + 1)
        else:
            at += 1
    return _alike(heads, sample)


def chrome_of(units: Sequence[Unit]) -> frozenset[str]:
    """Return the texts of what decorates the rows: words that stand beside every name and say nothing of it."""
    counts = Counter(unit.text for unit in units if len(unit.text) < 30)
    repeated = {text for text, count in counts.items() if count > 1 and BUTTONS.match(text)}
    between = Counter(
        middle.text
        for before, middle, after in zip(units, units[1:], units[2:], strict=False)
        if _is_name(before.text) and len(middle.text) < 30 and _all_words(after.text) and not _all_words(middle.text)
    )
    often = {text for text, count in between.items() if count > 2 and not re.search(r"[\d\"_]", text)}
    return frozenset(repeated | often)


def _is_name(text: str) -> bool:
    found = NAME.match(text)
    return bool(found) and text[found.end() :].strip() in ("", "*") if found else False


def _all_words(text: str) -> bool:
    return only_words(text) is not None


def only_words(text: str) -> UnitHead | None:
    """Return the flag and the type of a text that says nothing else, None if it does."""
    found = UnitHead(0, "")
    said = bool(text) and len(text) < 60 and _read_words(found, text) == "" and bool(found.kinds)
    return found if said else None


def leading_flag(text: str) -> tuple[bool | None, str]:
    """Return the flag with which a description begins, None if it has none, and the rest.

    >>> leading_flag("Required. What to draw."), leading_flag("Optional extras to draw")
    ((True, 'What to draw.'), (None, 'Optional extras to draw'))
    """
    found = UnitHead(0, "")
    rest = _read_words(found, text)
    follows = _DESCRIPTION_FOLLOWS.match(rest)
    if found.kinds != {"flag"} or found.required is None or (rest and not (follows and follows[0].strip())):
        return None, text
    return found.required, rest[follows.end() :] if rest and follows else ""


def head_at(units: Sequence[Unit], at: int, chrome: frozenset[str]) -> UnitHead | None:
    """Return the head that begins with unit `at`, None if there is none."""
    unit = units[at]
    if BUTTONS.match(unit.text) and (unit.kind == "control" or unit.text in chrome):
        return None
    parts = [run.strip() for run in unit.runs if run.strip()]
    if parts:
        parts[0] = _BULLET.sub("", parts[0])
    named = NAME.match(parts[0]) if parts else None
    if named is None or len(parts[0]) > 4000:
        return None
    head = UnitHead(at, named["name"].removesuffix("[]"), path=unit.path)
    first = parts[0][named.end() :]
    if first[:1] == ":" and head.name.lower() in _NO_NAMES:
        return None
    if not first and (glued := _GLUED.match(parts[0])):
        head.name, head.required, head.type = glued["name"], FLAGS[glued["flag"]], TYPES.get(glued["type"] or "", "")
        head.kinds |= {"flag", "type"} if glued["type"] else {"flag"}
    head.end = at + 1
    for index, part in enumerate([first, *parts[1:]]):
        if "type" not in head.kinds and (assigned := _ASSIGNED.match(part)):
            head.default, part = assigned["value"], assigned["front"] + part[assigned.end() :]
        rest = _read_words(head, part)
        if rest:
            head.rest = " ".join([rest, *[first, *parts[1:]][index + 1 :]])
            ends = _DESCRIPTION_FOLLOWS.match(head.rest)
            if index == 0 and not head.kinds and not ends:
                return None
            head.rest = head.rest[ends.end() :] if ends else head.rest
            return head
    _read_on(head, units, chrome)
    return head


def _read_on(head: UnitHead, units: Sequence[Unit], chrome: frozenset[str]) -> None:
    """Take the flag and the type out of the units that follow a name."""
    table = units[head.first].cell
    for index in range(head.first + 1, min(head.first + _FURTHEST, len(units))):
        unit = units[index]
        if index < head.end:
            continue
        if table and unit.cell and (unit.cell.table, unit.cell.row) != (table.table, table.row):
            return
        text = unit.text
        if (unit.kind == "control" or text in chrome) and not _all_words(text):
            if text not in chrome and not BUTTONS.match(text) and _begins_row(units, index):
                return
            continue
        if "type" in head.kinds and not head.of and (form := _FORM.match(text)):
            head.of, head.end = f"({form['form'].lower()})", index + 1
            continue
        if unit.kind == "code" or len(text) > _LONGEST_HEAD:
            return
        probe = UnitHead(0, "", kinds=set(head.kinds))
        rest = _read_words(probe, text.removesuffix("?"))
        follows = _DESCRIPTION_FOLLOWS.match(rest) if rest else None
        if not (probe.kinds - head.kinds) or (rest and not follows) or ("type" in head.kinds and rest):
            return
        if probe.type and probe.type in WEAK_TYPES and "flag" not in head.kinds | probe.kinds and not unit.cell:
            return
        _take(head, probe)
        head.end = index + 1
        if (answer := _answer(units, index)) is not None:
            head.required = answer
            head.end += 1
            continue
        if rest and follows:
            head.rest = rest[follows.end() :]
            return


def _begins_row(units: Sequence[Unit], at: int) -> bool:
    """Return whether a unit, which can be clicked, is a name with a flag or a type after it."""
    return _is_name(units[at].text) and at + 1 < len(units) and _all_words(units[at + 1].text)


def _answer(units: Sequence[Unit], at: int) -> bool | None:
    """Return whether a parameter is required if unit `at` asks that and the next one says yes or no, else None."""
    asked = units[at].text
    flag = FLAGS.get(asked.strip(" :?").lower())
    if flag is None or at + 1 >= len(units):
        return None
    said = units[at + 1].text.lower()
    if said in _YES or (said == "true" and asked[-1] in ":?"):
        return flag
    return not flag if said in _NO or (said == "false" and asked[-1] in ":?") else None


def _take(head: UnitHead, probe: UnitHead) -> None:
    head.kinds |= probe.kinds
    head.required = probe.required if probe.required is not None else head.required
    if probe.type:
        head.type, head.of = probe.type, probe.of


def _read_words(head: UnitHead, text: str) -> str:
    """Read flags and types from the beginning of `text` into `head`, each once, and return what follows them."""
    label = TYPE_LABEL.match(text) if "type" not in head.kinds else None
    at = label.end() if label else 0
    while word := HEAD_WORD.match(text, at):
        if word["type"]:
            if "type" in head.kinds:
                break
            kind = word["type"].lower()
            head.type, head.of = kind, (word["of"] or "").strip()
            head.kinds.add("type")
        else:
            if "flag" in head.kinds and not word["star"]:
                break
            if word["star"] and head.required is False:
                # The mark of an emphasis: the words say that it is optional.
                at = word.end()
                continue
            head.kinds.add("flag")
            head.required = True if word["star"] else False if word["not"] else FLAGS[word["flag"].lower()]
            if word["flag"] and (answer := ANSWER.match(text, word.end())):
                head.required = head.required == bool(answer["yes"])
                at = answer.end()
                continue
        at = word.end()
    rest = text[at:].strip()
    return "" if rest.strip("()[]|,;:·•-—– ") == "" or rest.lower() in NOTHING else rest


def _is_head(head: UnitHead, sample: Mapping[str, Any]) -> bool:
    if "type" not in head.kinds and "flag" not in head.kinds:
        return False
    if "type" not in head.kinds:
        return head.name in sample and not head.rest
    weak = head.type in WEAK_TYPES and "flag" not in head.kinds and not head.of
    return not weak or head.name in sample


def _alike(heads: list[UnitHead], sample: Mapping[str, Any]) -> list[UnitHead]:
    """Return the heads that stand where most of them do, and those that the sample knows."""
    if not heads:
        return []
    votes: Counter[str] = Counter()
    for head in heads:
        votes[head.path] += 4 if head.name in sample else 1
    path = max(votes, key=lambda found: votes[found])
    used: set[str] = set()
    kept: list[UnitHead] = []
    around = ""
    for head in heads:
        known = head.name in sample and head.name not in used
        if head.path == path or known:
            kept.append(head)
            used.add(head.name)
            around = head.path.rpartition("/")[0] if _holds_more(head) else ""
        elif around and _is_inside(head.path, around):
            kept.append(head)
    return kept


def _holds_more(head: UnitHead) -> bool:
    return TYPES.get(head.type) in ("array", "object") or head.of.startswith(("[", "<"))


def _is_inside(path: str, around: str) -> bool:
    """Return whether a head is deeper than the one around it, below one of the same elements."""
    outer = around.rpartition("/")[0]
    return path.startswith(f"{outer}/") and path.count("/") > around.count("/") + 1
