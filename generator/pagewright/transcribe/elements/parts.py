"""Read the part of a row after its head from units: a description, labels with their values, values without labels."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import among
from ..forms.document import Unit
from ..pages.labels import RANGE, STEP, NoReading, doubt_step, read_range
from ..pages.rows import ParameterRow
from ..pages.unlabelled import read_unlabelled
from ..values.digits import Unreadable
from ..values.printed_values import one, read_values
from .vocabulary import BUTTONS, FLAGS, LABEL, MORE, NOTHING, VALUE

_PROSE = re.compile(r"[A-Za-z]{2,}[ ,]+[A-Za-z(']")
_BOUNDS = re.compile(
    r"(?:from\s+|between\s+|[\[(]\s*)?(?P<low>-?[0-9.]+(?:e[+-]?[0-9]+)?)\s*(?:-|–|—|\.\.\.?|…|to|and|,|(?:≤|<=?)\s*\w+\s*(?:≤|<=?)|~|/)\s*"
    r"(?P<high>-?[0-9.]+(?:e[+-]?[0-9]+)?)\s*[\])]?\Z",
    re.IGNORECASE,
)
_ONE_BOUND = re.compile(
    r"(?P<sign>>=|≥|>|<=|≤|<|at least|at most|up to|min\.?|max\.?)\s*(?P<bound>-?[0-9.]+(?:e[+-]?[0-9]+)?)\Z",
    re.IGNORECASE,
)
#: Signs without which two numbers beside each other may be anything.
_COMPARES = re.compile(
    r"[<>≤≥\[(…]|\.\.|\bto\b|\bbetween\b|\bfrom\b|\bat (?:least|most)\b|\bup to\b|\s[-–—]\s|[0-9][–—]", re.IGNORECASE
)
_CALLED_DESCRIPTION = re.compile(r"(?:description|beschreibung|descripción)\s*(?::{1,2}\s*|\Z)", re.IGNORECASE)
_SAYS_DEFAULT = re.compile(r"default(?: value)?(?:s to| is)\s", re.IGNORECASE)
_PUNCTUATION = ",;|[](){}·•"
_BREAK = re.compile(r"(?<=[.;!)])\s+|\s*[·|•;]\s+")
_TOUCHES = re.compile(
    r"(?<=[\s0-9\"A-Za-z).!?])(?=(?:Range|Default|Allowed values|Min|Max|Minimum|Maximum|Standard|Bereich|Zulässige Werte|Plage|Rango)\s*[:(])"
)
#: What a converter writes before each item of a list.
_BULLET = re.compile(r"(?:(?:^|\s)[*•]\s+|^[+◦▪‣–-]\s+(?=\S))")
_LEAST = frozenset({">=", "≥", ">", "at least", "min", "min."})
_MOST_UNITS = 3000
#: A longer text is not cut any further.
_MOST_PIECES = 200


@dataclass(slots=True)
class Parts:
    """The texts of a row by label; `bare` are values without a label, `description` everything else."""

    description: list[str] = field(default_factory=list[str])
    labelled: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    bare: list[str] = field(default_factory=list[str])
    total: int | None = None
    more: int | None = None
    #: How many values stand before the count of those left out, which may follow it hidden.
    shown: int = -1
    #: Whether the list began on its label's own line.
    begun: bool = False
    #: True if the default is a sentence after its label: it may be the description, and there may be no default.
    loose: bool = False


def read_parts(row: ParameterRow, rest: str, body: Sequence[Unit], sent: Any) -> None:
    """Read into `row` what follows its head: `rest` of the head's own unit, then the units of `body`."""
    parts = Parts()
    label = _sort(parts, [rest], "", row) if rest else ""
    for unit in body[:_MOST_UNITS]:
        text = unit.text
        if more := MORE.match(text):
            parts.more = int(more["more"])
            parts.shown = len(parts.labelled.get("values", parts.bare))
            continue
        if unit.kind == "control" and (label != "values" or BUTTONS.match(text)):
            continue
        if unit.kind == "code":
            label = ""
            continue
        if unit.kind == "heading":
            label = _sort(parts, [text], "", row)
            continue
        if not row.says_required and label != "values" and text.lower().strip("*() ") in FLAGS:
            row.required, row.says_required = FLAGS[text.lower().strip("*() ")], True
            continue
        label = _sort(parts, [run for run in unit.runs if run.strip()], label, row)
    fill(row, parts, sent)


