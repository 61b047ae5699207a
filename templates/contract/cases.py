"""The cases of a contract, as data: what is sent, which function checks the responses, what is covered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .checks.bodies import part_source
from .expected_files import LOSSY, MOST_FILES
from .findings import as_json
from .spec.contract import Contract, Platform
from .spec.facts import MISSING, Model, Operation, Parameter, Source
from .spec.validity import is_valid
from .values import Value, boundary_values, listed_values, plain_values, wrong_types

#: In `changes`: the parameter is left out.
LEFT_OUT = MISSING
#: The order of cases when the money does not cover all of them: lower ranks run first.
_FREE, _MAIN, _LISTED, _BOUNDS, _DEFAULTS, _SILENT = range(6)


#: Prefixes of the items that a case covers even after drift: the service accepted or refused the value.
DECIDED = ("parameter: ", "boundary: ", "enum value: ", "required: ")


class Case(NamedTuple):
    """One thing to check about one model.

    `check` names the function that sends the requests and checks the responses. `changes` are applied to the smallest
    valid payload of the model. `covers` lists the items of the contract that the case checks. `needs_mock` marks a case
    that only a mock can be made to show. `rule` is the keyword of the parameter that the case is about. A `silent` case sends a value
    that the spec says nothing about. A case for `any_model` does not depend on the model.
    """

    slug: str
    name: str
    check: str
    description: str
    source: Source
    covers: tuple[str, ...] = ()
    changes: Mapping[str, Any] = {}
    parameter: str = ""
    scenario: str = ""
    rank: int = _MAIN
    needs_mock: bool = False
    rule: str = ""
    silent: bool = False
    any_model: bool = False

    @property
    def id(self) -> str:
        """Identifier among all cases."""
        return f"{self.slug}: {self.name}"


def item(kind: str, *description: object) -> str:
    """Return the name of one fact of the contract, for the coverage."""
    return f"{kind}: {' '.join(str(word) for word in description)}"


def all_cases(contract: Contract) -> list[Case]:
    """Return every case, the most important ones first."""
    found = [case for model in contract.models for case in model_cases(contract.platform, model)]
    return sorted([*found, *cases_of_platform(contract)], key=lambda case: case.rank)


def cases_of_platform(contract: Contract) -> list[Case]:
    """Return the cases that don't depend on the model, for the first model that has the most kinds of calls."""
    ways = [(model.sync is not None) + (model.submit is not None) for model in contract.models]
    return list(platform_cases(contract.platform, contract.models[ways.index(max(ways))])) if ways else []


def model_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """Yield the cases of one model."""
    refuses = _refuses(platform, model)
    for parameter in model.parameters.values():
        yield from (case for case in _parameter_cases(model, parameter) if case.check != "refuse" or refuses)
    page = model.source()
    if model.sync is not None:
        source = Source(f"{page.description}, the path {model.sync.path}", model.sync.basis)
        good = (item("status", 200), *_headers(platform, "sync"))
        sample = model.source("/example")
        yield Case(model.slug, "example", "example", "the example on the page", sample, good)
        yield from _endpoint_cases(platform, model, "sync", model.sync, source)
        if name := _encoded(model):
            yield Case(model.slug, "base64", "accept", f"{name}: true", page, (), {name: True})
            if several := _several(model):
                changes = {name: True, **several}
                source = part_source(platform.of(model), "media", "base64")
                description = ", ".join(f"{key}: {as_json(value)}" for key, value in reversed(changes.items()))
                yield Case(model.slug, "base64-of-several", "accept", description, source, (), changes)
        yield from _quality_cases(platform, model)
    if model.submit is not None:
        source = Source(f"{page.description}, the path {model.submit.path}", model.submit.basis)
        yield from _endpoint_cases(platform, model, "submit", model.submit, source)
        yield from _job_cases(platform, model)


def _encoded(model: Model) -> str:
    """Return the name of the parameter that asks for base64, "" if there is none or it can't be true."""
    name = model.output.get("base64", "")
    return name if name in model.parameters and is_valid(model.parameters[name].schema, True) else ""


