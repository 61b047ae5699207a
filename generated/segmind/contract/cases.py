"""Which cases a model's spec calls for. Data: what is sent, by which judge it is judged, what it covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .findings import spelt
from .judging.bodies import part_source
from .orders import LOSSY, media_type_of
from .spec.contract import Contract, Platform
from .spec.facts import MISSING, Model, Operation, Parameter, Source
from .values import Value, boundary_values, listed_values, plain_values, sample, small, wrong_types

#: In `changes`: the parameter is left out.
LEFT_OUT = MISSING
#: What cases are worth where the money does not last for all of them: lower comes first.
_FREE, _MAIN, _LISTED, _BOUNDS, _DEFAULTS, _SILENT = range(6)


#: How items begin that a case covers though the answer was wrong: whether the service takes what was sent is seen.
DECIDED = ("parameter: ", "boundary: ", "enum value: ", "required: ")


class Case(NamedTuple):
    """One thing to check about one model.

    `judge` is the name of the function that sends it and judges what comes. `changes` are made to the model's smallest
    good payload. `covers` are the items of the contract that are checked when the case was judged. `needs_mock` is
    whether only a mock can be made to do it.
    """

    slug: str
    name: str
    judge: str
    words: str
    source: Source
    covers: tuple[str, ...] = ()
    changes: Mapping[str, Any] = {}
    parameter: str = ""
    scenario: str = ""
    rank: int = _MAIN
    needs_mock: bool = False

    @property
    def id(self) -> str:
        """The case among all of them."""
        return f"{self.slug}: {self.name}"


def item(kind: str, *words: object) -> str:
    """The name of one thing that the contract says, for the coverage."""
    return f"{kind}: {' '.join(str(word) for word in words)}"


def all_cases(contract: Contract) -> list[Case]:
    """Every case, those first that are worth most."""
    found = [case for model in contract.models for case in model_cases(contract.platform, model)]
    return sorted([*found, *cases_of_platform(contract)], key=lambda case: case.rank)


def cases_of_platform(contract: Contract) -> list[Case]:
    """The cases of what holds whatever the model, shown by the first of those that are called in most ways."""
    ways = [(model.sync is not None) + (model.submit is not None) for model in contract.models]
    return list(platform_cases(contract.platform, contract.models[ways.index(max(ways))])) if ways else []


def smallest(model: Model) -> dict[str, Any]:
    """The smallest good payload: what is required, the smallest picture, and a seed so that it can be repeated."""
    payload: dict[str, Any] = {}
    for parameter in model.parameters.values():
        if parameter.required:
            shown_there = model.example.get(parameter.name, parameter.default)
            payload[parameter.name] = sample(parameter.schema) if shown_there is MISSING else shown_there
    for role in ("width", "height"):
        side = model.parameters.get(model.output.get(role, ""))
        if side is not None and (least := small(side)) is not None:
            payload[side.name] = least
    seed = model.parameters.get("seed")
    if seed is not None and seed.type == "integer":
        payload["seed"] = 7
    return payload


def model_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """The cases of one model."""
    refuses = _refuses(platform, model)
    for parameter in model.parameters.values():
        yield from (case for case in _parameter_cases(model, parameter) if case.judge != "refuse" or refuses)
    page = model.source()
    if model.sync is not None:
        source = Source(f"{page.words}, the path {model.sync.path}", model.sync.basis)
        good = (item("status", 200), *_headers(platform, "sync"))
        yield Case(model.slug, "example", "example", "the page's own example", source, good)
        yield from _door_cases(platform, model, "sync", model.sync, source)
        if model.output.get("base64") in model.parameters:
            name = model.output["base64"]
            yield Case(model.slug, "base64", "accept", f"{name}: true", page, (), {name: True})
            count = model.parameters.get(model.output.get("count", ""))
            if count is not None:
                changes = {name: True, count.name: 2}
                source = part_source(platform, "media", "base64")
                yield Case(
                    model.slug, "base64-of-several", "accept", f"{count.name}: 2, {name}: true", source, (), changes
                )
        yield from _quality_cases(model)
    if model.submit is not None:
        source = Source(f"{page.words}, the path {model.submit.path}", model.submit.basis)
        yield from _door_cases(platform, model, "submit", model.submit, source)
        yield from _job_cases(platform, model)


def _quality_cases(model: Model) -> Iterator[Case]:
    """The quality in each format that has one; the default's first, since each is paid for."""
    parameter = model.parameters.get(model.output.get("quality", ""))
    if parameter is None:
        return
    words, source = "the worst and the best quality", model.source(parameter.pointer())
    yield Case(model.slug, "quality", "quality", words, source)
    formats = model.parameters.get(model.output.get("format", ""))
    for name in formats.enum if formats is not None else ():
        if media_type_of(str(name)) in LOSSY and formats is not None and name != formats.default:
            changes = {formats.name: name}
            yield Case(
                model.slug, f"quality of {name}", "quality", f"{words} of {name}", source, (), changes, rank=_SILENT
            )


