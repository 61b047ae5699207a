"""Update a spec from a page that has changed: the spec's text with the new facts, and the record of what was read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import PagewrightError
from ...specs.document import read_document
from ...specs.pointers import parameter_pointer, token, tokens
from ...specs.spec import Model, Platform
from ...specs.values import same
from ..changes.claims import claims_of, plain
from ..changes.damaged import broken_off, damage, unreadable
from ..changes.difference import Change, changes_between
from ..changes.last_read import record_of
from ..changes.page_facts import facts_of_page, printed_paths
from ..changes.platform_check import PLATFORM
from ..changes.record import PageRecord
from ..changes.renames import renamed_parameters, with_new_names
from ..compare_page import compared_claims, context_of
from ..draft import Draft, draft_of_content
from ..pages.origin import has_slug
from ..pages.read_page import PageContent
from ..review import Notes
from ..service import Service
from ..suspicions import suspicions
from .comments import lost_comments
from .errata_merge import Errata
from .facts_merge import Edit, Merge, Sides, merge
from .rebuild import draft_of_facts
from .reviews import Unplaced, new_reviews
from .yaml_text import YamlText


class OtherModel(PagewrightError):
    """The page is not one of the spec's."""


class DamagedPage(PagewrightError):
    """The page was damaged before it was saved, so that its facts can't be trusted."""


@dataclass(slots=True)
class Updated:
    """Result of an update.

    `text` is the spec, `changes` are what happened to the page, `reviews` what a person has to decide.

    Without `changes` the spec is as it was. What is `unread` is on the page and could not be read: it was left as it was.
    """

    text: str
    record: PageRecord
    changes: list[Change] = field(default_factory=list[Change])
    reviews: list[str] = field(default_factory=list[str])
    unread: str = ""