def _several(model: Model) -> dict[str, Any]:
    """Return the parameter for the number of images with the smallest number above 1; empty if there is none."""
    count = model.parameters.get(model.output.get("count", ""))
    if count is None:
        return {}
    valid = (number for number in range(2, MOST_FILES + 1) if is_valid(count.schema, number))
    number = next(valid, None)
    return {} if number is None else {count.name: number}


def _quality_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """Yield a case for each format that has a quality; the default format first, since each case costs money."""
    parameter = model.parameters.get(model.output.get("quality", ""))
    if parameter is None:
        return
    description, source = "the worst and the best quality", model.source(parameter.pointer())
    yield Case(model.slug, "quality", "quality", description, source)
    formats = model.parameters.get(model.output.get("format", ""))
    media_types = platform.media[model.output["media"]].formats
    for name in formats.enum if formats is not None else ():
        if media_types.get(str(name).lower()) in LOSSY and formats is not None and name != formats.default:
            changes = {formats.name: name}
            yield Case(
                model.slug,
                f"quality of {name}",
                "quality",
                f"{description} of {name}",
                source,
                (),
                changes,
                rank=_SILENT,
            )


def _refuses(platform: Platform, model: Model) -> bool:
    """Return whether the spec says how invalid parameters are refused: by a status or by a failed job."""
    later = model.sync is None and platform.value_of("validation") == "later"
    return later or platform.status("invalid_request") is not None


def _headers(platform: Platform, kind: str) -> list[str]:
    """Return the headers of a kind of response, as items."""
    return [item("header", name) for name, header in platform.headers.items() if kind in header.on]


def _parameter_cases(model: Model, parameter: Parameter) -> Iterator[Case]:
    name, slug = parameter.name, model.slug
    covers = item("parameter", slug, name)
    for value in boundary_values(parameter):
        if value.silent and name == model.output.get("count") and value.value > MOST_FILES:
            # Without a documented maximum, nobody expects any number of images.
            if not is_valid(parameter.schema, MOST_FILES):
                continue
            value = value._replace(value=MOST_FILES, description="is high, and no maximum is documented")
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
    yield from _left_out_cases(model, parameter)


def _left_out_cases(model: Model, parameter: Parameter) -> Iterator[Case]:
    name, slug = parameter.name, model.slug
    covers = item("parameter", slug, name)
    required = item("required", slug, name)
    source = model.source(parameter.pointer())
    changes = {name: LEFT_OUT}
    if parameter.required:
        description = f"{name} is required and left out"
        title = f"{name}: left out"
        yield Case(
            slug, title, "refuse", description, source, (covers, required), changes, name, rank=_FREE, rule="required"
        )
    elif has_default(model, parameter):
        description = f"{name} is left out or sent as its default {as_json(parameter.default)}"
        source = model.source(parameter.pointer("default"))
        default = item("default", slug, name)
        yield Case(
            slug, f"{name}: default", "default", description, source, (covers, default), changes, name, rank=_DEFAULTS
        )
    else:
        description = f"{name} is left out"
        yield Case(slug, f"{name}: left out", "accept", description, source, (covers, required), changes, name)
        if name != model.output.get("base64"):  # which does not change the image
            title, check = f"{name}: no default", "unnamed-default"
            yield Case(slug, title, check, description, source, (), changes, name, "", _SILENT, needs_mock=True)


def has_default(model: Model, parameter: Parameter) -> bool:
    """Return whether omitting a parameter must be the same as sending its default.

    Not for null where null can't be sent: it says that nothing is used. Not for a value that an erratum calls invalid. And not for a seed that
    a page prints: a service that used one seed for every image would be useless. -1 means that the service picks one.
    """
    value = parameter.default
    if value is MISSING or (parameter.name == "seed" and type(value) is int and value >= 0):
        return False
    return is_valid(parameter.schema, value) or not (value is None or model.has_erratum(parameter))


