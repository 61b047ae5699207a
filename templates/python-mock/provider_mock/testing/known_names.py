"""Names that an expectation may have: those of models, parameters, scenarios and HTTP methods."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, cast

from ..api.scenarios import named
from ..server.limits import RequestRefused
from ..spec.catalog import SLUGS, find

_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")


def check_names(fields: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Check the names in an expectation, since one with a wrong name is never met. Raises ValueError."""
    slug: Any = fields.get("slug")
    method, scenario = fields.get("method"), fields.get("scenario")
    slugs = [name for name in SLUGS if _matches(slug, name)]
    if not slugs:
        shown: str = cast("re.Pattern[str]", slug).pattern if isinstance(slug, re.Pattern) else slug
        raise ValueError(f"There is no model {shown!r}.{_hint(shown, SLUGS)}")
    if isinstance(method, str) and method not in _METHODS:
        raise ValueError(f"method: expected one of {', '.join(_METHODS)}, got {method!r}.")
    if isinstance(scenario, str):
        try:
            named(scenario)
        except RequestRefused as error:
            raise ValueError(str(error)) from None
    known: dict[str, None] = {}
    for name in slugs if parameters else ():
        model = find(name)
        known.update(dict.fromkeys(model.parameters if model is not None else ()))
    for name in parameters:
        if name not in known:
            owner = f"{slugs[0]} has" if len(slugs) == 1 else "The models have"
            raise ValueError(
                f"{owner} no parameter {name!r}.{_hint(name, known)} Pass parameters that no page has as extra_parameters."
            )


def _matches(slug: Any, name: str) -> bool:
    if isinstance(slug, str):
        return slug == name
    if isinstance(slug, re.Pattern):
        return cast("re.Pattern[str]", slug).search(name) is not None
    return True


def _hint(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f" Did you mean {close[0]!r}?" if close else ""
