"""Compare a spec with one of its pages: what changed on the page since it was last read, and where the spec differs from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..findings import Finding
from ..specs.document import Document
from ..specs.pointers import tokens
from ..specs.spec import Erratum, Model, Platform
from ..specs.values import among, cut, is_list, same
from .changes.apart import difference
from .changes.claims import QUOTED, claims_of, errata_of, parameters_of, plain
from .changes.damaged import broken_off, damage, unreadable
from .changes.difference import Change, Context, changes_between
from .changes.last_read import doubts_of
from .changes.page_facts import LISTS, facts_of_spec, line_of, printed_paths
from .changes.record import PageRecord, hashed
from .changes.rules import deprecations_of, rules_of
from .pages.read_page import PageContent
from .service import Service

_CUT_LIST = re.compile(r"\A(.*): it says ([0-9]+) values in all, but shows [0-9]+\Z")
#: What a form leaves in doubt of a row that is known: not whether the page has changed.
_OF_FORM = ("words of a description", "begins is not marked", "begin is not marked", "glued to the text")
_PROSE = ("minimum", "maximum", "multipleOf")


@dataclass(frozen=True, slots=True)
class PageComparison:
    """The comparison of a spec with one of its pages."""

    model: Model
    platform: Platform
    service: Service
    page: str
    reading: PageContent
    said: Mapping[str, Any]
    record: PageRecord | None

    def findings(self, elsewhere: Collection[str]) -> Iterator[Finding]:
        """Yield the findings; `elsewhere` are the facts that other pages of the model document."""
        facts = self.record.facts if self.record else None
        claims = claims_of(self.model, self.platform, self.page, self.said, facts)
        claims = compared_claims(self.model, claims, self.said, facts, elsewhere)
        said = self._without_inferred(claims)
        doubts = self.record.doubts if self.record else ()
        endings = self.record.endings if self.record else ()
        why = broken_off(self.reading, claims, said, endings) or damage(
            self.reading, claims, said, self.service, doubts
        )
        if why:
            yield self._not_compared("", why)
            return
        unread = unreadable(self.reading, claims, said)
        if unread:
            what = " and ".join(unread)
            yield self._not_compared(f"{what} ", "the page has it, but not in a form that can be read. Save it as HTML")
            claims = {at: value for at, value in claims.items() if not any(at in facts for facts in unread.values())}
        context = context_of(self.model, self.reading, is_whole=self.record is not None)
        if facts is None:
            yield from self._told(changes_between(claims, said, context), [], claims, said)
            return
        # What changed on the page is told as a change. Where the page is as it was, the spec was made to differ.
        last = {at: value for at, value in facts.items() if not any(at in places for places in unread.values())}
        changes = [
            change
            for change in changes_between(last, self._without_inferred(facts), context)
            if not _is_followed(change, claims, said)
        ]
        stays = {at for at in (*claims, *said) if same(facts.get(at), self.said.get(at))}
        ours = self._of_unchanged({at: value for at, value in claims.items() if at in stays})
        theirs = {at: value for at, value in said.items() if at in stays}
        apart = [
            change
            for change in changes_between(ours, theirs, context)
            if not _is_left_out(change) and not self._was_decided(change)
        ]
        yield from self._told(changes, apart, ours, theirs)

    def _told(
        self, changes: Sequence[Change], apart: Sequence[Change], claims: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Iterator[Finding]:
        """Yield the findings of the changes of the page, of what sets the spec `apart` from it, and of errata and doubts."""
        errata = errata_of(self.model, self.page)
        told: set[str] = set()
        for change in changes:
            told |= {at.replace("/prose/", "/") for at in (change.at, *change.covers)}
            yield from self._finding(change, errata)
        for change in apart:
            told |= {at.replace("/prose/", "/") for at in (change.at, *change.covers)}
            yield from self._apart(change, errata, claims, said)
        for at, erratum in errata.items():
            yield from _unused(self.model.document, erratum)
            if at not in told:
                yield from self._expired(at, erratum, told)
        yield from self._doubts([*changes, *apart])

    def _was_decided(self, change: Change) -> bool:
        """Return whether a person had to decide what a parameter is, because the reader was unsure of its row."""
        parts = tokens(change.at)
        unsure = {row.name for row in self.reading.rows if row.doubts}
        return parts[:2] == ["input", "properties"] and parts[2] in unsure

    def _of_unchanged(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Return the claims without what a person knows beyond the page: what it is silent about, of a parameter that it
        has or of the sample.
        """
        names = set(parameters_of(self.said))
        kept: dict[str, Any] = {}
        for at, value in claims.items():
            parts = tokens(at)
            is_of_row = parts[:2] == ["input", "properties"] and parts[2] in names
            if at in self.said or not (is_of_row or parts[0] == "example"):
                kept[at] = value
        return kept

    def _apart(
        self, change: Change, errata: Mapping[str, Erratum], claims: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Iterator[Finding]:
        covering = next((errata[at] for at in (change.at, *change.covers) if at in errata), None)
        file = "the erratum" if covering else "the spec"
        message = f"{difference(change, file, claims, said)} ({self._place(change)})"
        if covering is not None:
            place, code = f"{covering.pointer}/documented", ("P004", "erratum-expired")
            advice = "Drop the erratum, or fix it"
        else:
            place, code = self._pointer(change), ("P012", "spec-differs")
            advice = "The page is as it was last read: fix the spec, or write an erratum"
        yield self.model.document.finding(place, *code, f"{message}. {advice}.")

    def _not_compared(self, what: str, why: str) -> Finding:
        place = f"/pages/{self.model.pages.index(self.page)}"
        message = f"{self.page}: {what}not compared: {why}."
        return self.model.document.finding(place, "P008", "page-not-compared", message)

    def _without_inferred(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Add the paths that follow from the slug where the page does not print them."""
        said = {at: path for at, path in printed_paths(self.reading).items() if at in claims}
        return {**said, **self.said}

    def _finding(self, change: Change, errata: Mapping[str, Erratum]) -> Iterator[Finding]:
        accounted = [at.replace("/prose/", "/") for at in (change.at, *change.covers)]
        covering = next((errata[at] for at in accounted if at in errata), None)
        message = f"{change.message} ({self._place(change)})"
        code = ("P003", "page-differs")
        if "/deprecated/" in change.at and change.new is not None:
            code = ("P007", "deprecated")
        elif covering is not None and self._outlives(covering, change):
            message = f"{message}; --update keeps the erratum about it, and fits it to the page"
        elif covering is not None:
            code, message = ("P004", "erratum-expired"), f"{message}; the erratum about it has expired"
        place = f"{covering.pointer}/documented" if covering else self._pointer(change)
        yield self.model.document.finding(place, *code, f"{message}.")

    def _outlives(self, erratum: Erratum, change: Change) -> bool:
        """Return whether an erratum is still needed after a change: of what was renamed, of a rule that has another figure, and
        of a list that still lacks what is used.
        """
        if change.kind == "renamed":
            return True
        if "/prose/" in change.at:
            return change.new is not None
        now = self.said.get(plain(erratum.at))
        return is_list(now) and is_list(erratum.used) and not all(among(value, now) for value in erratum.used)

    def _pointer(self, change: Change) -> str:
        """Return where in the spec a reader looks first: the list's own keyword, or what is nearest to the fact."""
        at = change.at
        if tokens(at)[0] in ("platform", "rules", "deprecated"):
            return f"/pages/{self.model.pages.index(self.page)}"
        head, _, last = at.rpartition("/")
        if last == "values":
            return next((f"{head}/{word}" for word in LISTS if f"{head}/{word}" in self.model.document.values), head)
        return at

    def _place(self, change: Change) -> str:
        at = change.covers[-1] if change.kind in ("renamed", "new") and change.covers else change.at
        if change.kind == "renamed" and isinstance(change.new, str):
            at = f"/input/properties/{change.new}/type"
        line = line_of(self.reading, at) or line_of(self.reading, change.at)
        return f"page {self.page}, line {line}" if line else f"page {self.page}"

    def _expired(self, at: str, erratum: Erratum, told: Collection[str]) -> Iterator[Finding]:
        """Yield a finding if the erratum has expired.

        One about a fact that no change was told of still holds, but for those that quote the page or its whole sample.
        """
        now = _now(at, erratum, self.reading, self.said)
        if now is not None and not any(at.startswith(f"{place}/") for place in told):
            place = f"{erratum.pointer}/documented"
            message = f"{erratum.at}: {erratum.page} now says {now}, not {_shown(erratum.documented)}."
            yield self.model.document.finding(
                place, "P004", "erratum-expired", f"{message} Drop the erratum, or fix it."
            )

    def _doubts(self, changes: list[Change]) -> Iterator[Finding]:
        """Yield what the reader is unsure of since the page was last read, unless the same fact has a change."""
        known = set(self.record.doubts if self.record else ())
        names = {tokens(change.at)[2] for change in changes if change.at.startswith("/input/properties/")}
        names |= {str(change.new) for change in changes if change.kind == "renamed"}
        names |= {tokens(change.at)[1] for change in changes if change.at.startswith("/example/")}
        for offset, doubt in doubts_of(self.reading):
            if (
                hashed([doubt])[0] in known
                or self._is_known_total(doubt)
                or self._is_of_form(doubt)
                or any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", doubt) for name in names)
            ):
                continue
            message = f"{self.page}:{self.reading.page.place(offset)[0]}: {doubt}."
            yield self.model.document.finding("/pages", "P006", "page-unsure", message)

    def _is_of_form(self, doubt: str) -> bool:
        """Return whether a doubt is only where a row begins that was there before."""
        name = doubt.partition(":")[0].partition("[")[0]
        return any(words in doubt for words in _OF_FORM) and self.model.parameter(name) is not None

    def _is_known_total(self, doubt: str) -> bool:
        """Return whether a doubt is only that a list is cut short, as the spec has it."""
        found = _CUT_LIST.search(doubt)
        parameter = self.model.parameter(found[1]) if found else None
        return bool(found and parameter and str(parameter.schema.get("x-known-total")) == found[2])


def _is_followed(change: Change, claims: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Return whether the spec has a change of the page already."""
    covered = [at for at in (change.at, *change.covers) if at in claims or at in said]
    return bool(covered) and all(same(claims.get(at), said.get(at)) for at in covered)


def _is_left_out(change: Change) -> bool:
    """Return whether a spec only leaves out a value that the sample sends."""
    return change.at.startswith("/example/") and change.old is None


def context_of(model: Model, reading: PageContent, *, is_whole: bool) -> Context:
    """Return what the words of a page's changes depend on; `is_whole` if they are changes of a record."""
    texts = {sentence.at: sentence.text for sentence in (*rules_of(reading), *deprecations_of(reading))}
    media = str(model.output.get("media", ""))
    sample = reading.sample
    return Context(
        media if media in ("image", "video") else "call",
        texts,
        sample.found and bool(sample.values) and sample.complete,
        is_whole,
    )


def compared_claims(
    model: Model,
    claims: Mapping[str, Any],
    said: Mapping[str, Any],
    last: Mapping[str, Any] | None,
    elsewhere: Collection[str],
) -> dict[str, Any]:
    """Return the claims without those that a page is silent about and another one states.

    A claim that the page stated when it was `last` read stays.
    """
    used = facts_of_spec(model)
    kept: dict[str, Any] = {}
    for at, value in claims.items():
        there = said.get(at)
        if there in (None, []) and at in elsewhere and (last or {}).get(at) in (None, []):
            continue
        if at.endswith("/values") and _is_list_with_default(there, value, used, at):
            value = there
        if value is not None:
            kept[at] = value
    return kept


def _is_list_with_default(there: Any, here: Any, used: Mapping[str, Any], at: str) -> bool:
    """Return whether the lists differ only in the default, which counts as a value even if the page's list lacks it."""
    if not there and here is None:
        return True
    if not is_list(there) or not is_list(here):
        return False
    extra = [value for value in here if value not in there]
    example = used.get(f"/example/{at.split('/')[3]}")
    known = [used.get(at.removesuffix("values") + "default"), *((example,) if not there else ())]
    return [value for value in here if value in there] == list(there) and all(value in known for value in extra)


def _unused(document: Document, erratum: Erratum) -> Iterator[Finding]:
    if not same(document.get(erratum.at), erratum.used):
        message = f"the spec holds {_shown(document.get(erratum.at))}, not {_shown(erratum.used)}."
        place = f"{erratum.pointer}/used"
        yield document.finding(place, "P005", "erratum-unused", f"{erratum.at}: {message} Drop the erratum, or fix it.")


def _now(at: str, erratum: Erratum, reading: PageContent, said: Mapping[str, Any]) -> str | None:
    """Return what the page says now in place of what an erratum documents.

    None if the erratum holds, or its fact is compared with the others.
    """
    if QUOTED.search(erratum.at) and at not in said:
        holds = erratum.documented is None or str(erratum.documented).lower() in reading.page.text.lower()
        return None if holds else "no such words"
    if at == "/example":
        return None if _is_sample(erratum.documented, reading) else "another sample"
    last = at.rpartition("/")[2]
    if erratum.documented is None and last in _PROSE and erratum.basis == "page" and at not in said:
        # The table says nothing, so the figure must be in the description.
        row = next((row for row in reading.rows if row.name == tokens(at)[2]), None)
        numbers = {float(number) for number in re.findall(r"-?[0-9]+(?:\.[0-9]+)?", row.description if row else "")}
        if erratum.used not in numbers:
            return f"nothing of {_shown(erratum.used)} in its description"
    return None


def _is_sample(documented: Any, reading: PageContent) -> bool:
    """Return whether the page's sample is the one that an erratum documents, but for its texts."""
    values = reading.sample.values
    if not isinstance(documented, dict):
        return False
    return documented.keys() == values.keys()


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return cut(repr(value), 80)
