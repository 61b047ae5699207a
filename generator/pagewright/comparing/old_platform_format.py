"""Convert a platform.yaml of version 1 to the present format, so that moved facts are not reported as changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The pointer to a job's state in version 1.
_STATE = "/status"


def is_old_format(platform: Mapping[str, Any]) -> bool:
    """Return whether this is the content of a platform.yaml of version 1."""
    return "base_url_variable" in platform


def moved(platform: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a platform.yaml of version 1 under their present keys.

    Facts that version 1 did not have (bodies, most roles, assumed values) are left out.
    """
    data = {key: value for key, value in platform.items() if key not in ("base_url_variable", "error_key")}
    auth, sync, queue = dict(platform["auth"]), dict(platform["sync"]), dict(platform["queue"])
    data["environment"] = {"api_key": auth.pop("variable"), "base_url": platform["base_url_variable"]}
    data["auth"] = auth
    data["roles"] = {
        "error_text": {"path": f"/{platform['error_key']}"},
        "base64": {"path": f"/{sync.pop('base64_key')}"},
    }
    basis = sync.pop("base64_basis")
    data["sync"] = {**sync, "returns": "bytes"}
    data["bodies"] = {"media": {"x-basis": basis}, "submitted": {"required": queue.pop("submit_keys")}}
    states, failed, unknown = (queue.pop(key) for key in ("states", "failed_status", "unknown_status"))
    queue["acceptors"] = [
        {"outcome": outcome, "http": failed if outcome == "failed" else 200, "path": _STATE, "value": state}
        for outcome in ("pending", "done", "failed")
        for state in states[outcome]
    ]
    data["queue"] = queue
    data["statuses"] = {
        status: {**entry, "role": "not_found"} if int(status) == unknown else entry
        for status, entry in platform["statuses"].items()
    }
    return data
