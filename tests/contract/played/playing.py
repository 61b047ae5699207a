"""Run cases of one model against a fake with a fault that was planted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from generated.segmind.contract.calls import Call
from generated.segmind.contract.cases import model_cases, platform_cases
from generated.segmind.contract.findings import Verdict
from generated.segmind.contract.grouping import groups_of
from generated.segmind.contract.results import CaseResult, RunResults
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.suite import CONTRACT
from tests.contract.mutation.mocks import kind_of
from tests.contract.mutation.play import Mutation

TINY = next(model for model in CONTRACT.models if model.slug == "tinysd1.5-txt2img")
CASES = {case.name: case for case in model_cases(CONTRACT.platform, TINY)}
PLATFORM_CASES = {case.name: case for case in platform_cases(CONTRACT.platform, TINY)}
ANY = (*CASES.values(), *PLATFORM_CASES.values())
REFUSALS = [case for case in ANY if case.check == "refuse"]
BUSY = b'{"error": "no"}'


class Run(NamedTuple):
    """Verdicts by the names of cases, what the suite said, and how many requests it sent."""

    verdicts: dict[str, Verdict]
    said: list[str]
    sent: list[Request]

    def codes(self, severity: str = "drift") -> set[str]:
        return {finding.code for verdict in self.verdicts.values() for finding in getattr(verdict, severity)}

    def calls(self) -> list[Call]:
        return [call for verdict in self.verdicts.values() for call in verdict.calls]

    def results(self) -> RunResults:
        results = RunResults(CONTRACT)
        for name, verdict in self.verdicts.items():
            results.add(CaseResult.of(next(case for case in ANY if case.name == name), verdict, "0"))
        return results

    def titles(self, severity: str = "drift") -> list[str]:
        return [group.title for group in groups_of(self.results().records) if group.severity == severity]


def answer(status: int, body: bytes = BUSY, media_type: str = "application/json") -> Response:
    return Response(status, {"content-type": media_type, "content-length": str(len(body))}, body)


def with_body(change: Callable[[bytes], bytes], media_type: str = "") -> Mutation:
    """A fault of the bodies of synchronous images."""

    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) != "sync" or response.status != 200:
            return response
        body = change(response.body)
        headers = {**response.headers, "content-length": str(len(body))}
        headers |= {"content-type": media_type} if media_type else {}
        return response._replace(headers=headers, body=body)

    return mutated
