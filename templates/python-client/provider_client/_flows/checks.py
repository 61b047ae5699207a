"""Parameters on their way to a request: keyword names to wire names, the documented rules, then JSON."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ValidationError
from ..spec.answers import enclosed
from ..spec.facts import Model, Parameter
from ..spec.platform import PLATFORM
from ..spec.schema import number_for
from ..spec.violations import Violation, advise_unknown, shown
from .inputs import RULE, read_inputs

_LARGEST = PLATFORM.limits.max_request_bytes
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class UndocumentedWarning(UserWarning):
    """A value or a name that the documentation does not show; it is sent all the same."""


def wire_names(model: Model) -> dict[str, str]:
    """The name on the wire for each keyword of the model."""
    return {parameter.keyword: parameter.name for parameter in model.parameters.values()}


def payload_for(
    model: Model, wire: Mapping[str, str], keywords: Mapping[str, Any], extra: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What goes over the wire for these keyword arguments, checked.

    A parameter that was not given is not sent: its documented default is what the service does. `extra` is sent
    besides and unchecked, for what the documentation does not know yet, or gets wrong.

    Raises:
        ValidationError: With every violation at once; a keyword that is no parameter is one, and so is a parameter
            that was given both ways.
    """
    payload: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for keyword, value in keywords.items():
        name = wire.get(keyword)
        if name is None:
            unknown[keyword] = value
        else:
            payload[name] = value
    violations: list[Violation] = []
    if unknown:
        known = {keyword: model.parameters[name] for keyword, name in wire.items()}
        violations += _undocumented(unknown, known, "pass what is not documented as extra_parameters")
    if model.pictures:
        violations += read_inputs(model, payload)
    if not extra:
        check(model, payload, violations)
        return payload
    for key in list[Any](extra):
        if not isinstance(key, str):
            violations.append(Violation(shown(key), "name", key, "a text", "is no name of a parameter"))
        elif key in payload:
            violations.append(Violation(key, "twice", extra[key], None, "is given both ways; leave one out"))
    check(model, payload, violations, extra)
    return {**payload, **extra}


def check(
    model: Model,
    payload: Mapping[str, Any],
    violations: Sequence[Violation] = (),
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Raises for everything wrong with `payload`, after `violations` that were found before; else warns of doubts.

    Raises:
        ValidationError: With every violation at once.
    """
    found = model.validate(payload)
    if extra:
        found = [each for each in found if each.rule != "required" or each.parameter not in extra]
    if violations:
        # What could not be made a text has been complained of.
        unread = {each.parameter for each in violations if each.rule == RULE}
        found = [each for each in found if each.parameter not in unread]
    if violations or found:
        raise ValidationError(model.slug, [*violations, *found])
    for doubt in model.advise(payload):
        _warn(f"{model.slug}: {doubt}")


def prepare(model: Model, payload: dict[str, Any], *, documented_only: bool = False) -> None:
    """Makes pictures in `payload` (wire names) what goes over the wire, and checks it.

    Names that the page does not document are sent with a warning, unless they are to be `documented_only`, as on the
    command line.

    Raises:
        ValidationError: With every violation at once.
    """
    violations = undocumented(model, payload) if documented_only else []
    if model.pictures:
        violations += read_inputs(model, payload)
    check(model, payload, violations)


def undocumented(model: Model, payload: Mapping[str, Any]) -> list[Violation]:
    """A violation for each name in `payload` that the page does not document, for the command line."""
    return _undocumented(payload, model.parameters, "--allow-undocumented sends it")


def _undocumented(payload: Mapping[str, Any], known: Mapping[str, Parameter], advice: str) -> list[Violation]:
    message = f"is no parameter of this model; {advice}"
    return [each._replace(message=message) for each in advise_unknown(payload, known)]


def warn_of_several(model: Model, payload: Mapping[str, Any]) -> None:
    """Warn that no page says how a synchronous call answers with several images that are not base64."""
    output = model.output
    count = number_for(model.parameters[output.count].schema, payload.get(output.count, 1)) if output.count else 1
    if isinstance(count, int) and count > 1 and output.base64 and payload.get(output.base64) is not True:
        _warn(
            f"{model.slug}: no page says how {output.count}={count} comes back as bytes; maybe as the first picture "
            f"alone. Ask with {output.base64}=True, or submit a job"
        )


def encoded(slug: str, payload: Mapping[str, Any], pointer: str = "") -> bytes:
    """Return the body of a request as JSON in ASCII, with `payload` where `pointer` leads to.

    Raises:
        ValidationError: A value is none that JSON can hold; every parameter that has one is named. Or the body is larger
            than the service takes; the largest parameter is named.
    """
    try:
        body = _json(enclosed(pointer, payload))
    except (TypeError, ValueError, RecursionError):
        pass
    else:
        if len(body) > _LARGEST:
            largest = max(payload, key=lambda name: len(_json(payload[name])))
            message = f"the request has {len(body)} bytes, and at most {_LARGEST} can be sent; this is its largest part"
            raise ValidationError(slug, [Violation(str(largest), "size", payload[largest], _LARGEST, message)])
        return body
    violations: list[Violation] = []
    for name, value in payload.items():
        try:
            _json(value)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"{shown(value)} cannot be sent as JSON: {error}"
            violations.append(Violation(str(name), "json", value, "JSON", message))
    raise ValidationError(slug, violations)


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode("ascii")


def _warn(message: str) -> None:
    """Warns with the line of the first caller outside this package, however deep in it we are."""
    package = (__package__ or "").rpartition(".")[0]
    level, frame = 1, sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame.f_back and f"{frame.f_globals.get('__name__', '')}.".startswith(f"{package}."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UndocumentedWarning, stacklevel=level)
