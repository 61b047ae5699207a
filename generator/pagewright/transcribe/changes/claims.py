"""The claims of a spec about one of its pages: its own facts, those that errata document, and the platform's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeGuard

from ...specs.pointers import parameter_pointer, tokens
from ...specs.spec import Erratum, Model, Platform
from ...specs.values import is_list, is_mapping
from .page_facts import LISTS, SAMPLE_TEXT, facts_of_spec

#: Keywords of a schema that a table does not state by itself: a page may say them in prose, or not at all.
_OWN_KEYWORDS = frozenset(
    {
        "multipleOf",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "pattern",
        "contentEncoding",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
    }
)
#: Parts of a spec that are in our own words: an erratum there quotes the page.
QUOTED = re.compile(r"/(?:summary|task|title|input/properties/[^/]+/description)\Z")
_IN_PROSE = ("minimum", "maximum", "multipleOf")


def plain(pointer: str) -> str:
    """Return the pointer of the fact: lists of values share one, whatever their keyword."""
    head, _, last = pointer.rpartition("/")
    return f"{head}/values" if last in LISTS and head.startswith("/input/properties/") else pointer


def errata_of(model: Model, page: str) -> dict[str, Erratum]:
    """Return the errata of a spec about one page, by the pointer of the fact."""
    return {plain(erratum.at): erratum for erratum in model.errata if erratum.page == page}


def claims_of(
    model: Model, platform: Platform, page: str, said: Mapping[str, Any], record: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the facts that the page must state for the spec to be true; `said` are those that it states.

    A fact that a spec has no place for is claimed as `record`, what was last read from the page, has it. Where there is
    no record, such a fact is not claimed, and the platform's are claimed where the page speaks of them.
    """
    claims = facts_of_spec(model)
    errata = errata_of(model, page)
    for at, erratum in errata.items():
        is_quotation = QUOTED.search(at) and at not in said and at not in claims
        if at in ("/example", "/latency_s", "/summary", "/task") or is_quotation or at.endswith("/x-accepts-text"):
            continue
        _set(claims, at, erratum.documented)
    _sample_texts(claims, said, record or {})
    _average_price(claims, said)
    for at in list(claims):
        # The spec's own precision, which the table does not show.
        if tokens(at)[-1] in _OWN_KEYWORDS and at not in said and at not in errata:
            del claims[at]
    last = record or {}
    for at in [at for at in claims if tokens(at)[-1] in _IN_PROSE and not {at} & {*said, *errata, *last}]:
        # The page states it in the description, and never did in the table: that documents it as well.
        head, _, keyword = at.rpartition("/")
        if f"{head}/prose/{keyword}" in {**last, **said}:
            del claims[at]
    own_rules = _rules_of_spec(model, said, record)
    unplaced = {at: value for at, value in (record or {}).items() if is_unplaced(at)}
    platform_claims = {
        at: _as_far_as_stated(value, said[at], platform)
        for at, value in facts_of_platform(platform).items()
        if at in said and record is None
    }
    # What is inside of an array is compared as it was last read: a spec may say more of it, and errata have no place
    # for that.
    inside = {at: value for at, value in (record or {}).items() if at in claims and at.endswith("/items")}
    inside |= {at: said[at] for at in errata if at.endswith("/items") and at in said and at not in inside}
    return claims | own_rules | unplaced | platform_claims | inside


def _set(claims: dict[str, Any], at: str, value: Any) -> None:
    if value is None:
        claims.pop(at, None)
    else:
        claims[at] = value