def _refuses(platform: Platform, model: Model) -> bool:
    """Return whether the spec says how invalid parameters are refused: by a status or by a failed job."""
    later = model.sync is None and platform.value_of("validation") == "later"
    return later or platform.status("invalid_request") is not None


def _headers(platform: Platform, kind: str) -> list[str]:
    """The headers that an answer of a kind carries."""
    return [item("header", name) for name, header in platform.headers.items() if kind in header.on]


def _parameter_cases(model: Model, parameter: Parameter) -> Iterator[Case]:
    name, slug = parameter.name, model.slug
    covers = item("parameter", slug, name)
    for value in boundary_values(parameter):
        bound = (
            ()
            if value.silent or value.rule == "type"
            else (item("boundary", slug, name, value.rule, parameter.schema[value.rule]),)
        )
        yield _value_case(model, parameter, value, (covers, *bound), _BOUNDS)
    for value in listed_values(parameter):
        listed = (item("enum value", slug, name, value.value),) if value.fits and not value.silent else ()
        yield _value_case(model, parameter, value, (covers, *listed), _LISTED)
    for value in wrong_types(parameter):
        yield _value_case(model, parameter, value, (covers,), _BOUNDS)
    for value in plain_values(parameter):
        yield _value_case(model, parameter, value, (covers,), _BOUNDS)
    required = item("required", slug, name)
    source = model.source(parameter.pointer())
    if parameter.required:
        words = f"{name} is left out, and required"
        yield Case(
            slug, f"{name}: left out", "refuse", words, source, (covers, required), {name: LEFT_OUT}, name, rank=_FREE
        )
    elif has_default(parameter):
        words = f"{name} is left out or sent as its default {spelt(parameter.default)}"
        source = model.source(parameter.pointer("default"))
        default = item("default", slug, name)
        changes = {name: LEFT_OUT}
        yield Case(slug, f"{name}: default", "default", words, source, (covers, default), changes, name, rank=_DEFAULTS)
    else:
        words = f"{name} is left out"
        changes = {name: LEFT_OUT}
        yield Case(slug, f"{name}: left out", "accept", words, source, (covers, required), changes, name)
        yield Case(
            slug,
            f"{name}: no default",
            "unnamed-default",
            words,
            source,
            (),
            changes,
            name,
            "",
            _SILENT,
            needs_mock=True,
        )


def has_default(parameter: Parameter) -> bool:
    """Whether leaving a parameter out is to be the same as sending its default. Not for a seed that a page prints: a
    service that drew every picture from one seed would be no use, and -1 says that it picks one.
    """
    value = parameter.default
    return value is not MISSING and not (parameter.name == "seed" and type(value) is int and value >= 0)


def _value_case(model: Model, parameter: Parameter, value: Value, covers: tuple[str, ...], rank: int) -> Case:
    source = model.source(parameter.pointer(value.rule if value.rule in parameter.schema else ""))
    if value.silent:
        source = Source(f"{source.words}, which has no {value.rule}", "inferred")
        rank = _SILENT
    elif not value.fits:
        rank = _FREE
    text = spelt(value.value, 40)
    words = f"{parameter.name}: {text} {value.words}"
    judge = "accept" if value.fits else "refuse"
    changes = {parameter.name: value.value}
    base64, many = model.output.get("base64", ""), type(value.value) is int and value.value > 2
    if parameter.name == model.output.get("count") and base64 in model.parameters and value.fits and many:
        # Only there can they be counted, and it costs no more.
        changes[base64] = True
    return Case(model.slug, words, judge, words, source, covers, changes, parameter.name, rank=rank)


