"""The contract: facts about the provider and its models, read from JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import service
from .facts import Erratum, Model, Operation, Parameter, Source
from .places import place_on_page
from .service import (
    NO_QUEUE,
    NO_SYNC,
    Acceptor,
    Assumption,
    Auth,
    ChatFormat,
    Environment,
    Header,
    Limits,
    Medium,
    Queue,
    Status,
    Sync,
)

HERE = Path(__file__).parent.parent


class Platform(service.Platform):
    """Facts about the provider, with the `errata` of its spec, the `medium` of a model and the names of its `pages`."""

    errata: tuple[Erratum, ...] = ()
    medium: str = "image"
    pages: tuple[str, ...] = ()

    def of(self, model: Model) -> Platform:
        """Return the platform with the bodies and roles for models of this model's medium."""
        name = model.output["media"]
        platform = self._replace(bodies=self.media[name].bodies, roles=self.media[name].roles)
        platform.errata, platform.medium, platform.pages = self.errata, name, model.pages
        return platform

    def source(self, pointer: str, basis: str = "page") -> Source:
        """Return the source of a fact in platform.yaml with this basis, or the erratum about it."""
        if self.medium != "image" and pointer.startswith(("/bodies/media", "/bodies/result")):
            pointer = f"/media/{self.medium}{pointer}"
        errata = [erratum for erratum in self.errata if erratum.at == pointer]
        if errata:
            # Of several pages, that of the model tells the reader more.
            erratum = next((each for each in errata if each.page in self.pages), errata[0])
            return Source(f"erratum {pointer} in platform.yaml to page {erratum.page}: {erratum.why}", erratum.basis)
        place = place_on_page(pointer) if basis == "page" else ""
        return Source(f"platform.yaml, {pointer}{f' ({place} on the pages)' if place else ''}", basis)

    def status_source(self, status: Status, basis: str = "page") -> Source:
        """Return the source of a status's meaning, unless `basis` is weaker."""
        return self.source(f"/statuses/{status.status}/title", status.basis if basis == "page" else basis)

    def assumed(self, name: str) -> Source:
        """Return the source of an assumption."""
        assumption = self.assumptions.get(name)
        if assumption is None:
            return Source(f"an assumption that the spec does not name ({name})", "inferred")
        return Source(f"assumption {name}: {assumption.meaning}", assumption.basis)

    def value_of(self, name: str, default: Any = None) -> Any:
        """Return the value of an assumption; `default` if the spec does not name it."""
        assumption = self.assumptions.get(name)
        return default if assumption is None or assumption.value is None else assumption.value

    def poll(self, model: Model, path: str, request_id: str) -> Operation:
        """Return the endpoint of a job of `model`; `path` is the queue's status path or result path."""
        path = path.replace("{slug}", model.slug).replace("{request_id}", request_id)
        return Operation("GET", self.queue.base_url, path)


class Contract(NamedTuple):
    """All facts that the suite checks."""

    platform: Platform
    models: tuple[Model, ...]


def load(folder: Path = HERE) -> Contract:
    """Read the contract from the data files in `folder`."""
    platform = read_platform(_read(folder / "platform.json"))
    files = sorted((folder / "models").glob("*.json"))
    return Contract(platform, tuple(read_model(_read(path), platform) for path in files))


def read_platform(data: Mapping[str, Any]) -> Platform:
    """Return the platform from the content of `platform.json`."""
    sync, queue = data["sync"], data["queue"]
    platform = Platform(
        name=data["name"],
        base_url=data["base_url"],
        slug_parts=data["slug_parts"],
        environment=Environment(**data["environment"]),
        auth=Auth(**_picked(data["auth"], Auth._fields)),
        sync=Sync(**_picked(sync, Sync._fields)) if sync else NO_SYNC,
        queue=_queue(queue) if queue else NO_QUEUE,
        bodies=data["bodies"],
        roles={name: role["path"] for name, role in data["roles"].items()},
        media={name: _medium(entry, data["bodies"]) for name, entry in data["media"].items()},
        chat_formats={name: ChatFormat(**entry) for name, entry in data["chat_formats"].items()},
        headers={name: Header(**entry)._replace(on=tuple(entry["on"])) for name, entry in data["headers"].items()},
        statuses={int(status): Status(int(status), **entry) for status, entry in data["statuses"].items()},
        limits=Limits(**_picked(data["limits"], Limits._fields)),
        assumptions={name: Assumption(**entry) for name, entry in data["assumptions"].items()},
    )
    platform.errata = _errata(data)
    return platform


def read_model(data: Mapping[str, Any], platform: Platform) -> Model:
    """Return a model from the content of its file in `models`."""
    schema = data["input"]
    required = schema.get("required", ())
    sync, submit = data["sync"], data["submit"]
    return Model(
        slug=data["slug"],
        pages=tuple(data["pages"]),
        sync=_operation(sync, platform.base_url, platform.sync.parameters) if sync else None,
        submit=_operation(submit, platform.queue.base_url, platform.queue.parameters) if submit else None,
        price_usd=data["price_usd"],
        pricing=tuple(data["pricing"]),
        parameters={name: Parameter(name, entry, name in required) for name, entry in schema["properties"].items()},
        output=data["output"],
        sizes={name: (size[0], size[1]) for name, size in data["sizes"].items()},
        example=data["example"],
        errata=_errata(data),
        latency_s=data["latency_s"],
    )


def _queue(data: Mapping[str, Any]) -> Queue:
    acceptors = tuple(Acceptor(**entry) for entry in data["acceptors"])
    return Queue(**_picked(data, Queue._fields))._replace(acceptors=acceptors)


def _medium(data: Mapping[str, Any], bodies: Mapping[str, Any]) -> Medium:
    """Return a medium; its `bodies` are only those in which it differs."""
    return Medium(**data)._replace(bodies={**bodies, **data["bodies"]})


def _picked(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names}


def _operation(data: Mapping[str, Any], base_url: str, parameters: str) -> Operation:
    return Operation(data["method"], base_url, data["path"], parameters, data["basis"])


def _errata(data: Mapping[str, Any]) -> tuple[Erratum, ...]:
    return tuple(Erratum(entry["at"], entry["page"], entry["basis"], entry["why"]) for entry in data["errata"])


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
