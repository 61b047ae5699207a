"""Lint rules for platform.yaml: contradictions, and facts that a target needs but the file lacks.

Bodies, roles, acceptors and statuses refer to each other, and to the models' operations: what passes here generates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..findings import Finding
from ..rendering.names import Reserved
from ..rendering.target import Target
from .media import IN_FILE, WHERE, file_schema, medium_of, schema_at
from .pointers import token
from .spec import Model, Platform


def needs(platform: Platform, targets: Iterable[Target]) -> Iterator[Finding]:
    """Yield a finding for each fact that a target needs and the platform lacks."""
    data = platform.data
    for target in targets:
        for condition, pointers in target.needs.items():
            if condition not in ("always", *data):
                continue
            for pointer in pointers:
                if not platform.document.has(pointer):
                    why = "" if condition == "always" else f", since the provider has {condition}"
                    message = f"the target {target.name} needs {pointer}{why}. Add it."
                    yield platform.document.finding("", "L061", "target-needs", message)


def _bodies(platform: Platform) -> Iterator[Finding]:
    """Report required properties that a body does not describe."""
    for place, schema in _every_body(platform.data):
        for pointer, inner in _schemas(place, schema):
            for index, required in enumerate(inner.get("required", ())):
                if required not in inner.get("properties", {}):
                    message = f"{required!r} is required, but not among the properties. Describe it, or drop it here."
                    yield platform.document.finding(f"{pointer}/required/{index}", "L060", "body-incomplete", message)


def _every_body(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each body with its place in the file."""
    for name, schema in data["bodies"].items():
        yield f"/bodies/{name}", schema
    for medium, own in data.get("media", {}).items():
        for name, schema in own.get("bodies", {}).items():
            yield f"/media/{medium}/bodies/{name}", schema
    for name, chat in data.get("chat_formats", {}).items():
        yield f"/chat_formats/{name}/body", chat["body"]


