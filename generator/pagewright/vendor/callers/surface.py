"""What a vendored client offers to call: the names that calls are found by. A test holds them against the client."""

from __future__ import annotations

from typing import NamedTuple

#: The classes whose instances have a model as each other attribute.
CLIENTS = frozenset({"SegmindClient", "AsyncSegmindClient"})
#: What draws with a model; they take its keywords, and options of their own.
METHODS = frozenset({"generate", "submit"})
OPTIONS = frozenset({"options", "extra_parameters"})
#: What draws with the model whose slug comes first; of the client, and of the package. They take names on the wire.
RUNNERS = frozenset({"run", "run_sync", "submit_async"})


class Kind(NamedTuple):
    """What an expression of the consumer's code is, as far as it is of ours.

    `what` is `module` (with its path in the package), `class`, `client`, `model`, `method` (of a model), `runner`, or
    `maker` (called, it gives a client). `name` and `method` say which.
    """

    what: str
    name: str = ""
    method: str = ""


def attribute(kind: Kind, name: str) -> Kind | None:
    """What `.name` of it is."""
    if kind.what == "module":
        return exported(kind.name, name)
    if kind.what == "client":
        return Kind("runner", name) if name in RUNNERS else Kind("model", name)
    if kind.what == "model" and name in METHODS:
        return Kind("method", kind.name, name)
    return None


def exported(module: str, name: str) -> Kind | None:
    """What `from package.module import name` gives."""
    if name in CLIENTS:
        return Kind("class", name)
    if name in RUNNERS:
        return Kind("runner", name)
    inner = f"{module}.{name}" if module else name
    # Anything else in lower case may be a submodule; if it is not, nothing will be found in it.
    return Kind("module", inner) if name.islower() else None


def called(kind: Kind) -> Kind | None:
    """What calling it gives."""
    return Kind("client") if kind.what in ("class", "maker") else None
