"""Replay of a recording: answers equal requests in their recorded order, and repeats the last answer."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple, cast

from ..api.exchange import Exchange, sent_key
from ..api.scenario_choice import has_scenario
from ..platform.statuses import NOT_FOUND
from ..server.asgi import Answer, error_answer, error_body, json_answer
from ..server.limits import RequestRefused, refusal
from ..state.redaction import Redactor
from .headers import PER_MESSAGE, SOURCE
from .recording import (
    BASE64,
    EXTENSIONS,
    FORMAT,
    IMAGES_FOLDER,
    LAYOUTS,
    MARKER,
    PLACEHOLDER,
    RequestFingerprint,
    canonical,
    normal_body,
)
from .rewriting import move, rewrite, split_query

_FILE = re.compile(rf"{IMAGES_FOLDER}/([0-9a-f]{{64}})\.({'|'.join(EXTENSIONS)})")
_NAME = re.compile(r"[0-9]{4,6}-[a-z0-9.-]{0,80}\.json")
_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_MOST_BYTES = 300 << 20
_MOST_CURSORS = 100_000
_SHOWN = 60


class RecordingError(ValueError):
    """A file of the recording is invalid. The message says which one and why."""


class RecordedExchange(NamedTuple):
    """One exchange. `body` is the answer's body as stored in the file."""

    file: str
    number: int
    fingerprint: RequestFingerprint
    status: int
    headers: tuple[tuple[str, str], ...]
    body: dict[str, Any]


def read_recording(folder: str) -> list[RecordedExchange]:
    """Read every exchange of a recording, in order. Raises RecordingError for the first invalid file."""
    if not os.path.isfile(os.path.join(folder, MARKER)):
        raise RecordingError(f"{folder}: not a recording, since it has no {MARKER}")
    if _read_json(folder, MARKER) != FORMAT:
        raise RecordingError(
            f"{os.path.join(folder, MARKER)}: expected the format {FORMAT['format']} {FORMAT['version']}"
        )
    exchanges: list[RecordedExchange] = []
    for name in sorted(os.listdir(folder)):
        # A file whose name begins with a dot is left from a writer that was killed.
        if name in (MARKER, IMAGES_FOLDER) or name.startswith("."):
            continue
        if not _NAME.fullmatch(name):
            raise RecordingError(f"{os.path.join(folder, name)}: not a file of a recording")
        try:
            exchanges.append(_read_exchange(folder, name))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, RecordingError):
                raise
            said = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise RecordingError(f"{os.path.join(folder, name)}: {said}") from None
    exchanges.sort(key=lambda one: one.number)
    for before, after in pairwise(exchanges):
        if before.number == after.number:
            raise RecordingError(f"{os.path.join(folder, after.file)}: has the number of {before.file}")
    return exchanges


def _read_exchange(folder: str, name: str) -> RecordedExchange:
    content = _a(dict, _read_json(folder, name), "the file")
    request, answer = _a(dict, content["request"], "request"), _a(dict, content["answer"], "answer")
    status = _a(int, answer["status"], "status")
    if not 200 <= status < 600:
        raise ValueError(f"invalid status {status}")
    headers: list[tuple[str, str]] = []
    for header, value in _a(dict, answer["headers"], "headers").items():
        if not _TOKEN.fullmatch(header):
            raise ValueError(f"{header!r} is not a header name")
        headers.append((header, _a(str, value, header)))
    bodies = [_a(dict, request["body"], "body"), _a(dict, answer["body"], "body")]
    for body in bodies:
        _check_body(folder, body)
    fingerprint = RequestFingerprint(
        _a(str, request["method"], "method"),
        _a(str, request["path"], "path"),
        _a(str, request["query"], "query"),
        canonical(unpack(folder, bodies[0])),
    )
    return RecordedExchange(name, _a(int, content["number"], "number"), fingerprint, status, tuple(headers), bodies[1])


