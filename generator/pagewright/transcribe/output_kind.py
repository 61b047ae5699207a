"""The kind of a model's output and its task, from what the page says of them: the response type, words for tasks in the
title, the slug and the introduction, the sample, and the parameters. Where these leave a doubt, there is a review."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .pages.read_page import PageContent
from .pages.rows import Doubt

#: What a response type says of the medium. "Text/JSON" says little: pages of image models print it, too.
_RETURNS = (
    ("model3d", re.compile(r"\b3d\b|\bmodel/|\bgl(?:b|tf)\b|\bmesh\b", re.IGNORECASE)),
    ("image", re.compile(r"\b(?:images?|pictures?|png|jpe?g|webp)\b", re.IGNORECASE)),
    ("video", re.compile(r"\b(?:videos?|mp4|webm)\b", re.IGNORECASE)),
    ("audio", re.compile(r"\b(?:audio|sound|speech|mp3|wav|mpeg)\b", re.IGNORECASE)),
    ("data", re.compile(r"\bjson\b", re.IGNORECASE)),
    ("text", re.compile(r"\btext\b", re.IGNORECASE)),
)
_FROM = {
    "text": r"te?xt|prompt",
    "image": r"ima?ge?s?|pictures?|photos?",
    "video": r"videos?|vid",
    "audio": r"audio|speech|voice",
}
_INTO = {
    "image": r"ima?ge?s?|pictures?|photos?",
    "video": r"videos?|vid|animation",
    "audio": r"audio|music|songs?|sound(?: effects?)?",
    "speech": r"speech|voice(?:over)?",
    "text": r"te?xt|captions?",
    "3d": r"3d|mesh",
}
#: Words for tasks, the medium of what each makes, and whether they are sure. The first that a text speaks of counts. A
#: task without its source ("-to-video") is completed by what the model takes.
_TASKS: tuple[tuple[str, str, bool, re.Pattern[str]], ...] = tuple(
    (task, medium, sure, re.compile(words, re.IGNORECASE))
    for task, medium, sure, words in (
        *(
            (
                f"{source}-to-{made}",
                {"speech": "audio", "3d": "model3d", "text": "json"}.get(made, made),
                True,
                rf"\b(?:{_FROM[source]})[ -]?(?:to|2|into)[ -]?(?:{words})\b",
            )
            for source in _FROM
            for made, words in _INTO.items()
            if (source, made) not in (("text", "text"), ("audio", "text"))
        ),
        ("image-to-video", "video", True, r"\bi2v\b"),
        ("text-to-video", "video", True, r"\bt2v\b"),
        ("video-to-video", "video", True, r"\b[rv]2v\b"),
        (
            "speech-to-text",
            "json",
            True,
            r"\b(?:stt|asr|whisper|transcri\w+|speech[ -]?(?:to|2)[ -]?text|(?:speech|voice) recognition)\b",
        ),
        ("text-to-speech", "audio", True, r"\b(?:tts|speech synthesis|text[ -]?(?:to|2)[ -]?voice)\b"),
        ("text-to-audio", "audio", True, r"\b(?:music(?: generation|gen)?|sound (?:effects?|generation)|sfx|songs?)\b"),
        ("embeddings", "json", True, r"\bembed(?:ding)?s?\b"),
        ("moderation", "json", True, r"\bmoderat(?:ion|e)\b"),
        ("-to-video", "video", False, r"\bvideos?|\banimat(?:e|es|ion|or)\b|\blip[ -]?sync\b|\btext2vid\b"),
        (
            "image-to-image",
            "image",
            True,
            r"\b(?:inpaint\w*|outpaint\w*|upscal\w*|super[ -]resolution|esrgan|controlnet|headshot|"
            r"background[ -](?:remov\w+|change\w*))\b",
        ),
        ("image-to-image", "image", False, r"\bface[ -]?swap\b"),
        ("image-to-text", "json", True, r"\b(?:caption(?:s|ing|er)?|ocr|describe|image description)\b"),
        ("-to-3d", "model3d", False, r"3d\b|\bmesh generation\b"),
        ("-to-audio", "audio", False, r"\b(?:audio|voices?|speech|dialogue|dubbing)\b|voice\b"),
        ("-to-image", "image", False, r"\b(?:images?|photos?|pictures?|portraits?|stable diffusion|sdxl)\b"),
        (
            "text-generation",
            "text",
            True,
            r"\b(?:chat(?:bot)?|instruct|llm|(?:large )?language model|text generation|completions?)\b",
        ),
        (
            "text-generation",
            "text",
            False,
            r"\b(?:gpt|claude|llama|mistral|mixtral|gemini|gemma|deepseek|qwen\d*|grok|glm)\b",
        ),
    )
)
#: So many of them, the first, are phrases of what becomes what.
_PHRASES = len(_FROM) * len(_INTO) - 2
_INTRODUCTION = 1500
_FILE = re.compile(
    r"[\"'][\w./-]{1,80}\.(png|jpe?g|webp|gif|mp4|webm|mov|mp3|wav|ogg|flac|glb|gltf|obj)[\"']", re.IGNORECASE
)
_FILE_MEDIA = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp", "gif"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov"), "video"),
    **dict.fromkeys(("mp3", "wav", "ogg", "flac"), "audio"),
    **dict.fromkeys(("glb", "gltf", "obj"), "model3d"),
}
#: Parameters that models of one medium alone have.
_TELLING = {
    "image": frozenset(
        {
            "num_inference_steps",
            "guidance_scale",
            "scheduler",
            "sampler",
            "negative_prompt",
            "image_format",
            "img_width",
            "img_height",
            "width",
            "height",
            "aspect_ratio",
            "strength",
        }
    ),
    "video": frozenset(
        {
            "fps",
            "frames",
            "num_frames",
            "frame_rate",
            "motion",
            "motion_bucket_id",
            "camera_motion",
            "video_length",
            "video_format",
            "generate_audio",
        }
    ),
    "audio": frozenset(
        {"voice", "voice_id", "speaker", "speaker_id", "lyrics", "bpm", "audio_format", "sample_rate", "speech_rate"}
    ),
    "text": frozenset(
        {
            "messages",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "system_prompt",
            "presence_penalty",
            "frequency_penalty",
        }
    ),
    "json": frozenset({"texts", "dimensions", "encoding_format", "embedding_type"}),
}
_NAMES = {
    "image": re.compile(r"image|img|picture|photo|mask|face|garment|avatar", re.IGNORECASE),
    "video": re.compile(r"video|clip", re.IGNORECASE),
    "audio": re.compile(r"audio|voice|speech|song|music|sound", re.IGNORECASE),
}
_VOICES = frozenset({"voice", "voice_id", "speaker", "speaker_id"})
#: So much of the code after the sample may name the file that it writes.
_CODE_AFTER = 3000


@dataclass(frozen=True, slots=True)
class _Named:
    """A task that the page names by some words, and the medium of what it makes."""

    task: str
    medium: str
    sure: bool
    words: str


@dataclass(slots=True)
class OutputKind:
    """The medium of `output.media`, the task, and what is doubtful about them."""

    media: str
    task: str
    doubts: list[Doubt] = field(default_factory=list[Doubt])


def kind_of_output(reading: PageContent, properties: Mapping[str, Mapping[str, Any]]) -> OutputKind:
    """Return the medium and the task of the model whose page was read; `properties` are its parameters' schemas."""
    returns = reading.facts.returns or ""
    printed = next((medium for medium, pattern in _RETURNS if pattern.search(returns)), "")
    named = _named(reading)
    counts = _by_parameters(properties)
    found = OutputKind("", "")
    if printed and printed != "data":
        _as_printed(found, printed, returns, named)
    elif properties.get("messages", {}).get("type") == "array" or reading.facts.api_format:
        found.media = "text"
    elif named:
        found.media = named.medium
        if not named.sure and counts and found.media not in counts:
            found.doubts.append(Doubt(0, _unsure(found.media, f"the word {named.words!r}"), "/output"))
    else:
        _guess(found, reading, counts, printed)
    found.task = _task(found, named, _inputs(_needed(reading, properties)), properties)
    return found