def _value_case(model: Model, parameter: Parameter, value: Value, covers: tuple[str, ...], rank: int) -> Case:
    source = model.source(parameter.pointer(value.rule if value.rule in parameter.schema else ""))
    if value.silent:
        source = _silent_source(model, parameter, value.rule)
        rank = _SILENT
    elif not value.fits:
        rank = _FREE
    if value.unchecked:
        what = f"{parameter.name}: a value that {value.description}"
        description = f"{what} is not sent: {value.unchecked}"
        return Case(model.slug, what, "unchecked", description, source, covers, {}, parameter.name, rank=_FREE)
    text = as_json(value.value, 40)
    description = f"{parameter.name}: {text} {value.description}"
    check = "accept" if value.fits else "refuse"
    changes = {parameter.name: value.value}
    many = type(value.value) is int and value.value > 2
    if parameter.name == model.output.get("count") and value.fits and many and (encoded := _encoded(model)):
        # Images can only be counted in JSON, which costs no more.
        changes[encoded] = True
    return Case(
        model.slug,
        description,
        check,
        description,
        source,
        covers,
        changes,
        parameter.name,
        rank=rank,
        rule=value.rule,
        silent=value.silent,
    )


def _silent_source(model: Model, parameter: Parameter, rule: str) -> Source:
    """Return the source of the expectation that a value is valid which no page rules out."""
    missing = "the list of its values may be incomplete" if rule == "x-known-values" else f"no {rule} is documented"
    stated = f"{missing}, and what no page rules out is taken to be valid"
    return Source(f"{model.source().description}, parameter {parameter.name}: {stated}", "inferred")


def _endpoint_cases(
    platform: Platform, model: Model, endpoint: str, operation: Operation, source: Source
) -> Iterator[Case]:
    """Yield the cases that are refused before a model runs, if the spec documents the status."""
    slug = model.slug
    if status := platform.status("invalid_request"):
        refused = (item("status", status.status),)
        yield Case(
            slug,
            f"{endpoint}: broken JSON",
            f"{endpoint}-broken",
            "a truncated body",
            source,
            refused,
            rank=_FREE,
        )
        yield Case(
            slug, f"{endpoint}: no object", f"{endpoint}-list", "a list as the body", source, refused, rank=_FREE
        )
    if status := platform.status("unauthorized"):
        refused = (item("status", status.status),)
        yield Case(slug, f"{endpoint}: no key", f"{endpoint}-no-key", "no key", source, refused, rank=_FREE)
        yield Case(slug, f"{endpoint}: wrong key", f"{endpoint}-wrong-key", "a wrong key", source, refused, rank=_FREE)
    if (status := platform.status("method_not_allowed")) and operation.method == "POST":
        refused = (item("status", status.status),)
        yield Case(slug, f"{endpoint}: method", f"{endpoint}-method", "GET", source, refused, rank=_FREE)


def _job_cases(platform: Platform, model: Model) -> Iterator[Case]:
    slug, queue = model.slug, platform.queue
    source = Source("platform.yaml, /queue", "page")
    states = tuple(item("state", slug, state) for state in dict.fromkeys((*queue.pending, *queue.done)))
    yield Case(slug, "job", "job", "", source, (*states, *_headers(platform, "submit")))
    if platform.value_of("validation") == "before" and platform.status("invalid_request"):
        source = platform.assumed("validation")
        yield Case(slug, "submit: refusals", "submit-refuses", "wrong parameters", source, rank=_FREE)
    if several := _several(model):
        source = platform.assumed("many-outputs")
        description = ", ".join(f"{name}: {number}" for name, number in several.items())
        yield Case(slug, "job of several", "job", description, source, (), several, rank=_SILENT)
    if (name := _encoded(model)) and "v2-base64" in platform.assumptions:
        source = platform.assumed("v2-base64")
        yield Case(slug, "job with base64", "job", f"{name}: true", source, (), {name: True}, rank=_SILENT)
    if queue.failed:
        failed = [acceptor for acceptor in queue.acceptors if acceptor.outcome == "failed"]
        covers = tuple(item("state", slug, acceptor.value) for acceptor in failed)
        covers += tuple(item("status", acceptor.http) for acceptor in failed)
        source = platform.source("/queue/acceptors")
        description = "a job that fails"
        yield Case(
            slug, "job that fails", "failure", description, source, covers, scenario="job-fails", needs_mock=True
        )


