"""The playground: for people, a page for each model at `/playground/SLUG`, and at `/` the list of them.

The files lie in the folder `playground` and were made from the specs. Which there are is known beforehand, so that a
path of a request only ever selects one of them and is never joined to a folder's name. Each is read when it is first
asked for. Nothing of this is part of the service: it asks for no key and leaves no trace in the journal.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from ..server.asgi import HTML, Answer, Request
from ..spec.catalog import MODULES

HOME = "/"
PREFIX = "/playground"
_BELOW = f"{PREFIX}/"
_ASSETS = (
    "facts.js",
    "field.js",
    "form.js",
    "index.js",
    "journal.js",
    "literals.js",
    "outcome.js",
    "playground.css",
    "playground.js",
    "queue.js",
    "samples.js",
    "tabs.js",
    "wire.js",
)
_TYPES = {".html": HTML, ".css": b"text/css; charset=utf-8", ".js": b"text/javascript; charset=utf-8"}
#: No script, style or picture but the mock's own; no text that becomes code; not in anybody's frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_METHODS = ("GET", "HEAD")

_FILES = {
    HOME: "index.html",
    **{f"{PREFIX}/{slug}": f"models/{module}.html" for slug, module in MODULES.items()},
    **{f"{PREFIX}/assets/{name}": f"assets/{name}" for name in _ASSETS},
}


def is_playground(path: str) -> bool:
    """Whether a path is the playground's and not the service's."""
    return path == HOME or path.startswith(_BELOW)


def serve_page(request: Request) -> Answer:
    """The page, style or script at the request's path; 404 and 405 are pages, too."""
    name = _FILES.get(request.path)
    if name is None:
        return _guarded(_notice(404, "There is no such page.", "../" * (request.path.count("/") - 1) or "./"))
    if request.method not in _METHODS:
        answer = _guarded(_notice(405, "This page can only be looked at.", ""))
        answer.add("allow", ", ".join(_METHODS))
        return answer
    content, tag = _load(name)
    if tag in _tags(request):
        answer = Answer(304, b"")
        answer.headers.clear()
    else:
        answer = Answer(200, content, _TYPES[name[name.rindex(".") :]])
    answer.add("etag", tag)
    if request.method == "HEAD":
        answer.body = b""
    return _guarded(answer)


@lru_cache(maxsize=128)
def _load(name: str) -> tuple[bytes, str]:
    """A file's content, and what stands for it in ETag."""
    # Slow to import, and only for people.
    from importlib.resources import files

    content = files(__name__.rpartition(".")[0]).joinpath(name).read_bytes()
    return content, f'"{sha256(content).hexdigest()[:24]}"'


def _tags(request: Request) -> list[str]:
    """The versions that the browser has, as If-None-Match says."""
    sent = request.headers.get(b"if-none-match", b"").decode("latin-1")
    return [tag.strip().removeprefix("W/") for tag in sent.split(",")]


def _guarded(answer: Answer) -> Answer:
    answer.add("cache-control", "no-cache")
    answer.add("content-security-policy", _POLICY)
    answer.add("x-content-type-options", "nosniff")
    answer.add("referrer-policy", "no-referrer")
    answer.add("cross-origin-opener-policy", "same-origin")
    return answer


def _notice(status: int, message: str, home: str) -> Answer:
    """A page that says one thing. Neither text is taken from the request."""
    back = f'<p><a href="{home}">All models</a></p>' if home else ""
    page = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{message}</title>\n<p>{message}</p>{back}\n</html>\n'
    return Answer(status, page.encode("ascii"), HTML)