def _as_printed(found: OutputKind, printed: str, returns: str, named: _Named | None) -> None:
    """Take the medium that the response type states. A transcript or a caption is text, but not that of a chat."""
    found.media = printed
    if printed == "text" and named and named.medium == "json":
        found.media = "json"
    elif named and named.sure and named.medium != printed:
        words = (
            f"the page says that it returns {returns[:40]!r}, but {named.words!r} is a word for another kind of output"
        )
        found.doubts.append(Doubt(0, f"{words}, {named.medium}", "/output"))


def _guess(found: OutputKind, reading: PageContent, counts: Counter[str], printed: str) -> None:
    """Choose a medium where neither the response type nor a word for the task tells it."""
    files = {
        _FILE_MEDIA[name[1].lower()] for name in _FILE.finditer(reading.page.code[reading.sample.end :][:_CODE_AFTER])
    }
    best = counts.most_common(2)
    if len(files) == 1:
        (found.media,) = files
        if best and best[0][0] != found.media:
            found.doubts.append(
                Doubt(reading.sample.offset, _unsure(found.media, "the name of the sample's file"), "/output")
            )
        return
    clear = best and best[0][1] >= 2 and (len(best) < 2 or best[0][1] > best[1][1] + 1)
    if best:
        found.media = best[0][0]
        if not clear:
            found.doubts.append(Doubt(0, _unsure(found.media, "its parameters"), "/output"))
        return
    found.media = "json" if printed == "data" else "image"
    reason = "its response type" if printed else "nothing that the page says: image is only the most common"
    found.doubts.append(Doubt(0, _unsure(found.media, reason), "/output"))