def platform_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """Yield the cases that don't depend on the model, shown with one model."""
    yield from (case._replace(any_model=True) for case in _platform_cases(platform, model))


def _platform_cases(platform: Platform, model: Model) -> Iterator[Case]:
    slug = model.slug
    if status := platform.status("not_found"):
        covers, source = (item("status", status.status),), platform.status_source(status)
        if model.submit is not None:
            for endpoint in ("status", "result"):
                description = "an id that was never issued"
                yield Case(
                    slug, f"unknown job: {endpoint}", f"unknown-{endpoint}", description, source, covers, rank=_FREE
                )
        description = "a model that does not exist"
        yield Case(slug, "unknown model", "unknown-model", description, source, covers, rank=_FREE)
    yield from _refusal_cases(platform, model)
    for status in platform.statuses.values():
        source = platform.status_source(status)
        header = _headers(platform, "rate_limited") if status.role == "rate_limited" else ()
        covers = (item("status", status.status), *header)
        description = f"made to answer {status.status} {status.title}"
        name = f"status-{status.status}"
        yield Case(slug, name, "provoked", description, source, covers, scenario=name, needs_mock=True)
    source = Source("platform.yaml, /statuses", "page")
    yield Case(slug, "scenarios", "scenarios", "the statuses that the mock plays", source, needs_mock=True)
    if status := platform.status("no_credits"):
        covers, source = (item("status", status.status),), platform.status_source(status)
        yield Case(slug, "no credits", "no-credits", "an account without credits", source, covers, needs_mock=True)
    if model.submit is not None and platform.status("not_found"):
        source = Source("platform.yaml, /queue/retention_s", "page")
        yield Case(slug, "retention", "retention", "a result that expires", source, needs_mock=True)
        source = platform.assumed("foreign-request")
        yield Case(slug, "foreign job", "foreign", "a job of another key", source, needs_mock=True)


#: Bodies that every model refuses: what is wrong, and the basis (a page, or JSON itself).
_BODIES = {
    "null": ("null as the body", "page"),
    "text": ("a string as the body", "page"),
    "empty": ("an empty body", "page"),
    "trailing": ("text after the JSON", "inferred"),
    "latin": ("a body that is not UTF-8", "inferred"),
    "nan": ("NaN, which JSON does not have", "inferred"),
}


def _refusal_cases(platform: Platform, model: Model) -> Iterator[Case]:
    """Yield the cases that are refused before any model runs, in addition to those of each model."""
    slug, endpoints = model.slug, {"sync": model.sync, "submit": model.submit}
    if status := platform.status("invalid_request"):
        for endpoint in (name for name, operation in endpoints.items() if operation is not None):
            for name, (description, basis) in _BODIES.items():
                source, covers = platform.status_source(status, basis), (item("status", status.status),)
                yield Case(
                    slug, f"{endpoint}: {description}", f"{endpoint}-{name}", description, source, covers, rank=_FREE
                )
    if model.submit is not None:
        for endpoint in ("status", "result"):
            for name, role in _POLLS.items():
                if status := platform.status(role):
                    source = platform.status_source(status, "page" if role == "unauthorized" else "inferred")
                    check = f"{endpoint}-{name.replace(' ', '-')}"
                    about_poll = f"a poll with {'a ' if name == 'wrong key' else ''}{name}"
                    description = f"POST to the address of a job's {endpoint}" if name == "method" else about_poll
                    covers = (item("status", status.status),)
                    yield Case(slug, f"{endpoint}: {name}", check, description, source, covers, rank=_FREE)
    if status := platform.status("unauthorized"):
        source = platform.status_source(status)
        yield Case(slug, "almost the key", "near-key", "almost the key", source, needs_mock=True)
    source = Source("parameters that no page shows are accepted", "inferred")
    description = "a parameter that no page shows"
    yield Case(slug, "unknown parameter", "unknown-parameter", description, source, rank=_SILENT)


#: Ways in which a poll of any job is refused, and the role of the status.
_POLLS = {"no key": "unauthorized", "wrong key": "unauthorized", "method": "method_not_allowed"}
