"""A draft of a whole page is a spec that the press takes as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagewright.specs.lint import lint
from pagewright.specs.metaschema import Checker
from pagewright.specs.spec import model_from
from pagewright.transcribe.draft import draft
from pagewright.transcribe.write import to_yaml
from pagewright.workspace import open_workspace
from tests.material import segmind
from tests.transcribe.conftest import WHOLE, Case

REPOSITORY = Path(__file__).parents[3]
#: Numbers and texts in one list: no type fits it, and lint says so.
MIXED = {"spaced-v1-mixed-list"}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(open_workspace(REPOSITORY))


@pytest.mark.parametrize("case", [case for case in WHOLE if case.name not in MIXED], ids=str)
def test_the_meta_schema_and_lint_have_no_findings(case: Case, checker: Checker, tmp_path: Path) -> None:
    result = draft(case.text, "acme.page", segmind())
    path = tmp_path / f"{result.spec['slug']}.yaml"
    path.write_text(to_yaml(result), encoding="utf-8")
    document, findings = checker.read(path, path.name, "model.schema.json")
    assert findings == []
    assert document is not None
    assert lint(None, [model_from(document)]) == []


def test_errata_say_what_the_page_has() -> None:
    page = (
        "Acme Paint\n\nimport requests\nurl = 'https://api.segmind.com/v1/acme-paint'\ndata = {\n 'steps': 4\n}\n\n"
        "API Endpoint\n\nPOSThttps://api.segmind.com/v1/acme-paint\n\nParameters\n\nstepsoptional\ninteger\n\nHow often\n\n"
        "Default: 4Range: 10 - 70\n\nResponse Type\n\nReturns: Image\n\nCommon Error Codes\n\n504\n\nTimeout\n\nToo slow\n"
    )
    result = draft(page, "acme.page", segmind())
    assert result.spec["input"]["properties"]["steps"]["minimum"] == 4
    (erratum,) = result.spec["errata"]
    assert (erratum["at"], erratum["documented"], erratum["used"]) == ("/input/properties/steps/minimum", 10, 4)
    (review,) = result.reviews
    assert (review.line, review.column, review.pointer) == (15, 1, "/input/properties/steps")
