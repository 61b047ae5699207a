"""Plays mutants: a wrong suite on the true mock, or the true suite on a wrong mock, without pytest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from generated.segmind.contract.cases import Case, model_cases, platform_cases
from generated.segmind.contract.findings import DRIFT, UNAVAILABLE
from generated.segmind.contract.service.environment import KEY, OTHER_KEY, ServiceUnderTest, mock_service
from generated.segmind.contract.service.http import NoResponse, Request, Response, Send
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.spec.contract import Contract, read_model, read_platform
from generated.segmind.contract.spec.facts import Model
from pagewright.rendering.render import Output, Renderer
from pagewright.rendering.target import Names, Source, Target, load_targets
from pagewright.specs.lint import lint
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog, model_from, platform_from
from pagewright.workspace import find_provider
from segmind_mock import Settings, create_app
from segmind_mock.testing.inprocess import InProcess, LoopThread, Outgoing
from segmind_mock.testing.inprocess import NoAnswer as Silence
from tests.contract.mutation.specs import SpecMutant

ROOT = Path(__file__).parents[3]
#: The models on which wrong mocks and wrong platforms are tried: all sizes and formats, and squares with a price.
SAMPLE_SLUGS = ("stable-diffusion-3.5-large-txt2img", "tinysd1.5-txt2img")
_WAIT_S = 30.0

Mutation = Callable[[Request, Send], Response]


class Played(NamedTuple):
    """What became of a mutant: `killed`, `survived` or `stillborn` (no suite can be made of it), and by what.

    `lint` is what lint has against a wrong spec. It is played all the same: lint sees that a fact contradicts another
    one in the file, and a suite is to see that it contradicts the service.
    """

    name: str
    fate: str
    words: str
    lint: str = ""


class MockFactory:
    """True mocks in this process, each new but for the pictures, which are drawn once."""

    def __init__(self) -> None:
        self._thread = LoopThread()
        self._pictures = create_app(Settings()).mock.pictures

    @contextmanager
    def service(self, mutation: Mutation | None = None) -> Iterator[ServiceUnderTest]:
        """A new mock, behind a mutation if one is given."""
        app = create_app(Settings(keys=frozenset((KEY, OTHER_KEY))))
        app.mock.pictures = self._pictures
        process = InProcess(self._thread, app)

        def send(request: Request) -> Response:
            try:
                split = urlsplit(request.url)
                host = split.netloc.encode("ascii")
            except ValueError as error:
                raise NoResponse(str(error)) from None
            target = quote(f"{split.path}?{split.query}" if split.query else split.path, "/?=&%", errors="replace")
            body = request.body
            headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
            headers += [(b"host", host), (b"content-length", b"%d" % len(body))]
            call = process.send(Outgoing(request.method, "https", split.netloc, 443, target.encode(), headers, body))
            try:
                status, received = call.head(call.take(_WAIT_S))
                pieces: list[bytes] = []
                while (piece := call.chunk(call.take(_WAIT_S))) is not None:
                    pieces.append(piece)
            except Silence as failed:
                raise NoResponse(str(failed)) from None
            return Response(status, {name.decode(): value.decode() for name, value in received}, b"".join(pieces))

        def mutated(request: Request) -> Response:
            assert mutation is not None
            admin = urlsplit(request.url).path.startswith("/__mock/")
            return send(request) if admin else mutation(request, send)

        yield mock_service(send if mutation is None else mutated)
        process.finish()

    def close(self) -> None:
        """Ends the threads."""
        self._pictures.close()
        self._thread.close()


def play_suite(mocks: MockFactory, contract: Contract, cases: Iterable[Case], mutation: Mutation | None = None) -> str:
    """The first case that finds something, and what; "" if none does."""
    with mocks.service(mutation) as service:
        for case in cases:
            try:
                verdict = run_case(contract, service, case)
            except Exception as error:
                return f"{case.id}: the suite fails: {type(error).__name__}: {error}"
            if verdict.outcome == DRIFT:
                return f"{case.id}: {verdict.drift[0]}"
            if verdict.outcome == UNAVAILABLE:
                return f"{case.id}: not available: {verdict.description}"
    return ""


def play_mock(mocks: MockFactory, name: str, mutation: Mutation) -> Played:
    """The true suite on a wrong mock."""
    words = play_suite(mocks, sample_contract(), sample_cases(), mutation)
    return Played(f"mock: {name}", "killed" if words else "survived", words)


def play_spec(mocks: MockFactory, mutant: SpecMutant) -> Played:
    """The suite of a wrong spec on the true mock."""
    try:
        catalog = _changed(mutant)
        renderer = Renderer(ROOT, catalog, Names([_target()], catalog.platform.names))
        refused = [f"{finding.code} {finding.message}" for finding in lint(catalog.platform, catalog.models)]
    except Exception as error:
        return Played(mutant.name, "stillborn", f"{type(error).__name__}: {error}", "")
    platform = read_platform(_rendered(renderer, _sources()["contract/platform.json"], None))
    slugs = (mutant.slug,) if mutant.slug else SAMPLE_SLUGS
    models: list[Model] = []
    for model in catalog.models:
        if model.slug in slugs:
            data = _rendered(renderer, _sources()["contract/models/{model}.json"], model)
            models.append(read_model(data, platform))
    contract = Contract(platform, tuple(models))
    cases = [case for model in models for case in model_cases(platform, model)]
    if not mutant.slug:
        cases += platform_cases(platform, models[0])
    # What the mutation has changed comes first: it is likely to be what finds it.
    cases.sort(key=lambda case: case in _true_cases())
    words = play_suite(mocks, contract, cases)
    return Played(mutant.name, "killed" if words else "survived", words, refused[0] if refused else "")


@cache
def true_catalog() -> Catalog:
    """The specs as they are."""
    catalog = load(find_provider(ROOT)).catalog
    assert catalog is not None, "the specs can't be read"
    return catalog


@cache
def true_contract() -> Contract:
    """The contract as it was generated."""
    from generated.segmind.contract.spec.contract import load as load_contract

    return load_contract()


@cache
def sample_contract() -> Contract:
    """The contract of the models on which wrong mocks are tried."""
    contract = true_contract()
    return Contract(contract.platform, tuple(model for model in contract.models if model.slug in SAMPLE_SLUGS))


@cache
def sample_cases() -> list[Case]:
    """Its cases."""
    contract = sample_contract()
    cases = [case for model in contract.models for case in model_cases(contract.platform, model)]
    # What goes through the whole of the mock comes first: it finds most.
    cases += platform_cases(contract.platform, contract.models[0])
    order = {"job": 0, "example": 0, "failure": 0}
    return sorted(cases, key=lambda case: order.get(case.check, 1))


@cache
def _true_cases() -> list[Case]:
    contract = true_contract()
    return [case for model in contract.models for case in model_cases(contract.platform, model)]


@cache
def _target() -> Target:
    targets, findings = load_targets(ROOT)
    assert not findings
    return next(target for target in targets if target.name == "contract")


@cache
def _sources() -> dict[str, Source]:
    return {source.path: source for source in _target().sources}


def _changed(mutant: SpecMutant) -> Catalog:
    true = true_catalog()
    if not mutant.slug:
        return Catalog(platform_from(replace(true.platform.document, data=mutant.data)), true.models)
    models = tuple(
        model_from(replace(model.document, data=mutant.data)) if model.slug == mutant.slug else model
        for model in true.models
    )
    return Catalog(true.platform, models)


def _rendered(renderer: Renderer, source: Source, model: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(renderer.text(Output(source.path, _target(), source, model, False, "")))
    return content
