"""All witnesses agree on what a request may hold, but for the listed differences; `make witness` asks 100,000 times."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.rendering.views import catalog_names
from pagewright.specs.document import read_document
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog, Model, model_from
from pagewright.workspace import find_provider, open_workspace
from tests.material import ROOT, reserved
from tests.witness.agreement import Court, Tally, court, hear
from tests.witness.bodies import edges
from tests.witness.differences import DIFFERENCES

EXAMPLES = 250
#: A value of each type of JSON, and those of Python that look like another type's.
OF_EACH_TYPE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    "",
    "1",
    "true",
    1.0,
    25.5,
    [],
    {},
    [None],
    {"a": 1},
    math.nan,
    math.inf,
    10**400,
)
#: A model with every keyword of JSON Schema that a spec may use, since the provider's four use but some.
INVENTED = b"""\
slug: acme-everything
title: Acme Everything
summary: Everything that a spec may say of a parameter.
task: text-to-image
pages: [acme-everything]
sync: {method: POST, path: /v1/acme-everything}
async: {method: POST, path: /v2/acme-everything}
input:
  type: object
  required: [class, box]
  properties:
    class: {type: string, minLength: 1, maxLength: 3}
    steps: {type: integer, minimum: -3, multipleOf: 4}
    frames: {type: integer, minimum: 1, maximum: 30, x-accepts-text: true}
    speed: {type: number, exclusiveMinimum: 0, maximum: 4, x-accepts-text: true}
    open: {type: number}
    least: {type: number, minimum: 0.1}
    stepped: {type: number, minimum: -2, maximum: 40, multipleOf: 3}
    cfg-scale: {type: number, enum: [1, 2.5]}
    side: {type: integer, enum: [0, 512]}
    agreed: {type: boolean, enum: [true]}
    flag: {type: boolean, default: null}
    style: {type: string, x-known-values: [plain, "16:9"], x-known-total: 5}
    picture: {type: string, format: uri}
    pictures: {type: array, minItems: 1, maxItems: 2, items: {type: string, maxLength: 3}}
    numbers: {type: array, items: {type: number}}
    anything: {type: array}
    box:
      type: object
      required: [x]
      properties:
        x: {type: integer, minimum: 0}
        y: {type: array, items: {type: object, properties: {z: {type: number, maximum: 1}}}}
output: {media: image}
example: {class: abc, box: {x: 0}}
"""


def _catalog() -> Catalog:
    found = load(find_provider(open_workspace(ROOT))).catalog
    assert found
    return found


CATALOG = _catalog()


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """The witnesses for the invented model, whose packages are rendered under other names and imported."""
    document, findings = read_document("specs/segmind/models/acme-everything.yaml", INVENTED)
    assert document and not findings
    model = model_from(document)
    catalog = Catalog(CATALOG.platform, (model,))
    folder = tmp_path_factory.mktemp("invented")
    targets, _ = load_targets(open_workspace(ROOT))
    names = ProviderNames(targets, catalog.platform.names)
    rendered = render_all(
        Renderer(open_workspace(ROOT), catalog, names), plan(open_workspace(ROOT), targets, catalog, names, "")
    )
    for made_path, content in rendered.items():
        path = made_path.replace("segmind_", "acme_") if made_path.startswith("python/") else made_path
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    sys.path.insert(0, str(folder / "python"))
    try:
        with court(model, "acme_everything", folder / "openapi/models", "acme_client", "acme_mock") as made:
            yield made
    finally:
        sys.path.remove(str(folder / "python"))
        for name in [name for name in sys.modules if name.partition(".")[0] in ("acme_client", "acme_mock")]:
            del sys.modules[name]


@pytest.fixture(scope="module", params=[*CATALOG.models, None], ids=lambda model: model.slug if model else "invented")
def each(request: pytest.FixtureRequest) -> Iterator[Court]:
    """The witnesses for each model in turn, and for the invented one."""
    model: Model | None = request.param
    if model is None:
        yield request.getfixturevalue("invented")
        return
    with court(
        model, catalog_names(CATALOG, reserved())[model.slug], ROOT / "generated/segmind/openapi/models"
    ) as made:
        yield made


def test_witnesses_agree_on_random_bodies(each: Court, seed: int) -> None:
    tally = hear(each, EXAMPLES, seed)
    assert tally.asked >= EXAMPLES
    assert min(tally.admitted, tally.asked - tally.admitted) > EXAMPLES // 10, tally


def test_witnesses_agree_at_the_edge_of_every_rule(each: Court) -> None:
    tally = Tally()
    each.hear(dict(each.model.example), tally)
    for parameter in each.model.parameters:
        body = dict(each.model.example)
        body.pop(parameter.name, None)
        each.hear(body, tally)
        for value in [*edges(parameter.schema), *OF_EACH_TYPE]:
            each.hear({**each.model.example, parameter.name: value}, tally)
    assert 0 < tally.admitted < tally.asked


def test_every_listed_difference_occurs(invented: Court) -> None:
    tally = Tally()
    strange = [25.0, 512.0, 3.0000000001, math.nan, -math.inf, 10**400, None, "\ud800", "7"]
    for parameter in invented.model.parameters:
        for value in strange:
            invented.hear({**invented.model.example, parameter.name: value}, tally)
    invented.hear({**invented.model.example, "unheard of": math.nan}, tally)
    listed = {(witness, difference.name) for difference in DIFFERENCES for witness in difference.witnesses}
    assert tally.met.keys() == listed
