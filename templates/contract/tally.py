"""The verdicts of a run, and how much of the contract they cover."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from .cases import KINDS, Case, all_cases, cases_of_platform, contract_items
from .findings import DRIFT, KEPT, Verdict
from .spec.contract import Contract

#: A finding: its kind, and its words.
Said: TypeAlias = list[str]


class Record(NamedTuple):
    """A case's verdict in plain texts, so that it can go from one process to another."""

    id: str
    outcome: str
    words: str
    source: str
    drift: list[Said]
    doubts: list[Said]
    covers: list[str]
    cost: str

    @classmethod
    def of(cls, case: Case, verdict: Verdict, cost: str) -> Record:
        """The record of one case."""
        drift, doubts = ([[one.kind, str(one)] for one in found] for found in (verdict.drift, verdict.doubts))
        words = verdict.words or case.words
        return cls(case.id, verdict.outcome, words, str(case.source), drift, doubts, list(verdict.covers), cost)


class Part(NamedTuple):
    """One kind of things that the contract says: all of them, those that were checked, and the others."""

    all: list[str]
    covered: list[str]
    missing: list[str]


class Tally:
    """What has been found so far. A thing counts as covered once every case about it was judged, kept or drift."""

    def __init__(self, contract: Contract) -> None:
        self.records: list[Record] = []
        self.unpriced = sum(model.price_usd is None for model in contract.models)
        self.assumed_usd = contract.platform.value_of("price")
        self._contract = contract
        # These are about the platform, and only borrow a model.
        self._borrowing = {case.id for case in cases_of_platform(contract)}
        self._claims = Counter(item for case in all_cases(contract) for item in case.covers)
        self._judged: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Takes note of a verdict."""
        self.records.append(record)
        if record.outcome in (KEPT, DRIFT):
            self._judged.update(record.covers)

    def count(self, outcome: str) -> int:
        """How many cases had this outcome."""
        return sum(record.outcome == outcome for record in self.records)

    def spent(self) -> Decimal:
        """What the calls cost at most, in dollars."""
        return sum((Decimal(record.cost) for record in self.records), Decimal(0))

    def coverage(self) -> dict[str, Part]:
        """How much of the contract was checked, by kind: of the platform's, and of the models that were tried at all."""
        tried = {record.id.partition(": ")[0] for record in self.records if record.id not in self._borrowing}
        models = tuple(model for model in self._contract.models if model.slug in tried)
        items = contract_items(Contract(self._contract.platform, models))
        parts: dict[str, Part] = {}
        for kind in KINDS.values():
            every = items[kind]
            covered = [item for item in every if self._is_covered(kind, item)]
            parts[kind] = Part(every, covered, [item for item in every if item not in set(covered)])
        return parts

    def _is_covered(self, kind: str, item: str) -> bool:
        claims, judged = self._claims[item], self._judged[item]
        # Many cases are about one status or header, and any of them shows it; a bound has two sides, and both count.
        return judged >= (claims if kind in ("boundaries", "enum values", "defaults") else 1) > 0
