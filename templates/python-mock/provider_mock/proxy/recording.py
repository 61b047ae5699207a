"""Recordings: a folder with one JSON file per exchange, and files beside them, named by their hash.

    recording.json                                 the format of the folder
    0001-post-v2-SLUG.json                         the first exchange
    pictures/5f1c….jpeg                            a file from its body

Files are written whole or not at all. Secrets are removed, and the service's origin is replaced by one that does not
exist, so that recordings can be compared and checked in.
"""

from __future__ import annotations

import json
import logging
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple, cast

from ..checks.observed_exchange import NOT_JSON, read_json
from ..files import write_atomically
from ..formats.file_info import UnreadableFile
from ..formats.measure import measure
from ..images import decode_base64
from ..program import PACKAGE
from ..server.asgi import Request
from ..state.redaction import KEY_HEADER, REDACTED, Redactor, identity, is_secret, is_secret_header, label
from .headers import PER_MESSAGE
from .rewriting import blot_query, move, rewrite
from .upstream import Reply, for_caller

log = logging.getLogger(PACKAGE)

#: Replacement for the service's origin. No such host can exist.
PLACEHOLDER = "https://service.invalid"
MARKER = "recording.json"
IMAGES_FOLDER = "pictures"
FORMAT = {"format": "provider-mock recording", "version": 1}
BASE64 = "$base64"
#: Layouts of JSON. The one that reproduces the bytes of a body is stored with it.
LAYOUTS: Mapping[str, Callable[[Any], str]] = {
    "compact": json.JSONEncoder(separators=(",", ":")).encode,
    "compact-utf8": json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode,
    "spaced": json.JSONEncoder().encode,
    "spaced-utf8": json.JSONEncoder(ensure_ascii=False).encode,
}
#: Maximum number of exchanges, in case a client polls for ever.
MOST = 10_000
#: A shorter string is not a file in base64.
_SHORTEST_BASE64 = 100
#: Characters that are replaced in file names: everything but letters, digits, and dots between them.
_ODD = re.compile(r"(?:[^a-z0-9.]|\.(?![a-z0-9])|(?<![a-z0-9])\.)+")
_EXTENSION_OF = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "model/gltf-binary": "glb",
}
_OTHER_EXTENSION = "bin"
#: The extensions of all files beside the exchanges.
EXTENSIONS = (*_EXTENSION_OF.values(), _OTHER_EXTENSION)


class Recorder:
    """A writer of exchanges into a new folder."""

    def __init__(self, folder: str, origins: Sequence[str], redactor: Redactor) -> None:
        """Create the folder. Raises ValueError if it is not empty, so that no recording is overwritten, and OSError."""
        self._folder = folder
        self._origins = origins
        self._redactor = redactor
        self._numbers = count(1)
        self.kept = 0
        self.lost = 0
        os.makedirs(folder, exist_ok=True)
        if os.listdir(folder):
            raise ValueError(f"{folder} is not empty: choose a new folder or remove its content")
        # Of two proxies that start together, the second one fails here.
        write_atomically(os.path.join(folder, MARKER), _legible(FORMAT), overwrite=False)
        os.mkdir(os.path.join(folder, IMAGES_FOLDER))

    def number(self) -> int:
        """Return the number of the next exchange, in the order of the answers."""
        return next(self._numbers)

    def keep(self, number: int, request: Request, reply: Reply, key: str | None, codes: Iterable[str]) -> None:
        """Write an exchange. May be called from any thread.

        An error is logged and counted as lost, since the caller must get the answer, which was paid for.
        """
        try:
            if number > MOST:
                raise OSError(f"the recording has {MOST} exchanges, the maximum")
            self._write(number, request, reply, key, list(dict.fromkeys(codes)))
            self.kept += 1
        except (OSError, ValueError, RecursionError) as error:
            self.lost += 1
            if self.lost == 1 or number <= MOST:
                log.error("exchange %d is not recorded: %s", number, self._redactor.clean(str(error)))

    def _write(self, number: int, request: Request, reply: Reply, key: str | None, codes: list[str]) -> None:
        def clean(text: str) -> str:
            return self._redactor.strip(text.encode("utf-8", "surrogateescape"), key).decode("utf-8", "replace")

        headers = {
            name.decode("latin-1"): hide(name.decode("latin-1"), clean(value.decode("latin-1")), key)
            for name, value in sorted(request.headers.items())
            if name.decode("latin-1").lower() not in PER_MESSAGE
        }
        answered: dict[str, str] = {}
        for name, value in for_caller(reply.headers):
            value = clean(self._moved(value) if name == "location" else value)
            answered[name] = f"{answered[name]}, {value}" if name in answered else value
        body = self._redactor.strip(reply.body, key)
        asked = normal_body(request, self._redactor, key, self._origins)
        exchange = {
            "number": number,
            "request": {
                "method": request.method,
                "path": clean(request.path),
                "query": clean(request.query),
                "headers": headers,
                "body": self._pack(asked, exact=False),
            },
            "answer": {
                "status": reply.status,
                "headers": answered,
                "body": self._pack(_hosted_nowhere(body, self._origins)),
            },
            "findings": codes,
        }
        name = _ODD.sub("-", clean(f"{request.method}-{request.path}").lower())[:80].strip("-.")
        write_atomically(os.path.join(self._folder, f"{number:04}-{name}.json"), _legible(exchange), overwrite=False)

    def _moved(self, url: str) -> str:
        places = (move(url, origin, PLACEHOLDER) for origin in self._origins)
        return next((moved for moved in places if moved is not None), url)

    def _pack(self, body: bytes, exact: bool = True) -> dict[str, Any]:
        """Return a body for the file: JSON as JSON, a file apart, text as it is.

        Unless `exact`, JSON is stored as JSON even if its bytes cannot be reproduced.
        """
        if not body:
            return {}
        content = read_json(body)
        if content is not NOT_JSON:
            public = blot(content)
            layouts = [name for name, encode in LAYOUTS.items() if _encoded(encode, content) == body]
            if layouts or not exact or public != content or _has_hidden_secret(body):
                return {"json": self._pack_base64(public), "layout": layouts[0] if layouts else "compact"}
        try:
            kind = _EXTENSION_OF.get(measure(body).media_type, _OTHER_EXTENSION)
        except UnreadableFile:
            try:
                return {"text": body.decode("utf-8")}
            except UnicodeDecodeError:
                kind = _OTHER_EXTENSION
        return {"file": self._store(body, kind)}

    def _pack_base64(self, content: Any) -> Any:
        """Return JSON with every file in base64 replaced by a file."""
        if isinstance(content, dict):
            held = cast("dict[str, Any]", content)
            return {name: self._pack_base64(value) for name, value in held.items()}
        if isinstance(content, list):
            return [self._pack_base64(value) for value in cast("Sequence[Any]", content)]
        if isinstance(content, str) and len(content) > _SHORTEST_BASE64:
            try:
                file = decode_base64(content)
                kind = _EXTENSION_OF.get(measure(file).media_type, _OTHER_EXTENSION)
            except UnreadableFile:
                return content
            if b64encode(file).decode("ascii") == content:
                return {BASE64: self._store(file, kind)}
        return content

    def _store(self, content: bytes, extension: str) -> str:
        name = f"{IMAGES_FOLDER}/{sha256(content).hexdigest()}.{extension}"
        path = os.path.join(self._folder, name)
        if not os.path.exists(path):
            # Two threads may write the same file, with the same bytes.
            write_atomically(path, content, overwrite=True)
        return name


