"""What a template sees of a spec: the same facts, with names beside them and every text shielded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from . import names
from .names import Ident
from .spec import ABSENT, Catalog, Erratum, Model, Parameter, Platform, accepts_of
from .text import SpecObject

#: Options that the generated command line has for every model; a parameter of the same name gets another option.
COMMAND_OPTIONS = names.words(
    "help out overwrite async no-wait sync dry-run curl params timeout poll-interval base-url key-file json quiet version "
    "batch out-dir concurrency max-usd min-credits retry-failed at-least-once completion allow-undocumented"
)


def catalog_names(catalog: Catalog) -> dict[str, Ident]:
    """The name of each model in generated code, by slug."""
    pinned = {model.slug: model.pinned_name for model in catalog.models if model.pinned_name}
    return names.model_names((model.slug for model in catalog.models), pinned)


def platform_view(platform: Platform) -> SpecObject:
    """The platform's facts, each optional one with its default: the templates know none."""
    data = platform.data
    folder = platform.document.path.rpartition("/")[0]
    sync, queue = data.get("sync"), data.get("queue")
    return SpecObject(
        {
            **data,
            "path": platform.document.path,
            "models_path": f"{folder}/models/",
            "auth": {"scheme": "", **data["auth"]},
            "sdk": data.get("sdk"),
            "sync": sync and {"parameters": "", **sync},
            "tokens": _tokens(data),
            "queue": queue and {"base_url": data["base_url"], "parameters": "", **queue, "states": _states(queue)},
            "statuses": {
                status: {"media_type": "application/json", "retry": "never", **entry}
                for status, entry in data["statuses"].items()
            },
            "assumptions": {name: {"value": None, **entry} for name, entry in data["assumptions"].items()},
            "errata": platform.errata,
        }
    )


