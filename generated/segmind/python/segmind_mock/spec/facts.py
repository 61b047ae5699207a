"""The shapes of a model's facts: plain named tuples, filled in by the generated modules in `models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from .violations import Violation

#: How sure a fact is: printed on a page, read in the official SDK, seen on the wire by several clients, or a guess.
Basis = Literal["page", "sdk", "observed", "inferred"]


class Missing:
    """The type of `MISSING`, which marks a fact that no page states (null is a statement)."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"


MISSING = Missing()


class Parameter(NamedTuple):
    """One input of a model.

    `name` is what goes over the wire, `keyword` the Python keyword for it; they differ only where the wire name is no
    usable identifier; `option` is its option on the command line, without dashes. `default` is what the *service* does
    when the parameter is left out. `known_values` are the values a page shows of a list that it cuts short: others are
    allowed; `known_total` is how many there are.
    `accepts` says how a picture may be given (`url`, `base64`, `data-url`), also for the items of an array; empty where
    no picture is asked for. `source` names the page and, where the spec departs from it, the erratum.
    """

    name: str
    keyword: str
    type: str
    option: str = ""
    required: bool = False
    description: str = ""
    default: Any = MISSING
    enum: tuple[Any, ...] = ()
    known_values: tuple[Any, ...] = ()
    known_total: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    multiple_of: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    format: str | None = None
    schema: Mapping[str, Any] = {}
    source: str = ""
    accepts: tuple[str, ...] = ()


class Operation(NamedTuple):
    """Where a model is called. `basis` says how sure the path is."""

    method: str
    path: str
    basis: Basis


class Output:
    """Which parameters (by wire name) decide what comes back; None where the model has no such parameter.

    `sizes` gives width and height in pixels for each named size of `size_preset`; a value that is not in it
    ('custom') leaves the size to `width` and `height`.
    """

    # No named tuple like the others: its field `count` would hide a tuple's method.
    __slots__ = ("base64", "count", "format", "height", "media", "quality", "size_preset", "sizes", "width")

    def __init__(
        self,
        media: str,
        *,
        width: str | None = None,
        height: str | None = None,
        size_preset: str | None = None,
        count: str | None = None,
        format: str | None = None,
        quality: str | None = None,
        base64: str | None = None,
        sizes: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        self.media = media
        self.width = width
        self.height = height
        self.size_preset = size_preset
        self.count = count
        self.format = format
        self.quality = quality
        self.base64 = base64
        self.sizes: Mapping[str, tuple[int, int]] = sizes or {}


class Erratum(NamedTuple):
    """A place where the spec departs from a page, or pages disagree."""

    at: str
    page: str
    documented: Any
    used: Any
    basis: Basis
    why: str


class Model(NamedTuple):
    """One hosted model. `sync` is its synchronous call, `submit` puts a job into the queue.

    `price_usd` is for one request and `latency_s` in seconds, both as printed, None where the page prints none.
    `pictures` are the names of the parameters that take one (or, as arrays, several).
    `validate` gives every reason to refuse a payload, `advise` every doubt about one that is not refused.
    """

    slug: str
    title: str
    summary: str
    task: str
    pages: tuple[str, ...]
    sync: Operation | None
    submit: Operation | None
    price_usd: float | None
    latency_s: float | None
    parameters: Mapping[str, Parameter]
    output: Output
    example: Mapping[str, Any]
    errata: tuple[Erratum, ...]
    validate: Callable[[Mapping[str, Any]], list[Violation]]
    advise: Callable[[Mapping[str, Any]], list[Violation]]
    pictures: tuple[str, ...] = ()
