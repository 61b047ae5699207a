"""Every public name of `segmind_client` has a complete docstring."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import segmind_client
from segmind_client import StatusError
from segmind_client.spec.catalog import MODULES, get

#: ProviderNames of what is measured in seconds, in parameters, fields and attributes.
_SECONDS = re.compile(r"(^|_)(timeout|interval|seconds|s|after)$")
#: Parameters that mean the same wherever they are, and what says so.
_EVERYWHERE = {"self", "cls", "parameters", "args", "kwargs"}
#: Made by a client alone; a caller gets them.
_NOT_MADE_BY_CALLERS = {"AsyncJob", "AsyncioJob", "ImageResult", "JobResult", "Response"}


def _public() -> Iterator[tuple[str, object]]:
    for name in segmind_client.__all__:
        if not name.startswith("__") and name not in ("ImageInput", "MediaInput", "PictureInput"):
            yield name, getattr(segmind_client, name)


def _members(owner: type) -> Iterator[tuple[str, object]]:
    """Yield the public members of a class and of its base classes in this package."""
    seen: set[str] = set()
    for kind in owner.__mro__:
        if not kind.__module__.startswith("segmind_client"):
            continue
        for name, value in vars(kind).items():
            if name.startswith("_") or name in seen:
                continue
            seen.add(name)
            value = getattr(value, "__func__", value)
            if inspect.isfunction(value) or isinstance(value, property) or hasattr(value, "attrname"):
                yield name, value


ALL = [
    *_public(),
    *((f"{name}.{key}", value) for name, kind in _public() if inspect.isclass(kind) for key, value in _members(kind)),
]
IDS = [name for name, _ in ALL]


def _docs(name: str, value: object) -> str:
    """Return the docstring, and for `See X.y` also the docstring of X.y."""
    text = inspect.getdoc(value.func if hasattr(value, "func") else value) or ""
    referred = re.match(r"See `(\w+)\.(\w+)`", text)
    if referred:
        text += "\n" + (inspect.getdoc(getattr(getattr(segmind_client, referred[1]), referred[2])) or "")
    return text


def _owner_docs(name: str) -> str:
    owner = getattr(segmind_client, name.partition(".")[0])
    return "\n".join(inspect.getdoc(kind) or "" for kind in getattr(owner, "__mro__", ()) if kind is not object)


@pytest.mark.parametrize(("name", "value"), ALL, ids=IDS)
def test_docstrings_end_as_sentences(name: str, value: object) -> None:
    text = _docs(name, value)
    assert len(text) > 8, name
    assert text.split("\n\n")[0].rstrip()[-1] in ".:)", text


@pytest.mark.parametrize(("name", "value"), ALL, ids=IDS)
def test_docstrings_name_each_parameter(name: str, value: object) -> None:
    function: Callable[..., Any] | None = value if inspect.isfunction(value) else getattr(value, "__init__", None)
    if isinstance(value, property) or not inspect.isfunction(function) or name in _NOT_MADE_BY_CALLERS:
        return
    text = f"{_docs(name, value)}\n{_owner_docs(name)}"
    # The parameters of a model's exceptions are their attributes.
    parameters = [p for p in inspect.signature(function).parameters if p not in _EVERYWHERE and not p.startswith("_")]
    missing = [parameter for parameter in parameters if not re.search(rf"\b{parameter}\b", text)]
    if inspect.isclass(value) and issubclass(value, segmind_client.SegmindError):
        return
    assert missing == [], (name, missing)


@pytest.mark.parametrize(("name", "value"), ALL, ids=IDS)
def test_docstrings_give_the_unit_of_times(name: str, value: object) -> None:
    names = [name.rpartition(".")[2]]
    if inspect.isfunction(value):
        names += inspect.signature(value).parameters
    names += getattr(value, "_fields", ())
    if any(_SECONDS.search(each) for each in names):
        assert re.search(r"\bseconds?\b", f"{_docs(name, value)}\n{_owner_docs(name)}", re.IGNORECASE), name


@pytest.mark.parametrize("name", [name for name, value in ALL if isinstance(value, type)])
def test_the_attributes_of_a_class_are_told_of(name: str) -> None:
    value = getattr(segmind_client, name)
    if issubclass(value, enum.Enum):
        return
    slots = [slot for kind in value.__mro__ for slot in getattr(kind, "__slots__", ()) if not slot.startswith("_")]
    text = _owner_docs(name)
    told = [*getattr(value, "_fields", ()), *slots]
    properties = {key for key, _ in _members(value)}
    assert [each for each in told if each not in properties and not re.search(rf"\b{each}\b", text)] == []


@pytest.mark.parametrize(
    "kind", [value for _, value in _public() if inspect.isclass(value) and value is not StatusError]
)
def test_an_error_of_a_status_names_status_and_basis(kind: type) -> None:
    if issubclass(kind, StatusError):
        assert re.search(r"HTTP status \d{3}, basis: (page|sdk|observed|inferred)\.", inspect.getdoc(kind) or "")


@pytest.mark.parametrize(("slug", "module"), MODULES.items())
def test_a_models_methods_give_source_units_and_errors(slug: str, module: str) -> None:
    model = get(slug)
    resource = getattr(segmind_client.SegmindClient("key"), module)
    about = inspect.getdoc(type(resource)) or ""
    assert model.pages[0] in " ".join(about.split())
    assert model.latency_s is None or f"about {model.latency_s} seconds" in about
    assert model.price_usd is None or f"{model.price_usd} dollars per request" in about
    for operation in (resource.generate, resource.submit):
        text = " ".join((inspect.getdoc(operation) or "").split())
        for section in ("Args:", "Returns:", "Raises:", "ValidationError:", "AmbiguousOutcome:"):
            assert section in text
        for parameter in model.parameters.values():
            assert f" {parameter.keyword}: {parameter.description}" in text
            if parameter.minimum is not None and parameter.maximum is not None:
                assert f"{parameter.minimum} to {parameter.maximum}" in text
        for erratum in model.errata:
            is_of_input = erratum.at.startswith("/input/properties/") and erratum.documented != erratum.used
            assert not is_of_input or erratum.page != model.pages[0] or " ".join(erratum.why.split()) in text
