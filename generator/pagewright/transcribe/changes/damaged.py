"""Tell a page that was damaged on its way, by text recognition or a converter, from a page with many changes.

A provider changes facts; damage changes letters. So the measure is not how much differs, but how: names that differ
only in letters that look alike, rows and labels that the reader could not make out, code that is there and can't be
read. A page with many real changes shows none of these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...specs.pointers import token, tokens
from ...specs.values import is_list, is_mapping, same
from ..pages.read_page import PageContent
from ..service import Service
from ..values.misread import misread_words
from .claims import parameters_of
from .last_read import doubts_of, endings_of
from .record import hashed
from .renames import renamed_parameters

#: How many signs of damage are no accident. One may be a slip of the provider's.
_LEAST = 2
_ADVICE = "Save the page as HTML, or copy its text from a browser"
#: A page seldom takes back so many facts of its rows at once, and never where the reader has doubts about those rows.
_MOST_LOST = 4
#: A shorter word may well be another one.
_SHORTEST = 5
_LOOK_ALIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("c", "e"), ("q", "g"))
_SAME = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b"})
_PRICES = ("/price_usd", "/pricing")
_STATUSES = "/responses/statuses/"


def damage(
    reading: PageContent, claims: Mapping[str, Any], said: Mapping[str, Any], service: Service, known: Collection[str]
) -> str:
    """Return the signs that a page was damaged, in words; "" if there are none.

    `claims` are the facts that it stated, `said` those that it states now; `known` are hashes of what the reader was
    unsure of before.
    """
    twins = _look_alikes(set(_words(claims)), set(_words(said)))
    gone = [name for name in parameters_of(claims) if name not in parameters_of(said)]
    unread = [doubt for _, doubt in doubts_of(reading) if hashed([doubt])[0] not in known]
    is_closed = (table := reading.page.table()) is not None and table.closed
    if not reading.complete and is_closed and len(gone) >= _LEAST:
        return f"rows of its table can't be read, such as those of {', '.join(map(repr, gone[:3]))}. {_ADVICE}"
    misread = misread_words(reading.page.text)
    if len(misread) >= _LEAST:
        return f"its letters are damaged ({', '.join(map(repr, misread[:3]))}). {_ADVICE}"
    sent = sum(at.startswith("/example/") for at in claims)
    has_code = reading.page.shows_code(service.sdk) or reading.sample.found
    is_code_unread = sent > 1 and has_code and not reading.sample.values
    # A word with a wrong letter bears out that what can't be read is damaged, too.
    unread_answers = bool(misread) and any(doubt.pointer.startswith("/responses") for doubt in reading.facts.doubts)
    unread_answers = unread_answers or (bool(misread) and bool(unread))
    if len(twins) + len(misread) + unread_answers + is_code_unread + (len(unread) > _LEAST) < _LEAST:
        return ""
    signs = [*map(repr, misread), *(f"{new!r} for {old!r}" for old, new in twins[:3])]
    signs += ["its code can't be read"] * is_code_unread + [doubt[:100] for doubt in unread[:1] if not twins]
    return f"its letters are damaged ({'; '.join(signs)}). {_ADVICE}"


def broken_off(
    reading: PageContent, claims: Mapping[str, Any], said: Mapping[str, Any], endings: Collection[str] = ()
) -> str:
    """Return in words why a page was not saved or read as a whole; "" if it was.

    `endings` are hashes of what the page said of each status before: one that ends in such a text is not cut off there.

    A page that breaks off in its list of statuses has lost those after it. A converter may run the rows of a table into
    one another: then parameters have no row any more, though the sample still sends them.
    """
    last = hashed(endings_of(reading)[-1:])
    ends_whole = bool(last) and last[0] in endings and reading.page.text.rstrip().endswith(endings_of(reading)[-1])
    if reading.facts.ends_in_answers and not ends_whole and _lacks_the_end(claims, said):
        return "the page is cut off in what it says of responses. Save the whole page"
    renamed = renamed_parameters(claims, said)
    there = set(parameters_of(said))
    gone = [name for name in parameters_of(claims) if name not in there and name not in renamed]
    sent = [name for name in gone if f"/example/{token(name)}" in said]
    if len(sent) >= _LEAST:
        names = ", ".join(map(repr, sent[:3]))
        return f"rows run into one another in this form, such as those of {names}. {_ADVICE}"
    moved = [
        tokens(at)[2]
        for at, value in said.items()
        if at.endswith("/default") and claims.get(at) != value and _is_another_default(at, value, claims, said)
    ]
    if len(moved) >= _LEAST:
        return f"rows run into one another in this form, such as those of {', '.join(map(repr, moved[:3]))}. {_ADVICE}"
    lost = [at for at in claims if at not in said and len(tokens(at)) > 3 and tokens(at)[2] in there]
    unsure = sum(bool(row.doubts) for row in reading.rows)
    unflagged = any("all were taken for optional" in doubt.message for row in reading.rows for doubt in row.doubts)
    if len(lost) > _LEAST and unflagged and any(at.endswith("/required") and value for at, value in claims.items()):
        return f"the columns of its table can't be read in this form. {_ADVICE}"
    if len(lost) > _MOST_LOST and unsure >= _LEAST:
        return f"{len(lost)} facts of its table can't be read in this form. {_ADVICE}"
    return ""


def _lacks_the_end(claims: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Return whether only the last facts about responses are missing, and those before them are unchanged."""
    known = {at: value for at, value in claims.items() if at.startswith("/responses/")}
    there = {at: value for at, value in said.items() if at.startswith("/responses/")}
    begun = {at for at, value in there.items() if at in known and _is_begun(value, known[at])}
    listed = [at for at in known if at.startswith(_STATUSES)]
    first = [at for at in there if at.startswith(_STATUSES)]
    is_as_it_was = all(at in begun or same(known.get(at), value) for at, value in there.items())
    return is_as_it_was and first == listed[: len(first)] and bool(known.keys() - there.keys() or begun)