@dataclass(frozen=True, slots=True)
class PageUpdate:
    """An update of a spec: the spec with its text, the page that was read and the record of it, the records of the
    model's other pages.

    `unknown` are pages of the model without a record. `advice` says how to change the platform's file, if that is not
    plain.
    """

    model: Model
    platform: Platform
    service: Service
    text: str
    page: str
    reading: PageContent
    record: PageRecord | None
    others: Mapping[str, Mapping[str, Any]]
    unknown: Sequence[str] = ()
    advice: str = ""

    def run(self) -> Updated:
        """Return the updated spec.

        Raises:
            OtherModel: The page documents another model.
            DamagedPage: Its text was damaged, or is not whole.
        """
        said = facts_of_page(self.reading, self.service)
        if said["/slug"] != self.model.slug:
            raise OtherModel(
                f"the page documents {said['/slug']!r} now, not {self.model.slug!r}. Write a spec of it with --write, and remove the old one. Nothing was updated."
            )
        base = self._base(said)
        doubts = self.record.doubts if self.record else ()
        endings = self.record.endings if self.record else ()
        why = broken_off(self.reading, base, said, endings) or damage(self.reading, base, said, self.service, doubts)
        if why:
            raise DamagedPage(f"page {self.page}: {why}. Nothing was updated.")
        if unread := unreadable(self.reading, base, said):
            as_before = replace(self, reading=_with_facts(self.reading, base, unread))
            updated = as_before.run()
            updated.unread = " and ".join(unread)
            return updated
        context = context_of(self.model, self.reading, is_whole=self.record is not None)
        changes = changes_between(base, said, context)
        after = self._draft()
        record = record_of(self.page, self.reading, said, after.reviews)
        if not changes:
            return Updated(self.text, record)
        yaml = YamlText(self.text)
        renames = self._renames(base, said)
        self._rename(yaml, renames, said)
        known = {
            _moved_everywhere(key, renames, said): erratum
            for key, erratum in _by_fact(draft_of_facts(base, self.reading, self.page, self.service)).items()
        }
        base = _renamed(base, renames, said)
        before = draft_of_facts(base, self.reading, self.page, self.service)
        merged = merge(self._sides(_data(yaml), before, after, said))
        drafted = _by_fact(after)
        for at, sent in _sent_as_text(drafted, known, after, merged).items():
            drafted[at] = sent
        _apply(yaml, merged)
        errata = Errata(yaml, _data(yaml), self.page, said, base, drafted, known, merged.errata)
        errata.settle()
        reviews = [
            *merged.reviews,
            *new_reviews(before, after, self.record, renames, [at for change in changes for at in change.covers]),
            *self._odd_paths(base, said),
            *Unplaced(self.model, self.platform, self.page, base, said, renames, self.advice).reviews(changes),
        ]
        reviews += [
            ("", f"a comment about what is gone from the page said: {comment}")
            for comment in lost_comments(self.text, yaml.text)
        ]
        left = {(at, _printable(text)): None for at, text in reviews}
        for at, text in left:
            yaml.comment(at, f"review: {text}")
        return Updated(yaml.text, record, changes, [text for _, text in left])

    def _base(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts last read; without a record, those that the spec claims of this page."""
        if self.record is not None:
            return dict(self.record.facts)
        claims = claims_of(self.model, self.platform, self.page, said, None)
        if self.unknown:
            # What this page is silent about may be another's.
            claims = {at: value for at, value in claims.items() if said.get(at) not in (None, [])}
        # A path that the page does not print is the one that follows from its slug.
        inferred = printed_paths(self.reading)
        claims = {at: value for at, value in claims.items() if at in said or inferred.get(at) != value}
        elsewhere = {at for facts in self.others.values() for at in facts}
        return compared_claims(self.model, claims, said, None, elsewhere)

    def _renames(self, base: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, str]:
        """Return the renames that the spec follows: not those of a parameter that another page still has."""
        there = {tokens(at)[2] for facts in self.others.values() for at in facts if at.endswith("/type")}
        names = {parameter.name for parameter in self.model.parameters}
        return {
            one: other
            for one, other in renamed_parameters(base, said).items()
            if one not in there and one in names and other not in names
        }

    def _rename(self, yaml: YamlText, renames: Mapping[str, str], said: Mapping[str, Any]) -> None:
        data = self.model.document.data
        for one, other in renames.items():
            for index, erratum in enumerate(data.get("errata", [])):
                moved = _moved(str(erratum["at"]), one, other, said)
                if moved != erratum["at"]:
                    yaml.set(f"/errata/{index}/at", moved)
            for role, name in data["output"].items():
                if name == one and role != "media":
                    yaml.set(f"/output/{token(role)}", other)
            required = _data(yaml)["input"].get("required", [])
            if one in required:
                yaml.set("/input/required", [other if name == one else name for name in required])
            if f"/example/{token(one)}" not in said:
                yaml.rename(f"/example/{token(one)}", other)
            yaml.rename(parameter_pointer(one), other)

    def _draft(self) -> Draft:
        notes = Notes(self.reading.page, self.page)
        for doubt in suspicions(self.reading):
            notes.review(doubt.offset, doubt.message, doubt.pointer)
        return draft_of_content(self.reading, notes, self.service)

    def _sides(self, ours: Mapping[str, Any], before: Draft, after: Draft, said: Mapping[str, Any]) -> Sides:
        errata = {
            plain(str(erratum["at"])): erratum
            for erratum in ours.get("errata", [])
            if self.page in ([erratum["page"]] if isinstance(erratum["page"], str) else erratum["page"])
        }
        others = dict(self.others)
        if self.unknown:
            # A page without a record is taken to say what the spec says.
            claims = claims_of(self.model, self.platform, self.unknown[0], {}, None)
            others[self.unknown[0]] = claims
        return Sides(self.page, before.spec, after.spec, ours, errata, others, said, self._kept(said))

    def _kept(self, said: Mapping[str, Any]) -> dict[str, str]:
        """Return why a path of the page is not taken: it may be another model's, or that of another server."""
        kept: dict[str, str] = {}
        path = said.get("/sync/path")
        hosts = {host.partition(":")[0] for host in self.service.hosts}
        foreign = [host for host in said.get("/platform/base_url", []) if host not in hosts]
        if path is None:
            return kept
        if foreign and foreign == said["/platform/base_url"]:
            kept["/sync/path"] = (
                f"the call is at {foreign[0]} there, so the spec's own path was kept. If the provider has moved, change {PLATFORM}: /base_url "
                "and this path together"
            )
        elif not has_slug(path, self.model.slug):
            kept["/sync/path"] = (
                f"it does not name {self.model.slug!r}, so the spec's own path was kept; try one call of each"
            )
        return kept

    def _odd_paths(self, base: Mapping[str, Any], said: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return a review for each new path that was taken and is not of the platform's form."""
        reviews: list[tuple[str, str]] = []
        for at, endpoint in (("/sync/path", self.service.sync), ("/async/path", self.service.queue)):
            path = said.get(at)
            if path is None or endpoint is None or path == base.get(at) or at in self._kept(said):
                continue
            parted = endpoint.parted(path)
            if parted and parted[1] == self.model.slug:
                continue
            usual = endpoint.path_of("{slug}")
            text = f"{path!r} is not of the form {usual!r} that other models have; try one call before you keep it"
            reviews.append((at, f"{text} (page {self.page})"))
        return reviews


def _with_facts(reading: PageContent, base: Mapping[str, Any], unread: Mapping[str, Sequence[str]]) -> PageContent:
    """Return what was read of a page, with the facts that could not be read as they were before."""
    known = {at: base[at] for facts in unread.values() for at in facts}
    facts = replace(reading.facts)
    for at, value in known.items():
        if at == "/price_usd":
            facts.price_usd = value
        elif at == "/pricing":
            facts.pricing = value
        else:
            facts.statuses = {**facts.statuses, int(tokens(at)[-1]): value}
    facts.doubts = [doubt for doubt in facts.doubts if not doubt.pointer.startswith(("/pric", "/responses"))]
    return replace(reading, facts=facts)


def _moved(at: str, one: str, other: str, said: Mapping[str, Any]) -> str:
    """Return the pointer with a parameter's new name."""
    heads = ["/input/properties/", *(["/example/"] if f"/example/{token(one)}" not in said else [])]
    for head in heads:
        old = f"{head}{token(one)}"
        if at == old or at.startswith(f"{old}/"):
            return f"{head}{token(other)}{at.removeprefix(old)}"
    return at


def _moved_everywhere(at: str, renames: Mapping[str, str], said: Mapping[str, Any]) -> str:
    for one, other in renames.items():
        at = _moved(at, one, other, said)
    return at


def _renamed(base: Mapping[str, Any], renames: Mapping[str, str], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the old facts with the new names; a value that the sample still sends under the old name keeps it."""
    renamed = with_new_names(base, renames)
    for one, other in renames.items():
        if f"/example/{token(one)}" in said and f"/example/{token(other)}" in renamed:
            value = renamed.pop(f"/example/{token(other)}")
            renamed[f"/example/{token(one)}"] = value
    return renamed


def _apply(yaml: YamlText, merged: Merge) -> None:
    for edit in merged.edits:
        if edit.gone:
            yaml.delete(edit.at)
        elif edit.renamed:
            yaml.rename(edit.at, edit.value)
        else:
            yaml.set(edit.at, edit.value, edit.after)


def _sent_as_text(
    drafted: Mapping[str, Mapping[str, Any]], known: Collection[str], after: Draft, merged: Merge
) -> dict[str, Mapping[str, Any]]:
    """Return the errata about numbers that the sample still sends for what is a text now; the example sends them as text."""
    texts: dict[str, Mapping[str, Any]] = {}
    for at, erratum in drafted.items():
        value = erratum["documented"]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if at.startswith("/example/") and at not in known and is_number and same(value, erratum["used"]):
            schema = after.spec["input"]["properties"].get(tokens(at)[1], {})
            if schema.get("type") == "string":
                text = f"{value}"
                merged.edits.append(Edit(at, text))
                why = "The sample sends a number, the table says that it is a text."
                texts[at] = {**erratum, "used": text, "why": why}
    return texts


def _by_fact(draft: Draft) -> dict[str, Mapping[str, Any]]:
    return {plain(str(erratum["at"])): erratum for erratum in draft.spec.get("errata", [])}


def _data(yaml: YamlText) -> Mapping[str, Any]:
    document, findings = read_document("spec", yaml.text.encode())
    if document is None or findings:
        raise AssertionError(f"the edited spec can't be read: {findings}")
    data: Mapping[str, Any] = document.data
    return data


def _printable(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
