"""The parameters of a call: keywords to wire names, checks against the documented rules, and encoding as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ValidationError
from .._text import warn_caller
from ..spec.answers import enclosed
from ..spec.facts import Model, Parameter
from ..spec.platform import PLATFORM
from ..spec.schema import number_for
from ..spec.violations import Violation, advise_unknown, shown

_LARGEST = PLATFORM.limits.max_request_bytes
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class UndocumentedWarning(UserWarning):
    """A parameter's name or value is not in the documentation. It is sent anyway."""


def wire_names(model: Model) -> dict[str, str]:
    """Return the wire name for each keyword of the model."""
    return {parameter.keyword: parameter.name for parameter in model.parameters.values()}


def payload_for(
    model: Model, wire: Mapping[str, str], keywords: Mapping[str, Any], extra: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the checked payload for keyword arguments.

    A parameter that was not passed is not sent; the service uses its default. `extra` is sent without checks, for parameters
    that the documentation lacks or describes wrongly.

    Raises:
        ValidationError: With all violations. They include unknown keywords and parameters that are both a keyword and in
            `extra`.
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
        violations += _undocumented(unknown, known, "Undocumented parameters are passed as extra_parameters")
    if model.file_parameters:
        from .media_inputs import read_inputs

        violations += read_inputs(model, payload)
    if not extra:
        check(model, payload, violations)
        return payload
    for key in list[Any](extra):
        if not isinstance(key, str):
            violations.append(
                Violation(shown(key), "name", key, "a string", "is not a parameter name, which must be a string")
            )
        elif key in payload:
            violations.append(
                Violation(
                    key, "twice", extra[key], None, "is given as a keyword and in extra_parameters; remove one of them"
                )
            )
    check(model, payload, violations, extra)
    return {**payload, **extra}


def check(
    model: Model,
    payload: Mapping[str, Any],
    violations: Sequence[Violation] = (),
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Raise for all violations: those found before and those of `payload`. If there are none, warn about undocumented values.

    Raises:
        ValidationError: With all violations.
    """
    found = model.validate(payload)
    if extra:
        found = [each for each in found if each.rule != "required" or each.parameter not in extra]
    if violations:
        from .media_inputs import RULE

        # A file that can't be read is reported already.
        unread = {each.parameter for each in violations if each.rule == RULE}
        found = [each for each in found if each.parameter not in unread]
    if violations or found:
        raise ValidationError(model.slug, [*violations, *found])
    for doubt in model.advise(payload):
        _warn(f"{model.slug}: {doubt}")


def prepare(model: Model, payload: dict[str, Any], *, documented_only: bool = False) -> None:
    """Encode the files in `payload` (with wire names) and check it.

    Undocumented parameters are sent with a warning. With `documented_only`, as on the command line, they are violations.

    Raises:
        ValidationError: With all violations.
    """
    violations = undocumented(model, payload) if documented_only else []
    if model.file_parameters:
        from .media_inputs import read_inputs

        violations += read_inputs(model, payload)
    check(model, payload, violations)


def undocumented(model: Model, payload: Mapping[str, Any]) -> list[Violation]:
    """Return a violation for each undocumented parameter in `payload`, for the command line."""
    return _undocumented(
        payload, model.parameters, "--help lists the parameters; --allow-undocumented sends others too"
    )


def _undocumented(payload: Mapping[str, Any], known: Mapping[str, Parameter], advice: str) -> list[Violation]:
    message = "is not a parameter of this model"
    return [each._replace(message=message, advice=advice) for each in advise_unknown(payload, known)]


def warn_about_several_images(model: Model, payload: Mapping[str, Any], advice: str = "") -> None:
    """Warn that no page says how a synchronous call returns several images if they are not base64.

    `advice` names what to use instead, in the terms of the caller.
    """
    output = model.output
    count = number_for(model.parameters[output.count].schema, payload.get(output.count, 1)) if output.count else 1
    if isinstance(count, int) and count > 1 and output.base64 and payload.get(output.base64) is not True:
        _warn(
            f"{model.slug}: no page says how {output.count}={count} images are returned as bytes; possibly only the first "
            f"is returned. Use {advice or f'{output.base64}=True, or submit a job'}"
        )


def encoded(slug: str, payload: Mapping[str, Any], pointer: str = "") -> bytes:
    """Return the body of a request as ASCII JSON, with `payload` at the JSON pointer `pointer`.

    Raises:
        ValidationError: With each parameter that can't be sent as JSON; or with the largest parameter, if the body is larger
            than the limit.
    """
    try:
        body = _json(enclosed(pointer, payload))
    except (TypeError, ValueError, RecursionError):
        pass
    else:
        if len(body) > _LARGEST:
            largest = max(payload, key=lambda name: len(_json(payload[name])))
            message = f"the request has {len(body)} bytes, the maximum is {_LARGEST}; this parameter is the largest"
            raise ValidationError(slug, [Violation(str(largest), "size", payload[largest], _LARGEST, message)])
        return body
    violations: list[Violation] = []
    for name, value in payload.items():
        try:
            _json(value)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"{shown(value)} can't be sent as JSON: {error}"
            violations.append(Violation(str(name), "json", value, "JSON", message))
    raise ValidationError(slug, violations)


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode("ascii")


def _warn(message: str) -> None:
    warn_caller(message, UndocumentedWarning)
