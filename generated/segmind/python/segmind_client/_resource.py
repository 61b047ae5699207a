"""What the models' own classes have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from ._config import RequestOptions
from ._flows.checks import payload_for, warn_of_several, wire_names
from .spec.facts import Model

ResultT = TypeVar("ResultT")
JobT = TypeVar("JobT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
JobT_co = TypeVar("JobT_co", covariant=True)


class Shell(Protocol[ResultT_co, JobT_co]):
    """Carries out flows: at once, or (asyncio) as coroutines; so one class per model serves both clients."""

    def generate(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> ResultT_co: ...

    def submit(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> JobT_co: ...


class ModelResource(Generic[ResultT, JobT]):
    """One model on a client."""

    __slots__ = ("_shell", "_wire_names", "model")

    def __init__(self, shell: Shell[ResultT, JobT], model: Model) -> None:
        self._shell = shell
        self._wire_names = wire_names(model)
        self.model = model

    def estimate(self, requests: int = 1) -> float | None:
        """Dollars for so many requests by the price on the model's page; None if it shows none. Nothing is sent."""
        return documented_price(self.model, requests)

    def _generate(
        self, keywords: Mapping[str, Any], extra: Mapping[str, Any] | None, options: RequestOptions | None
    ) -> ResultT:
        payload = payload_for(self.model, self._wire_names, keywords, extra)
        warn_of_several(self.model, payload)
        return self._shell.generate(self.model, payload, options or RequestOptions())

    def _submit(
        self, keywords: Mapping[str, Any], extra: Mapping[str, Any] | None, options: RequestOptions | None
    ) -> JobT:
        payload = payload_for(self.model, self._wire_names, keywords, extra)
        return self._shell.submit(self.model, payload, options or RequestOptions())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.model.slug}>"


def documented_price(model: Model, requests: int) -> float | None:
    """Dollars for so many requests, exact to the millionth; None where the page shows no price: no guess is made."""
    return None if model.price_usd is None else round(model.price_usd * requests, 6)
