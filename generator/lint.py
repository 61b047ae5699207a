"""What contradicts itself in the specs: the rules that need no page, only the spec.

A contradiction that is the page's own is no finding once an erratum names it: the erratum says that somebody looked.
`RULES` is the list; each rule is a function from a catalogue to findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from . import names
from .document import token
from .findings import Finding
from .spec import ABSENT, CUSTOM_SIZE, Catalog, Erratum, Model, Parameter, Platform
from .values import is_a, misfits

#: Code and name of a misfit of a default and of an example, by rule.
_DEFAULT_CODES = {
    "wrong-type": "L012",
    "outside-enum": "L013",
    "outside-range": "L014",
    "off-step": "L015",
    "not-shown": "L016",
}
_EXAMPLE_CODES = {
    "wrong-type": "L022",
    "outside-enum": "L023",
    "outside-range": "L024",
    "off-step": "L025",
    "not-shown": "L026",
}


def lint(catalog: Catalog) -> list[Finding]:
    """Every finding of every rule, in order of place."""
    return sorted({finding for rule in RULES for finding in rule(catalog)})


def _each_model(check: Callable[[Model], Iterator[Finding]]) -> Callable[[Catalog], Iterator[Finding]]:
    def rule(catalog: Catalog) -> Iterator[Finding]:
        for model in catalog.models:
            yield from check(model)

    rule.__doc__ = check.__doc__
    return rule


def _covered(model: Model, *pointers: str) -> bool:
    return any(erratum.at in pointers for erratum in model.errata)


def _slug_is_file_name(model: Model) -> Iterator[Finding]:
    stem = PurePosixPath(model.document.path).name.removesuffix(".yaml")
    if model.slug != stem:
        message = f"slug {model.slug!r} but the file is {stem}.yaml. Rename one of the two."
        yield model.document.finding("/slug", "L001", "slug-is-not-file-name", message)


def _names(catalog: Catalog) -> Iterator[Finding]:
    """Two models, or two parameters of one model, that would get the same identifier."""
    by_slug = {model.slug: model for model in catalog.models}
    pinned: dict[str, str] = {}
    for model in catalog.models:
        if model.pinned_name:
            if model.pinned_name in pinned:
                message = f"{model.pinned_name!r} is pinned by {pinned[model.pinned_name]!r} too. Choose another name."
                yield model.document.finding("/name", "L002", "names-collide", message)
            pinned[model.pinned_name] = model.slug
    for group in names.collisions(slug for slug, model in by_slug.items() if not model.pinned_name):
        for slug in group[1:]:
            message = f"{slug!r} and {group[0]!r} give the same identifier. Pin one with `name:`."
            yield by_slug[slug].document.finding("/slug", "L002", "names-collide", message)
    for model in catalog.models:
        seen: dict[str, str] = {}
        for parameter in model.parameters:
            folded = str(names.parameter_keyword(parameter.name)).casefold()
            if folded in seen:
                message = f"{parameter.name!r} and {seen[folded]!r} give the same identifier."
                place = parameter.pointer
                yield model.document.finding(place, "L002", "names-collide", message, at_key=True)
            seen.setdefault(folded, parameter.name)


def _paths(catalog: Catalog) -> Iterator[Finding]:
    """Two operations at one path."""
    seen: dict[str, str] = {}
    for model in catalog.models:
        for key, operation in (("sync", model.sync), ("async", model.submit)):
            if operation is None:
                continue
            if operation.path in seen:
                message = f"{operation.path} belongs to {seen[operation.path]!r} already."
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


def _defaults(model: Model) -> Iterator[Finding]:
    for parameter in model.parameters:
        # `default: null` is how a page says that nothing is sent; it need not have the parameter's type.
        if parameter.default is ABSENT or parameter.default is None:
            continue
        place = f"{parameter.pointer}/default"
        yield from _value_findings(model, parameter, parameter.default, "default", place, _DEFAULT_CODES)


def _examples(model: Model) -> Iterator[Finding]:
    for name, value in model.example.items():
        place = f"/example/{token(name)}"
        parameter = model.parameter(name)
        if parameter is None:
            if not _covered(model, place):
                message = f"{name!r} is sent by the sample, but is no parameter. Add it or add an erratum."
                yield model.document.finding(place, "L020", "example-unknown", message, at_key=True)
            continue
        yield from _value_findings(model, parameter, value, "example", place, _EXAMPLE_CODES)
    for parameter in model.parameters:
        if parameter.required and parameter.name not in model.example and not _covered(model, "/example"):
            message = f"{parameter.name!r} is required, but the sample does not send it. Add it or add an erratum."
            yield model.document.finding("/example", "L021", "example-incomplete", message, at_key=True)


def _value_findings(
    model: Model, parameter: Parameter, value: Any, what: str, place: str, codes: dict[str, str]
) -> Iterator[Finding]:
    keywords = {
        "outside-range": ("minimum", "maximum", "minLength", "maxLength"),
        "outside-enum": ("enum",),
        "not-shown": ("x-known-values",),
        "off-step": ("multipleOf",),
        "wrong-type": ("type",),
    }
    mends = {
        "outside-range": "Add an erratum or fix the bound",
        "outside-enum": "Add an erratum or fix the list",
        "not-shown": "Add it to the known values, or add an erratum",
        "off-step": "Add an erratum or fix the step",
        "wrong-type": "Write it in the parameter's type, or add an erratum",
    }
    for rule, wrong in misfits(parameter.schema, value):
        if _covered(model, place, *(f"{parameter.pointer}/{keyword}" for keyword in keywords[rule])):
            continue
        message = f"{parameter.name}: {what} {wrong}. {mends[rule]}."
        yield model.document.finding(place, codes[rule], f"{what}-{rule}", message)


def _bounds(model: Model) -> Iterator[Finding]:
    for parameter in model.parameters:
        schema = parameter.schema

        def finding(keyword: str, message: str) -> Finding:
            place = f"{parameter.pointer}/{keyword}"
            return model.document.finding(place, "L030", "contradictory-bounds", f"{parameter.name}: {message}")

        for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
            if low in schema and high in schema and schema[low] > schema[high]:
                yield finding(low, f"{low} {schema[low]} is above {high} {schema[high]}. Swap or fix them.")
        step, low_bound, high_bound = schema.get("multipleOf"), schema.get("minimum"), schema.get("maximum")
        if step and low_bound is not None and high_bound is not None and high_bound // step * step < low_bound:
            yield finding("multipleOf", f"no multiple of {step} is between {low_bound} and {high_bound}. Fix the step.")
        for keyword in ("minimum", "maximum", "multipleOf"):
            if keyword in schema and parameter.type not in ("integer", "number"):
                yield finding(keyword, f"{keyword} means nothing for a {parameter.type}. Drop it.")
        values = parameter.enum or parameter.known_values
        keyword = "enum" if parameter.enum else "x-known-values"
        bare = {key: bound for key, bound in schema.items() if key not in ("enum", "x-known-values")}
        for index, value in enumerate(values):
            for _, wrong in misfits(bare, value):
                yield finding(f"{keyword}/{index}", f"value {wrong}. Fix the list or the bound.")
            if any(value == other and is_a("boolean", value) == is_a("boolean", other) for other in values[:index]):
                yield finding(f"{keyword}/{index}", f"{value!r} stands in the list twice. Drop one.")
        total = schema.get("x-known-total")
        if total is not None and total < len(values):
            yield finding("x-known-total", f"{len(values)} values are known, more than all {total}. Fix the total.")


def _output(model: Model) -> Iterator[Finding]:
    for key, name in model.output.items():
        if key != "media" and model.parameter(name) is None:
            message = f"{key} is said to be decided by {name!r}, which is no parameter."
            yield model.document.finding(f"/output/{key}", "L040", "output-unknown", message)
    preset = model.parameter(model.output.get("size_preset", ""))
    for index, value in enumerate((preset.enum or preset.known_values) if preset else ()):
        if value != CUSTOM_SIZE and value not in model.sizes:
            keyword = "enum" if preset and preset.enum else "x-known-values"
            message = f"{value!r} names a size, but not in pixels (as in `wide 1344x768`); {CUSTOM_SIZE!r} alone need not."
            place = f"{preset.pointer if preset else ''}/{keyword}/{index}"
            yield model.document.finding(place, "L041", "unknown-size", message)


def _errata(catalog: Catalog) -> Iterator[Finding]:
    """Errata expire: what one says is used must stand in the file."""
    every_page = {page for model in catalog.models for page in model.pages}
    yield from _errata_of(catalog.platform, every_page)
    for model in catalog.models:
        yield from _errata_of(model, set(model.pages))


def _errata_of(owner: Model | Platform, pages: set[str]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Erratum] = {}
    for erratum in owner.errata:
        document = owner.document
        used = document.get(erratum.at)
        if used != erratum.used or is_a("boolean", used) != is_a("boolean", erratum.used):
            there = "nothing" if erratum.at not in document.values else repr(used)
            message = f"{erratum.at} holds {there}, not {erratum.used!r}. Fix the file, or drop the erratum."
            yield document.finding(f"{erratum.pointer}/used", "L050", "erratum-expired", message)
        if erratum.page not in pages:
            message = f"{erratum.page!r} is not among the pages ({', '.join(sorted(pages))})."
            yield document.finding(f"{erratum.pointer}/page", "L051", "erratum-page-unknown", message)
        if (erratum.at, erratum.page) in seen:
            message = f"{erratum.at} has an erratum for {erratum.page} already. Make one of the two."
            yield document.finding(erratum.pointer, "L052", "erratum-twice", message)
        seen[erratum.at, erratum.page] = erratum


RULES: tuple[Callable[[Catalog], Iterator[Finding]], ...] = (
    _each_model(_slug_is_file_name),
    _names,
    _paths,
    _each_model(_required),
    _each_model(_defaults),
    _each_model(_examples),
    _each_model(_bounds),
    _each_model(_output),
    _errata,
)
