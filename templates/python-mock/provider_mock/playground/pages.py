"""Serves the playground: a page for each model at `/playground/SLUG`, and their list at `/`.

The generated files are in this package. A request's path only selects one of a fixed list of files and is never joined to
a folder name. A file is read at its first request. The playground is not part of the service: it needs no key, and its
requests are not in the journal.

`starlette.staticfiles` is not used. It would add starlette and anyio to the packages of the extra `mock` and about 0.15 s
of imports, and replace only `_load` and `_etags`: the routes from slugs to pages, the policies on every answer and the
error pages would stay. Its ETag is made from a file's time and size, so it differs between installations, and it needs a
folder, which a package in a zip file does not have.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from ..program import IS_VENDORED, PACKAGE
from ..server.asgi import HTML, Answer, Request
from ..spec.catalog import MODULES

HOME = "/"
PREFIX = "/playground"
_ASSETS = (
    "answers.js",
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
#: Only scripts, styles, images, video and sound of the mock; no strings as code; no frames of other pages.
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_METHODS = ("GET", "HEAD")
#: The client and its command in the samples of the pages.
_CLIENT, _COMMAND = b"<span>provider_client</span>", b"<span>provider-client</span>"

_FILES = {
    HOME: "index.html",
    **{f"{PREFIX}/{slug}": f"models/{module}.html" for slug, module in MODULES.items()},
    **{f"{PREFIX}/assets/{name}": f"assets/{name}" for name in _ASSETS},
}


def serve_page(request: Request) -> Answer:
    """Return the page, style or script at the request's path. The errors 404 and 405 are pages, too."""
    name = _FILES.get(request.path)
    if name is None:
        return _with_policies(_message_page(404, "Page not found.", "../" * (request.path.count("/") - 1) or "./"))
    if request.method not in _METHODS:
        answer = _with_policies(_message_page(405, "This page only supports GET and HEAD.", ""))
        answer.add("allow", ", ".join(_METHODS))
        return answer
    content, tag = _load(name)
    if tag in _etags(request):
        answer = Answer(304, b"")
        answer.headers.clear()
    else:
        answer = Answer(200, content, _TYPES[name[name.rindex(".") :]])
    answer.add("etag", tag)
    if request.method == "HEAD":
        answer.body = b""
    return _with_policies(answer)


@lru_cache(maxsize=128)
def _load(name: str) -> tuple[bytes, str]:
    """Return a file's content and its ETag."""
    # Slow to import, and only needed for the playground.
    from importlib.resources import files

    content = files(__name__.rpartition(".")[0]).joinpath(name).read_bytes()
    if IS_VENDORED and name.endswith(".html"):
        content = _with_own_names(content)
    return content, f'"{sha256(content).hexdigest()[:24]}"'


def _with_own_names(page: bytes) -> bytes:
    """Return a page whose samples name the vendored client, which is the package that this mock is part of."""
    from importlib.util import find_spec

    client = PACKAGE.rpartition(".")[0]
    if not client:  # started inside of that package, so its name is not known
        return page
    command = f"python -m {client}"
    if find_spec(f"{client}._command") is None:
        command = f"# this copy was vendored without the part cli, which has the command\n{command}"
    for name, own in ((_CLIENT, client), (_COMMAND, command)):
        page = page.replace(name, b"<span>" + own.encode("ascii", "xmlcharrefreplace") + b"</span>")
    return page


def _etags(request: Request) -> list[str]:
    """Return the ETags in If-None-Match."""
    sent = request.headers.get(b"if-none-match", b"").decode("latin-1")
    return [tag.strip().removeprefix("W/") for tag in sent.split(",")]


def _with_policies(answer: Answer) -> Answer:
    answer.add("cache-control", "no-cache")
    answer.add("content-security-policy", _CONTENT_POLICY)
    answer.add("x-content-type-options", "nosniff")
    answer.add("referrer-policy", "no-referrer")
    answer.add("cross-origin-opener-policy", "same-origin")
    return answer


def _message_page(status: int, message: str, home: str) -> Answer:
    """Return a page with one message. Neither argument may come from a request."""
    back = f'<p><a href="{home}">All models</a></p>' if home else ""
    page = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{message}</title>\n<p>{message}</p>{back}\n</html>\n'
    return Answer(status, page.encode("ascii"), HTML)
