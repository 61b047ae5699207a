"""Rules that find contradictions in the specs, without looking at pages.

A contradiction of the page itself is not reported if an erratum names it: somebody has looked at it.
Each rule is a function from a model, or from all of them, to findings; the lists stand at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from ..findings import Finding
from ..rendering import names
from ..rendering.names import Reserved
from ..rendering.target import Target
from ..rendering.wording import price_in_words
from . import bounds, patterns, platform_rules
from .pointers import token
from .spec import ABSENT, CUSTOM_SIZE, Model, Parameter, Platform
from .values import same, shown
from .violations import RULES, inner_schemas, violations

#: Code and name of a violation of a default and of an example, by rule.
_DEFAULT_CODES = {
    "wrong-type": "L012",
    "outside-enum": "L013",
    "outside-range": "L014",
    "off-step": "L015",
    "not-shown": "L016",
    "off-pattern": "L017",
}
_EXAMPLE_CODES = {
    "wrong-type": "L022",
    "outside-enum": "L023",
    "outside-range": "L024",
    "off-step": "L025",
    "not-shown": "L026",
    "off-pattern": "L027",
}
#: By name of the finding: what to do about it.
_FIXES = {
    "wrong-type": "Write it in the parameter's type, or add an erratum",
    "outside-enum": "Add an erratum or fix the list",
    "outside-range": "Add an erratum or fix the bound",
    "off-step": "Add an erratum or fix the step",
    "off-pattern": "Add an erratum or fix the pattern",
    "not-shown": "Add it to the known values, or add an erratum",
}
#: The types a parameter may have to decide each part of the output.
_OUTPUT_TYPES = {
    "width": ("integer",),
    "height": ("integer",),
    "size_preset": ("string",),
    "aspect_ratio": ("string",),
    "count": ("integer",),
    "format": ("string",),
    "quality": ("integer",),
    "base64": ("boolean",),
    "duration": ("integer", "number", "string"),
    "frames": ("integer", "number", "string"),
    "frame_rate": ("integer", "number", "string"),
    "text": ("string",),
    "messages": ("array",),
    "prompt": ("string",),
}


def lint(
    platform: Platform | None,
    models: Sequence[Model],
    *,
    complete: bool = True,
    targets: Sequence[Target] = (),
    unchanged: Container[str] = (),
) -> list[Finding]:
    """Return every finding of every rule, in order of file and line; `targets` are those that need something of the platform.

    Without `complete` there are specs that could not be read, and the rules that need all specs are left out. Models whose
    path is in `unchanged` are checked only by the rules that depend on other files too.
    """
    changed = [model for model in models if model.document.path not in unchanged]
    findings = {finding for model in changed for rule in MODEL_RULES for finding in rule(model)}
    reserved = Reserved.of(*(target.reserved for target in targets))
    findings |= {finding for model in models for rule in NAME_RULES for finding in rule(model, reserved)}
    findings.update(_models_collide(models, reserved))
    findings.update(_paths_collide(models))
    if platform:
        findings |= {finding for rule in platform_rules.RULES for finding in rule(platform)}
        findings.update(platform_rules.statuses(platform, reserved))
        findings.update(platform_rules.needs(platform, targets))
        findings.update(platform_rules.operations(platform, models))
        findings.update(_errata_of(platform, {page for model in models for page in model.pages} if complete else None))
    return sorted(findings)


def _covered(model: Model, *pointers: str) -> bool:
    return any(erratum.at in pointers for erratum in model.errata)


def _slug_is_file_name(model: Model) -> Iterator[Finding]:
    stem = model.document.path.rpartition("/models/")[2].removesuffix(".yaml")
    if model.slug != stem:
        message = f"slug {model.slug!r} but the file is {stem}.yaml. Rename one of the two."
        yield model.document.finding("/slug", "L001", "slug-is-not-file-name", message)


def _pinned_name(model: Model, reserved: Reserved) -> Iterator[Finding]:
    if model.pinned_name and names.model_name(model.pinned_name, reserved) != model.pinned_name:
        message = f"{model.pinned_name!r} is reserved or no plain name. Choose another, in the form word_word."
        yield model.document.finding("/name", "L004", "name-reserved", message)


def _models_collide(models: Sequence[Model], reserved: Reserved) -> Iterator[Finding]:
    """Report models that would get the same identifier, pinned or not."""
    seen: dict[str, str] = {}
    for model in models:
        key = names.collision_key(model.pinned_name or names.model_name(model.slug, reserved), reserved)
        if key in seen:
            message = f"{model.slug!r} and {seen[key]!r} give the same identifier. Pin another one with `name:`."
            place = "/name" if model.pinned_name else "/slug"
            yield model.document.finding(place, "L002", "names-collide", message)
        seen.setdefault(key, model.slug)


def _parameters_collide(model: Model, reserved: Reserved) -> Iterator[Finding]:
    """Report parameters that would get the same keyword, or keywords that differ only in case."""
    seen: dict[str, str] = {}
    for parameter in model.parameters:
        folded = str(names.parameter_keyword(parameter.name, reserved)).casefold()
        if folded in seen:
            message = f"{parameter.name!r} and {seen[folded]!r} give the same identifier. Take one of the two out."
            yield model.document.finding(parameter.pointer, "L002", "names-collide", message, at_key=True)
        seen.setdefault(folded, parameter.name)


def _paths_collide(models: Sequence[Model]) -> Iterator[Finding]:
    """Report two operations with the same path."""
    seen: dict[str, str] = {}
    for model in models:
        for key, operation in (("sync", model.sync), ("async", model.submit)):
            if operation is None:
                continue
            if operation.path in seen:
                message = f"{operation.path} belongs to {seen[operation.path]!r} already. Give each its own path."
                yield model.document.finding(f"/{key}/path", "L003", "paths-collide", message)
            seen.setdefault(operation.path, model.slug)


def _required(model: Model) -> Iterator[Finding]:
    for index, name in enumerate(model.document.get("/input/required", [])):
        parameter = model.parameter(name)
        if parameter is None:
            message = f"{name!r} is required, but there is no such parameter. Add it or take it off the list."
            yield model.document.finding(f"/input/required/{index}", "L010", "required-unknown", message)
        elif parameter.default is not ABSENT and not _covered(model, f"{parameter.pointer}/default"):
            message = f"{name}: required, and yet it has a default. Add an erratum or drop one of the two."
            place = f"{parameter.pointer}/default"
            yield model.document.finding(place, "L011", "required-with-default", message)
    for parameter, pointer, schema in _schemas(model):
        # Without `properties` it is any object that has these names.
        for index, name in enumerate(schema.get("required", ()) if "properties" in schema else ()):
            if name not in schema["properties"]:
                message = f"{parameter.name}: {name!r} is required, but is not among the properties. Add it there."
                yield model.document.finding(f"{pointer}/required/{index}", "L010", "required-unknown", message)


def _defaults(model: Model) -> Iterator[Finding]:
    for parameter, pointer, schema in _schemas(model):
        # `default: null` is how a page says that nothing is sent; it need not have the parameter's type.
        if schema.get("default") is not None:
            yield from _value_findings(model, parameter, pointer, schema, schema["default"], "default", _DEFAULT_CODES)


def _examples(model: Model) -> Iterator[Finding]:
    for name, value in model.example.items():
        place = f"/example/{token(name)}"
        parameter = model.parameter(name)
        if parameter is None:
            if not _covered(model, place):
                message = f"{name!r} is sent by the sample, but is not a parameter. Add it or add an erratum."
                yield model.document.finding(place, "L020", "example-unknown", message, at_key=True)
            continue
        pointer, schema = parameter.pointer, parameter.schema
        yield from _value_findings(model, parameter, pointer, schema, value, "example", _EXAMPLE_CODES)
    for parameter in model.parameters:
        if parameter.required and parameter.name not in model.example and not _covered(model, "/example"):
            message = f"{parameter.name!r} is required, but the sample does not send it. Add it or add an erratum."
            yield model.document.finding("/example", "L021", "example-incomplete", message, at_key=True)


def _value_findings(
    model: Model,
    parameter: Parameter,
    pointer: str,
    schema: Mapping[str, Any],
    value: Any,
    what: str,
    codes: dict[str, str],
) -> Iterator[Finding]:
    """Yield findings about a default or an example of the schema at `pointer`, unless an erratum is about it or its rule."""
    place = f"{pointer}/default" if what == "default" else f"/example/{token(parameter.name)}"
    for violation in violations(schema, value):
        keywords = [keyword for keyword, rule in RULES.items() if rule == violation.rule]
        if not _covered(model, place, *(f"{pointer}/{keyword}" for keyword in keywords)):
            message = f"{parameter.name}: {what} {violation.wrong}. {_FIXES[violation.rule]}."
            yield model.document.finding(place, codes[violation.rule], f"{what}-{violation.rule}", message)


def _bounds(model: Model) -> Iterator[Finding]:
    for parameter, pointer, schema in _schemas(model):
        for keyword, message in bounds.contradictions(schema):
            place = f"{pointer}/{keyword}"
            yield model.document.finding(place, "L030", "contradictory-bounds", f"{parameter.name}: {message}")
        if "pattern" in schema:
            try:
                patterns.check(schema["pattern"])
            except patterns.BadPattern as error:
                message = (
                    f"{parameter.name}: the pattern can't be used: {error}. Simplify it, or say it in the description."
                )
                yield model.document.finding(f"{pointer}/pattern", "L031", "bad-pattern", message)


def _schemas(model: Model) -> Iterator[tuple[Parameter, str, Mapping[str, Any]]]:
    """Yield the schema of each parameter and those inside it, with their JSON pointers."""
    for parameter in model.parameters:
        for pointer, schema in _at_any_depth(parameter.pointer, parameter.schema):
            yield parameter, pointer, schema


def _at_any_depth(pointer: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield pointer, schema
    for place, inner in inner_schemas(schema):
        yield from _at_any_depth(f"{pointer}{place}", inner)


def _output(model: Model) -> Iterator[Finding]:
    for key, name in model.output.items():
        if key not in _OUTPUT_TYPES:
            continue
        parameter = model.parameter(name)
        if parameter is None:
            message = f"{key} is said to be decided by {name!r}, which is not a parameter. Name one, or leave it out."
            yield model.document.finding(f"/output/{key}", "L040", "output-unknown", message)
        elif parameter.type not in _OUTPUT_TYPES[key]:
            wanted = " or ".join(_OUTPUT_TYPES[key])
            message = f"{key} can't be decided by {name!r}: it is of type {parameter.type}, not {wanted}."
            yield model.document.finding(f"/output/{key}", "L042", "output-wrong-type", message)
    preset = model.parameter(model.output.get("size_preset", ""))
    if preset and not model.sizes:
        keyword = "enum" if preset.enum else "x-known-values"
        values = [*preset.enum, *preset.known_values]
        index = next((index for index, value in enumerate(values) if value != CUSTOM_SIZE), None)
        message = f"no value of {preset.name!r} names a size in pixels (as `wide 1344x768` or `720p` does)."
        place = preset.pointer if index is None else f"{preset.pointer}/{keyword}/{index}"
        yield model.document.finding(place, "L041", "unknown-size", message)


def _prices(model: Model) -> Iterator[Finding]:
    """Refuse a price of each call beside prices that say something else: one of the two is wrong, and callers would pay for it."""
    if model.price_usd is None:
        return
    for index, rate in enumerate(model.pricing):
        low, high = (rate.get("amount", rate.get(bound)) for bound in ("minimum", "maximum"))
        is_of_call = rate["unit"] == "call" and rate.get("per", 1) == 1 and "currency" not in rate
        is_within = (low is None or low <= model.price_usd) and (high is None or model.price_usd <= high)
        if not is_of_call or not is_within:
            message = (
                f"price_usd says that each call costs {model.price_usd} USD, pricing says {price_in_words(rate)}. Keep price_usd "
                "if the page gives one price of a call, or pricing if it gives another unit, a range or an average."
            )
            yield model.document.finding(f"/pricing/{index}", "L032", "prices-contradict", message)


def _model_errata(model: Model) -> Iterator[Finding]:
    yield from _errata_of(model, set(model.pages))


def _errata_of(owner: Model | Platform, pages: set[str] | None) -> Iterator[Finding]:
    """Report errata that have expired: the value that an erratum says is used must be in the file. Without `pages`, their
    names are not checked."""
    document = owner.document
    seen: set[tuple[str, str]] = set()
    for erratum in owner.errata:
        stands = document.has(erratum.at)
        used = document.get(erratum.at)
        above = erratum.at.rpartition("/")[0]
        if not same(used, erratum.used) or not document.has(above):
            there = f"holds {shown(used) if stands else 'nothing'}, not {shown(erratum.used)}"
            there = there if document.has(above) else "leads nowhere"
            message = f"{erratum.at} {there}. Fix the file, or drop the erratum."
            yield document.finding(f"{erratum.pointer}/used", "L050", "erratum-expired", message)
        if pages is not None and erratum.page not in pages:
            message = f"{shown(erratum.page)} is none of the pages this was transcribed from. Name one of `pages`."
            yield document.finding(f"{erratum.pointer}/page", "L051", "erratum-page-unknown", message)
        if (erratum.at, erratum.page) in seen:
            message = f"{erratum.at} has an erratum for {erratum.page} already. Make one of the two."
            yield document.finding(erratum.pointer, "L052", "erratum-twice", message)
        seen.add((erratum.at, erratum.page))


MODEL_RULES: tuple[Callable[[Model], Iterator[Finding]], ...] = (
    _slug_is_file_name,
    _required,
    _defaults,
    _examples,
    _bounds,
    _output,
    _prices,
    _model_errata,
)
#: Rules that ask which names are taken by the targets.
NAME_RULES: tuple[Callable[[Model, Reserved], Iterator[Finding]], ...] = (_pinned_name, _parameters_collide)
