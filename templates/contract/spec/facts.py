"""Types of the facts about a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .places import place_on_page

#: How sure a fact is: printed on a page, read in the official SDK, seen on the wire by several clients, or a guess.
Basis = Literal["page", "sdk", "observed", "inferred"]


class Missing:
    """The type of `MISSING`, which marks a fact that no spec states (null is a statement)."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


class Erratum(NamedTuple):
    """A stated difference between the spec and a page."""

    at: str
    page: str
    basis: str
    why: str


class Source(NamedTuple):
    """Source of an expectation, and its basis: page, sdk, observed or inferred."""

    description: str
    basis: str

    def __str__(self) -> str:
        return f"{self.description} ({self.basis})"


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows."""
    if "anyOf" in schema:
        return tuple(dict.fromkeys(kind for option in schema["anyOf"] for kind in types_of(option)))
    kinds = schema["type"]
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


class Parameter(NamedTuple):
    """One input of a model; `schema` is its JSON Schema."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def types(self) -> tuple[str, ...]:
        """Allowed JSON types."""
        return types_of(self.schema)

    @property
    def type(self) -> str:
        """JSON type, not counting null; `union` if there are several."""
        return "union" if "anyOf" in self.schema else self.types[0]

    @property
    def default(self) -> Any:
        """Value that the service uses when the parameter is left out; `MISSING` if the page does not say."""
        return self.schema.get("default", MISSING)

    @property
    def enum(self) -> list[Any]:
        """Allowed values, if the list is complete."""
        return list(self.schema.get("enum", ()))

    @property
    def known_values(self) -> list[Any]:
        """Values that the page shows of an incomplete list."""
        return list(self.schema.get("x-known-values", ()))

    def pointer(self, keyword: str = "") -> str:
        """Return the JSON pointer of this parameter, or of one of its rules, in the spec."""
        name = self.name.replace("~", "~0").replace("/", "~1")
        return f"/input/properties/{name}" + (f"/{keyword}" if keyword else "")


class Operation(NamedTuple):
    """An endpoint: a path below the service's `base_url`.

    `parameters` points to where the parameters are in the request's body ("" if they are the body).
    """

    method: str
    base_url: str
    path: str
    parameters: str = ""
    basis: str = "page"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Model(NamedTuple):
    """One model. `output` names the parameters that decide the output, `sizes` gives the pixels of named sizes.

    `latency_s` is the usual time of a request in seconds, None if no page names one.
    """

    slug: str
    pages: tuple[str, ...]
    sync: Operation | None
    submit: Operation | None
    price_usd: float | None
    pricing: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, Parameter]
    output: Mapping[str, Any]
    sizes: Mapping[str, tuple[int, int]]
    example: Mapping[str, Any]
    errata: tuple[Erratum, ...]
    latency_s: float | None = None

    def has_erratum(self, parameter: Parameter) -> bool:
        """Return whether an erratum is about a parameter or its value in the example."""
        at = parameter.pointer()
        pointers = (at, at.replace("/input/properties", "/example", 1))
        return any(erratum.at in pointers or erratum.at.startswith(f"{at}/") for erratum in self.errata)

    def source(self, pointer: str = "") -> Source:
        """Return the page with a fact and its place there, or the erratum that says why the spec differs from it."""
        for erratum in self.errata:
            if pointer and erratum.at == pointer:
                at = f"{pointer} in {self.slug}.yaml"
                return Source(f"erratum {at} to page {erratum.page}: {erratum.why}", erratum.basis)
        # What decides the output is the row of a parameter.
        decides = self.parameters.get(str(self.output.get(pointer.removeprefix("/output/"))))
        at = decides.pointer() if decides and pointer.startswith("/output/") else pointer
        place = place_on_page(at, {name: parameter.schema for name, parameter in self.parameters.items()})
        pages = f"page{'s' if len(self.pages) > 1 else ''} {' and '.join(self.pages) or self.slug}"
        return Source(f"{pages}, {place}" if place else pages, "page")
