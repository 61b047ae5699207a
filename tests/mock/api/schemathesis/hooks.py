"""Configuration of schemathesis for the mock. Each check that is switched off is listed here with the reason."""

from __future__ import annotations

import schemathesis


@schemathesis.hook
def map_body(context: object, body: object) -> object:
    """Sends whole numbers as integers.

    To JSON Schema 25.0 is an integer; our validators refuse it on purpose, since a service that is not written in
    JavaScript may, and a request that is refused late may have been billed. The mock uses the same validators.
    """
    return _whole(body)


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole(member) for member in value]
    return value
