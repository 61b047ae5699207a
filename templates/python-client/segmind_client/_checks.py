"""Parameters on their way to a request: keyword names to wire names, then the documented rules."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ._errors import ValidationError
from .spec.facts import Model
from .spec.violations import Violation, advise_unknown


class UndocumentedWarning(UserWarning):
    """A value or a name that the documentation does not show; it is sent all the same."""


def payload_for(
    model: Model, keywords: Mapping[str, Any], extra: Mapping[str, Any] | None, *, stacklevel: int
) -> dict[str, Any]:
    """What goes over the wire for these keyword arguments, checked.

    A parameter that was not given is not sent: its documented default is what the service does. `extra` is sent
    besides, for what the documentation does not know yet.

    Raises:
        ValidationError: With every violation at once; a keyword that is no parameter is one.
    """
    wire = {parameter.keyword: parameter.name for parameter in model.parameters.values()}
    payload = {wire[key]: value for key, value in keywords.items() if key in wire}
    unknown = {key: value for key, value in keywords.items() if key not in wire}
    violations = [
        violation._replace(message="is no parameter of this model; pass what is not documented as extra_parameters")
        for violation in advise_unknown(unknown, {key: model.parameters[name] for key, name in wire.items()})
    ]
    check(model, payload, violations, stacklevel=stacklevel + 1)
    if extra:
        payload.update(extra)
    return payload


def check(model: Model, payload: Mapping[str, Any], violations: list[Violation], *, stacklevel: int) -> None:
    """Raises for everything wrong with `payload`, after `violations` that were found before; else warns of doubts.

    Raises:
        ValidationError: With every violation at once.
    """
    violations = violations + model.validate(payload)
    if violations:
        raise ValidationError(model.slug, violations)
    for doubt in model.advise(payload):
        warnings.warn(f"{model.slug}: {doubt}", UndocumentedWarning, stacklevel=stacklevel + 1)


def warn_of_several(model: Model, payload: Mapping[str, Any], *, stacklevel: int) -> None:
    """Says that no page tells how v1 answers with several pictures that are not base64."""
    output = model.output
    count = payload.get(output.count, 1) if output.count else 1
    if isinstance(count, int) and count > 1 and output.base64 and payload.get(output.base64) is not True:
        message = (
            f"{model.slug}: no page says how {output.count}={count} comes back as bytes; maybe as the first picture "
            f"alone. Ask with {output.base64}=True, or submit a job"
        )
        warnings.warn(message, UndocumentedWarning, stacklevel=stacklevel + 1)