def _sort(parts: Parts, runs: list[str], label: str, row: ParameterRow) -> str:
    """Put the runs of one unit where they belong, and return the label whose values may go on in the next one."""
    text = " ".join("".join(runs).split())
    if label and text in (":", "=", "::"):
        return label
    if found := _CALLED_DESCRIPTION.match(text):
        text, runs, label = text[found.end() :], [text[found.end() :]], ""
        if not text:
            return ""
    if label != "values" and not parts.labelled.get(label) and _is_constraint(parts, text, row):
        return ""
    if not LABEL.search(text):
        if label == "values" and _has_bullets(parts) and not _BULLET.match(text):
            parts.description.append(text)
            return ""
        if label == "values" and (parts.begun or _is_other(text, parts, row)) and not _is_bare(text, row):
            parts.description.append(text)
            return ""
        if label == "values":
            parts.labelled[label] += [run.strip() for run in runs] if len(runs) > 1 else [text]
        elif label and not parts.labelled[label]:
            parts.labelled[label].append(text)
            parts.loose = label == "default" and _is_loose(text)
            return ""
        elif _is_bare(text, row) and (parts.description or parts.bare):
            parts.bare.append(text)
            return ""
        else:
            parts.description.append(text)
            return ""
        return label
    return _sort_labelled(parts, text, runs, label, row)


def _is_loose(value: str) -> bool:
    """Return whether a value has several words and no quotes, so that it may be a sentence."""
    return _PROSE.search(value) is not None and value[0] not in "\"'`"


def _is_constraint(parts: Parts, text: str, row: ParameterRow) -> bool:
    """Take a text that says within which bounds a number is, without a label, and return whether it was one."""
    if row.type not in ("integer", "number") or len(text) > 60 or not _COMPARES.search(text):
        return False
    text = text.strip(" .;,")
    if _BOUNDS.match(text):
        parts.labelled.setdefault("range", []).append(text)
        return True
    singles = [_ONE_BOUND.match(part.strip()) for part in re.split(r"\band\b|,|&", text)]
    if not all(singles):
        return False
    for single in singles:
        if single:
            key = "minimum" if single["sign"].lower() in _LEAST else "maximum"
            parts.labelled.setdefault(key, []).append(single["bound"])
    return True


def _is_other(text: str, parts: Parts, row: ParameterRow) -> bool:
    """Return whether a text is none of the values of a list, as it has words after numbers, or no quotes after quoted ones."""
    shown = [run.strip(_PUNCTUATION + " ") for run in parts.labelled["values"] if run.strip(_PUNCTUATION + " ")]
    if not shown or _PROSE.search(text) is None:
        return False
    return row.type in ("integer", "number") or all(run[0] == '"' for run in shown)


def _has_bullets(parts: Parts) -> bool:
    """Return whether each value of the list so far has a bullet, so that a text without one is none."""
    shown = parts.labelled.get("values", [])
    return bool(shown) and all(_BULLET.match(text) for text in shown)


def _sort_labelled(parts: Parts, text: str, runs: list[str], label: str, row: ParameterRow) -> str:
    for piece in _pieces(text):
        found = LABEL.match(piece)
        key = (
            found.lastgroup
            and next((key for key in ("default", "range", "minimum", "maximum", "values", "example") if found[key]), "")
            if found
            else ""
        )
        if found and key and _is_label(found, piece, key, row):
            label = key
            parts.labelled.setdefault(label, [])
            parts.begun = label == "values" and bool(piece[found.end() :].strip())
            parts.total = int(found["total"]) if found["total"] and label == "values" else parts.total
            value = piece[found.end() :].strip()
            if (
                key == "default"
                and parts.description
                and _is_loose(value)
                and row.type == "string"
                and piece is not text
            ):
                row.doubt(f"its default {value[:60]!r} may be the words of a sentence")
            if value:
                tail = [run.strip() for run in runs if run.strip() and value.endswith(run.strip())]
                split = label == "values" and len(tail) > 1 and "".join(tail).replace(" ", "") == value.replace(" ", "")
                parts.labelled[label] += tail if split else [value]
            continue
        if label == "values" and parts.labelled[label]:
            parts.description.append(piece)
            label = ""
        elif label and not parts.labelled.get(label):
            parts.labelled[label].append(piece)
            label = "" if label != "values" else label
        else:
            if _SAYS_DEFAULT.match(piece):
                row.doubt(f"{piece[:60]!r} may state its default")
            parts.description.append(piece)
            label = ""
    return label if label and (label == "values" or not parts.labelled.get(label)) else ""


