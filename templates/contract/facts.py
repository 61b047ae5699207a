"""What the specs say, read from the data beside this file: plain named tuples and no rules of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Missing:
    """The type of `MISSING`, which stands where a spec says nothing (null is something)."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


class Erratum(NamedTuple):
    """A place where the spec departs from a page."""

    at: str
    page: str
    basis: str
    why: str


class Source(NamedTuple):
    """What an expectation rests on, in words, and how sure it is: page, sdk, observed or inferred."""

    words: str
    basis: str

    def __str__(self) -> str:
        return f"{self.words} ({self.basis})"


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
        """Every JSON type that it may have."""
        return types_of(self.schema)

    @property
    def type(self) -> str:
        """Its JSON type, beside null if that is allowed; `union` if there are several."""
        return "union" if "anyOf" in self.schema else self.types[0]

    @property
    def default(self) -> Any:
        """What the service takes where it is left out; `MISSING` where the page does not say."""
        return self.schema.get("default", MISSING)

    @property
    def enum(self) -> list[Any]:
        """Its values, where there are no others."""
        return list(self.schema.get("enum", ()))

    @property
    def known_values(self) -> list[Any]:
        """The values that the page shows of a list that it cuts short."""
        return list(self.schema.get("x-known-values", ()))

    def pointer(self, keyword: str = "") -> str:
        """Where the spec has this parameter, or one of its rules."""
        name = self.name.replace("~", "~0").replace("/", "~1")
        return f"/input/properties/{name}" + (f"/{keyword}" if keyword else "")


class Operation(NamedTuple):
    """Where a model is called."""

    method: str
    path: str
    basis: str


class Model(NamedTuple):
    """One model. `output` says which parameters decide what comes back, `sizes` gives the pixels of named sizes."""

    slug: str
    pages: tuple[str, ...]
    sync: Operation | None
    submit: Operation | None
    price_usd: float | None
    parameters: Mapping[str, Parameter]
    output: Mapping[str, str]
    sizes: Mapping[str, tuple[int, int]]
    example: Mapping[str, Any]
    errata: tuple[Erratum, ...]

    def source(self, pointer: str = "") -> Source:
        """The page that a fact is printed on, or the erratum that says why the spec has something else."""
        for erratum in self.errata:
            if pointer and erratum.at == pointer:
                return Source(f"erratum {pointer} to page {erratum.page}: {erratum.why}", erratum.basis)
        page = self.pages[0] if self.pages else self.slug
        return Source(f"page {page}{', ' + pointer if pointer else ''}", "page")


class Header(NamedTuple):
    """A response header."""

    name: str
    basis: str


class Status(NamedTuple):
    """An error status. `outcome` is not-started where nothing was billed for certain."""

    status: int
    title: str
    outcome: str
    media_type: str
    basis: str


class Queue(NamedTuple):
    """The v2 protocol. Times are in seconds."""

    status_path: str
    result_path: str
    submit_keys: tuple[str, ...]
    pending: tuple[str, ...]
    done: tuple[str, ...]
    failed: tuple[str, ...]
    failed_status: int
    unknown_status: int
    retention_s: float
    interval_s: float
    timeout_s: float

    @property
    def states(self) -> tuple[str, ...]:
        """Every documented state."""
        return (*self.pending, *self.done, *self.failed)


class Limits(NamedTuple):
    """What one exchange may take: seconds in all, for a connection, and for each piece of an answer; bytes of a body."""

    total_s: float
    connect_s: float
    read_s: float
    most_bytes: int


