"""Turn the content of a page into a draft of a spec: a plain mapping, with notes for the reviewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..specs.pointers import parameter_pointer, token
from ..specs.values import cut
from ..specs.violations import violations
from .changes.last_read import record_of
from .changes.page_facts import facts_of_page
from .changes.record import PageRecord
from .changes.rules import deprecations_of
from .output_kind import kind_of_output
from .output_roles import roles_of, unnamed_sizes
from .pages.read_page import PageContent, read_page
from .review import Notes, Review
from .schema import is_number_as_text, schema_of, schema_of_value
from .service import Service
from .suspicions import suspicions
from .values.literals import CUT_OFF
from .values.misread import misread_words

#: So many parameters of the sample that are in no row are more than an oversight of the page.
_MANY = 3
#: One misread word may be a slip of the page itself.
_CERTAIN = 2
_WHYS = {
    "wrong-type": "The sample sends another type than the table says.",
    "outside-range": "The sample sends a value outside of the range.",
}


@dataclass(slots=True)
class Draft:
    """`complete` is False if the page ends before its table does, or has none.

    `make_record` returns what is kept of the page, which only those need who write the spec.
    """

    spec: dict[str, Any]
    reviews: list[Review] = field(default_factory=list[Review])
    complete: bool = True
    make_record: Callable[[], PageRecord] | None = None
    _record: PageRecord | None = None

    @property
    def record(self) -> PageRecord | None:
        """The record to keep of the page; None if there is none."""
        if self._record is None and self.make_record is not None:
            self._record = self.make_record()
        return self._record


def draft(content: bytes | str, page_name: str, service: Service, *, url: str = "") -> Draft:
    """Transcribe a page of `service` that is filed under `page_name`, or under its slug if that is "".

    A page that was fetched has the address `url`, which the spec keeps.

    Raises:
        NotAModelPage: With what it seems to be instead.
    """
    reading = read_page(content, service)
    notes = Notes(reading.page, page_name or reading.facts.slug.replace("/", "-"), url=url)
    for doubt in suspicions(reading):
        notes.review(doubt.offset, doubt.message, doubt.pointer)
    for sentence in deprecations_of(reading):
        message = f"it announces an end: {cut(sentence.text, 300)!r}; decide whether to use it, and until when"
        notes.review(sentence.offset, message, sentence.at.partition("/deprecated/")[0] or "/slug")
    drafted = draft_of_content(reading, notes, service)
    drafted.make_record = lambda: record_of(notes.page_name, reading, facts_of_page(reading, service), drafted.reviews)
    return drafted


def draft_of_content(reading: PageContent, notes: Notes, service: Service) -> Draft:
    """Return the draft of what was read from a page, whichever way; `notes` may have reviews already."""
    return _Drafter(notes, reading, "sdk" if service.sdk else "inferred").make()


def _operation(path: str, basis: str) -> dict[str, Any]:
    return {"method": "POST", "path": path, **({"basis": basis} if basis else {})}


class _Drafter:
    """Puts one spec together; `notes` fills as it goes."""

    def __init__(self, notes: Notes, reading: PageContent, unprinted: str) -> None:
        """`unprinted` is the basis of a queue's path that the page does not print."""
        self.notes = notes
        self.unprinted = unprinted
        self.reading = reading
        self.facts = reading.facts
        self.sample = reading.sample
        self.rows = reading.rows
        self.complete = reading.complete

    def make(self) -> Draft:
        facts = self.facts
        self._note_gaps()
        properties = {row.name: schema_of(row, self.sample.values, self.notes) for row in self.rows}
        example = dict(self.sample.values)
        self._reconcile(properties, example)
        required = [row.name for row in self.rows if row.required]
        kind = kind_of_output(self.reading, properties)
        spec: dict[str, Any] = {
            "slug": facts.slug,
            "title": facts.title,
            "summary": f"{facts.title}, as its documentation page describes it.",
            "task": kind.task,
            "pages": [
                {"name": self.notes.page_name, "url": self.notes.url} if self.notes.url else self.notes.page_name
            ],
        }
        if facts.sync_path:
            spec["sync"] = _operation(facts.sync_path, "" if facts.sync_shown else "inferred")
        if facts.async_path:
            spec["async"] = _operation(facts.async_path, "" if facts.async_shown else self.unprinted)
        if facts.price_usd:
            spec["price_usd"] = facts.price_usd
        if facts.pricing:
            spec["pricing"] = facts.pricing
        self._latency(spec)
        if responses := self._responses():
            spec["responses"] = responses
        spec["input"] = {"type": "object", **({"required": required} if required else {}), "properties": properties}
        spec["output"] = self._output(kind.media, kind.task, properties)
        spec["example"] = example
        self._complain_of_missing(required, example)
        for doubt in (*facts.doubts, *kind.doubts):
            self.notes.review(doubt.offset, doubt.message, doubt.pointer)
        if self.notes.errata:
            spec["errata"] = self.notes.errata
        reviews = sorted(self.notes.reviews, key=lambda review: (review.line, review.column))
        return Draft(spec, reviews, self.complete)

    def _note_gaps(self) -> None:
        end = len(self.notes.page.text)
        if not self.rows:
            self.notes.review(
                end, "the page ends before its table of parameters: types, ranges and required are not known"
            )
        elif not self.complete:
            self.notes.review(end, "the page ends inside its table of parameters; the spec is incomplete")
        elif self._has_lost_rows():
            self.complete = False
            message = "the table does not have many of the parameters that the sample sends: rows seem to be missing"
            self.notes.review(self.rows[-1].offset, message)
        self._note_damage()
        if not self.sample.found:
            self.notes.review(0, "the page has no code sample, so nothing bears the table out")
        elif not self.sample.complete:
            self.notes.review(self.sample.offset, "the sample is cut off or can't be read; the example is incomplete")
        for doubt in self.sample.doubts:
            self.notes.review(self.sample.offset, doubt, "/example")
        for note in self.notes.page.document.notes:
            self.notes.review(0, note)

    def _note_damage(self) -> None:
        """Note letters that text recognition took for others: where words are wrong, names and values are, too."""
        table = self.notes.page.table()
        start = table.start if table else 0
        if misread := misread_words(self.notes.page.text[start:]):
            self.complete = self.complete and len(misread) < _CERTAIN
            words = ", ".join(map(repr, misread[:5]))
            message = f"letters were misread ({words}): compare every name and value with the page"
            self.notes.review(start + self.notes.page.text[start:].index(misread[0]), message)

    def _has_lost_rows(self) -> bool:
        """Return whether the table lacks so many of the sample's parameters that more may be missing than those."""
        sent = self.sample.values
        lost = len(sent.keys() - {row.name for row in self.rows})
        return lost >= _MANY and lost * 3 >= len(sent)

    def _reconcile(self, properties: dict[str, Any], example: dict[str, Any]) -> None:
        """Compare the values in the sample with the table, and note where they contradict each other."""
        for name, value in list(example.items()):
            place = f"/example/{token(name)}"
            if name not in properties:
                self._unknown(name, value, properties, place)
            elif value is None and name in self.sample.calls:
                del example[name]
                is_cut = self.sample.calls[name].name == CUT_OFF
                made = "the page cuts off the value in its sample" if is_cut else "the sample makes the value by a call"
                message = f"{name}: {made}; the example leaves it out"
                self.notes.review(self.sample.offset, message, place)
            else:
                self._compare(name, value, properties[name], place)

    def _unknown(self, name: str, value: Any, properties: dict[str, Any], place: str) -> None:
        if not self.complete:
            properties[name] = schema_of_value(name, value, self.notes, self.sample.offset)
            return
        message = (
            f"the sample sends {name!r}, which the table does not have: a row may be lost, or run into another one"
        )
        self.notes.review(self.sample.offset, message)
        why = "The sample sends it, but the table of parameters does not have it."
        self.notes.erratum(place, value, value, why)

    def _compare(self, name: str, value: Any, schema: dict[str, Any], place: str) -> None:
        if is_number_as_text(schema["type"], value):
            schema["x-accepts-text"] = True
        wrong = [violation.rule for violation in violations(schema, value)]
        if not wrong:
            return
        if wrong == ["not-shown"] and not self._shown(name):
            # The page left the list empty: what it sends itself is all that is known.
            schema["x-known-values"] = [*schema["x-known-values"], value]
            return
        self.notes.review(
            self.sample.offset, f"{name}: the sample sends {value!r}, which the table does not allow", place
        )
        why = _WHYS.get(wrong[0], "The sample sends a value that the table does not show.")
        self.notes.erratum(place, value, value, why)

    def _shown(self, name: str) -> list[Any]:
        """Return the values that the page lists for a parameter."""
        row = next((row for row in self.rows if row.name == name), None)
        return row.values or [] if row else []

    def _complain_of_missing(self, required: list[str], example: dict[str, Any]) -> None:
        missing = [name for name in required if name not in example]
        for name in missing:
            offset = next(row.offset for row in self.rows if row.name == name)
            self.notes.review(offset, f"{name}: required, but the sample does not send it", parameter_pointer(name))
        if missing:
            why = f"The sample does not send {', '.join(missing)}, though the table requires it."
            self.notes.erratum("/example", dict(example), dict(example), why)

    def _latency(self, spec: dict[str, Any]) -> None:
        if self.facts.latency_s:
            spec["latency_s"] = self.facts.latency_s
        elif self.facts.latency_s == 0:
            self.notes.erratum("/latency_s", 0.0, None, "A placeholder; no model answers in no time.", "inferred")

    def _responses(self) -> dict[str, Any]:
        said = {
            "returns": self.facts.returns,
            "statuses": {str(status): title for status, title in self.facts.statuses.items()},
            "states": self.facts.states,
        }
        return {key: value for key, value in said.items() if value}

    def _output(self, media: str, task: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        output: dict[str, Any] = {"media": media, **roles_of(media, task, properties)}
        for name, schema in properties.items():
            if media in ("image", "video") and (unnamed := unnamed_sizes(media, schema)):
                sizes = ", ".join(map(repr, unnamed))
                message = f"{name}: {sizes} name no size in pixels, so the size of those files is not judged"
                offset = next((row.offset for row in self.rows if row.name == name), self.sample.offset)
                self.notes.review(offset, message, parameter_pointer(name))
        if media == "text" and self.facts.api_format:
            output["api_format"] = self.facts.api_format
        if media == "json" and self.facts.schema:
            output["schema"] = self.facts.schema
        return output
