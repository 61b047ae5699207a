"""Random providers: specs that pass lint and differ in everything in which providers may differ."""

from __future__ import annotations

from random import Random
from typing import Any

_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "jade", "kelp", "lotus")
_ROLES = (
    ("invalid_request", (400, 422, 406)),
    ("unauthorized", (401, 403, 407)),
    ("forbidden", (403, 451)),
    ("not_found", (404, 410)),
    ("method_not_allowed", (405, 501)),
    ("no_credits", (402, 406, 412)),
    ("retired", (410, 426)),
    ("rate_limited", (429, 420, 509)),
    ("server_error", (500, 520)),
    ("bad_gateway", (502, 521)),
    ("unavailable", (503, 529)),
    ("gateway_timeout", (504, 524)),
)
_HEADERS = {
    "remaining_credits": ("number", ("sync", "submit")),
    "request_id": ("string", ("sync", "submit")),
    "generation_time": ("number", ("sync",)),
    "seed": ("number", ("sync",)),
    "cost": ("number", ("sync", "submit")),
    "rate_limit_reset": ("time", ("rate_limited",)),
}


def invent(random: Random, name: str) -> tuple[dict[str, object], dict[str, object]]:
    """Return the platform and the one model of a provider called `name`."""
    has_sync, has_queue = random.choice([(True, True), (True, False), (False, True)])
    parts = random.choice([1, 1, 2])
    slug = "/".join([*random.sample(_WORDS, parts - 1), f"{name}-{random.choice(_WORDS)}"])
    error_at = random.choice(["/error", "/error/message", "/detail", "/problem/what"])
    roles: dict[str, Any] = {"error_text": {"path": error_at}}
    bodies: dict[str, Any] = {"error": _object({error_at: {"type": "string"}})}
    platform: dict[str, Any] = {
        "name": name.capitalize(),
        "summary": "Invented at random.",
        "package": name,
        "class_prefix": f"{name.capitalize()}{random.choice(['', 'Ai', '2'])}",
        "environment": {key: f"{name.upper()}_{key.upper()}" for key in ("api_key", "base_url", "log")},
        "base_url": f"https://{name}.example{random.choice(['', ':8443'])}",
        "slug_parts": parts,
        "auth": {
            "header": random.choice(["authorization", "x-api-key", f"{name}-token"]),
            "scheme": random.choice(["", "Bearer", "Key", "Token"]),
            "basis": "page",
        },
        "headers": {
            key: {"name": f"x-{name}-{key.replace('_', '-')}", "meaning": "A header.", "type": kind, "on": list(on), "basis": "page"}
            for key, (kind, on) in _HEADERS.items()
            if random.random() < 0.6
        },
        "bodies": bodies,
        "roles": roles,
        "statuses": _statuses(random),
        "limits": _limits(random),
        "assumptions": _assumptions(random),
    }  # fmt: skip
    envelope = random.choice(["", "", "/input"])
    output: dict[str, str] = {"media": "image", "width": "width", "height": "height"}
    if has_sync:
        returns = random.choice(["bytes", "json"])
        kind = random.choice(["image/jpeg", "image/png", "image/webp"])
        platform["sync"] = {
            "path": random.choice(["/v1/{slug}", "/run/{slug}/now", "/api/{slug}"]),
            "returns": returns,
            "media_type": kind,
            "parameters": envelope,
        }
        base64 = random.choice(["/image", "/result/picture", "/data/file"])
        if returns == "json" or random.random() < 0.5:
            roles["base64"] = {"path": base64}
            bodies["media"] = _object({base64: {"type": ["string", "array"]}})
            output |= {"base64": "base64"} if returns == "bytes" else {}
    if has_queue:
        platform["queue"] = _queue(random, name, envelope, roles, bodies, error_at)
    return platform, _model(random, slug, platform, output)


def _queue(
    random: Random, name: str, envelope: str, roles: dict[str, object], bodies: dict[str, object], error_at: str
) -> dict[str, object]:
    state = random.choice(["/status", "/state", "/job/phase"])
    names = random.sample(["NEW", "WAITING", "RUNNING", "SENT", "OK", "DONE", "BAD", "GONE"], 4)
    pending = random.randint(1, 2)
    http = random.choice([200, 202])
    failed = random.choice([200, 422, 500])
    acceptors = [
        {"outcome": "pending", "http": http, "path": state, "value": value} for value in names[:pending]
    ]  # fmt: skip
    acceptors.append({"outcome": "done", "http": 200, "path": state, "value": names[2]})
    acceptors.append({"outcome": "failed", "http": failed, "path": state, "value": names[3]})
    request_id = random.choice(["/id", "/request_id", "/job/id"])
    text = {"type": "string"}
    submitted = {request_id: text}
    roles |= {"request_id": {"path": request_id}, "state": {"path": state}}
    for role, pointer in (("status_url", "/urls/state"), ("result_url", "/urls/result")):
        if random.random() < 0.7:
            roles[role] = {"path": pointer}
            submitted[pointer] = {"type": "string", "format": "uri"}
    result: dict[str, Any] = {}
    if random.random() < 0.5:
        roles["output"] = {"path": "/output"}
        result["/output"] = {"type": ["string", "array"]}
    else:
        roles |= {"files": {"path": "/files"}, "file_url": {"path": "/url"}}
        item = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string", "format": "uri"}}}
        result["/files"] = {"type": "array", "items": item}
    if random.random() < 0.5:
        result[state] = text
    bodies["submitted"] = _object(submitted)
    bodies["status"] = _object({state: text})
    bodies["result"] = _object(result)
    bodies["failed"] = _object({state: text, error_at: text})
    queue = {
        "submit_path": random.choice(["/v2/{slug}", "/jobs/{slug}", "/queue/{slug}/submit"]),
        "status_path": random.choice(["/requests/{request_id}/status", "/of/{slug}/jobs/{request_id}/state"]),
        "result_path": random.choice(["/requests/{request_id}", "/of/{slug}/jobs/{request_id}/result"]),
        "acceptors": acceptors,
        "retention_s": random.choice([60, 3600]),
        "interval_s": 0.5,
        "timeout_s": 60,
        "parameters": envelope,
        "basis": "page",
    }
    return queue | ({"base_url": f"https://queue.{name}.example"} if random.random() < 0.4 else {})


