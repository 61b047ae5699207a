"""The one loop: a case, a place, a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..cases import DECIDED, Case
from ..findings import DRIFT, KEPT, UNAVAILABLE, UNCHECKED, Ended, Unavailable, Unchecked, Verdict, shown
from ..judging.judges import JUDGES
from ..spec.contract import Contract
from .place import Place
from .probe import Probe


def judge(contract: Contract, place: Place, case: Case) -> Verdict:
    """What becomes of one case."""
    model = next(model for model in contract.models if model.slug == case.slug)
    probe = Probe(place, contract.platform, model, case.words, case.source)
    outcome, words, covers = KEPT, "", case.covers
    try:
        if case.needs_mock and not place.provokes:
            raise Unchecked("only a mock can be made to do this (--provoke)")
        JUDGES[case.judge](probe, case)
    except Ended:
        covers = tuple(item for item in covers if probe.decided and item.startswith(DECIDED))
    except Unavailable as said:
        outcome, words = UNAVAILABLE, shown(str(said), 400)
    except Unchecked as said:
        outcome, words = UNCHECKED, str(said)
    if probe.drift:
        outcome = DRIFT
    seen = tuple(item for item in covers if item not in probe.unseen)
    return Verdict(outcome, words, tuple(probe.drift), tuple(probe.doubts), seen)


def judged(
    contract: Contract, place: Place, cases: Iterable[Case], wanted: Callable[[Case], bool] = lambda case: True
) -> Iterator[tuple[Case, Verdict]]:
    """Each case that is wanted, with its verdict."""
    for case in cases:
        if wanted(case):
            yield case, judge(contract, place, case)
