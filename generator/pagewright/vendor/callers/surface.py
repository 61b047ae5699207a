"""The callable names of a vendored client, from `calls` in its target.yaml; calls in user code are found by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ...rendering.target import ProviderNames
from ..package import SpecSource


class Meaning(NamedTuple):
    """The meaning of an expression in the consumer's code that has to do with the package.

    `what` is `module` (with its path in the package), `class`, `client`, `model`, `method` (of a model), `runner`, or
    `maker` (called, it gives a client). `name` and `method` say which.
    """

    what: str
    name: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Surface:
    """`clients` are the classes whose instances have a model as each other attribute. `methods` of a model call it; they
    take its keywords, and `options` and `extra` of their own. `runners` of a client or of the package call the model whose
    slug comes first, with names on the wire."""

    clients: frozenset[str]
    methods: frozenset[str]
    options: frozenset[str]
    extra: str
    runners: frozenset[str]

    def attribute(self, kind: Meaning, name: str) -> Meaning | None:
        """Return what `.name` of it is."""
        if kind.what == "module":
            return self.exported(kind.name, name)
        if kind.what == "client":
            return Meaning("runner", name) if name in self.runners else Meaning("model", name)
        if kind.what == "model" and name in self.methods:
            return Meaning("method", kind.name, name)
        return None

    def exported(self, module: str, name: str) -> Meaning | None:
        """Return what `from package.module import name` gives."""
        if name in self.clients:
            return Meaning("class", name)
        if name in self.runners:
            return Meaning("runner", name)
        inner = f"{module}.{name}" if module else name
        # Anything else in lower case may be a submodule; if it is not, nothing will be found in it.
        return Meaning("module", inner) if name.islower() else None


def called(kind: Meaning) -> Meaning | None:
    """Return what calling it gives."""
    return Meaning("client") if kind.what in ("class", "maker") else None


def surface_of(source: SpecSource) -> Surface:
    """Return what the clients that can be vendored from `source` offer."""
    platform = source.catalog.platform
    names = ProviderNames(source.targets, platform.names)
    found = [target.calls for target in source.targets if target.calls]
    return Surface(
        clients=frozenset(names.fill(name) for calls in found for name in calls["clients"]),
        methods=frozenset(name for calls in found for name in calls["methods"]),
        options=frozenset(name for calls in found for name in calls["options"]),
        extra=found[0]["extra"] if found else "",
        runners=frozenset(
            name
            for calls in found
            for key, runners in calls["runners"].items()
            if key in platform.data
            for name in runners
        ),
    )