def _object(leaves: dict[str, Any]) -> dict[str, object]:
    """A schema of an object that has these schemas at these pointers, all required."""
    schema: dict[str, Any] = {"type": "object", "required": [], "properties": {}}
    for pointer, leaf in leaves.items():
        inner = schema
        *outer, last = pointer.split("/")[1:]
        for part in outer:
            inner = inner["properties"].setdefault(part, {"type": "object", "required": [], "properties": {}})
        inner["properties"][last] = leaf
    return _with_required(schema)


def _with_required(schema: dict[str, Any]) -> dict[str, object]:
    if "properties" in schema and "required" in schema:
        schema["required"] = list(schema["properties"])
        for inner in schema["properties"].values():
            _with_required(inner)
    return schema


def _statuses(random: Random) -> dict[str, object]:
    found: dict[str, Any] = {}
    for role, numbers in _ROLES:
        number = str(random.choice(numbers))
        if random.random() < 0.7 and number not in found:
            words = role.replace("_", " ").title()
            found[number] = {
                "role": role,
                "error": f"{words.replace(' ', '')}{random.choice(['', 'Odd'])}Error",
                "title": words,
                "meaning": f"It is {words}.",
                "outcome": "unknown" if number.startswith("5") else "not-started",
                "basis": "page",
            }
    return found or {"418": {"role": "other", "error": "TeapotError", "title": "Teapot", "meaning": "A teapot.", "outcome": "not-started", "basis": "page"}}  # fmt: skip


def _limits(random: Random) -> dict[str, object]:
    return {
        "connect_timeout_s": 5,
        "read_timeout_s": 60,
        "total_timeout_s": 120,
        "poll_timeout_s": 20,
        "max_attempts": random.choice([1, 3]),
        "backoff_s": 0.5,
        "max_backoff_s": 4,
        "max_retry_after_s": 30,
        "max_request_bytes": random.choice([4096, 1 << 20]),
        "max_response_bytes": 1 << 26,
        "basis": "inferred",
    }


def _assumptions(random: Random) -> dict[str, object]:
    values: dict[str, Any] = {
        "early-result": "state",
        "failed-charge": random.choice([True, False]),
        "many-bytes": "first",
        "many-outputs": "list",
        "price": random.choice([0, 0.01, 1]),
        "rate-limit-reset": random.choice(["iso-8601", "epoch-s"]),
        "retention-start": random.choice(["end", "submit"]),
        "submit-status": random.choice([200, 201, 202]),
        "v2-base64": False,
        "validation": random.choice(["before", "later"]),
    }
    return {key: {"value": value, "meaning": f"It is {value}.", "basis": "inferred"} for key, value in values.items()}


def _model(random: Random, slug: str, platform: dict[str, Any], output: dict[str, str]) -> dict[str, object]:
    side = {"type": "integer", "minimum": 32, "maximum": 512, "default": 64}
    properties: dict[str, Any] = {"prompt": {"type": "string"}, "width": side, "height": side}
    if "base64" in output:
        properties["base64"] = {"type": "boolean", "default": False}
    if random.random() < 0.5:
        properties["seed"] = {"type": "integer", "minimum": -1, "default": -1}
    if random.random() < 0.5:
        properties["strength"] = {"type": "number", "minimum": 0, "maximum": 1}
    if random.random() < 0.5:
        properties["style"] = {"type": "string", "enum": ["plain", "bold"], "default": "plain"}
    model: dict[str, Any] = {
        "slug": slug,
        "title": "A Model",
        "summary": "A model that nobody has.",
        "task": "text-to-image",
        "pages": ["invented"],
        "input": {"type": "object", "required": ["prompt"], "properties": properties},
        "output": output,
        "example": {"prompt": "fog", "width": 64, "height": 64},
    }
    for key, name, template in (("sync", "sync", "path"), ("queue", "async", "submit_path")):
        if key in platform:
            model[name] = {"method": "POST", "path": platform[key][template].replace("{slug}", slug)}
    if random.random() < 0.5:
        model["price_usd"] = 0.003
    return model
