"""A sample of the mutants that `make mutation` plays: each is killed, or its survival is explained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.mutation.play import MockFactory, play_mock, play_spec, play_suite
from tests.contract.mutation.registry import mock_mutants
from tests.contract.mutation.score import as_markdown, failures
from tests.contract.mutation.specs import SpecMutant, spec_mutants
from tests.contract.mutation.subjects import PROVIDERS, sample_cases, sample_contract, subject
from tests.contract.mutation.survivors import REASONS, reason

SPECS = list(spec_mutants(subject().catalog))


@pytest.fixture(scope="module", params=PROVIDERS)
def provider_mocks(request: pytest.FixtureRequest) -> Iterator[tuple[str, MockFactory]]:
    """The name of each provider with its correct mock."""
    made = MockFactory(request.param)
    yield request.param, made
    made.close()


def test_the_correct_suite_finds_nothing_in_the_correct_mock(provider_mocks: tuple[str, MockFactory]) -> None:
    name, mocks = provider_mocks
    assert play_suite(mocks, sample_contract(name), sample_cases(name)) == ""


@pytest.mark.parametrize("mutant", SPECS[::23], ids=lambda mutant: mutant.name)
def test_wrong_specs_of_segmind_are_noticed(mocks: MockFactory, mutant: SpecMutant) -> None:
    played = play_spec(mocks, mutant)
    assert played.fate == "killed" or reason(played.name), played
    assert "the suite fails" not in played.words


@pytest.mark.parametrize("name", list(mock_mutants("segmind"))[::9])
def test_wrong_mocks_of_segmind_are_noticed(mocks: MockFactory, name: str) -> None:
    played = play_mock(mocks, name, mock_mutants("segmind")[name]())
    assert played.fate == "killed", played
    assert "the suite fails" not in played.words


def test_wrong_specs_and_wrong_mocks_of_each_provider_are_noticed(provider_mocks: tuple[str, MockFactory]) -> None:
    name, mocks = provider_mocks
    specs, wrong_mocks = list(spec_mutants(subject(name).catalog)), mock_mutants(name)
    played = [play_spec(mocks, mutant, name) for mutant in specs[:: len(specs) // 8]]
    played += [
        play_mock(mocks, each, wrong_mocks[each](), name) for each in list(wrong_mocks)[:: len(wrong_mocks) // 8]
    ]
    assert len(played) >= 16
    assert [one for one in played if one.fate != "killed" and not reason(one.name)] == []
    assert [one for one in played if "the suite fails" in one.words] == []


def test_every_reason_is_about_a_mutant() -> None:
    names: list[str] = []
    for name in PROVIDERS:
        of = subject(name)
        names += [of.named(mutant.name) for mutant in spec_mutants(of.catalog)]
        names += [of.named(f"mock: {words}") for words in mock_mutants(name)]
    assert set(REASONS.values()) <= {reason(name) for name in names}
    assert len(set(names)) == len(names) > 1000


def test_a_survivor_without_a_reason_fails_the_run(mocks: MockFactory) -> None:
    played = play_mock(mocks, "nothing is wrong", lambda request, send: send(request))
    assert played.fate == "survived"
    assert any("no reason is given" in line for line in failures([played]))
    assert "| segmind, wrong mocks | 1 | 0 | 0.0 % |" in as_markdown([played])
