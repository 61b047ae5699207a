"""The base class of the models' generated classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from ._config import RequestOptions
from ._flows.parameters import payload_for, warn_about_several_images, wire_names
from .spec.facts import Model

if TYPE_CHECKING:
    from .spec.pricing import PriceRange

ResultT = TypeVar("ResultT")
JobT = TypeVar("JobT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
JobT_co = TypeVar("JobT_co", covariant=True)
CallT = TypeVar("CallT", bound=Callable[..., Any])


class Driver(Protocol[ResultT_co, JobT_co]):
    """The calls that a model makes. Their results are values or coroutines, so one class per model serves both clients."""

    def generate(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> ResultT_co: ...

    def submit(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> JobT_co: ...


class ModelResource(Generic[ResultT, JobT]):
    """One model on a client."""

    __slots__ = ("_driver", "_wire_names", "model")

    def __init__(self, driver: Driver[ResultT, JobT], model: Model) -> None:
        self._driver = driver
        self._wire_names = wire_names(model)
        self.model = model

    def estimate(self, requests: int = 1, parameters: Mapping[str, Any] | None = None) -> float | PriceRange | None:
        """Return the documented price in dollars of `requests` requests with these `parameters`, by wire name. Nothing is sent.

        It is a `PriceRange` if the page gives bounds only, and None if it shows no price, or only an average.
        """
        return documented_price(self.model, requests, parameters)

    def _generate(
        self, keywords: Mapping[str, Any], extra: Mapping[str, Any] | None, options: RequestOptions | None
    ) -> ResultT:
        payload = payload_for(self.model, self._wire_names, keywords, extra)
        warn_about_several_images(self.model, payload)
        return self._driver.generate(self.model, payload, options or RequestOptions())

    def _submit(
        self, keywords: Mapping[str, Any], extra: Mapping[str, Any] | None, options: RequestOptions | None
    ) -> JobT:
        payload = payload_for(self.model, self._wire_names, keywords, extra)
        return self._driver.submit(self.model, payload, options or RequestOptions())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.model.slug}>"


def keywords_only(call: CallT) -> CallT:
    """Make a call of a model name the keyword if a value is passed without one. Python says only that there is one too many."""

    @wraps(call)
    def checked(self: ModelResource[Any, Any], /, *values: Any, **keywords: Any) -> Any:
        if values:
            from ._flows.main_parameter import main_parameter

            main = main_parameter(self.model)
            example = f"{main.keyword}=…" if main else "name=value"
            raise TypeError(f"{call.__name__}() takes parameters by name only: {call.__name__}({example})")
        return call(self, **keywords)

    return cast(CallT, checked)


def documented_price(
    model: Model, requests: int, parameters: Mapping[str, Any] | None = None
) -> float | PriceRange | None:
    """Return the documented price in dollars, exact to a millionth: a number, bounds, or None if the page does not say."""
    from .spec.pricing import price_of

    price = price_of(model, parameters or {})
    if price is None:
        return None
    total = price.times(requests)
    return total.low_usd if total.low_usd == total.high_usd else total