def _door_cases(platform: Platform, model: Model, door: str, operation: Operation, source: Source) -> Iterator[Case]:
    """Yield the cases that are refused before a model runs, if the spec documents the status."""
    slug = model.slug
    if status := platform.status("invalid_request"):
        refused = (item("status", status.status),)
        yield Case(
            slug, f"{door}: broken JSON", f"{door}-broken", "a body that breaks off", source, refused, rank=_FREE
        )
        yield Case(slug, f"{door}: no object", f"{door}-list", "a list for a body", source, refused, rank=_FREE)
    if status := platform.status("unauthorized"):
        refused = (item("status", status.status),)
        yield Case(slug, f"{door}: no key", f"{door}-no-key", "no key", source, refused, rank=_FREE)
        yield Case(slug, f"{door}: wrong key", f"{door}-wrong-key", "a wrong key", source, refused, rank=_FREE)
    if (status := platform.status("method_not_allowed")) and operation.method == "POST":
        refused = (item("status", status.status),)
        yield Case(slug, f"{door}: method", f"{door}-method", "GET", source, refused, rank=_FREE)


def _job_cases(platform: Platform, model: Model) -> Iterator[Case]:
    slug, queue = model.slug, platform.queue
    source = Source("platform.yaml, /queue", "page")
    states = tuple(item("state", slug, state) for state in dict.fromkeys((*queue.pending, *queue.done)))
    yield Case(slug, "job", "job", "", source, (*states, *_headers(platform, "submit")))
    if platform.value_of("validation") == "before" and platform.status("invalid_request"):
        source = platform.assumed("validation")
        yield Case(slug, "submit: refusals", "submit-refuses", "wrong parameters", source, rank=_FREE)
    count = model.parameters.get(model.output.get("count", ""))
    if count is not None:
        source = platform.assumed("many-outputs")
        yield Case(slug, "job of several", "job", f"{count.name}: 2", source, (), {count.name: 2}, rank=_SILENT)
    if model.output.get("base64") in model.parameters and "v2-base64" in platform.assumptions:
        name = model.output["base64"]
        source = platform.assumed("v2-base64")
        yield Case(slug, "job with base64", "job", f"{name}: true", source, (), {name: True}, rank=_SILENT)
    if queue.failed:
        failed = [acceptor for acceptor in queue.acceptors if acceptor.outcome == "failed"]
        covers = tuple(item("state", slug, acceptor.value) for acceptor in failed)
        covers += tuple(item("status", acceptor.http) for acceptor in failed)
        source = platform.source("/queue/acceptors")
        words = "a job that fails"
        yield Case(slug, "job that fails", "failure", words, source, covers, scenario="job-fails", needs_mock=True)


def platform_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """What holds whatever the model, shown by one of them."""
    slug = model.slug
    if status := platform.status("not_found"):
        covers, source = (item("status", status.status),), platform.status_source(status)
        if model.submit is not None:
            for door in ("status", "result"):
                words = "an id never given out"
                yield Case(slug, f"unknown job: {door}", f"unknown-{door}", words, source, covers, rank=_FREE)
        words = "a model that there is not"
        yield Case(slug, "unknown model", "unknown-model", words, source, covers, rank=_FREE)
    yield from _strict_cases(platform, model)
    for status in platform.statuses.values():
        source = platform.status_source(status)
        header = _headers(platform, "rate_limited") if status.role == "rate_limited" else ()
        covers = (item("status", status.status), *header)
        words = f"made to answer {status.status} {status.title}"
        name = f"status-{status.status}"
        yield Case(slug, name, "provoked", words, source, covers, scenario=name, needs_mock=True)
    source = Source("platform.yaml, /statuses", "page")
    yield Case(slug, "scenarios", "scenarios", "the statuses that the mock plays", source, needs_mock=True)
    if status := platform.status("no_credits"):
        covers, source = (item("status", status.status),), platform.status_source(status)
        yield Case(slug, "no credits", "no-credits", "an account without credits", source, covers, needs_mock=True)
    if model.submit is not None and platform.status("not_found"):
        source = Source("platform.yaml, /queue/retention_s", "page")
        yield Case(slug, "retention", "retention", "the end of a result's time", source, needs_mock=True)
        source = platform.assumed("foreign-request")
        yield Case(slug, "foreign job", "foreign", "another key's job", source, needs_mock=True)


