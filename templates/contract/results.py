"""Results of a run, and how much of the contract they cover."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from .cases import Case, all_cases, platform_cases
from .coverage import KINDS, contract_items
from .findings import DOUBT, DRIFT, KEPT, Finding, Verdict
from .spec.contract import Contract

#: A finding as strings: the fields of `Finding`, and its `message`.
FindingRecord: TypeAlias = dict[str, str]


class CaseResult(NamedTuple):
    """Verdict of a case as plain strings, which can be sent between processes."""

    id: str
    outcome: str
    description: str
    source: str
    drift: list[FindingRecord]
    doubts: list[FindingRecord]
    covers: list[str]
    cost: str
    check: str = ""
    parameter: str = ""
    rule: str = ""
    silent: bool = False

    @property
    def slug(self) -> str:
        """Slug of the model."""
        return self.id.partition(": ")[0]

    @classmethod
    def of(cls, case: Case, verdict: Verdict, cost: str) -> CaseResult:
        """Return the result of one case."""
        return cls(
            id=case._replace(slug=verdict.slug or case.slug).id,
            outcome=verdict.outcome,
            description=verdict.description or case.description,
            source=str(case.source),
            drift=list(map(_record, verdict.drift)),
            doubts=list(map(_record, verdict.doubts)),
            covers=list(verdict.covers),
            cost=cost,
            check=case.check,
            parameter=case.parameter,
            rule=case.rule,
            silent=case.silent,
        )


def _record(finding: Finding) -> FindingRecord:
    fields = {name: str(value) for name, value in finding._asdict().items()}
    return {**fields, "basis": finding.source.basis, "message": str(finding)}


class Coverage(NamedTuple):
    """The items of one kind: all, those that were checked, and the others."""

    all: list[str]
    covered: list[str]
    missing: list[str]


class RunResults:
    """Results so far; `stopped` says why the run ended early. An item is covered once every case about it was checked, whatever was found."""

    def __init__(self, contract: Contract) -> None:
        self.records: list[CaseResult] = []
        self.begun = datetime.now(UTC)
        self.stopped = ""
        self.unpriced = sum(model.price_usd is None for model in contract.models)
        self.assumed_usd = contract.platform.value_of("price")
        self._contract = contract
        # These cases check the platform, with any model as an example.
        self._platform_cases = {
            case.id for model in contract.models for case in platform_cases(contract.platform, model)
        }
        self._planned = Counter(item for case in all_cases(contract) for item in case.covers)
        self._checked: Counter[str] = Counter()

    def add(self, record: CaseResult) -> None:
        """Add the result of a case."""
        self.records.append(record)
        if record.outcome in (KEPT, DOUBT, DRIFT):
            self._checked.update(record.covers)

    def count(self, outcome: str) -> int:
        """Return the number of cases with this outcome."""
        return sum(record.outcome == outcome for record in self.records)

    def spent(self) -> Decimal:
        """Return what the calls cost at most, in dollars."""
        return sum((Decimal(record.cost) for record in self.records), Decimal(0))

    def coverage(self) -> dict[str, Coverage]:
        """Return the coverage by kind: of the platform, and of the models that any case was run for."""
        tried = {record.id.partition(": ")[0] for record in self.records if record.id not in self._platform_cases}
        models = tuple(model for model in self._contract.models if model.slug in tried)
        items = contract_items(Contract(self._contract.platform, models))
        parts: dict[str, Coverage] = {}
        for kind in KINDS.values():
            every = items[kind]
            covered = [item for item in every if self._is_covered(kind, item)]
            parts[kind] = Coverage(every, covered, [item for item in every if item not in set(covered)])
        return parts

    def _is_covered(self, kind: str, item: str) -> bool:
        planned, checked = self._planned[item], self._checked[item]
        # Any case shows a status or a header; a bound is covered when both of its sides are.
        return checked >= (planned if kind in ("boundaries", "enum values", "defaults") else 1) > 0