def _schemas(pointer: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield pointer, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _schemas(f"{pointer}/properties/{token(name)}", inner)
    if "items" in schema:
        yield from _schemas(f"{pointer}/items", schema["items"])
    for index, inner in enumerate(schema.get("anyOf", ())):
        yield from _schemas(f"{pointer}/anyOf/{index}", inner)


def _roles(platform: Platform) -> Iterator[Finding]:
    """Report roles whose pointer leads nowhere."""
    data = platform.data
    yield from _roles_in(platform, "/roles", data["roles"], data["bodies"], data["roles"])
    for name, own in data.get("media", {}).items():
        bodies = {**data["bodies"], **own.get("bodies", {})}
        roles = own.get("roles", {})
        yield from _roles_in(platform, f"/media/{name}/roles", roles, bodies, {**data["roles"], **roles})


def _roles_in(
    platform: Platform,
    place: str,
    roles: Mapping[str, Any],
    bodies: Mapping[str, Any],
    every: Mapping[str, Any],
) -> Iterator[Finding]:
    """Report those of `roles` that lead nowhere in `bodies`; `every` has the platform's roles too."""
    for name, role in roles.items():
        path: str = role["path"]
        if name in IN_FILE:
            file = file_schema(bodies.get("result", {}), every["files"]["path"]) if "files" in every else None
            if file is None or schema_at(file, path) is None:
                message = (
                    f"no item of the role files has {path} in the body result. Fix the path, or describe it there."
                )
                yield platform.document.finding(f"{place}/{name}/path", "L062", "role-leads-nowhere", message)
            continue
        must, may = WHERE[name]
        missing = [body for body in must if schema_at(bodies.get(body, {}), path) is None]
        if not must and not any(schema_at(bodies.get(body, {}), path) for body in may):
            missing = list(may)
        if missing:
            message = f"there is no {path} in the body {' or '.join(missing)}. Fix the path, or describe it there."
            yield platform.document.finding(f"{place}/{name}/path", "L062", "role-leads-nowhere", message)


def _chat_formats(platform: Platform) -> Iterator[Finding]:
    """Report pointers of chat formats that lead nowhere in their bodies."""
    for name, chat in platform.data.get("chat_formats", {}).items():
        for key in ("text", "usage", "finish_reason"):
            if key in chat and schema_at(chat["body"], chat[key]) is None:
                message = f"there is no {chat[key]} in the body of {name}. Fix the path, or describe it there."
                place = f"/chat_formats/{name}/{key}"
                yield platform.document.finding(place, "L062", "role-leads-nowhere", message)


def _acceptors(platform: Platform) -> Iterator[Finding]:
    """Report acceptors that can never match, and outcomes without an acceptor."""
    queue = platform.data.get("queue")
    if not queue:
        return
    seen: set[str] = set()
    state = platform.data["roles"].get("state", {}).get("path")
    for index, acceptor in enumerate(queue["acceptors"]):
        place = f"/queue/acceptors/{index}"
        if acceptor["value"] in seen:
            message = f"{acceptor['value']!r} has an outcome already. One state means one thing."
            yield platform.document.finding(f"{place}/value", "L063", "acceptor-useless", message)
        seen.add(acceptor["value"])
        if acceptor["path"] != state:
            message = f"{acceptor['path']} is not where the role state is ({state}). Make both the same."
            yield platform.document.finding(f"{place}/path", "L063", "acceptor-useless", message)
        if acceptor["outcome"] != "failed" and acceptor["http"] >= 300:
            message = f"a job that is {acceptor['outcome']} can't come under the error status {acceptor['http']}."
            yield platform.document.finding(f"{place}/http", "L063", "acceptor-useless", message)
    for outcome in ("pending", "done"):
        if all(acceptor["outcome"] != outcome for acceptor in queue["acceptors"]):
            message = f"no answer means that a job is {outcome}. Add an acceptor for it."
            yield platform.document.finding("/queue/acceptors", "L063", "acceptor-useless", message)


def _delivery(platform: Platform) -> Iterator[Finding]:
    """Report results and synchronous answers without a role for their content."""
    roles, data = platform.data["roles"], platform.data
    if "queue" in data and "output" not in roles and not {"files", "file_url"} <= roles.keys():
        message = "nothing says where a result has its files: add the role output, or files and file_url."
        yield platform.document.finding("/roles", "L064", "nothing-delivered", message)
    if data.get("sync", {}).get("returns") == "json" and "base64" not in roles:
        message = "synchronous calls answer JSON, but nothing says where the file is in it: add the role base64."
        yield platform.document.finding("/sync/returns", "L064", "nothing-delivered", message)


def statuses(platform: Platform, reserved: Reserved) -> Iterator[Finding]:
    """Report two statuses with the same role, and exceptions with the same or a reserved name."""
    roles: dict[str, str] = {}
    errors: dict[str, str] = {}
    own = f"{platform.data['class_prefix']}Error"
    if own in reserved.errors:
        message = f"{own} is an exception of every client. Choose another prefix."
        yield platform.document.finding("/class_prefix", "L004", "name-reserved", message)
    for status, entry in platform.data["statuses"].items():
        role, name, place = entry["role"], entry["error"], f"/statuses/{status}/error"
        if role != "other" and role in roles:
            message = f"{roles[role]} is {role} already. Give this one another role, perhaps `other`."
            yield platform.document.finding(f"/statuses/{status}/role", "L065", "role-twice", message)
        roles.setdefault(role, status)
        if name in reserved.errors or name == own:
            message = f"{name!r} is an exception of the client's own. Choose another."
            yield platform.document.finding(place, "L004", "name-reserved", message)
        elif name in errors:
            message = f"{name!r} is the exception for {errors[name]} already. Give each its own."
            yield platform.document.finding(place, "L002", "names-collide", message)
        errors.setdefault(name, status)


def _headers(platform: Platform) -> Iterator[Finding]:
    """Report two headers with the same name, and a header that carries the key."""
    seen: dict[str, str] = {}
    for key, header in platform.data["headers"].items():
        if header["name"] in seen:
            message = f"{header['name']} is {seen[header['name']]} already. Name each header once."
            yield platform.document.finding(f"/headers/{key}/name", "L066", "header-twice", message)
        seen.setdefault(header["name"], key)


def operations(platform: Platform, models: Sequence[Model]) -> Iterator[Finding]:
    """Report operations that the platform does not have, and paths that are used twice."""
    data = platform.data
    queue = data.get("queue")
    templates = {key: _pattern(queue[key], data.get("slug_parts", 1)) for key in _JOB_PATHS} if queue else {}
    if queue and queue["status_path"] == queue["result_path"]:
        message = f"{queue['status_path']} is the path of the status and of the result. Give each its own."
        yield platform.document.finding("/queue/result_path", "L003", "paths-collide", message)
    for model in models:
        if model.slug.count("/") + 1 != data.get("slug_parts", 1):
            message = f"slugs of {data['name']} have {data.get('slug_parts', 1)} parts (slug_parts of platform.yaml)."
            yield model.document.finding("/slug", "L067", "slug-parts", message)
        for key, operation in (("sync", model.sync), ("queue", model.submit)):
            if operation is None:
                continue
            place = f"/{'async' if key == 'queue' else key}"
            if key not in data:
                message = (
                    f"platform.yaml has no {key}, so nobody knows what this answers. Drop it here, or add it there."
                )
                yield model.document.finding(place, "L068", "operation-unknown", message)
            for name, pattern in templates.items():
                if pattern.fullmatch(operation.path):
                    message = (
                        f"{operation.path} is taken for a job's ({name} of platform.yaml). Give each its own path."
                    )
                    yield model.document.finding(f"{place}/path", "L003", "paths-collide", message)
        yield from _answers(platform, model)


def _answers(platform: Platform, model: Model) -> Iterator[Finding]:
    """Report what a model's output needs of the platform."""
    data, kind = platform.data, model.output["media"]
    medium = medium_of(data, kind)
    # That a platform which always answers JSON has the role is a rule of its own.
    has_role = "base64" in medium.roles or data.get("sync", {}).get("returns") == "json"
    if "base64" in model.output and model.sync and not ("media" in medium.bodies and has_role):
        message = "base64 decides what comes, but platform.yaml has no body `media` with the role base64. Add it there."
        yield model.document.finding("/output/base64", "L064", "nothing-delivered", message)
    formats = data.get("chat_formats", {})
    if kind == "text" and not formats:
        message = "a text model needs chat_formats in platform.yaml: the shapes in which text models answer. Add one."
        yield model.document.finding("/output/media", "L064", "nothing-delivered", message)
    chosen = model.output.get("api_format")
    if chosen is not None and formats and chosen not in formats:
        message = f"{chosen!r} is none of the chat_formats of platform.yaml: {', '.join(formats)}. Name one of them."
        yield model.document.finding("/output/api_format", "L069", "chat-format-unknown", message)


_JOB_PATHS = ("status_path", "result_path")


def _pattern(template: str, slug_parts: int) -> re.Pattern[str]:
    slug = "/".join(["[^/]+"] * slug_parts)
    text = re.escape(template).replace(r"\{slug\}", slug).replace(r"\{request_id\}", "[^/]+")
    return re.compile(text)


RULES: tuple[Callable[[Platform], Iterator[Finding]], ...] = (
    _bodies,
    _roles,
    _chat_formats,
    _acceptors,
    _delivery,
    _headers,
)
