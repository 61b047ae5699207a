"""The correct mock of Segmind, shared by the tests of a module, and runs of cases against it with a fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from generated.segmind.contract.cases import Case
from generated.segmind.contract.checks import waiting
from generated.segmind.contract.service import checker
from generated.segmind.contract.service.environment import ServiceUnderTest
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.service.money import Budget
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.suite import CONTRACT
from tests.contract.mutation.play import MockFactory, Mutation
from tests.contract.played.playing import Run


@pytest.fixture(scope="module")
def mocks() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.close()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the suite wait for nothing. Other threads of the run keep their clock."""
    clock = SimpleNamespace(sleep=lambda seconds: None, monotonic=time.monotonic)
    for module in (checker, waiting):
        monkeypatch.setattr(module, "time", clock)


@pytest.fixture
def play(mocks: MockFactory) -> Iterator[Callable[..., Run]]:
    """A function that runs cases against a fake with a fault."""

    def run(mutation: Mutation, *cases: Case, most: str | None = None, **settings: Any) -> Run:
        said: list[str] = []
        sent: list[Request] = []

        def recorded(request: Request, send: Send) -> Response:
            sent.append(request)
            return mutation(request, send)

        with mocks.service(recorded, **settings) as service:
            fake: ServiceUnderTest = service._replace(
                strict=False, provokes=False, say=said.append, budget=Budget(None if most is None else Decimal(most))
            )
            return Run({case.name: run_case(CONTRACT, fake, case) for case in cases}, said, sent)

    yield run
