"""Views of the specs for templates: the same facts, with identifiers added and every text shielded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..specs.media import CHAT_PARTS, MEDIA, chat_format_of, media_types_of, medium_of, suffix_of
from ..specs.pointers import tokens
from ..specs.spec import ABSENT, Catalog, Erratum, Model, Parameter, Platform, accepts_of
from ..specs.values import types_of
from . import names
from .aliases import alias_name
from .kinds import ParameterKind, kind_of
from .names import Ident, Reserved
from .text import SpecObject
from .wording import file_of, price_in_words, rules_of

#: The largest file that a client stores while it arrives, unless the platform says another size.
_MOST_FILE_BYTES = 4 << 30


def catalog_names(catalog: Catalog, reserved: Reserved) -> dict[str, Ident]:
    """Return the name of each model in generated code, by slug."""
    pinned = {model.slug: model.pinned_name for model in catalog.models if model.pinned_name}
    return names.model_names((model.slug for model in catalog.models), reserved, pinned)


def platform_view(platform: Platform) -> SpecObject:
    """Return the platform's facts for templates, with the default of each optional one."""
    data = platform.data
    folder = platform.document.path.rpartition("/")[0]
    sync, queue = data.get("sync"), data.get("queue")
    return SpecObject(
        {
            **data,
            "path": platform.document.path,
            "models_path": f"{folder}/models/",
            "slug_parts": data.get("slug_parts", 1),
            "auth": {"scheme": "", **data["auth"]},
            "sdk": data.get("sdk"),
            "limits": {"max_file_bytes": _MOST_FILE_BYTES, **data["limits"]},
            "sync": sync and {"parameters": "", **sync},
            "tokens": _tokens(data),
            "media": {name: medium_of(data, name) for name in MEDIA},
            "chat_formats": {
                name: {**dict.fromkeys(CHAT_PARTS, ""), **entry} for name, entry in data.get("chat_formats", {}).items()
            },
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
    """Return the tokens of each role's pointer, and in those of `sync` and `queue` to the parameters in a request's body."""
    pointers = {name: role["path"] for name, role in data["roles"].items()}
    pointers |= {name: data[name].get("parameters", "") for name in ("sync", "queue") if name in data}
    return {name: tokens(pointer) for name, pointer in pointers.items()}


def _states(queue: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the states of a job by outcome, in the order in which a job goes through them."""
    acceptors = queue["acceptors"]
    return {
        outcome: [acceptor["value"] for acceptor in acceptors if acceptor["outcome"] == outcome]
        for outcome in ("pending", "done", "failed")
    }


class _AsNeeded(Mapping[str, Any]):
    """Facts of which some are computed when a template first reads them: lists of five hundred models need few."""

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


def model_view(model: Model, name: Ident, platform: Platform, reserved: Reserved) -> SpecObject:
    """`parameters` come in the order of the page. `choice` is an example of one with a list of integers. `polls` are the paths of status and result, with the slug in them. `media_types` are those that the format parameter selects from. `suffix` is that of the file that the sample gives."""
    queue = platform.data.get("queue", {})
    chat_format = chat_format_of(platform.data, model.output)
    facts = {
        "name": name,
        "class_name": names.class_name(name, reserved),
        "slug": model.slug,
        "path": model.document.path,
        "title": model.title,
        # Many summaries begin with the title.
        "heading": model.summary if model.summary.startswith(model.title) else f"{model.title}: {model.summary}",
        "summary": model.summary,
        "task": model.task,
        "pages": model.pages,
        "sync": model.sync,
        "submit": model.submit,
        "polls": {key: queue[f"{key}_path"].replace("{slug}", model.slug) for key in ("status", "result") if queue},
        "odd_paths": [path for path in _paths(model) if path.rpartition("/")[2] != model.slug],
        "price_usd": model.price_usd,
        "pricing": model.pricing,
        "prices": list(map(price_in_words, model.pricing)),
        "latency_s": model.latency_s,
        "output": model.output,
        "chat_format": chat_format,
        "chat_name": _chat_name(chat_format),
        "sizes": model.sizes,
        "example": model.example,
        "errata": model.errata,
        "input": model.input_schema,
    }
    needed = {
        "parameters": lambda: _parameters(model, reserved),
        "media_types": lambda: _media_types(model),
        "arguments": lambda: model.arguments,
        "choice": lambda: _choice(model, name, reserved),
        "suffix": lambda: Ident(suffix_of(platform.data, model)),
        "published_input": lambda: _published(open_schema(model)),
    }
    return SpecObject(_AsNeeded(facts, needed))


def _media_types(model: Model) -> list[str]:
    """Return the media types that the values of the format parameter mean."""
    parameter = model.parameter(model.output.get("format", ""))
    schema: Mapping[str, Any] = parameter.schema if parameter else {}
    return media_types_of(model.output["media"], [*schema.get("enum", ()), *schema.get("x-known-values", ())])


def _chat_name(chat_format: str) -> Ident:
    """Return the name of the schema of answers in a chat format, whose name is in lower case."""
    return Ident(f"TextAnswer{''.join(part.capitalize() for part in re.split('[-_]', chat_format))}")


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One parameter. `kind` has its rules in a class of their own; `rules` are the same in words."""

    name: str
    keyword: Ident
    option: Ident
    constant: Ident
    required: bool
    description: str
    has_default: bool
    default: Any
    schema: Mapping[str, Any]
    kind: ParameterKind
    enum: tuple[Any, ...]
    known_values: tuple[Any, ...]
    rules: Sequence[str]
    summary: str
    accepts: tuple[str, ...]
    errata: Sequence[Erratum]
    departures: Sequence[Erratum]
    source: str


@dataclass(frozen=True)
class Choice:
    """A parameter with a closed list of integers, and the name of its `Literal` type."""

    keyword: Ident
    type_name: Ident


def _choice(model: Model, name: Ident, reserved: Reserved) -> Choice | None:
    """Return the first such parameter; None if there is none whose type is sure to have the usual name."""
    keywords = names.parameter_keywords([parameter.name for parameter in model.parameters], reserved)
    prefix = names.class_name(name, reserved)
    every = [alias_name(prefix, keyword) for keyword in keywords.values()]
    for parameter in model.parameters:
        alias = alias_name(prefix, keywords[parameter.name])
        is_list = parameter.enum and all(type(value) is int for value in parameter.enum)
        if is_list and types_of(parameter.schema) == ("integer",) and [*every, f"{prefix}Input"].count(alias) == 1:
            return Choice(keywords[parameter.name], Ident(alias))
    return None


def _parameters(model: Model, reserved: Reserved) -> list[ParameterView]:
    wire_names = [parameter.name for parameter in model.parameters]
    keywords = names.parameter_keywords(wire_names, reserved)
    options = names.option_names(wire_names, reserved)
    constants = names.constant_names(wire_names, reserved)
    return [
        _parameter(
            model,
            parameter,
            keyword=keywords[parameter.name],
            option=options[parameter.name],
            constant=constants[parameter.name],
        )
        for parameter in model.parameters
    ]


def _parameter(model: Model, parameter: Parameter, **given: Ident) -> ParameterView:
    errata = [erratum for erratum in model.errata if erratum.at.startswith(f"{parameter.pointer}/")]
    return ParameterView(
        **given,
        name=parameter.name,
        required=parameter.required,
        description=parameter.description,
        has_default=parameter.default is not ABSENT,
        default=None if parameter.default is ABSENT else parameter.default,
        schema=parameter.schema,
        kind=kind_of(parameter.schema),
        enum=parameter.enum,
        known_values=parameter.known_values,
        rules=rules_of(parameter.schema),
        summary=summary(parameter),
        accepts=accepts_of(parameter.schema),
        errata=errata,
        departures=departures(model, parameter),
        source=_source(model, errata),
    )


def _paths(model: Model) -> list[str]:
    return [operation.path for operation in (model.sync, model.submit) if operation]


def open_schema(model: Model) -> dict[str, Any]:
    """Return the `input` block, with other values allowed where the page cut its list short."""
    return _opened(model.input_schema)


def _opened(schema: Mapping[str, Any]) -> dict[str, Any]:
    opened = dict(schema)
    if "x-known-values" in schema:
        kind = opened.pop("type")
        opened["anyOf"] = [{"type": kind, "enum": list(schema["x-known-values"])}, {"type": kind}]
    if schema.get("x-accepts-text"):
        kinds = list(types_of(schema))
        number = {key: opened.pop(key) for key in list(opened) if key in _OF_NUMBERS}
        opened["anyOf"] = [{**number, **({"anyOf": opened["anyOf"]} if "anyOf" in opened else {})}, _text_of(kinds)]
    elif "anyOf" in schema:
        opened["anyOf"] = [_opened(option) for option in schema["anyOf"]]
    if "items" in schema:
        opened["items"] = _opened(schema["items"])
    if "properties" in schema:
        opened["properties"] = {name: _opened(entry) for name, entry in schema["properties"].items()}
    return opened


def _published(schema: Mapping[str, Any], required: bool = False) -> dict[str, Any]:
    """Return a schema for other generators.

    Many of them send a `default` by themselves, so defaults of the service are published as `x-default` and in the description.
    Base64 is a `contentEncoding`, because JSON Schema has no format of that name, and no URI.
    """
    published = {keyword: value for keyword, value in schema.items() if keyword != "default"}
    if schema.get("format") in ("uri", "base64") and "base64" in accepts_of(schema):
        del published["format"]
        if schema["format"] == "base64":
            published["contentEncoding"] = "base64"
    if "properties" in schema:
        needed = schema.get("required", ())
        published["properties"] = {
            name: _published(entry, name in needed) for name, entry in schema["properties"].items()
        }
    if "items" in schema:
        published["items"] = _published(schema["items"])
    if "anyOf" in schema:
        published["anyOf"] = [_published(option) for option in schema["anyOf"]]
    if "default" in schema:
        published["x-default"] = schema["default"]
        if not required:
            words = f"The service's default is {json.dumps(schema['default'], ensure_ascii=False)}."
            published["description"] = f"{schema.get('description', '')} {words}".strip()
    return published


#: The keywords that hold for the number, not for the text that holds it.
_OF_NUMBERS = ("type", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def _text_of(kinds: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a string that holds a number. JSON Schema can't express the range of that number."""
    whole = "-?(?:0|[1-9][0-9]*)"
    return {
        "type": "string",
        "pattern": f"^{whole}$" if kinds[0] == "integer" else f"^{whole}(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?$",
    }


def summary(parameter: Parameter, *, on_the_wire: bool = False) -> str:
    """A parameter's description and rules as one text, for docstrings and references; of a file it says what a caller
    may give, or what goes over the wire."""
    kind, *rules = rules_of(parameter.schema)
    if not on_the_wire:
        kind = file_of(parameter.schema) or kind
    rules = [kind, *(["required"] if parameter.required else []), *rules]
    if not parameter.required and parameter.default is not ABSENT and parameter.default is not None:
        rules.append(f"{parameter.default!r} if left out")
    return f"{parameter.description} ({', '.join(rules)})".strip()


def departures(model: Model, parameter: Parameter) -> list[Erratum]:
    """Return the errata by which a parameter differs from its newest page, each reason once."""
    found = {
        erratum.why: erratum
        for erratum in model.errata
        if erratum.at.startswith(f"{parameter.pointer}/")
        and erratum.documented != erratum.used
        and erratum.page == model.pages[0]
    }
    return list(found.values())


def _source(model: Model, errata: list[Erratum]) -> str:
    """Return the source of a parameter's facts: the page, and the errata against it."""
    kinds = [
        f"{erratum.at.rpartition('/')[2]}: erratum, {erratum.basis}"
        for erratum in errata
        if erratum.documented != erratum.used and erratum.page == model.pages[0]
    ]
    return "; ".join([f"page {model.pages[0]}", *dict.fromkeys(kinds)])
