"""A page of a model whose spec is installed does not replace that spec."""

from __future__ import annotations

import pytest

from tests.transcribe.invented import page
from tests.workspace.conftest import TINY, Repository

SAYS = (
    f"pagewright: {TINY} is among the installed specs, which were gone through by people; a draft would replace its spec. Merge "
    "the page into it with pagewright transcribe PAGE --update, or make a client of it as it is with pagewright vendor add.\n"
)


@pytest.mark.parametrize(
    "command", [("transcribe", "tiny.txt", "--write"), ("new", "tiny.txt", "--into", "acme/pictures")]
)
def test_no_command_replaces_an_installed_spec(repository: Repository, command: tuple[str, ...]) -> None:
    repository.write("tiny.txt", page(slug=TINY))
    status, printed = repository.run(*command)
    assert (status, printed) == (1, SAYS)
    assert not (repository.root / "specs").exists()
    assert not (repository.root / "acme").exists()


def test_an_own_spec_is_compared_with_its_page(repository: Repository) -> None:
    own = repository.own_spec()
    before = own.read_bytes()
    repository.write("tiny.txt", page(slug=TINY))
    status, printed = repository.run("transcribe", "tiny.txt", "--write")
    assert status == 1
    assert "exists and stays as it is" in printed
    assert own.read_bytes() == before
