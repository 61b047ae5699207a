"""A sample of the mutants that `make mutation` plays: every one is killed, or its survival is explained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.mutation.mocks import MUTATIONS
from tests.contract.mutation.play import (
    MockFactory,
    play_mock,
    play_spec,
    play_suite,
    sample_cases,
    sample_contract,
    true_catalog,
)
from tests.contract.mutation.score import as_markdown, failures
from tests.contract.mutation.specs import SpecMutant, spec_mutants
from tests.contract.mutation.survivors import REASONS, reason

SPECS = list(spec_mutants(true_catalog()))


@pytest.fixture(scope="module")
def mocks() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.close()


def test_the_true_suite_finds_nothing_in_the_true_mock(mocks: MockFactory) -> None:
    assert play_suite(mocks, sample_contract(), sample_cases()) == ""


@pytest.mark.parametrize("mutant", SPECS[::23], ids=lambda mutant: mutant.name)
def test_wrong_specs(mocks: MockFactory, mutant: SpecMutant) -> None:
    played = play_spec(mocks, mutant)
    assert played.fate == "killed" or reason(mutant.name), played
    assert "the suite fails" not in played.words


@pytest.mark.parametrize("name", list(MUTATIONS)[::9])
def test_wrong_mocks(mocks: MockFactory, name: str) -> None:
    played = play_mock(mocks, name, MUTATIONS[name]())
    assert played.fate == "killed", played
    assert "the suite fails" not in played.words


def test_every_reason_is_about_a_mutant() -> None:
    explained = {reason(mutant.name) for mutant in SPECS}
    assert set(REASONS.values()) <= explained
    names = [mutant.name for mutant in SPECS]
    assert len(set(names)) == len(names) > 500


def test_a_survivor_without_a_reason_fails_the_run(mocks: MockFactory) -> None:
    played = play_mock(mocks, "nothing is wrong", lambda request, send: send(request))
    assert played.fate == "survived"
    assert any("no reason is given" in line for line in failures([played]))
    assert "0.0 %" in as_markdown([played])
