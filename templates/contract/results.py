"""Results of a run, and how much of the contract they cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from .calls import Call, Passing, Times, passing_of, times_of
from .cases import Case, all_cases, platform_cases
from .coverage import KINDS, contract_items
from .findings import DOUBT, DRIFT, KEPT, UNAVAILABLE, Finding, Verdict
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
    #: Kind, status and seconds of each request, and the statuses that passed.
    calls: Sequence[tuple[str, int, float]] = ()
    passing: Sequence[int] = ()

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
            calls=[(call.kind, call.status, call.seconds) for call in verdict.calls],
            passing=list(verdict.passing),
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
    """Results so far. An item is covered once every case about it was checked, whatever was found.

    `stopped` says why the run ended early. The times of a mock in this process (`is_mock`) say nothing of a service.
    """

    def __init__(self, contract: Contract) -> None:
        self.records: list[CaseResult] = []
        self.begun = datetime.now(UTC)
        self.stopped = ""
        self.is_mock = False
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
        """Return the number of cases with this outcome. A case in doubt may also be drift or not available."""
        if outcome == DOUBT:
            return sum(bool(record.doubts) for record in self.records)
        return sum(record.outcome == outcome for record in self.records)

    def count_twice(self) -> int:
        """Return the number of cases in doubt that are also drift or not available."""
        return sum(bool(record.doubts) and record.outcome != DOUBT for record in self.records)

    def times(self) -> list[Times]:
        """Return the times of the calls by model and kind; none for a mock in this process."""
        if self.is_mock:
            return []
        calls = [(record.slug, Call(*call)) for record in self.records for call in record.calls]
        return times_of(calls, {model.slug: model.latency_s for model in self._contract.models})

    def passing(self) -> list[Passing]:
        """Return the statuses that requests got and, sent again, did not get."""
        limited = self._contract.platform.status("rate_limited")
        calls = [Call(*call) for record in self.records for call in record.calls]
        statuses = [status for record in self.records for status in record.passing]
        return passing_of(statuses, calls, 429 if limited is None else limited.status)

    def is_unreliable(self) -> bool:
        """Return whether cases could not be checked, or requests failed that succeeded when they were sent again."""
        return self.count(UNAVAILABLE) > 0 or any(not passing.limits for passing in self.passing())

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
