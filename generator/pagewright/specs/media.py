"""The answers of each medium: bodies, roles, and the content of a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .pointers import tokens

if TYPE_CHECKING:
    from .spec import Model

#: The bodies in which a role must be, and those in which it may be.
WHERE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "error_text": (("error",), ("failed",)),
    "base64": (("media",), ()),
    "data": (("media",), ()),
    "media_format": (("media",), ()),
    "media_seconds": (("media",), ()),
    "request_id": (("submitted",), ()),
    "state": (("status",), ("submitted", "result", "failed")),
    "status_url": (("submitted",), ()),
    "result_url": (("submitted",), ()),
    "poll_url": (("submitted",), ()),
    "output": (("result",), ()),
    "files": (("result",), ()),
    "inference_time": ((), ("status", "result", "failed")),
}
#: Roles that lead into an item of `files`, which is a list of files or a single file.
IN_FILE = ("file_url", "file_type", "file_name", "file_size")
#: What a file of each medium is, if neither a parameter nor the platform says. Images are in `sync.media_type`.
_MEDIA_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "text": "application/json",
    "json": "application/json",
    "model3d": "model/gltf-binary",
}
MEDIA = tuple(_MEDIA_TYPES)
_FORMAT_NAMES: dict[str, dict[str, str]] = {
    "image": {
        "jpeg": "image/jpeg",
        "jpg": "image/jpeg",
        "png": "image/png",
        "webp": "image/webp",
        "gif": "image/gif",
        "avif": "image/avif",
        "bmp": "image/bmp",
        "image/jpg": "image/jpeg",
    },
    "video": {"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "gif": "image/gif"},
    "audio": {
        "mp3": "audio/mpeg",
        "wav": "audio/wav",
        "ogg": "audio/ogg",
        "opus": "audio/ogg",
        "flac": "audio/flac",
        "m4a": "audio/mp4",
        "audio/mp3": "audio/mpeg",
    },
    "text": {},
    "json": {},
    "model3d": {"glb": "model/gltf-binary"},
}
#: The media types of formats by the values that pages list for them, in small letters: names or media types.
FORMATS = {medium: names | {kind: kind for kind in names.values()} for medium, names in _FORMAT_NAMES.items()}
#: What a chat format can leave out.
CHAT_PARTS = ("usage", "input_tokens", "output_tokens", "total_tokens", "finish_reason", "finished")


@dataclass(frozen=True, slots=True)
class Medium:
    """The answers for one medium. `bodies` and `roles` are all that apply; `own_bodies` and `own_roles` are those in which the
    medium differs. `output` says what a result holds under the role output: `urls`, `json` or `json-text`."""

    media_type: str
    formats: Mapping[str, str]
    output: str
    bodies: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, str]
    own_bodies: Mapping[str, Mapping[str, Any]]
    own_roles: Mapping[str, str]


def media_types_of(medium: str, values: Iterable[Any]) -> list[str]:
    """Return the media types that the values of a format parameter mean, each once. Unknown values are left out."""
    known = (FORMATS[medium].get(value.lower()) for value in values if isinstance(value, str))
    return list(dict.fromkeys(media_type for media_type in known if media_type))


def suffix_of(platform: Mapping[str, Any], model: Model) -> str:
    """Return the suffix of a file that a request with the required parameters of the model's sample probably gives."""
    medium = model.output["media"]
    parameter = model.parameter(model.output.get("format", ""))
    value = None
    if parameter is not None:
        sent = model.arguments if parameter.required else {}
        value = sent.get(parameter.name, parameter.default)
    media_type = next(iter(media_types_of(medium, [value])), medium_of(platform, medium).media_type)
    names = (name for name, kind in _FORMAT_NAMES[medium].items() if kind == media_type)
    return next(names, next(iter(_FORMAT_NAMES[medium]), "json"))


def medium_of(platform: Mapping[str, Any], name: str) -> Medium:
    """Return the medium `name` of the platform whose data is `platform`.

    A role of the platform that leads nowhere in the medium's own bodies is left out.
    """
    own: Mapping[str, Any] = platform.get("media", {}).get(name, {})
    own_bodies = own.get("bodies", {})
    own_roles = {role: entry["path"] for role, entry in own.get("roles", {}).items()}
    bodies = {**platform["bodies"], **own_bodies}
    roles = {role: entry["path"] for role, entry in platform["roles"].items()} | own_roles
    is_data = name in ("text", "json")
    if is_data:
        # The answer of a synchronous call is the data itself, unless the platform says where it is.
        roles.pop("base64", None)
    return Medium(
        media_type=own.get("media_type") or (_of_images(platform) if name == "image" else _MEDIA_TYPES[name]),
        formats=FORMATS[name],
        output=own.get("output", "json" if is_data else "urls"),
        bodies=bodies,
        roles={
            role: path for role, path in roles.items() if role in own_roles or _leads(bodies, roles, role, own_bodies)
        },
        own_bodies=own_bodies,
        own_roles=own_roles,
    )


def chat_format_of(platform: Mapping[str, Any], output: Mapping[str, Any]) -> str:
    """Return the chat format of a text model: its own, or the platform's first; "" for other models, and if there is none."""
    if output["media"] != "text":
        return ""
    return str(output.get("api_format") or next(iter(platform.get("chat_formats", {})), ""))


def _of_images(platform: Mapping[str, Any]) -> str:
    return str(platform.get("sync", {}).get("media_type", _MEDIA_TYPES["image"]))


def _leads(bodies: Mapping[str, Any], roles: Mapping[str, str], role: str, changed: Mapping[str, Any]) -> bool:
    """Return whether a role of the platform leads to something in bodies of which some were changed."""
    if role in IN_FILE:
        return "files" in roles and file_schema(bodies.get("result", {}), roles["files"]) is not None
    must, _ = WHERE[role]
    return all(body not in changed or schema_at(bodies[body], roles[role]) is not None for body in must)


def file_schema(result: Mapping[str, Any], files: str) -> Mapping[str, Any] | None:
    """Return the schema of one file at the pointer `files` of the body `result`: that of an item, or of the value itself."""
    found = schema_at(result, files)
    return None if found is None else found.get("items", found)


def schema_at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
    """Return the schema of the value at a JSON pointer; None if the schema does not describe it."""
    found: Any = schema
    for part in tokens(pointer):
        in_list = part.isdigit() and "items" in found
        found = found["items"] if in_list else found.get("properties", {}).get(part)
        if found is None:
            return None
    described: Mapping[str, Any] = found
    return described