def _unsure(media: str, reason: str) -> str:
    return f"the kind of its output, {media}, was concluded from {reason}"


def _named(reading: PageContent) -> _Named | None:
    """Return the task that the title or the slug names, or else one of the short lines above the sample."""
    facts = reading.facts
    slug = re.sub(r"[-_./]", " ", facts.slug)
    own = _first_task(f"{facts.title} | {facts.slug} | {slug}", len(_TASKS))
    if own and own.sure:
        return own
    others = list(_introduction(reading))
    media = {other.medium for other in others}
    # Several media are a menu's, or the neighbours of the model.
    return others[0] if len(media) == 1 and others[0].sure and (own is None or own.medium in media) else own


def _first_task(text: str, count: int) -> _Named | None:
    """Return the first of so many tasks that a text speaks of."""
    for task, medium, sure, pattern in _TASKS[:count]:
        if words := pattern.search(text):
            return _Named(task, medium, sure, words[0])
    return None


def _introduction(reading: PageContent) -> Iterator[_Named]:
    """Yield the tasks that the lines above the sample name: tags by any word, sentences by what they turn into what."""
    head = reading.page.text[: min(reading.sample.offset or _INTRODUCTION, _INTRODUCTION)]
    for line in head.split("\n"):
        is_tag = len(line.strip()) <= 40 and not line.rstrip().endswith(".")
        if named := _first_task(line[:300], len(_TASKS) if is_tag else _PHRASES):
            yield named


def _by_parameters(properties: Mapping[str, Mapping[str, Any]]) -> Counter[str]:
    """Return for each medium how many parameters speak for it."""
    counts = Counter({medium: len(names & properties.keys()) for medium, names in _TELLING.items()})
    # What draws images draws the frames of a video, too.
    if counts["video"]:
        counts["video"] += counts.pop("image")
    return +counts


def _needed(reading: PageContent, properties: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Return the required parameters and those that the sample sends: an optional image does not decide the task."""
    names = {row.name for row in reading.rows if row.required} | reading.sample.values.keys()
    return {name: schema for name, schema in properties.items() if name in names} or properties


def _inputs(properties: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the media that the model takes: image, video, audio."""
    taken: set[str] = set()
    for name, schema in properties.items():
        inner = schema.get("items", {}) if schema.get("type") == "array" else schema
        if inner.get("format") in ("uri", "base64"):
            taken.add(next((medium for medium, pattern in _NAMES.items() if pattern.search(name)), "image"))
    return taken


def _task(found: OutputKind, named: _Named | None, taken: set[str], properties: Mapping[str, Mapping[str, Any]]) -> str:
    source = next((medium for medium in ("video", "image", "audio") if medium in taken), "text")
    made = "3d" if found.media == "model3d" else found.media
    if named and named.medium == found.media:
        if named.task.startswith("-"):
            return f"{source}{named.task}"
        return f"{source}-to-{made}" if taken and named.task in ("text-to-image", "text-to-video") else named.task
    if found.media == "text":
        return "text-generation"
    if found.media == "audio" and source == "text":
        return "text-to-speech" if _VOICES & properties.keys() else "text-to-audio"
    if found.media == "json":
        message = "the page has no words for its task that are known; find a better name for it"
        found.doubts.append(Doubt(0, message, "/task"))
    return f"{source}-to-{made}"
