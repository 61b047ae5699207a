"""Check that the parameter for base64 decides the form of an answer: the file itself, or JSON that contains it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..findings import Unavailable, Unchecked, as_json
from ..formats.file_info import UnreadableFile
from ..formats.measure import measure
from ..service.http import Response
from ..spec.facts import Parameter

if TYPE_CHECKING:
    from ..service.checker import Checker


def encoding_of(checker: Checker) -> Parameter | None:
    """Return the parameter that decides the form of synchronous answers; None if the spec names none."""
    if checker.platform.sync.returns == "json":
        return None
    return checker.model.parameters.get(checker.model.output.get("base64", ""))


def report_other_form(
    checker: Checker, parameter: Parameter, payload: Mapping[str, Any], response: Response, where: str, in_json: bool
) -> None:
    """Report an answer in the other form than that of the value that was sent, or of the documented default.

    Only the same request with that value tells whether the default is another one, or the parameter has no effect.
    `in_json` is the form that was expected.
    """
    name = parameter.name
    forms = "a file", "JSON that contains the file"
    expected = forms[in_json]
    got = f"{forms[not in_json]}: {response.summary()}"
    if name not in payload and _takes_effect(checker, parameter, payload, in_json):
        if checker.service.strict or checker.service.run_state.is_first("wrong-default", checker.model.slug, name):
            report_default(checker, parameter, expected, got)
        return
    code = "not-in-base64" if in_json else "in-base64"
    value = f"{name}: {as_json(payload.get(name, parameter.default))}"
    source = checker.model.source(parameter.pointer("" if name in payload else "default"))
    checker.report(code, f"{where}, {value}", expected, got, source)


def report_default(checker: Checker, parameter: Parameter, expected: str = "", got: str = "") -> None:
    """Report that a request without the parameter is not answered as one with its documented default."""
    default = f"as with {parameter.name}: {as_json(parameter.default)}"
    source = checker.model.source(parameter.pointer("default"))
    checker.report(
        "wrong-default",
        f"the default of {parameter.name}",
        f"{expected or 'an answer'}, {default}",
        got or "an answer in another form",
        source,
    )


def has_other_default(checker: Checker, parameter: Parameter) -> bool:
    """Return whether an answer has shown that the default of this parameter is not the documented one."""
    is_encoding = parameter.name == checker.model.output.get("base64")
    return is_encoding and checker.service.run_state.takes_encoding.get(checker.model.slug) is True


def _takes_effect(checker: Checker, parameter: Parameter, payload: Mapping[str, Any], in_json: bool) -> bool:
    """Return whether the default, sent explicitly, gives an answer in the form that it documents. Asked once for each model."""
    known, slug, operation = checker.service.run_state.takes_encoding, checker.model.slug, checker.model.sync
    if slug in known or operation is None:
        return known.get(slug, False)
    sent = checker.sent
    with suppress(Unavailable, Unchecked):
        response = checker.post_once(operation, {**payload, parameter.name: parameter.default})
        if response.status == 200:
            known[slug] = _is_file(response) != in_json
    checker.sent = sent
    return known.get(slug, False)


def _is_file(response: Response) -> bool:
    """Return whether the body is a file."""
    try:
        measure(response.body)
    except UnreadableFile:
        return False
    return True