def _average_price(claims: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Let a spec that gives the price of a call claim it as the average that the page prints."""
    printed = said.get("/pricing", [])
    if "/price_usd" in claims and is_average_of_call(printed):
        claims["/pricing"] = [{**printed[0], "amount": claims.pop("/price_usd")}]


def is_average_of_call(pricing: Any) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    """Return whether prices are a single one: the average price of a call in dollars."""
    return (
        is_list(pricing)
        and len(pricing) == 1
        and pricing[0].keys() == {"unit", "amount", "average", "basis"}
        and pricing[0]["unit"] == "call"
    )


def _sample_texts(claims: dict[str, Any], said: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Take out the defaults that are the sample's own text, and free texts that either side does not take for one.

    Those of a parameter that has no row any more are known from `record`, what was last read.
    """
    gone = [at for at in record if f"{at.removesuffix(SAMPLE_TEXT)}type" not in said]
    for at in [at for at in (*said, *gone) if at.endswith(f"/{SAMPLE_TEXT}")]:
        head = at.removesuffix(SAMPLE_TEXT)
        if f"{head}default" in claims:
            del claims[f"{head}default"]
            claims[at] = True
    for at, value in said.items():
        if at.startswith("/example/") and isinstance(claims.get(at), str) and value == SAMPLE_TEXT:
            claims[at] = SAMPLE_TEXT


def is_unplaced(at: str) -> bool:
    """Return whether a spec has no place for the fact, so that only the record of the page keeps it."""
    parts = tokens(at)
    return (
        parts[0] in ("platform", "rules", "deprecated")
        or (parts[:2] == ["input", "properties"] and len(parts) == 5 and parts[3] in ("rules", "deprecated"))
        or (parts[0] == "pricing" and len(parts) > 1)
    )


def _rules_of_spec(model: Model, said: Mapping[str, Any], record: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the rules that descriptions must state.

    They are those that an erratum rests on or the record has, and those that the page states and that the spec has as
    keywords.
    """
    claims: dict[str, Any] = {}
    for parameter in model.parameters:
        for keyword in _IN_PROSE:
            at, place = f"{parameter.pointer}/prose/{keyword}", f"{parameter.pointer}/{keyword}"
            rests = any(
                erratum.at == place and erratum.documented is None and erratum.basis == "page"
                for erratum in model.errata
            )
            value = parameter.schema.get(keyword)
            if record is not None and at in record:
                claims[at] = record[at]
            elif value is not None and (rests or (at in said and place not in said)):
                claims[at] = value
    return claims


def _as_far_as_stated(claim: Any, stated: Any, platform: Platform) -> Any:
    """Return a claim of the platform; of a list, what the page states too and what an answer must have.

    A page that lists the fields of an answer names those inside of others without their path.
    """
    if not is_list(claim) or not is_list(stated) or len(claim) == 1:
        return claim
    must = platform.data.get("bodies", {}).get("submitted", {}).get("required", [])
    names: list[Any] = []
    for item in claim:
        name = str(item).rpartition("/")[2]
        inside = [other for other in claim if str(other).startswith(f"{item}/")]
        if item in stated:
            names.append(item)
        elif name in stated and name not in claim:
            names.append(name)
        elif item in must and not any(str(other).rpartition("/")[2] in stated for other in inside):
            names.append(item)
    return names


def facts_of_platform(platform: Platform) -> dict[str, Any]:
    """Return the facts of the platform's file, in the form in which pages state them."""
    data = platform.data
    queue: Mapping[str, Any] = data.get("queue", {})
    bodies: Mapping[str, Any] = data.get("bodies", {})
    statuses = {entry["role"]: int(status) for status, entry in data["statuses"].items() if "role" in entry}
    addresses = [data["base_url"], *([queue["base_url"]] if "base_url" in queue else [])]
    acceptors: list[Mapping[str, Any]] = queue.get("acceptors", [])
    final = [str(entry["value"]) for entry in acceptors if entry["outcome"] != "pending"]
    claims: dict[str, Any] = {
        "/platform/base_url": [address.partition("://")[2].partition("/")[0] for address in addresses],
        "/platform/auth/header": str(data["auth"]["header"]).lower(),
        "/platform/auth/scheme": data["auth"]["scheme"] or "none",
        "/platform/environment/api_key": data["environment"]["api_key"],
        "/platform/queue/status_path": queue.get("status_path"),
        "/platform/queue/result_path": queue.get("result_path"),
        "/platform/queue/retention_s": queue.get("retention_s"),
        "/platform/queue/timeout_s": queue.get("timeout_s"),
        "/platform/queue/interval_s": queue.get("interval_s"),
        "/platform/queue/final_states": final or None,
        "/platform/queue/failed_status": next(
            (entry["http"] for entry in acceptors if entry["outcome"] == "failed" and entry["http"] != 200), None
        ),
        "/platform/queue/unknown_status": statuses.get("not_found"),
        "/platform/bodies/submitted": _names(bodies.get("submitted")),
        "/platform/bodies/result": _names(bodies.get("result")),
        "/platform/headers": sorted(entry["name"] for entry in data.get("headers", {}).values()),
    }
    return {at: value for at, value in claims.items() if value is not None}


def _names(body: Any, before: str = "") -> list[str]:
    """Return the fields of a body, those inside of others as paths."""
    names: list[str] = []
    properties: Mapping[str, Any] = body.get("properties", {}) if is_mapping(body) else {}
    for name, inner in properties.items():
        names += [f"{before}{name}", *_names(inner, f"{before}{name}/")]
    return names


def parameters_of(facts: Mapping[str, Any]) -> list[str]:
    """Return the names of the parameters in a record, in order."""
    return list(
        dict.fromkeys(tokens(at)[2] for at in facts if at.startswith("/input/properties/") and at.endswith("/type"))
    )


def facts_of_parameter(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the facts of one parameter by keyword."""
    head = f"{parameter_pointer(name)}/"
    return {at.removeprefix(head): value for at, value in facts.items() if at.startswith(head)}


def elsewhere(documented: Mapping[str, Mapping[str, Any]], page: str) -> Set[str]:
    """Return the facts that pages other than `page` document."""
    return {at for other, said in documented.items() if other != page for at, value in said.items() if value != []}