def _check_body(folder: str, body: dict[str, Any]) -> None:
    if body.keys() not in ({"json", "layout"}, {"text"}, {"file"}, set[str]()):
        raise ValueError(f"a body with the unexpected keys {', '.join(map(str, body)) or '(none)'}")
    if "layout" in body and body["layout"] not in LAYOUTS:
        raise ValueError(f"unknown layout {body['layout']!r}")
    if "text" in body:
        _a(str, body["text"], "text")
    for file in _files(body):
        content = _read_file(folder, file)
        if not file.startswith(f"{IMAGES_FOLDER}/{sha256(content).hexdigest()}."):
            raise RecordingError(f"{os.path.join(folder, file)}: its content does not match the hash in its name")


def unpack(folder: str, body: dict[str, Any]) -> bytes:
    """Return the original bytes of a body."""
    if "json" in body:
        return LAYOUTS[body["layout"]](_unpack_base64(folder, body["json"])).encode("utf-8", "surrogatepass")
    if "file" in body:
        return _read_file(folder, body["file"])
    return str(body.get("text", "")).encode("utf-8", "surrogatepass")


def _unpack_base64(folder: str, content: Any) -> Any:
    if isinstance(content, dict):
        held = cast("dict[str, Any]", content)
        if held.keys() == {BASE64}:
            return b64encode(_read_file(folder, held[BASE64])).decode("ascii")
        return {name: _unpack_base64(folder, value) for name, value in held.items()}
    if isinstance(content, list):
        return [_unpack_base64(folder, value) for value in cast("Sequence[Any]", content)]
    return content


def _files(content: Any) -> Iterable[str]:
    """Yield the files that a body refers to."""
    if isinstance(content, dict):
        held = cast("dict[str, Any]", content)
        for name, value in held.items():
            if name == BASE64 or (name == "file" and len(held) == 1):
                yield _a(str, value, name)
            else:
                yield from _files(value)
    elif isinstance(content, list):
        for value in cast("Sequence[Any]", content):
            yield from _files(value)


def _read_file(folder: str, name: str) -> bytes:
    """Read a file beside the exchanges. Only names that the writer generates are accepted."""
    path = os.path.join(folder, name)
    if not _FILE.fullmatch(name):
        raise RecordingError(f"{os.path.join(folder, IMAGES_FOLDER)}: {name[:_SHOWN]!a} is not a valid file name")
    return _read(path)


def _read_json(folder: str, name: str) -> Any:
    path = os.path.join(folder, name)
    try:
        return json.loads(_read(path).decode("utf-8"))
    except RecursionError:
        raise RecordingError(f"{path}: nested too deep") from None
    except ValueError as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{path}: not JSON: {error}") from None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", opener=_open_plain) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size > _MOST_BYTES:
                raise RecordingError(f"{path}: not a regular file of at most {_MOST_BYTES} bytes")
            return file.read()
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from None