def _tokens(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names in each role's pointer, and in those of `sync` and `queue` to the parameters in a request's body."""
    pointers = {name: role["path"] for name, role in data["roles"].items()}
    pointers |= {name: data[name].get("parameters", "") for name in ("sync", "queue") if name in data}
    return {name: pointer.split("/")[1:] for name, pointer in pointers.items()}


def _states(queue: Mapping[str, Any]) -> dict[str, list[str]]:
    """The states of a job by what they mean, in the order in which a job goes through them."""
    acceptors = queue["acceptors"]
    return {
        outcome: [acceptor["value"] for acceptor in acceptors if acceptor["outcome"] == outcome]
        for outcome in ("pending", "done", "failed")
    }


class _AsNeeded(Mapping[str, Any]):
    """Facts of which some are worked out when a template asks for them: what lists five hundred models needs few."""

    def __init__(self, facts: dict[str, Any], needed: Mapping[str, Callable[[], Any]]) -> None:
        self._facts = facts
        self._needed = needed

    def __getitem__(self, name: str) -> Any:
        if name not in self._facts:
            self._facts[name] = self._needed[name]()
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._facts, **self._needed})

    def __len__(self) -> int:
        return len({**self._facts, **self._needed})


def model_view(model: Model, name: Ident, platform: Platform) -> SpecObject:
    """`parameters` come in the order of the page. `polls` are the paths of status and result, with the slug in them."""
    queue = platform.data.get("queue", {})
    facts = {
        "name": name,
        "class_name": names.class_name(name),
        "slug": model.slug,
        "path": model.document.path,
        "title": model.title,
        "heading": f"{model.title}: {model.summary}",
        "summary": model.summary,
        "task": model.task,
        "pages": model.pages,
        "sync": model.sync,
        "submit": model.submit,
        "polls": {key: queue[f"{key}_path"].replace("{slug}", model.slug) for key in ("status", "result") if queue},
        "odd_paths": [path for path in _paths(model) if path.rpartition("/")[2] != model.slug],
        "price_usd": model.price_usd,
        "latency_s": model.latency_s,
        "output": model.output,
        "sizes": model.sizes,
        "example": model.example,
        "errata": model.errata,
        "input": model.input_schema,
    }
    needed = {"parameters": lambda: _parameters(model), "published_input": lambda: _published(open_schema(model))}
    return SpecObject(_AsNeeded(facts, needed))


def _parameters(model: Model) -> list[dict[str, Any]]:
    keywords = names.parameter_keywords(parameter.name for parameter in model.parameters)
    options = names.option_names((parameter.name for parameter in model.parameters), COMMAND_OPTIONS)
    constants = names.constant_names(parameter.name for parameter in model.parameters)
    return [
        {
            **_facts(model, parameter),
            "keyword": keywords[parameter.name],
            "option": options[parameter.name],
            "constant": constants[parameter.name],
        }
        for parameter in model.parameters
    ]


def _paths(model: Model) -> list[str]:
    return [operation.path for operation in (model.sync, model.submit) if operation]


def open_schema(model: Model) -> dict[str, Any]:
    """The `input` block in which a list that the page cut short admits other values too."""
    return _opened(model.input_schema)


def _opened(schema: Mapping[str, Any]) -> dict[str, Any]:
    opened = dict(schema)
    if "x-known-values" in schema:
        kind = opened.pop("type")
        opened["anyOf"] = [{"type": kind, "enum": list(schema["x-known-values"])}, {"type": kind}]
    if "items" in schema:
        opened["items"] = _opened(schema["items"])
    if "properties" in schema:
        opened["properties"] = {name: _opened(entry) for name, entry in schema["properties"].items()}
    return opened


def _published(schema: Mapping[str, Any], required: bool = False) -> dict[str, Any]:
    """A schema for other people's generators. Many of them send a `default` by themselves, and what the service does by
    default is none of a client's business: it stands under `x-default` and in words."""
    published = {name: _published_part(value) for name, value in schema.items() if name != "default"}
    if "properties" in schema:
        published["properties"] = {
            name: _published(entry, name in schema.get("required", ())) for name, entry in schema["properties"].items()
        }
    if "default" in schema:
        published["x-default"] = schema["default"]
        if not required:
            words = f"The service's default is {json.dumps(schema['default'], ensure_ascii=False)}."
            published["description"] = f"{schema.get('description', '')} {words}".strip()
    return published


def _published_part(value: Any) -> Any:
    return _published(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _facts(model: Model, parameter: Parameter) -> dict[str, Any]:
    schema = parameter.schema
    errata = [erratum for erratum in model.errata if erratum.at.startswith(f"{parameter.pointer}/")]
    return {
        "name": parameter.name,
        "type": parameter.type,
        "required": parameter.required,
        "description": parameter.description,
        "has_default": parameter.default is not ABSENT,
        "default": None if parameter.default is ABSENT else parameter.default,
        "enum": parameter.enum,
        "is_open": parameter.is_open,
        "known_values": parameter.known_values,
        "known_total": schema.get("x-known-total"),
        "minimum": schema.get("minimum"),
        "maximum": schema.get("maximum"),
        "multiple_of": schema.get("multipleOf"),
        "min_length": schema.get("minLength"),
        "max_length": schema.get("maxLength"),
        "format": schema.get("format"),
        "accepts": accepts_of(schema),
        "schema": schema if parameter.type in ("array", "object") else None,
        "errata": errata,
        "departures": departures(model, parameter),
        "source": _source(model, errata),
        "summary": summary(parameter),
    }


def summary(parameter: Parameter, *, on_the_wire: bool = False) -> str:
    """A parameter's description and rules as one text, for docstrings and references; of a picture it says what a caller
    may give, or what goes over the wire."""
    schema = parameter.schema
    accepts = accepts_of(schema)
    rules = [_picture(parameter.type, accepts) if accepts and not on_the_wire else parameter.type]
    if parameter.required:
        rules.append("required")
    if "minimum" in schema and "maximum" in schema:
        rules.append(f"{schema['minimum']} to {schema['maximum']}")
    elif "minimum" in schema:
        rules.append(f"at least {schema['minimum']}")
    elif "maximum" in schema:
        rules.append(f"at most {schema['maximum']}")
    if "multipleOf" in schema:
        rules.append(f"in steps of {schema['multipleOf']}")
    if "x-known-total" in schema:
        rules.append(f"{len(parameter.known_values)} of {schema['x-known-total']} values are known")
    if not parameter.required and parameter.default is not ABSENT and parameter.default is not None:
        rules.append(f"{parameter.default!r} if left out")
    return f"{parameter.description} ({', '.join(rules)})".strip()


def _picture(kind: str, accepts: tuple[str, ...]) -> str:
    """How a picture is given and sent."""
    what = "a list of pictures" if kind == "array" else "picture"
    ways = ["a URL, sent as it is"] if "url" in accepts else []
    encoded = "base64" if "base64" in accepts else "a data URL" if "data-url" in accepts else ""
    if encoded:
        ways.append(f"a path, bytes or a binary file, sent as {encoded}")
    return f"{what}: {'; or '.join(ways)}{'' if encoded else '; a file has to be uploaded first'}"


def departures(model: Model, parameter: Parameter) -> list[Erratum]:
    """Where a parameter's facts are others than its newest page documents, each reason once."""
    found = {
        erratum.why: erratum
        for erratum in model.errata
        if erratum.at.startswith(f"{parameter.pointer}/")
        and erratum.documented != erratum.used
        and erratum.page == model.pages[0]
    }
    return list(found.values())


def _source(model: Model, errata: list[Erratum]) -> str:
    """What a parameter's facts rest on: the page, and where the spec departs from it."""
    kinds = [
        f"{erratum.at.rpartition('/')[2]}: erratum, {erratum.basis}"
        for erratum in errata
        if erratum.documented != erratum.used and erratum.page == model.pages[0]
    ]
    return "; ".join([f"page {model.pages[0]}", *dict.fromkeys(kinds)])