def _pieces(text: str) -> list[str]:
    """Cut a text where a label may begin: after a sentence, or where one value's end touches the next label.

    After `_MOST_PIECES` the rest stays whole: nobody documents a parameter in more.
    """
    breaks = [found.span() for found in _BREAK.finditer(text) if LABEL.match(text, found.end())]
    touches = [found.span() for found in _TOUCHES.finditer(text)]
    pieces: list[str] = []
    start = counted = quotes = 0
    for end, after in sorted({*breaks, *touches}):
        quotes += text.count('"', counted, end)
        counted = max(counted, end)
        if quotes % 2 or end <= start or len(pieces) >= _MOST_PIECES:
            continue
        pieces.append(text[start:end].strip(" ;|·•"))
        start, quotes = after, 0
    pieces.append(text[start:])
    return [piece for piece in pieces if piece.strip(" .;,|·•")]


def _is_label(found: re.Match[str], piece: str, key: str, row: ParameterRow) -> bool:
    """Return whether the words are a label and not part of a sentence: a colon or nothing follows, or a value."""
    rest = piece[found.end() :]
    if found["colon"] or found["total"] or not rest:
        return True
    if key in ("default", "range", "minimum", "maximum"):
        return VALUE.match(rest) is not None and not (_PROSE.search(rest) and not rest.startswith('"'))
    return key == "values" and VALUE.match(rest) is not None and not _PROSE.search(re.sub(r'"[^"]*"', "", rest))


def _is_bare(text: str, row: ParameterRow) -> bool:
    if row.type in ("integer", "number"):
        return re.fullmatch(r"[-+0-9.,\se]+", text) is not None
    if row.type == "boolean":
        return text.lower() in ("true", "false")
    return (text[:1] == '"' and text[-1:] == '"') or text[:1] in "[{" or text == "null"


def fill(row: ParameterRow, parts: Parts, sent: Any) -> None:
    """Fill in the row's facts from its sorted texts; what can't be read becomes a doubt."""
    row.description = " ".join(" ".join(parts.description).split())
    if parts.bare and not parts.labelled:
        try:
            read_unlabelled(
                row, "\n".join([*parts.bare, *([f"+{parts.more} more"] if parts.more else [])]), sent, False
            )
        except (NoReading, Unreadable):
            row.doubt(f"its values {' '.join(parts.bare)[:80]!r} could not be read")
        return
    for text in parts.bare:
        row.doubt(f"{text[:60]!r} stands beside it without a label")
    shown = " ".join(parts.labelled.get("values", []))
    if shown and ("," not in shown or re.search("[<>≤≥]", shown)) and _is_constraint(parts, shown, row):
        del parts.labelled["values"]
    for key in ("default", "minimum", "maximum", "range"):
        if parts.labelled.get(key) == []:
            row.doubt(f"the page has a label for its {key}, but nothing after it")
    if parts.loose and not row.description:
        row.doubt("what follows the label of its default may be its description")
    defaults = parts.labelled.get("default", [])
    plain = [text for text in defaults if VALUE.match(text)]
    if len(set(defaults)) > 1:
        row.doubt(f"it has more than one default: {', '.join(repr(text[:40]) for text in defaults[:3])}")
    for text in (plain or defaults)[:1]:
        _default(row, text, sent)
    for key in ("minimum", "maximum"):
        for text in parts.labelled.get(key, [])[:1]:
            _bound(row, key, text)
    for text in parts.labelled.get("range", [])[:1]:
        _range(row, text)
    if "values" in parts.labelled:
        _values(row, parts, sent)


def _default(row: ParameterRow, text: str, sent: Any) -> None:
    shown = text.strip().rstrip(".;,") if row.type != "string" else text.strip()
    if shown.lower() in NOTHING:
        return
    if ended := re.fullmatch(r'("(?:[^"\\]|\\.)*")\s*[.;,]?', shown):
        shown = ended[1]
    if shown[:1] == '"' and not shown.endswith('"'):
        row.doubt(f"its default {shown[:60]!r} goes on after its quotes")
    try:
        row.default = one(shown, row.type)
    except Unreadable:
        first = re.match(r'"[^"]*"|-?[0-9.]+[0-9]|-?[0-9]+|true|false|null', shown)
        row.doubt(f"the default {text[:60]!r} is not a plain {row.type}")
        if first:
            try:
                row.default = one(first[0], row.type)
            except Unreadable:
                return
    if row.type == "string" and row.default != sent and isinstance(row.default, str) and not shown.startswith('"'):
        row.default = row.default.strip("'")