def _open_plain(path: str, flags: int) -> int:
    """Open without following a symbolic link, and without waiting for a writer of a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _a(kind: type[Any], value: Any, name: str) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{name}: expected {kind.__name__}, got {type(value).__name__}")
    return value


class Replay:
    """A responder that answers from a recording. Each API key starts at the beginning."""

    def __init__(self, folder: str) -> None:
        """Raise RecordingError."""
        self._folder = folder
        self._answers: dict[RequestFingerprint, list[RecordedExchange]] = {}
        for recorded in read_recording(folder):
            self._answers.setdefault(recorded.fingerprint, []).append(recorded)
        self._positions: OrderedDict[tuple[str | None, RequestFingerprint], int] = OrderedDict()

    async def __call__(self, exchange: Exchange) -> Answer:
        """Return the next recorded answer to this request; 404 with the nearest request if it was not recorded."""
        mock, request = exchange.mock, exchange.request
        route = mock.routes.find(request.path)
        if route is not None:
            exchange.request_id = route.request_id
            exchange.slug = route.slug
            exchange.pointer = route.parameters
        if await has_scenario(exchange):
            raise RequestRefused(400, "Scenarios only work with the mock, not with a recording.")
        if mock.identify(request.headers) is None and route is not None and route.kind != "media":
            raise refusal("unauthorized")
        exchange.payload = exchange.peek() if request.method == "POST" else None
        fingerprint = _fingerprint_of(exchange, mock.redactor)
        recorded = self._next(exchange.sender(), fingerprint)
        if recorded is None:
            answer = self._unknown(fingerprint, mock.redactor)
            answer.add(SOURCE, "recording")
            return answer
        try:
            body = await asyncio.to_thread(unpack, self._folder, recorded.body)
        except RecordingError as damaged:
            return error_answer(500, f"The recording was changed since the start: {damaged}.")
        answer = Answer(recorded.status, rewrite(body, PLACEHOLDER, request.origin))
        if recorded.status >= 400:
            answer.refusal = f"{recorded.status}, as recorded in {recorded.file}"
        answer.own = False
        answer.headers = [(b"content-length", b"%d" % len(answer.body))]
        for name, value in recorded.headers:
            if name not in PER_MESSAGE:
                answer.add(name, move(value, PLACEHOLDER, request.origin) or value if name == "location" else value)
        answer.add(SOURCE, "recording")
        return answer

    def _next(self, key: str | None, fingerprint: RequestFingerprint) -> RecordedExchange | None:
        answers = self._answers.get(fingerprint)
        if answers is None:
            return None
        at = self._positions.pop((key, fingerprint), 0)
        self._positions[key, fingerprint] = min(at + 1, len(answers) - 1)
        if len(self._positions) > _MOST_CURSORS:
            self._positions.popitem(last=False)
        return answers[at]

    def _unknown(self, fingerprint: RequestFingerprint, redactor: Redactor) -> Answer:
        message = f"{fingerprint.method} {fingerprint.path} was not recorded with this request."
        found = self._nearest(fingerprint)
        content: dict[str, Any] = {}
        if found is not None:
            nearest, differs = found
            message += f" The nearest is {nearest.file}, which differs in: {'; '.join(differs)}."
            content["nearest"] = {
                "file": nearest.file,
                "method": nearest.fingerprint.method,
                "path": nearest.fingerprint.path,
            }
            content["differs"] = [redactor.clean(one) for one in differs]
        message = redactor.clean(message)
        answer = json_answer({**error_body(message), **content}, NOT_FOUND)
        answer.refusal = message
        return answer

    def _nearest(self, fingerprint: RequestFingerprint) -> tuple[RecordedExchange, list[str]] | None:
        if not self._answers:
            return None
        same = [
            other for other in self._answers if (other.method, other.path) == (fingerprint.method, fingerprint.path)
        ]
        if not same:
            places = {f"{other.method} {other.path}": other for other in self._answers}
            close = get_close_matches(f"{fingerprint.method} {fingerprint.path}", places, 1, 0)
            same = [places[close[0]]] if close else [next(iter(self._answers))]
        other, differs = min(((other, differences(fingerprint, other)) for other in same), key=lambda one: len(one[1]))
        return self._answers[other][0], differs


def differences(fingerprint: RequestFingerprint, recorded: RequestFingerprint) -> list[str]:
    """Describe the differences of a request from a recorded one."""
    found = [
        f"{name} {_short(here)}, recorded {_short(there)}"
        for name, here, there in zip(("method", "path", "query"), fingerprint[:3], recorded[:3], strict=True)
        if here != there
    ]
    if fingerprint.body == recorded.body:
        return found
    try:
        here, there = json.loads(fingerprint.body), json.loads(recorded.body)
    except ValueError:
        here, there = None, None
    if not isinstance(here, dict) or not isinstance(there, dict):
        return [*found, f"body {_short(fingerprint.body)}, recorded {_short(recorded.body)}"]
    ours, theirs = cast("dict[str, Any]", here), cast("dict[str, Any]", there)
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs:
            found.append(f"{name} {_short(json.dumps(ours[name]))}, not recorded")
        elif name not in ours:
            found.append(f"{name} missing, recorded {_short(json.dumps(theirs[name]))}")
        elif ours[name] != theirs[name] or type(ours[name]) is not type(theirs[name]):
            found.append(f"{name} {_short(json.dumps(ours[name]))}, recorded {_short(json.dumps(theirs[name]))}")
    return found


def _fingerprint_of(exchange: Exchange, redactor: Redactor) -> RequestFingerprint:
    request = exchange.request
    key = sent_key(request.headers)

    def clean(text: str) -> str:
        return redactor.strip(text.encode("utf-8", "surrogateescape"), key).decode("utf-8", "replace")

    query, _ = split_query(request.query, key)
    return RequestFingerprint(
        request.method, clean(request.path), clean(query), canonical(normal_body(request, redactor, key))
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
