"""The parameters that decide what a model's output is: its size, its length, its format, the text that it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..specs.spec import CUSTOM_SIZE, size_in

_Schema = Mapping[str, Any]
_SIZE = ("width", "img_width", "image_width", "output_width", "video_width"), (
    "height",
    "img_height",
    "image_height",
    "output_height",
    "video_height",
)
_NUMBERS = ("integer", "number", "string")
_DURATION = (
    "duration",
    "duration_seconds",
    "duration_s",
    "video_duration",
    "audio_duration",
    "video_length",
    "audio_length",
    "music_length",
    "length_seconds",
    "seconds",
    "seconds_total",
    "length",
)
_FRAMES = ("frames", "num_frames", "frame_count", "number_of_frames", "video_frames", "n_frames", "length")
_FRAME_RATE = ("fps", "frame_rate", "framerate", "frames_per_second", "video_fps", "output_fps")
_COUNT = ("batch_size", "samples", "num_images", "num_outputs", "n", "number_of_images", "num_videos", "num_samples")
_SPOKEN = ("text", "input_text", "text_input", "tts_text", "script", "transcript", "input", "prompt")
_ASKED = ("prompt", "user_prompt", "input", "text", "question", "query", "instruction")
#: By medium and role: the types that a parameter must have for it, and its names, the likeliest first.
_ROLES: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "image": {
        "width": (("integer",), _SIZE[0]),
        "height": (("integer",), _SIZE[1]),
        "count": (("integer",), _COUNT),
        "format": (("string",), ("image_format", "output_format", "format", "file_format")),
        "quality": (("integer",), ("image_quality", "output_quality", "quality")),
        "base64": (("boolean",), ("base64",)),
    },
    "video": {
        "width": (("integer",), _SIZE[0]),
        "height": (("integer",), _SIZE[1]),
        "count": (("integer",), _COUNT),
        "format": (("string",), ("video_format", "output_format", "format", "file_format")),
        "quality": (("integer",), ("video_quality", "output_quality", "quality")),
        "base64": (("boolean",), ("base64",)),
        "duration": (_NUMBERS, _DURATION),
        "frames": (_NUMBERS, _FRAMES),
        "frame_rate": (_NUMBERS, _FRAME_RATE),
    },
    "audio": {
        "format": (("string",), ("audio_format", "output_format", "format", "response_format", "file_format")),
        "base64": (("boolean",), ("base64",)),
        "duration": (_NUMBERS, _DURATION),
    },
    "text": {"messages": (("array",), ("messages",)), "prompt": (("string",), _ASKED)},
    "json": {},
    "model3d": {
        "format": (("string",), ("output_format", "format", "file_format", "mesh_format", "geometry_file_format")),
        "base64": (("boolean",), ("base64",)),
    },
}
_FILE_FORMAT = re.compile(
    r"(?:(?:image|video|audio|model)/)?(?:png|jpe?g|webp|gif|avif|bmp|tiff?|heic|mp4|webm|mov|mkv|avi|mpeg|mp3|wav|ogg|opus|flac|aac|"
    r"m4a|pcm\w*|mulaw|glb|gltf|obj|stl|ply|fbx|usdz|mp3_\w+|h26[45])\Z",
    re.IGNORECASE,
)
#: Names of a format that other things have as well: only a list of formats shows what is meant.
_UNSURE_FORMATS = ("format", "response_format", "file_format")
_FRAME_WORDS = re.compile(r"\bframes?\b", re.IGNORECASE)
_SECOND_WORDS = re.compile(r"\bseconds?\b|\bsecs?\b|\(s\)", re.IGNORECASE)
_RATIO = re.compile(r"(?<![0-9.])[1-9][0-9]?(?:\.[0-9]{1,3})?[:/][1-9][0-9]?(?:\.[0-9]{1,3})?(?![0-9.])")
_SUNG = ("lyrics", "lyric")


def roles_of(media: str, task: str, properties: Mapping[str, _Schema]) -> dict[str, str]:
    """Return the roles that parameters have for a model of that medium and task, each with the parameter's name."""
    roles: dict[str, str] = {}
    for role, (types, names) in _ROLES[media].items():
        name = next((name for name in names if name in properties and _fits(role, types, name, properties[name])), None)
        if name and name not in roles.values():
            roles[role] = name
    if media == "audio" and (name := _spoken(task, properties)):
        roles["text"] = name
    if media in ("image", "video") and (name := _size_preset(media, properties)):
        roles["size_preset"] = name
    if media in ("image", "video") and (name := _aspect_ratio(properties)):
        roles["aspect_ratio"] = name
    return roles


def _fits(role: str, types: tuple[str, ...], name: str, schema: _Schema) -> bool:
    """Return whether a parameter of a likely name can have a role, by its type, its values and its description."""
    if schema.get("type") not in types:
        return False
    values = _values(schema)
    if role == "format":
        listed = [value for value in values if isinstance(value, str)]
        return any(map(_FILE_FORMAT.match, listed)) if listed or name in _UNSURE_FORMATS else True
    if role in ("duration", "frames", "frame_rate"):
        if schema["type"] == "string" and not (values and all(_is_figure(value) for value in values)):
            return False
        words = schema.get("description", "")
        if role == "duration":
            return not (_FRAME_WORDS.search(words) and not _SECOND_WORDS.search(words)) and (
                name != "length" or _SECOND_WORDS.search(words) is not None
            )
        return name != "length" or _FRAME_WORDS.search(words) is not None
    return True


def _values(schema: _Schema) -> list[Any]:
    values: list[Any] = list(schema.get("enum", schema.get("x-known-values", [])))
    return values or [schema[key] for key in ("default",) if schema.get(key) is not None]


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float)) or re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", str(value)) is not None


def _spoken(task: str, properties: Mapping[str, _Schema]) -> str | None:
    """Return the parameter whose text is spoken or sung; a prompt that describes music is not."""
    names = (*_SUNG, *_SPOKEN) if task == "text-to-speech" else _SUNG
    return next((name for name in names if properties.get(name, {}).get("type") == "string"), None)


def _aspect_ratio(properties: Mapping[str, _Schema]) -> str | None:
    """Return the parameter whose values are ratios, perhaps beside words such as "auto"."""
    for name, schema in properties.items():
        values = [value for value in _values(schema) if isinstance(value, str)]
        ratios = [value for value in values if _RATIO.search(value) and size_in(value) is None]
        if schema.get("type") == "string" and ratios and all(v in ratios or v.isalpha() for v in values):
            return name
    return None


def _size_preset(media: str, properties: Mapping[str, _Schema]) -> str | None:
    """Return the parameter most of whose values name sizes; others, such as "auto", leave the size open."""
    for name, schema in properties.items():
        open_sizes = unnamed_sizes(media, schema)
        if open_sizes is not None and 2 * len(open_sizes) <= len(_values(schema)):
            return name
    return None


def unnamed_sizes(media: str, schema: _Schema) -> list[Any] | None:
    """Return the values of a list of sizes that name none in pixels; None if it is no list of sizes."""
    values: list[Any] = schema.get("enum", schema.get("x-known-values", []))
    named = [value for value in values if isinstance(value, str) and size_in(value, media) is not None]
    if schema["type"] != "string" or not named:
        return None
    return [value for value in values if value not in named and value != CUSTOM_SIZE]