def _bound(row: ParameterRow, key: str, text: str) -> None:
    number = re.match(r"-?[0-9.]+(?:e[+-]?[0-9]+)?(?![\w])", text.strip().replace(",", ""))
    try:
        value = (
            one(number[0].rstrip("."), row.type if row.type in ("integer", "number") else "number") if number else None
        )
    except Unreadable:
        value = None
    if value is None and text.strip().lower() not in NOTHING:
        row.doubt(f"the {key} {text[:60]!r} could not be read")
    setattr(row, key, value)


def _range(row: ParameterRow, text: str) -> None:
    text = text.strip().rstrip(".;,")
    if RANGE.match(f"Range: {text}"):
        end = read_range(row, f"Range: {text}", 0, False)
        rest = f"Range: {text}"[end:]
        if step := STEP.match(rest):
            doubt_step(row, step)
        elif rest.strip():
            row.doubt(f"the range goes on with {rest.strip()[:60]!r}")
        return
    number = row.type if row.type in ("integer", "number") else "number"
    both, single = _BOUNDS.match(text), _ONE_BOUND.match(text)
    try:
        if both:
            row.minimum, row.maximum = one(both["low"].rstrip("."), number), one(both["high"].rstrip("."), number)
            return
        if single:
            low = single["sign"].lower() in _LEAST
            setattr(row, "minimum" if low else "maximum", one(single["bound"].rstrip("."), number))
            return
    except Unreadable:
        pass
    if text.lower() not in NOTHING:
        row.doubt(f"the range {text[:60]!r} could not be read")


def _values(row: ParameterRow, parts: Parts, sent: Any) -> None:
    texts = [text.strip() for shown in parts.labelled["values"] for text in _BULLET.split(shown) if text.strip()]
    more = next((found for text in texts[-1:] if (found := re.search(r"\+\s*(\d{1,6})\s*more\s*\.?\Z", text))), None)
    if more:
        parts.more, texts[-1] = int(more[1]), texts[-1][: more.start()].strip(" ,")
    texts = [text for text in texts if text.lower() not in NOTHING and text.strip(_PUNCTUATION)]
    if swallowed := next((text for text in texts if text.lower() in FLAGS), None):
        row.doubt(f"its list holds {swallowed!r}: the row after it may have run into it")
    row.values = []
    witnesses = [value for value in (row.default, sent) if value is not ABSENT]
    try:
        if row.type in ("integer", "number") or all(text.startswith('"') for text in texts):
            listed = read_values("\n".join(texts), row.type, witnesses)
            row.values = listed.values
            for doubt in listed.doubts:
                row.doubt(doubt)
        else:
            row.values = [one(text, row.type) for text in _apart(texts)]
            if len(row.values) == 1 and not parts.more and not among(row.values[0], witnesses):
                row.doubt(
                    f"its list shows one value, {texts[0][:80]!r}: several may have run together; if so, write them apart"
                )
    except Unreadable:
        row.doubt(f"its allowed values {' '.join(texts)[:80]!r} could not be read")
    if not row.values:
        row.doubt("the page leaves its list of allowed values empty")
    shown = parts.shown if parts.shown >= 0 else len(row.values)
    row.total = parts.total or (shown + parts.more if parts.more else None)
    hidden = 0 if len(row.values) > shown else parts.more or 0
    if row.total and len(row.values) + hidden != row.total:
        row.doubt(f"it says {row.total} values in all, but shows {len(row.values)}")


def _apart(texts: list[str]) -> list[str]:
    """The values of a list: one a unit, or with commas, bars or slashes between them in a single one."""
    if len(texts) != 1:
        return [text.strip(",;|") for text in texts if text.strip(",;|")]
    text = texts[0].rstrip(".")
    for sign in (", ", " | ", "|", ",", " / ", "; "):
        if sign in text and '"' not in text:
            return [
                part.strip().strip("`'")
                for part in re.split(rf"{re.escape(sign)}\s*(?:or\s+|and\s+)?", text)
                if part.strip()
            ]
    if '"' in text:
        return [json.dumps(found) for found in re.findall(r'"((?:[^"\\]|\\.)*)"', text)]
    return [text]
