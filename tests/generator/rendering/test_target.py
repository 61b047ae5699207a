"""Targets are data, and checked like specs."""

from __future__ import annotations

import pytest

from pagewright.rendering.target import load_targets
from pagewright.workspace import open_workspace
from tests.generator.conftest import Workspace

PATH = "templates/notes/target.yaml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("summary: x\nformats: {}\n", (2, 1, "S002")),
        ("summary: x\nformat: {.py: yapf}\n", (2, 15, "S004")),
        ("summary: x\nformat: ruff\n", (2, 9, "S004")),
        ("summary: x\ntypes: [{path: '{model}.py', kind: zod}]\n", (2, 36, "S004")),
        ("summary: x\ntypes: [{path: 'all.py', kind: pydantic}]\n", (2, 16, "S004")),
        ("summary: x\ninto: ../..\n", (2, 7, "S004")),
        ("summary: x\ninto: /etc\n", (2, 7, "S004")),
        ("summary: x\ninto: a/../b\n", (2, 7, "S004")),
        ("summary: x\nborrow: {spec: nobody}\n", (2, 16, "T001")),
        ("summary: x\nborrow: {../spec: notes}\n", (2, 10, "S005")),
        ("into: x\n", (1, 1, "S003")),
        ("- x\n", (1, 1, "S004")),
        ("", (1, 1, "Y009")),
        ("summary: x\nsummary: y\n", (2, 1, "Y004")),
    ],
)
def test_a_wrong_target_yaml_is_a_finding(acme: Workspace, text: str, expected: tuple[int, int, str]) -> None:
    acme.write(PATH, text)
    findings = acme.press().findings
    assert [(finding.path, finding.line, finding.column, finding.code) for finding in findings] == [(PATH, *expected)]
    assert not acme.generated.exists()


def test_findings_in_specs_and_targets_come_together(acme: Workspace) -> None:
    acme.write(PATH, "into: x\n")
    acme.replace("specs/acme/models/acme-sketch.yaml", "title: Acme Sketch", "title: 5")
    assert {finding.code for finding in acme.press().findings} == {"S003", "S004"}


def test_a_new_target_is_a_new_folder(acme: Workspace) -> None:
    acme.write(
        "templates/cards/target.yaml",
        "summary: Cards.\nborrow: {from/notes: notes/always, one.txt: notes/always/copied.txt}\n",
    )
    acme.write(
        "templates/cards/{model}/card.html.jinja", "<p title={{ model.title|json }}>{{ model.summary|html }}</p>\n"
    )
    acme.press()
    tree = acme.tree()
    assert tree["cards/acme_sketch/card.html"].endswith(b'-->\n<p title="Acme Sketch">Draws in black and white.</p>\n')
    assert tree["cards/from/notes/copied.txt"] == tree["cards/one.txt"] == tree["notes/always/copied.txt"]


def test_every_target_of_the_repository_says_what_it_is(repository: Workspace) -> None:
    targets, findings = load_targets(open_workspace(repository.root))
    assert not findings
    assert targets and all(target.summary and target.sources for target in targets)
