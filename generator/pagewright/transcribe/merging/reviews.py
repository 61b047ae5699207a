"""Reviews of an update, for a person to decide: doubts that are new on the page, and changes for which a spec has no place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...specs.pointers import parameter_pointer, token, tokens
from ...specs.spec import Model, Platform
from ...specs.values import is_list
from ..changes.difference import Change
from ..changes.platform_check import PLATFORM, place_of
from ..changes.record import PageRecord, hashed
from ..draft import Draft
from ..review import Review

#: Keywords that hold the figure of a rule.
_RULES = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)


#: What the reader doubts without a look at the table or the sample.
_OF_THE_PAGE = ("/price_usd", "/pricing", "/responses", "/title", "/sync", "/slug")


def new_reviews(
    before: Draft, after: Draft, record: PageRecord | None, renames: Mapping[str, str], changed: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield what the draft of the page leaves to a person and did not before.

    `before` is the draft of the old facts, and `record` knows what was left to a person when the page was last read. If
    it does not say, what is about a fact that is not among those that `changed` was decided then.
    """
    known = {(review.pointer, review.message) for review in before.reviews}
    there, here = (draft.spec.get("responses", {}).get("statuses", {}) for draft in (before, after))
    titles = {f"/responses/statuses/{status}" for status, title in here.items() if there.get(status) == title}
    for review in after.reviews:
        if (
            (review.pointer, review.message) not in known
            and review.pointer not in titles
            # The time of a call is no fact that is compared.
            and review.pointer != "/latency_s"
            and _is_of_facts(review.message)
            and not (record and _was_left(_under_old_name(review, renames), record, changed))
        ):
            yield review.pointer, f"line {review.line}:{review.column}: {review.message}"


def _was_left(review: Review, record: PageRecord, changed: Sequence[str]) -> bool:
    """Return whether a review was left to a person when the page was last read."""
    if record.reviews is not None:
        return hashed([f"{review.pointer} {review.message}"])[0] in record.reviews
    if hashed([review.message])[0] in record.doubts:
        return True
    return review.pointer.startswith(_OF_THE_PAGE) and not any(at.startswith(review.pointer) for at in changed)


def _under_old_name(review: Review, renames: Mapping[str, str]) -> Review:
    """Return a review of a parameter that was renamed as it was before."""
    for one, other in renames.items():
        if review.pointer in (parameter_pointer(other), f"/example/{token(other)}"):
            message = re.sub(rf"(?<![\w-]){re.escape(other)}(?![\w-])", one, review.message)
            pointer = review.pointer.removesuffix(token(other)) + token(one)
            return Review(review.line, review.column, message, pointer)
    return review


def _is_of_facts(message: str) -> bool:
    """Return whether a review follows from facts: what hangs on descriptions was reviewed when the page was first read."""
    words = (
        "a rule is only in its description",
        "its description",
        "slipped letter",
        "the page speaks of",
        "the page shows",
    )
    return not any(word in message for word in words)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Reviews of the changes of a page for which a spec has no place.

    `old` and `new` are the facts of the page under the new names of parameters, `renames` those names. `advice` says how
    to change the platform's file.
    """

    model: Model
    platform: Platform
    page: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    renames: Mapping[str, str]
    advice: str

    def reviews(self, changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
        """Yield a review for each change that a person must decide about."""
        for change in changes:
            parts = tokens(change.at)
            keywords = self._keywords(change)
            text = f"{change.message} (page {self.page}){keywords}"
            is_told = change.new is not None or bool(keywords)
            if parts[0] == "platform":
                yield "/pages", f"{text}; {PLATFORM}: {place_of(change.at)}{self.advice}"
            elif parts[0] in ("rules", "deprecated") and is_told:
                yield "/slug" if parts[0] == "deprecated" else "/pages", text
            elif parts[:2] == ["input", "properties"] and len(parts) > 3 and is_told:
                is_rule = parts[3] == "prose" and not self._has_rule(change)
                if is_rule or parts[3] in ("rules", "deprecated"):
                    yield parameter_pointer(parts[2]), text
        if any(change.at == "/responses/returns" for change in changes):
            for erratum in self.platform.errata:
                if erratum.page == self.page and erratum.at.startswith("/sync/"):
                    text = f"{PLATFORM}: {erratum.at}: its erratum about this page may have expired"
                    yield "/responses/returns", text

    def _has_rule(self, change: Change) -> bool:
        """Return whether the spec has a rule of the description as a keyword, with an erratum that says so."""
        places = [at.replace("/prose/", "/") for at in (change.at, *change.covers)]
        return any(erratum.at in places and erratum.documented is None for erratum in self.model.errata)

    def _keywords(self, change: Change) -> str:
        """Return which keywords of the spec have a figure that a rule in prose no longer has; "" if there are none.

        Which keyword a figure in prose belongs to is a guess, so the spec stays as it is.
        """
        parts = tokens(change.at)
        is_of_parameter = parts[:2] == ["input", "properties"] and len(parts) > 3
        if (parts[3] if is_of_parameter else parts[0]) not in ("rules", "prose") or self._has_rule(change):
            return ""
        covered = list(dict.fromkeys((change.at, *change.covers)))
        old, new = ([figure for at in covered for figure in _figures(facts.get(at))] for facts in (self.old, self.new))
        found: list[str] = []
        for parameter in self.model.parameters:
            name = self.renames.get(parameter.name, parameter.name)
            is_own = is_of_parameter and name == parts[2]
            # A sentence below the table may have run into its last row.
            if not is_own and not _is_named(name, change.message):
                continue
            for keyword in _RULES:
                value = parameter.schema.get(keyword)
                if not isinstance(value, (int, float)) or value not in old or value in new:
                    continue
                place = "" if is_own else f" of {name}"
                come = f"; if it follows, write {keyword}: {new[old.index(value)]:g}" if len(old) == len(new) else ""
                found.append(f"the spec has {keyword}: {value:g}{place}{come}")
        return f"; {', '.join(found)}" if found else ""


def _figures(fact: Any) -> list[float]:
    """Return the figures of a rule as numbers."""
    values = fact if is_list(fact) else [fact]
    found: list[float] = []
    for value in values:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append(float(value))
        elif isinstance(value, str):
            text = re.sub(r",(?=[0-9]{3}\b)", "", value).replace(",", ".")
            if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text):
                found.append(float(text))
    return found


def _is_named(name: str, text: str) -> bool:
    """Return whether a sentence speaks of a parameter, by its name or in words: "A prompt", "Prompts"."""
    words = re.escape(name).replace("_", "[_ -]")
    return re.search(rf"(?<![\w-]){words}s?(?![\w-])", text, re.IGNORECASE) is not None
