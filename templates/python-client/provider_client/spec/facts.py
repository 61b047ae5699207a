"""The types of a model's facts. The generated modules in `models` contain the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .schema import accepts_of, types_of

if TYPE_CHECKING:
    from .violations import Violation

#: The source of a fact: a page, the official SDK, responses that several clients saw, or a guess.
Basis = Literal["page", "sdk", "observed", "inferred"]


class Missing:
    """The type of `MISSING`, which marks a fact that no page states. (null is a stated value.)"""

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

    `name` is its wire name and `keyword` its Python keyword; they differ only if the wire name is not a usable identifier.
    `option` is its command line option, without dashes. `schema` is its JSON Schema from the spec; `rules` are the rules of the
    schema in words. `source` names the page, and the erratum if the spec differs from the page.
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
        """All JSON types that it may have."""
        return types_of(self.schema)

    @property
    def type(self) -> str:
        """Its JSON type, without null; `union` if there are several."""
        return "union" if "anyOf" in self.schema else self.types[0]

    @property
    def description(self) -> str:
        """The description, based on the page's."""
        return str(self.schema.get("description", ""))

    @property
    def default(self) -> Any:
        """The value that the service uses if the parameter is left out; `MISSING` if the page does not say."""
        return self.schema.get("default", MISSING)

    @property
    def enum(self) -> tuple[Any, ...]:
        """Its values, if only these are allowed."""
        return tuple(self.schema.get("enum", ()))

    @property
    def known_values(self) -> tuple[Any, ...]:
        """The documented values, if the page's list is incomplete and other values are allowed."""
        return tuple(self.schema.get("x-known-values", ()))

    @property
    def known_total(self) -> int | None:
        """The number of values in the complete list, if the page names it."""
        return self.schema.get("x-known-total")

    @property
    def minimum(self) -> float | None:
        """The minimum; None if there is none."""
        return self.schema.get("minimum")

    @property
    def maximum(self) -> float | None:
        """The maximum; None if there is none."""
        return self.schema.get("maximum")

    @property
    def accepts(self) -> tuple[str, ...]:
        """The forms in which it accepts a file (`url`, `base64`, `data-url`), itself or in a list; empty if it takes no file."""
        return accepts_of(self.schema)


class Operation(NamedTuple):
    """The path at which a model is called, and the basis of this fact."""

    method: str
    path: str
    basis: Basis


class Output:
    """The medium, and the parameters (by wire name) that determine the output; None if the model has no such parameter.

    `media` is `image`, `video`, `audio`, `text`, `json` or `model3d`. `sizes` has width and height in pixels for each value of
    `size_preset`; for other values ('custom') the parameters `width` and `height` apply. `aspect_ratio` decides the shape where
    they leave it open, as the lines of `720p` do. `api_format` names the chat format of a text model, and `schema` is the JSON
    Schema of a JSON model's answer.
    """

    # Not a named tuple: the field `count` would hide a method of tuples.
    __slots__ = (
        "api_format",
        "aspect_ratio",
        "base64",
        "count",
        "duration",
        "format",
        "frame_rate",
        "frames",
        "height",
        "media",
        "messages",
        "prompt",
        "quality",
        "schema",
        "size_preset",
        "sizes",
        "text",
        "width",
    )

    def __init__(
        self,
        media: str,
        *,
        width: str | None = None,
        height: str | None = None,
        size_preset: str | None = None,
        aspect_ratio: str | None = None,
        count: str | None = None,
        format: str | None = None,
        quality: str | None = None,
        base64: str | None = None,
        duration: str | None = None,
        frames: str | None = None,
        frame_rate: str | None = None,
        text: str | None = None,
        messages: str | None = None,
        prompt: str | None = None,
        api_format: str | None = None,
        schema: Mapping[str, Any] | None = None,
        sizes: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        self.media = media
        self.width = width
        self.height = height
        self.size_preset = size_preset
        self.aspect_ratio = aspect_ratio
        self.count = count
        self.format = format
        self.quality = quality
        self.base64 = base64
        self.duration = duration
        self.frames = frames
        self.frame_rate = frame_rate
        self.text = text
        self.messages = messages
        self.prompt = prompt
        self.api_format = api_format
        self.schema = schema
        self.sizes: Mapping[str, tuple[int, int]] = sizes or {}


class Erratum(NamedTuple):
    """A fact in which the spec differs from a page, or pages differ from each other."""

    at: str
    page: str
    documented: Any
    used: Any
    basis: Basis
    why: str


class Model(NamedTuple):
    """One hosted model. `sync` is its synchronous call, `submit` its call that submits a job to the queue.

    `price_usd` is the price of one request and `latency_s` its usual time in seconds, both from the page; None if the page has
    none. `pricing` are prices of another kind, as the spec has them. `file_parameters` are the names of the parameters that take a file or a list of files. `validate` returns the
    violations in a payload, `advise` its undocumented names and values.
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
    file_parameters: tuple[str, ...] = ()
    pricing: tuple[Mapping[str, Any], ...] = ()
