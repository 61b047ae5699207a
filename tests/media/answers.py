"""The client's result for each answer of a service, as the tables of docs/media-answers.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from tests.media.fake_service import FILES, Service

CHAT = {"choices": [{"message": {"content": "Hello!"}, "finish_reason": "stop"}]}
DATA = {"data": [{"embedding": [0.1, 0.2]}]}
#: The models whose answers are files: their file, another medium's file, and the names under which JSON has base64 and URLs.
FILE_MODELS = {
    "image": ("plate", "still.png", "clip.mp4", "image", "images"),
    "video": ("reel_1", "clip.mp4", "still.png", "video", "video"),
    "audio": ("murmur", "tone.mp3", "still.png", "audio", "audio"),
    "model3d": ("clay", "triangle.glb", "still.png", "image", "images"),
}
DATA_MODELS = {"text": ("sage", CHAT), "json": ("vectors_3", DATA)}
HTML, UNKNOWN, ERROR = "<!doctype html><p>Busy", "\x00\x01\x02\x03 unknown", {"error": "over quota"}


def answers(media: str) -> Iterator[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]:
    """Yield each answer: its description, and how the fake service gives it in v1 and in v2 (None where it can't)."""
    if media in DATA_MODELS:
        _, data = DATA_MODELS[media]
        yield "the documented JSON", {"json": data}, {"json": data}
        yield "the documented JSON as a string", {"json": json.dumps(data)}, {"json": data, "text": True}
        yield "the documented JSON, labelled `image/png`", {"body": json.dumps(data), "label": "image/png"}, None
        yield "other JSON", {"json": {"a": [1]}}, {"json": {"a": [1]}}
        yield "text that is not JSON", {"body": "Once upon a time"}, {"output": "Once upon a time"}
        yield "JSON that is cut short", {"body": json.dumps(data)[:20]}, {"output": json.dumps(data)[:20]}
        yield "nothing", {"body": ""}, {"output": None}
        yield "an HTML page", {"body": HTML}, None
        yield "JSON with an error", {"json": ERROR}, {"json": ERROR}
        yield "bytes that are no text", {"body": "\xff\xfe\x00"}, None
        return
    _, own, other, name, files = FILE_MODELS[media]
    yield "the file", {"file": own}, {"file": own}
    wrong = {"file": own, "label": "application/json"}
    yield "the file, labelled `application/json`", wrong, wrong
    packed = {"file": own, "encoding": "gzip", "packed": ["gzip"], "piece": 100}
    yield "the file, compressed, in chunks and without a length", packed, packed
    lie = {"file": own, "encoding": "gzip"}
    yield "the file, with `content-encoding: gzip`, but not compressed", lie, lie
    as_json = {"file": own, "under": name}
    yield "JSON with the file as base64; an object with its URL", as_json, {"file": own, "under": files}
    yield "JSON behind a byte order mark and white space", {**as_json, "mark": True}, None
    yield "two files: base64; a list of URLs", {"file": own, "under": name, "several": 2}, {"file": own, "several": 2}
    yield "a file of another medium", {"file": other}, {"file": other}
    yield "the file, cut short after 60 bytes", {"file": own, "cut": 60}, {"file": own, "cut": 60}
    yield "bytes of no known format", {"body": UNKNOWN}, {"body": UNKNOWN}
    yield "nothing", {"body": ""}, {"body": ""}
    yield "an HTML page", {"body": HTML}, {"body": HTML}
    yield "JSON with an error", {"json": ERROR}, {"json": ERROR}
    yield "base64 that is none", {"json": {name: "$$$"}}, None
    yield "a URL behind two redirects", None, {"file": own, "redirect": 2}
    yield "a URL behind nine redirects", None, {"file": own, "redirect": 9}


class Caller:
    """Calls a model with the blocking and with the asyncio client, which must agree."""

    def __init__(self, lumen: ModuleType, service: Service) -> None:
        self._lumen, self._service = lumen, service

    def cell(self, media: str, answer: dict[str, object], *, queue: bool) -> str:
        """Return what the client gives, in words, after a check that nothing was lost."""
        model, *_ = FILE_MODELS.get(media) or DATA_MODELS[media]
        blocking, later = self._blocking(model, answer, queue), asyncio.run(self._later(model, answer, queue))
        words = self.described(blocking)
        assert self.described(later) == words
        for outcome in (blocking, later):
            self._check_kept(outcome, answer, queue)
        return words

    def _blocking(self, model: str, answer: dict[str, object], queue: bool) -> object:
        with self._lumen.LumenClient("key", self._service.url) as client:
            resource = getattr(client, model)
            try:
                if queue:
                    return resource.submit(prompt=json.dumps(answer)).download(interval=0.01)
                return resource.generate(prompt=json.dumps(answer))
            except self._lumen.LumenError as error:
                return error

    async def _later(self, model: str, answer: dict[str, object], queue: bool) -> object:
        async with self._lumen.AsyncLumenClient("key", self._service.url) as client:
            resource = getattr(client, model)
            try:
                if queue:
                    return await (await resource.submit(prompt=json.dumps(answer))).download(interval=0.01)
                return await resource.generate(prompt=json.dumps(answer))
            except self._lumen.LumenError as error:
                return error

    def described(self, outcome: Any) -> str:
        if isinstance(outcome, self._lumen.LumenError):
            return f"`{type(outcome).__name__}`: {outcome.detail.partition(' (http')[0]}".replace(
                self._service.url, "http://…"
            )
        kind = f"`{type(outcome).__name__}`"
        if isinstance(outcome, self._lumen.FileResult):
            first = outcome.files[0]
            about = f"problem: {first.problem}" if first.problem else first.measures
            several = f"{len(outcome)} files, " if len(outcome) > 1 else ""
            return f"{kind}: {several}{', '.join(filter(None, [first.media_type, about]))}"
        if isinstance(outcome, self._lumen.TextResult):
            return f"{kind}: {outcome.text!r}" + (f", problem: {outcome.problem}" if outcome.problem else "")
        return f"{kind}: {json.dumps(outcome.data)}"

    def _check_kept(self, outcome: Any, answer: dict[str, Any], queue: bool) -> None:
        """Check that the caller has all bytes that were paid for, in the result or in the exception."""
        if "redirect" in answer and answer["redirect"] > 3:
            # Nothing arrived, and the job can be fetched again.
            assert outcome.handle is not None
            return
        if "file" in answer:
            whole = (FILES / answer["file"]).read_bytes()
            sent = whole[: answer.get("cut", len(whole))]
        else:
            sent = str(answer.get("body", "")).encode("latin-1")
        if isinstance(outcome, self._lumen.FileResult):
            assert all(file.content == sent for file in outcome)
        elif isinstance(outcome, self._lumen.LumenError):
            assert outcome.handle is not None if queue else outcome.content.startswith(sent)
        elif "json" in answer:
            assert outcome.data == answer["json"] or json.dumps(outcome.data) == answer["json"]
        else:
            assert outcome.data in (answer.get("output"), answer.get("body"), _parsed(answer.get("body")))


def _parsed(text: str | None) -> object:
    try:
        return json.loads(text or "")
    except ValueError:
        return None


def tables(lumen: ModuleType, service: Service) -> str:
    """Return the tables in Markdown."""
    caller = Caller(lumen, service)
    lines: list[str] = []
    for media in (*FILE_MODELS, *DATA_MODELS):
        lines += [f"## A model of the medium `{media}`", "", "| the service answers | v1 | v2 |", "|---|---|---|"]
        for words, *both in answers(media):
            cells = [
                "–" if each is None else caller.cell(media, each, queue=queue)
                for each, queue in zip(both, (False, True), strict=True)
            ]
            lines.append(f"| {words} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
