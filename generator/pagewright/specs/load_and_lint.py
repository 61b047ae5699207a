"""The specs of a provider read and linted together with the targets: the state in which everything else takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..findings import Finding
from ..rendering.target import Target, load_targets
from ..workspace import Provider
from .lint import lint
from .load import load
from .spec import Catalog, Model

if TYPE_CHECKING:
    from .cache import Cache


class Checked(NamedTuple):
    """`catalog` is None if any file could not be built; `models` are those that could."""

    catalog: Catalog | None
    models: Sequence[Model]
    targets: Sequence[Target]
    findings: list[Finding]


def read_checked(provider: Provider, cache: Cache | None = None, only: Collection[str] | None = None) -> Checked:
    """Read and lint the specs of `provider`, or those of the models in `only`.

    With a `cache` only the specs that it does not know are read. Where that leads to findings, everything is read again:
    what comes from the cache has no lines.
    """
    targets, unusable = load_targets(provider.workspace)
    loaded = load(provider, cache, only)
    whole = loaded.complete and only is None
    found = lint(loaded.platform, loaded.models, complete=whole, targets=targets, unchanged=loaded.unchanged)
    findings = [*loaded.findings, *found]
    if findings and cache and cache.hits:
        return read_checked(provider, None, only)
    return Checked(loaded.catalog, loaded.models, targets, [*findings, *unusable])