class RequestFingerprint(NamedTuple):
    """The parts in which a recorded request and a later one must be equal. `body` is canonical JSON, or other text."""

    method: str
    path: str
    query: str
    body: str


def normal_body(request: Request, redactor: Redactor, key: str | None, origins: Sequence[str] = ()) -> bytes:
    """Return a request's body without secrets, and without the origins of the mock and the service."""
    body = redactor.strip(request.body, key)
    return _hosted_nowhere(body, (request.origin, *origins))


def _hosted_nowhere(body: bytes, origins: Iterable[str]) -> bytes:
    for origin in origins:
        body = rewrite(body, origin, PLACEHOLDER)
    return body


def canonical(body: bytes) -> str:
    """Return JSON in canonical form; any other body unchanged.

    >>> canonical(b'{ "b": 1, "a": [true] }')
    '{"a":[true],"b":1}'
    """
    content = read_json(body)
    if content is NOT_JSON:
        return body.decode("utf-8", "backslashreplace")
    return json.dumps(blot(content), sort_keys=True, separators=(",", ":"))


def blot(content: Any) -> Any:
    """Return JSON with the values of secret keys, and of secret query parameters in URLs, redacted.

    >>> blot({"token": "x", "password": "", "has": {"token": True}})
    {'token': 'redacted', 'password': '', 'has': {'token': True}}
    """
    if isinstance(content, dict):
        held = cast("dict[str, Any]", content)
        return {name: _blot_named(name, value) for name, value in held.items()}
    if isinstance(content, list):
        return [blot(value) for value in cast("Sequence[Any]", content)]
    if isinstance(content, str) and content[:4].lower() == "http" and "?" in content:
        return blot_query(content)
    return content


def _blot_named(name: str, value: Any) -> Any:
    # True and false reveal nothing, and a string instead of them would have the wrong type.
    return REDACTED if is_secret(name) and value and not isinstance(value, bool) else blot(value)


def _has_hidden_secret(body: bytes) -> bool:
    """Return whether JSON has a duplicate key whose dropped value contains a secret."""
    found = False

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        found = found or any(_blot_named(name, value) != value for name, value in pairs)
        return dict(pairs)

    json.loads(body, object_pairs_hook=look)
    return found


def hide(name: str, value: str, key: str | None) -> str:
    """Return a header's value for the file: the API key as its label, other secrets redacted."""
    if name.lower() == KEY_HEADER and key is not None:
        return label(identity(key))
    return REDACTED if is_secret_header(name) else value


def _encoded(encode: Callable[[Any], str], content: Any) -> bytes | None:
    try:
        return encode(content).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return None


def _legible(content: Any) -> bytes:
    try:
        return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which JSON can represent and UTF-8 cannot.
        return f"{json.dumps(content, indent=2)}\n".encode("ascii")
