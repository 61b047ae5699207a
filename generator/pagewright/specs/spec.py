"""Specs in memory: frozen dataclasses that know the place of each value in its file. Knows nothing of targets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .document import Document
from .pointers import parameter_pointer
from .values import types_of
from .violations import is_accepted


class _Absent:
    """The type of `ABSENT`: the page states no such thing (null is a statement)."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()

_SIZE = re.compile(r"(?<![0-9])([0-9]{1,5}) ?[x×] ?([0-9]{1,5})(?![0-9])")
#: The lines of a video, as a number or by one of the names of screens.
_LINES = re.compile(r"([0-9]{3,4})p|([248])k", re.IGNORECASE)
_LINES_OF = {"2": 1440, "4": 2160, "8": 4320}
CUSTOM_SIZE = "custom"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a model. `schema` is its JSON Schema as it stands in the file, at `pointer`."""

    name: str
    schema: Mapping[str, Any]
    required: bool
    pointer: str

    @property
    def types(self) -> tuple[str, ...]:
        return types_of(self.schema)

    @property
    def type(self) -> str:
        """The JSON type, not counting null; `union` if there are several."""
        return "union" if "anyOf" in self.schema else self.types[0]

    @property
    def description(self) -> str:
        return str(self.schema.get("description", ""))

    @property
    def default(self) -> Any:
        return self.schema.get("default", ABSENT)

    @property
    def enum(self) -> tuple[Any, ...]:
        return tuple(self.schema.get("enum", ()))

    @property
    def known_values(self) -> tuple[Any, ...]:
        return tuple(self.schema.get("x-known-values", ()))

    @property
    def is_open(self) -> bool:
        """Return whether the page cut the list of values short, so that others are allowed."""
        return "x-known-values" in self.schema


def accepts_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return how a parameter takes files, itself or as its items; empty if it takes none."""
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        if ways := accepts_of(inner):
            return ways
    usual = {"uri": ("url",), "base64": ("base64",)}.get(schema.get("format", ""), ())
    return tuple(schema.get("x-accepts", usual))


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    basis: str


@dataclass(frozen=True, slots=True)
class Erratum:
    """A fact on which the spec departs from a page, or pages disagree; `pointer` is the place of the erratum in the file."""

    at: str
    page: str
    documented: Any
    used: Any
    basis: str
    why: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `pages` are the names of its pages, `page_urls` the addresses of those that have one."""

    slug: str
    title: str
    summary: str
    task: str
    pinned_name: str | None
    pages: tuple[str, ...]
    page_urls: Mapping[str, str]
    sync: Operation | None
    submit: Operation | None
    price_usd: float | None
    latency_s: float | None
    pricing: tuple[Mapping[str, Any], ...]
    parameters: tuple[Parameter, ...]
    output: Mapping[str, Any]
    sizes: Mapping[str, tuple[int, int]]
    example: Mapping[str, Any]
    errata: tuple[Erratum, ...]
    document: Document = field(repr=False, compare=False)

    @property
    def input_schema(self) -> Mapping[str, Any]:
        """The `input` block as it stands: plain JSON Schema."""
        schema: Mapping[str, Any] = self.document.data["input"]
        return schema

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    @property
    def arguments(self) -> dict[str, Any]:
        """The example with values that the client accepts. For another one it has the default, or a value of the list."""
        found: dict[str, Any] = {}
        for parameter in self.parameters:
            schema = parameter.schema
            usable = [self.example[parameter.name]] if parameter.name in self.example else []
            usable += [schema["default"]] if usable and "default" in schema else []
            usable += schema.get("enum", ())[:1] if usable else []
            value = next((each for each in usable if is_accepted(schema, each)), ABSENT)
            if value is not ABSENT:
                found[parameter.name] = value
        return found


@dataclass(frozen=True, slots=True)
class Platform:
    """`specs/<provider>/platform.yaml`. `data` is the file's content, shaped as the meta-schema says."""

    data: Mapping[str, Any]
    errata: tuple[Erratum, ...]
    document: Document = field(repr=False, compare=False)

    @property
    def names(self) -> dict[str, str]:
        """The values of the placeholders that `names` in a `target.yaml` may use."""
        package: str = self.data["package"]
        words = {"package": package, "command": package.replace("_", "-"), "class_prefix": self.data["class_prefix"]}
        return {**words, **self.data["environment"]}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The provider and its models, in order of their slugs."""

    platform: Platform
    models: tuple[Model, ...]


def size_in(name: str, media: str = "image") -> tuple[int, int] | None:
    """Return the width and height in pixels that a named size states.

    The lines of a video, such as `720p` or `4k`, state a width of 16:9. An image of `4k` may have any shape.

    >>> size_in("16:9 landscape 1344x768"), size_in("480p"), size_in("4k", "video"), size_in("4k")
    ((1344, 768), (854, 480), (3840, 2160), None)
    """
    found = _SIZE.search(name)
    if found:
        return int(found[1]), int(found[2])
    lines = _LINES.fullmatch(name)
    if not lines or (lines[2] and media != "video"):
        return None
    height = int(lines[1] or _LINES_OF[lines[2]])
    width = -(-height * 16 // 9)
    return width + width % 2, height


def platform_from(document: Document) -> Platform:
    """Build the platform from a document that the meta-schema accepts."""
    return Platform(document.data, _errata(document), document)


def model_from(document: Document) -> Model:
    """Build a model from a document that the meta-schema accepts."""
    data = document.data
    required = data["input"].get("required", [])
    parameters = tuple(
        Parameter(name, schema, name in required, parameter_pointer(name))
        for name, schema in data["input"]["properties"].items()
    )
    output = data["output"]
    preset = next((p for p in parameters if p.name == output.get("size_preset")), None)
    named = (preset.enum or preset.known_values) if preset else ()
    return Model(
        slug=data["slug"],
        title=data["title"],
        summary=data["summary"],
        task=data["task"],
        pinned_name=data.get("name"),
        pages=tuple(page if isinstance(page, str) else page["name"] for page in data["pages"]),
        page_urls={page["name"]: page["url"] for page in data["pages"] if not isinstance(page, str) and "url" in page},
        sync=_operation(data.get("sync")),
        submit=_operation(data.get("async")),
        price_usd=data.get("price_usd"),
        latency_s=data.get("latency_s"),
        pricing=tuple(data.get("pricing", ())),
        parameters=parameters,
        output=output,
        sizes={name: size for name in named if isinstance(name, str) and (size := size_in(name, output["media"]))},
        example=data["example"],
        errata=_errata(document),
        document=document,
    )


def _operation(data: Mapping[str, Any] | None) -> Operation | None:
    return Operation(data["method"], data["path"], data.get("basis", "page")) if data else None


def _errata(document: Document) -> tuple[Erratum, ...]:
    """Return one erratum for each page that the entry names."""
    return tuple(
        Erratum(**{**erratum, "page": page}, pointer=f"/errata/{index}")
        for index, erratum in enumerate(document.data.get("errata", []))
        for page in ([erratum["page"]] if isinstance(erratum["page"], str) else erratum["page"])
    )