#: Bodies that are refused whatever the model: what is wrong, and whether a page says so or JSON itself.
_BODIES = {
    "null": ("null for a body", "page"),
    "text": ("a text for a body", "page"),
    "empty": ("no body at all", "page"),
    "trailing": ("text after the JSON", "inferred"),
    "latin": ("a body that is not UTF-8", "inferred"),
    "nan": ("NaN, which JSON does not have", "inferred"),
}


def _strict_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """What is refused before any model is asked, beside what is tried at each of them."""
    slug, doors = model.slug, {"sync": model.sync, "submit": model.submit}
    if status := platform.status("invalid_request"):
        for door in (name for name, operation in doors.items() if operation is not None):
            for name, (words, basis) in _BODIES.items():
                source, covers = platform.status_source(status, basis), (item("status", status.status),)
                yield Case(slug, f"{door}: {words}", f"{door}-{name}", words, source, covers, rank=_FREE)
    if model.submit is not None:
        for door in ("status", "result"):
            for name, role in _POLLS.items():
                if status := platform.status(role):
                    source = platform.status_source(status, "page" if role == "unauthorized" else "inferred")
                    judge = f"{door}-{name.replace(' ', '-')}"
                    words, covers = "POST" if name == "method" else f"a poll with {name}", (
                        item("status", status.status),
                    )
                    yield Case(slug, f"{door}: {name}", judge, words, source, covers, rank=_FREE)
    if status := platform.status("unauthorized"):
        source = platform.status_source(status)
        yield Case(slug, "almost the key", "near-key", "almost the key", source, needs_mock=True)
    source = Source("what no page shows is let through", "inferred")
    words = "a parameter that no page shows"
    yield Case(slug, "unknown parameter", "unknown-parameter", words, source, rank=_SILENT)


#: How a poll is refused whatever job it is about, and the role of the status.
_POLLS = {"no key": "unauthorized", "wrong key": "unauthorized", "method": "method_not_allowed"}


def contract_items(contract: Contract) -> dict[str, list[str]]:
    """Everything that the contract says, by kind: what full coverage would be."""
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS.values()}
    for model in contract.models:
        for parameter in model.parameters.values():
            kinds["parameters"].append(item("parameter", model.slug, parameter.name))
            for rule in _BOUNDING:
                if rule in parameter.schema:
                    bound = item("boundary", model.slug, parameter.name, rule, parameter.schema[rule])
                    kinds["boundaries"].append(bound)
            for value in (*parameter.enum, *parameter.known_values):
                kinds["enum values"].append(item("enum value", model.slug, parameter.name, value))
            if has_default(parameter) and not parameter.required:
                kinds["defaults"].append(item("default", model.slug, parameter.name))
        if model.submit is not None:
            states = dict.fromkeys(acceptor.value for acceptor in contract.platform.queue.acceptors)
            kinds["states"] += (item("state", model.slug, state) for state in states)
    kinds["statuses"] = [item("status", status) for status in (200, *sorted(contract.platform.statuses))]
    kinds["headers"] = [item("header", name) for name in contract.platform.headers]
    return kinds


#: The rules whose two sides are tried.
_BOUNDING = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems")

#: The kinds of items, by how an item's name begins, and what the summary calls them.
KINDS = {
    "parameter": "parameters",
    "boundary": "boundaries",
    "enum value": "enum values",
    "default": "defaults",
    "status": "statuses",
    "header": "headers",
    "state": "states",
}