def _is_begun(value: Any, whole: Any) -> bool:
    return isinstance(value, str) and isinstance(whole, str) and value != whole and whole.startswith(value)


def _is_another_default(at: str, value: Any, claims: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Return whether a new default is that of another parameter, which has lost it."""
    if not isinstance(value, str) or not value:
        return False
    return any(
        other != at and other.endswith("/default") and there == value and said.get(other) != value
        for other, there in claims.items()
    )


def unreadable(reading: PageContent, claims: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the facts whose words are on the page but can't be read, because their lines were glued to others."""
    found: dict[str, list[str]] = {}
    prices = [at for at in _PRICES if at in claims]
    if (
        prices
        and not any(at in said for at in _PRICES)
        and any(doubt.pointer in _PRICES for doubt in reading.facts.doubts)
    ):
        found["its price"] = prices
    statuses = [at for at in claims if at.startswith(_STATUSES)]
    if statuses and not any(at.startswith(_STATUSES) for at in said):
        shown = [at for at in statuses if re.search(rf"{tokens(at)[2]}\s*{re.escape(claims[at])}", reading.page.text)]
        if len(shown) > len(statuses) / 2:
            found["its list of statuses"] = statuses
    return found


def _look_alikes(old: Collection[str], new: Collection[str]) -> list[tuple[str, str]]:
    """Return the words that are gone and come back with letters that look alike."""
    there = {_shape(word): word for word in old if word not in new}
    pairs = [(there[_shape(word)], word) for word in sorted(new) if word not in old and _shape(word) in there]
    pairs += [
        (one, other)
        for one in sorted(set(old) - set(new))
        for other in sorted(set(new) - set(old))
        if _one_off(one, other)
    ]
    return list(dict.fromkeys((one, other) for one, other in pairs if one.lower() != other.lower()))


def _one_off(one: str, other: str) -> bool:
    """Return whether two words differ in one letter, and not in a figure as versions do.

    >>> _one_off("guidance", "guidonce"), _one_off("model-v1", "model-v2")
    (True, False)
    """
    if len(one) != len(other) or len(one) < _SHORTEST:
        return False
    differing = [(sign, letter) for sign, letter in zip(one, other, strict=True) if sign != letter]
    return len(differing) == 1 and differing[0][0].isalpha() and differing[0][1].isalpha()


def _shape(word: str) -> str:
    """Return a word as it is for a reader who takes letters that look alike for one.

    Names in another style are not alike.

    >>> _shape("num_inference_steps") == _shape("nurn lnference_stcps"), _shape("num_steps") == _shape("numSteps")
    (True, False)
    """
    word = word.lower().translate(_SAME)
    for one, other in _LOOK_ALIKE:
        word = word.replace(one, other)
    return re.sub(r"[^\w /.-]+", "", word.replace("_", " "))


def _words(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names and texts in a record."""
    for at, value in facts.items():
        yield from (part for part in tokens(at) if not part.isdigit())
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_list(value):
        for item in value:
            yield from _texts(item)
    elif is_mapping(value):
        for item in value.values():
            yield from _texts(item)