class Platform(NamedTuple):
    """What is true of the provider, whatever the model."""

    name: str
    base_url: str
    key_header: str
    key_variable: str
    error_key: str
    sync_path: str
    submit_path: str
    media_type: str
    base64_key: str
    headers: Mapping[str, Header]
    statuses: Mapping[int, Status]
    queue: Queue
    limits: Limits
    assumptions: Mapping[str, Source]
    errata: tuple[Erratum, ...]

    def source(self, pointer: str, basis: str = "page") -> Source:
        """As `Model.source`, for what platform.yaml says at `pointer` with this basis."""
        for erratum in self.errata:
            if erratum.at == pointer:
                return Source(f"erratum {pointer} of the platform: {erratum.why}", erratum.basis)
        return Source(f"platform.yaml, {pointer}", basis)

    def assumed(self, name: str) -> Source:
        """An assumption by its name, for what no page says."""
        return self.assumptions.get(name, Source(f"an assumption that the spec does not name ({name})", "inferred"))

    def header(self, name: str) -> Header | None:
        """A header by our own name for it."""
        return self.headers.get(name)


class Contract(NamedTuple):
    """Everything that the suite holds a service to."""

    platform: Platform
    models: tuple[Model, ...]


def load(folder: Path = HERE) -> Contract:
    """The contract in the data files of `folder`, models in order of their files."""
    models = (_read(path) for path in sorted((folder / "models").glob("*.json")))
    return Contract(read_platform(_read(folder / "platform.json")), tuple(map(read_model, models)))


def read_platform(data: Mapping[str, Any]) -> Platform:
    """The platform in the content of `platform.json`."""
    sync, queue, limits = data["sync"], data["queue"], data["limits"]
    states = queue["states"]
    roles = {name: role["path"] for name, role in data["roles"].items()}
    by_role = {entry["role"]: int(status) for status, entry in data["statuses"].items()}
    return Platform(
        name=data["name"],
        base_url=data["base_url"],
        key_header=data["auth"]["header"],
        key_variable=data["environment"]["api_key"],
        error_key=roles["error_text"][1:],
        sync_path=sync["path"],
        submit_path=queue["submit_path"],
        media_type=sync["media_type"],
        base64_key=roles["base64"][1:],
        headers={key: Header(entry["name"], entry["basis"]) for key, entry in data["headers"].items()},
        statuses={
            int(status): Status(
                int(status),
                entry["title"],
                entry["outcome"],
                entry.get("media_type", "application/json"),
                entry["basis"],
            )
            for status, entry in data["statuses"].items()
        },
        queue=Queue(
            status_path=queue["status_path"],
            result_path=queue["result_path"],
            submit_keys=tuple(data["bodies"]["submitted"]["required"]),
            pending=tuple(states["pending"]),
            done=tuple(states["done"]),
            failed=tuple(states["failed"]),
            failed_status=next(each["http"] for each in queue["acceptors"] if each["outcome"] == "failed"),
            unknown_status=by_role["not_found"],
            retention_s=queue["retention_s"],
            interval_s=queue["interval_s"],
            timeout_s=queue["timeout_s"],
        ),
        limits=Limits(
            total_s=limits["total_timeout_s"],
            connect_s=limits["connect_timeout_s"],
            read_s=limits["read_timeout_s"],
            most_bytes=limits["max_response_bytes"],
        ),
        assumptions={
            name: Source(f"assumption {name}: {entry['meaning']}", entry["basis"])
            for name, entry in data["assumptions"].items()
        },
        errata=_errata(data),
    )


def read_model(data: Mapping[str, Any]) -> Model:
    """The model in the content of one of the files in `models`."""
    schema = data["input"]
    required = schema.get("required", ())
    return Model(
        slug=data["slug"],
        pages=tuple(data["pages"]),
        sync=_operation(data["sync"]),
        submit=_operation(data["submit"]),
        price_usd=data["price_usd"],
        parameters={name: Parameter(name, entry, name in required) for name, entry in schema["properties"].items()},
        output=data["output"],
        sizes={name: (size[0], size[1]) for name, size in data["sizes"].items()},
        example=data["example"],
        errata=_errata(data),
    )


def _operation(data: Mapping[str, Any] | None) -> Operation | None:
    return Operation(data["method"], data["path"], data["basis"]) if data else None


def _errata(data: Mapping[str, Any]) -> tuple[Erratum, ...]:
    return tuple(Erratum(entry["at"], entry["page"], entry["basis"], entry["why"]) for entry in data["errata"])


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
