"""Play mutants without pytest: the suite of a wrong spec on the correct mock, or the correct suite on a wrong mock."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, urlsplit

from generated.segmind.contract.cases import Case, model_cases, platform_cases
from generated.segmind.contract.findings import DRIFT, UNAVAILABLE
from generated.segmind.contract.service.environment import KEY, OTHER_KEY, ServiceUnderTest, mock_service
from generated.segmind.contract.service.http import NoResponse, Request, Response, Send
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.spec.contract import Contract, read_model, read_platform
from generated.segmind.contract.spec.facts import Model
from pagewright.rendering.render import PlannedFile, Renderer
from pagewright.rendering.target import ProviderNames, Target, TemplateFile, load_targets
from pagewright.specs import spec
from pagewright.specs.lint import lint
from pagewright.specs.spec import Catalog, model_from, platform_from
from pagewright.workspace import open_workspace
from tests.contract.mutation.specs import SpecMutant
from tests.contract.mutation.subjects import (
    LUMEN,
    ROOT,
    Subject,
    cases_of,
    sample_cases,
    sample_contract,
    subject,
    unchanged_cases,
)

_WAIT_S = 30.0

Mutation = Callable[[Request, Send], Response]


class Played(NamedTuple):
    """Result of a mutant: `killed`, `survived` or `stillborn` (no suite can be made of it), and what killed it.

    `part` is the provider, or the medium if it is Lumen.

    `lint` is the first finding of lint in a wrong spec. The mutant is played all the same: lint notices a contradiction
    within a file, and the suite has to notice a contradiction with the service.
    """

    name: str
    part: str
    kind: Literal["spec", "mock"]
    fate: str
    words: str
    lint: str = ""


class MockFactory:
    """Starts correct mocks of a provider in this process. They share the files, which are generated once.

    `mock` is the package of the mock, if it is not that of a provider of the mutation score.
    """

    def __init__(self, provider: str = "segmind", mock: ModuleType | None = None) -> None:
        self._mock: ModuleType = mock or subject(provider).mock
        self._inprocess: Any = importlib.import_module(f"{self._mock.__name__}.testing.inprocess")
        self._thread = self._inprocess.LoopThread()
        self._files = self._mock.create_app(self._mock.Settings()).mock.files

    @contextmanager
    def service(self, mutation: Mutation | None = None, **settings: Any) -> Iterator[ServiceUnderTest]:
        """Start a new mock with these settings, behind a mutation if one is given."""
        app = self._mock.create_app(self._mock.Settings(keys=frozenset((KEY, OTHER_KEY)), **settings))
        app.mock.files = self._files
        process = self._inprocess.InProcess(self._thread, app)

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
            call = process.send(
                self._inprocess.ClientRequest(
                    request.method, "https", split.netloc, 443, target.encode(), headers, body
                )
            )
            try:
                status, received = call.head(call.take(_WAIT_S))
                pieces: list[bytes] = []
                while (piece := call.chunk(call.take(_WAIT_S))) is not None:
                    pieces.append(piece)
            except self._inprocess.CallFailed as failed:
                raise NoResponse(str(failed)) from None
            return Response(status, {name.decode(): value.decode() for name, value in received}, b"".join(pieces))

        def mutated(request: Request) -> Response:
            assert mutation is not None
            admin = urlsplit(request.url).path.startswith("/__mock/")
            return send(request) if admin else mutation(request, send)

        yield mock_service(send if mutation is None else mutated)
        process.finish()

    def close(self) -> None:
        """Stop the threads."""
        self._files.close()
        self._thread.close()


def play_suite(mocks: MockFactory, contract: Contract, cases: Iterable[Case], mutation: Mutation | None = None) -> str:
    """Return the first case with a finding, and the finding; "" if there is none."""
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


def scored_as(provider: str, name: str) -> str:
    """Return the part of the score to which a mutant belongs: the provider, or for Lumen the medium of the model in the name."""
    if provider != LUMEN:
        return provider
    slug = name.partition(": ")[0]
    return next(str(model.output["media"]) for model in subject(provider).contract.models if model.slug == slug)


def play_mock(mocks: MockFactory, name: str, mutation: Mutation, provider: str = "segmind") -> Played:
    """Play the correct suite on a wrong mock."""
    cases = sample_cases(provider) if provider != LUMEN else cases_of(provider, name.partition(": ")[0])
    words = play_suite(mocks, sample_contract(provider), cases, mutation)
    named = subject(provider).named(f"mock: {name}")
    return Played(named, scored_as(provider, name), "mock", "killed" if words else "survived", words)


def play_spec(mocks: MockFactory, mutant: SpecMutant, provider: str = "segmind") -> Played:
    """Play the suite of a wrong spec on the correct mock."""
    of = subject(provider)
    named = of.named(mutant.name)
    try:
        catalog = _changed(of, mutant)
        renderer = Renderer(open_workspace(of.root), catalog, ProviderNames([_target()], catalog.platform.names))
        refused = [f"{finding.code} {finding.message}" for finding in lint(catalog.platform, catalog.models)]
        platform = read_platform(_rendered(renderer, _sources()["contract/platform.json"], None))
    except Exception as error:
        return Played(
            named, scored_as(provider, mutant.name), "spec", "stillborn", f"{type(error).__name__}: {error}", ""
        )
    slugs = (mutant.slug,) if mutant.slug else tuple(model.slug for model in of.sample.models)
    models: list[Model] = []
    for model in catalog.models:
        if model.slug in slugs:
            data = _rendered(renderer, _sources()["contract/models/{model}.json"], model)
            models.append(read_model(data, platform))
    contract = Contract(platform, tuple(models))
    cases = [case for model in models for case in model_cases(platform, model)]
    if not mutant.slug:
        cases += platform_cases(platform, models[0])
    # Cases that the mutation has changed come first: they are likely to find it.
    cases.sort(key=lambda case: case in unchanged_cases(provider))
    words = play_suite(mocks, contract, cases)
    return Played(
        named,
        scored_as(provider, mutant.name),
        "spec",
        "killed" if words else "survived",
        words,
        refused[0] if refused else "",
    )


@cache
def _target() -> Target:
    targets, findings = load_targets(open_workspace(ROOT))
    assert not findings
    return next(target for target in targets if target.name == "contract")


@cache
def _sources() -> dict[str, TemplateFile]:
    return {source.path: source for source in _target().sources}


def _changed(of: Subject, mutant: SpecMutant) -> Catalog:
    catalog = of.catalog
    if not mutant.slug:
        return Catalog(platform_from(replace(catalog.platform.document, data=mutant.data)), catalog.models)
    models = tuple(
        model_from(replace(model.document, data=mutant.data)) if model.slug == mutant.slug else model
        for model in catalog.models
    )
    return Catalog(catalog.platform, models)


def _rendered(renderer: Renderer, source: TemplateFile, model: spec.Model | None) -> dict[str, object]:
    content: dict[str, Any] = json.loads(renderer.text(PlannedFile(source.path, _target(), source, model, False, "")))
    return content
