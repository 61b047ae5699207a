"""The shapes of a model's facts: plain named tuples, filled in by the generated modules in `models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .schema import accepts_of, types_of

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
    usable identifier; `option` is its option on the command line, without dashes. `schema` is its JSON Schema as the spec
    has it, with every rule. `rules` are these rules in words. `source` names the page and, where the spec departs from it,
    the erratum.
    """

    name: str
    keyword: str
    schema: Mapping[str, Any]
    option: str = ""
    required: bool = False
    rules: tuple[str, ...] = ()
    source: str = ""

    @property
    def types(self) -> tuple[str, ...]:
        """Every JSON type that it may have."""
        return types_of(self.schema)

    @property
    def type(self) -> str:
        """Its JSON type (beside null, if that is allowed); `union` if there are several."""
        return "union" if "anyOf" in self.schema else self.types[0]

    @property
    def description(self) -> str:
        """The page's description, in our own words."""
        return str(self.schema.get("description", ""))

    @property
    def default(self) -> Any:
        """The value the service uses when the parameter is left out; `MISSING` if the page does not say."""
        return self.schema.get("default", MISSING)

    @property
    def enum(self) -> tuple[Any, ...]:
        """Its values, if there are no others."""
        return tuple(self.schema.get("enum", ()))

    @property
    def known_values(self) -> tuple[Any, ...]:
        """The values that a page shows of a list that it cuts short: others are allowed."""
        return tuple(self.schema.get("x-known-values", ()))

    @property
    def known_total(self) -> int | None:
        """The number of values in such a list, counted in full."""
        return self.schema.get("x-known-total")

    @property
    def minimum(self) -> float | None:
        """The least number that is allowed, if there is a bound."""
        return self.schema.get("minimum")

    @property
    def maximum(self) -> float | None:
        """The greatest number that is allowed, if there is a bound."""
        return self.schema.get("maximum")

    @property
    def accepts(self) -> tuple[str, ...]:
        """How a file may be given (`url`, `base64`, `data-url`), also as an item of a list; empty if none is asked for."""
        return accepts_of(self.schema)


class Operation(NamedTuple):
    """The path at which a model is called, with its basis."""

    method: str
    path: str
    basis: Basis


class Output:
    """The parameters (by wire name) that determine the output; None if the model has no such parameter.

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
