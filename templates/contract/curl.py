"""A request as a curl command, without the API key."""

from __future__ import annotations

import shlex

from .findings import printable
from .service.http import Request
from .spec.service import Auth

#: Where a mock is expected that a curl command can reach; the mock in this process has no address.
MOCK_URL = "http://127.0.0.1:8787"
#: A longer body is cut in the command: no shell accepts it.
_MOST_BODY = 20_000


def as_curl(request: Request, auth: Auth, key: str, variable: str, base: str) -> str:
    """Return a command that repeats a request.

    The service's own `key` becomes the environment variable; of any other key, only the header is shown. `base` replaces
    the origin of the mock in this process, "" keeps the URL.
    """
    url = request.url if not base else base + "/" + request.url.split("/", 3)[-1]
    words = ["curl", "-sS", "-i"]
    if request.method != "GET":
        words += ["-X", request.method]
    words.append(shlex.quote(printable(url, 2000)))
    for name, value in request.headers.items():
        if name.lower() != auth.header.lower():
            words += ["-H", shlex.quote(f"{name}: {value}")]
        elif value == auth.value(key):
            # Only the variable is in double quotes, where the shell replaces it.
            words += ["-H", shlex.quote(f"{name}: {auth.value('')}") + f'"${variable}"']
        else:
            words += ["-H", shlex.quote(f"{name}: {auth.value('another-key')}")]
    if request.body:
        words += ["--data-binary", _quoted(request.body)]
    return " ".join(words)


def without_key(text: str, key: str, variable: str) -> str:
    """Return a text with the key replaced by the name of its environment variable."""
    return text.replace(key, f"${variable}") if len(key) >= 4 else text


def _quoted(body: bytes) -> str:
    """Return a body as one word for a shell; control characters and other bytes as escapes of bash."""
    cut = body[:_MOST_BODY]
    mark = f" # the body was cut, it has {len(body)} bytes" if len(body) > len(cut) else ""
    try:
        text = cut.decode("utf-8")
        if text.isprintable():
            return shlex.quote(text) + mark
    except UnicodeDecodeError:
        pass
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}" for byte in cut)
    return f"$'{escaped}'" + mark
