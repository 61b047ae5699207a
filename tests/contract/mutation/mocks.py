"""Wrong mocks: one wrong answer each, put between the suite and the true mock. A new one is a function with a name.

Each function gets a request and the true mock, and gives the answer that the suite sees.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from io import BytesIO
from os import urandom
from typing import Literal
from urllib.parse import urlsplit

from PIL import Image

from generated.segmind.contract.service.http import NoResponse, Request, Response, Send
from tests.contract.mutation.play import Mutation

Kind = Literal["sync", "submit", "status", "result", "media", "other"]
Bend = Callable[[Request, Response], Response]

MUTATIONS: dict[str, Callable[[], Mutation]] = {}
_GOOD = {"prompt": "x", "sampler": "euler", "scheduler": "normal", "seed": 7}


def kind_of(request: Request) -> Kind:
    """Which of the service's answers this asks for."""
    path = urlsplit(request.url).path
    if path.startswith("/media/"):
        return "media"
    if path.startswith("/v2/requests/"):
        return "status" if path.endswith("/status") else "result"
    return "sync" if path.startswith("/v1/") else "submit" if path.startswith("/v2/") else "other"


def bending(name: str, *kinds: Kind, status: int | None = 200) -> Callable[[Bend], Bend]:
    """Registers a mutation that bends the true answers of these kinds and this status."""

    def register(bend: Bend) -> Bend:
        def mutation(request: Request, send: Send) -> Response:
            response = send(request)
            meant = kind_of(request) in kinds and status in (None, response.status)
            return bend(request, response) if meant else response

        MUTATIONS[name] = lambda: mutation
        return bend

    return register


def asking(name: str) -> Callable[[Mutation], Mutation]:
    """Registers a mutation that decides by itself what it asks the true mock."""

    def register(mutation: Mutation) -> Mutation:
        MUTATIONS[name] = lambda: mutation
        return mutation

    return register


def _payload(request: Request) -> dict[str, object]:
    try:
        content = json.loads(request.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _with(response: Response, **headers: str | None) -> Response:
    changed = dict(response.headers)
    for name, value in headers.items():
        if value is None:
            changed.pop(name.replace("_", "-"), None)
        else:
            changed[name.replace("_", "-")] = value
    return response._replace(headers=changed)


def _body(response: Response, body: bytes) -> Response:
    return _with(response._replace(body=body), content_length=str(len(body)))


def _json(response: Response, **changes: object) -> Response:
    """The JSON answer with keys changed; `...` takes one away."""
    content = {**json.loads(response.body), **changes}
    return _body(response, json.dumps({name: value for name, value in content.items() if value is not ...}).encode())


def _redrawn(content: bytes, width: int = 0, height: int = 0, format: str = "") -> bytes:
    with Image.open(BytesIO(content)) as image:
        drawn = image.convert("RGB").resize((width or image.width, height or image.height))
        out = BytesIO()
        drawn.save(out, format or image.format)
    return out.getvalue()


def _is_image(response: Response) -> bool:
    return response.headers.get("content-type", "").startswith("image/")


# Statuses.

for _kind in ("sync", "submit", "status", "result"):

    @bending(f"{_kind} answers 201 for 200", _kind)
    def _created(request: Request, response: Response) -> Response:
        return response._replace(status=201)


for _from, _to in (
    (400, 200),
    (400, 422),
    (400, 500),
    (401, 403),
    (404, 400),
    (404, 410),
    (405, 404),
    (406, 402),
    (422, 200),
    (422, 500),
):

    @bending(f"{_to} for {_from}", "sync", "submit", "status", "result", "other", status=_from)
    def _renumbered(request: Request, response: Response, to: int = _to) -> Response:
        return response._replace(status=to)


for _status in (403, 410, 429, 500, 502, 503, 504):

    @bending(f"{_status} comes as 418", "sync", status=_status)
    def _teapot(request: Request, response: Response) -> Response:
        return response._replace(status=418)


@bending("the service is down", "sync", "submit", "status", "result", status=None)
def _down(request: Request, response: Response) -> Response:
    return response._replace(status=503)


@asking("the connection breaks")
def _breaks(request: Request, send: Send) -> Response:
    if kind_of(request) == "result":
        raise NoResponse("connection reset")
    return send(request)


@asking("PUT is as good as POST")
def _put(request: Request, send: Send) -> Response:
    return send(request._replace(method="POST")) if request.method == "PUT" else send(request)


@asking("POST polls")
def _posted(request: Request, send: Send) -> Response:
    polls = kind_of(request) in ("status", "result") and request.method == "POST"
    return send(request._replace(method="GET")) if polls else send(request)


@bending("405 does not say what is allowed", "sync", "submit", status=405)
def _mum(request: Request, response: Response) -> Response:
    return _with(response, allow=None)


@bending("errors do not say which", "sync", "submit", status=403)
def _vague(request: Request, response: Response) -> Response:
    return _json(response, error="Something went wrong.")


# Headers.

for _header in ("x-remaining-credits", "x-request-id", "x-generation-time", "x-seed-value", "x-cost"):

    @bending(f"v1 lacks {_header}", "sync")
    def _lacking(request: Request, response: Response, header: str = _header) -> Response:
        return _with(response, **{header.replace("-", "_"): None})


for _header in ("x-remaining-credits", "x-request-id", "x-cost"):

    @bending(f"a submit lacks {_header}", "submit")
    def _lacking_too(request: Request, response: Response, header: str = _header) -> Response:
        return _with(response, **{header.replace("-", "_"): None})


for _header in ("x-remaining-credits", "x-generation-time", "x-seed-value", "x-cost"):

    @bending(f"{_header} is no number", "sync")
    def _wordy(request: Request, response: Response, header: str = _header) -> Response:
        return _with(response, **{header.replace("-", "_"): "many"})


@bending("x-seed-value is another seed", "sync")
def _reseeded(request: Request, response: Response) -> Response:
    return _with(response, x_seed_value="8")


@bending("429 lacks the time of the reset", "sync", "submit", status=429)
def _no_reset(request: Request, response: Response) -> Response:
    return _with(response, x_rate_limit_reset_at_utc=None)


@bending("429 says soon for the time of the reset", "sync", "submit", status=429)
def _odd_reset(request: Request, response: Response) -> Response:
    return _with(response, x_rate_limit_reset_at_utc="soon")


@bending("429 says a time that is over", "sync", "submit", status=429)
def _past_reset(request: Request, response: Response) -> Response:
    return _with(response, x_rate_limit_reset_at_utc="2001-01-01T00:00:00Z")


@bending("each request has the same name", "sync")
def _one_name(request: Request, response: Response) -> Response:
    return _with(response, x_request_id="the-one")


@bending("the model worked for less than no time", "sync")
def _before(request: Request, response: Response) -> Response:
    return _with(response, x_generation_time="-1.5")


@bending("a header that nobody knows", "sync")
def _new_header(request: Request, response: Response) -> Response:
    return _with(response, x_queue_position="3")


@bending("another content-length", "result")
def _longer(request: Request, response: Response) -> Response:
    return _with(response, content_length=str(len(response.body) + 1))


@bending("a submit's x-request-id is another job's", "submit")
def _other_name(request: Request, response: Response) -> Response:
    return _with(response, x_request_id="another")


# Images.


@bending("the image is one pixel wider", "sync")
def _wider(request: Request, response: Response) -> Response:
    if not _is_image(response):
        return response
    with Image.open(BytesIO(response.body)) as image:
        width = image.width + 1
    return _body(response, _redrawn(response.body, width=width))


@bending("width and height are swapped", "sync")
def _turned(request: Request, response: Response) -> Response:
    if not _is_image(response):
        return response
    with Image.open(BytesIO(response.body)) as image:
        width, height = image.size
    return _body(response, _redrawn(response.body, height, width))


@asking("named sizes are ignored")
def _no_preset(request: Request, send: Send) -> Response:
    payload = _payload(request)
    if payload.get("aspect_ratio", "custom") in ("custom", "no-such-value", "customx") or not isinstance(
        payload["aspect_ratio"], str
    ):
        return send(request)
    return send(request._replace(body=json.dumps({**payload, "aspect_ratio": "custom"}).encode()))


@bending("every image is a PNG that says JPEG", "sync")
def _png(request: Request, response: Response) -> Response:
    return _body(response, _redrawn(response.body, format="PNG")) if _is_image(response) else response


@bending("every image is a JPEG", "sync")
def _jpeg(request: Request, response: Response) -> Response:
    if not _is_image(response):
        return response
    return _with(_body(response, _redrawn(response.body, format="JPEG")), content_type="image/jpeg")


@bending("images are said to be octets", "sync")
def _octets(request: Request, response: Response) -> Response:
    return _with(response, content_type="application/octet-stream") if _is_image(response) else response


@bending("images are cut short", "sync")
def _cut(request: Request, response: Response) -> Response:
    return _body(response, response.body[: len(response.body) // 2]) if _is_image(response) else response


@bending("no body", "sync")
def _empty(request: Request, response: Response) -> Response:
    return _body(response, b"")


@bending("JSON for an image", "sync")
def _as_json(request: Request, response: Response) -> Response:
    return _with(
        _body(response, json.dumps({"image": b64encode(response.body).decode()}).encode()),
        content_type="application/json",
    )


@asking("quality is ignored")
def _no_quality(request: Request, send: Send) -> Response:
    payload = _payload(request)
    if kind_of(request) == "sync" and payload.get("image_quality") in (10, 100):
        return send(request._replace(body=json.dumps({**payload, "image_quality": 95}).encode()))
    return send(request)


@bending("base64 is ignored", "sync")
def _no_base64(request: Request, response: Response) -> Response:
    if response.json_object is None:
        return response
    held = response.json_object["image"]
    return _with(_body(response, b64decode(held[0] if isinstance(held, list) else held)), content_type="image/jpeg")


@bending("base64 is under another key", "sync")
def _other_key(request: Request, response: Response) -> Response:
    return (
        response if response.json_object is None else _json(response, image=..., picture=response.json_object["image"])
    )


@bending("base64 breaks off", "sync")
def _broken_base64(request: Request, response: Response) -> Response:
    return response if response.json_object is None else _json(response, image="/9j/4*")


@bending("of several images one comes", "sync")
def _first_alone(request: Request, response: Response) -> Response:
    held = (response.json_object or {}).get("image")
    return _json(response, image=held[0]) if isinstance(held, list) else response


@bending("base64 comes as text", "sync")
def _plain(request: Request, response: Response) -> Response:
    return response if response.json_object is None else _with(response, content_type="text/plain")


@asking("each image is another one")
def _dice(request: Request, send: Send) -> Response:
    payload = _payload(request)
    if kind_of(request) == "sync" and "steps" in payload and payload["steps"] == 30:
        return send(request._replace(body=json.dumps({**payload, "steps": 31}).encode()))
    return send(request)


@bending("base64 is for URLs", "sync")
def _urlsafe(request: Request, response: Response) -> Response:
    held = (response.json_object or {}).get("image")
    return _json(response, image=held.replace("/", "_").replace("+", "-")) if isinstance(held, str) else response


@bending("base64 is a data URL", "sync")
def _data_url(request: Request, response: Response) -> Response:
    held = (response.json_object or {}).get("image")
    return _json(response, image=f"data:image/jpeg;base64,{held}") if isinstance(held, str) else response


@bending("base64 comes with another format", "sync")
def _misnamed(request: Request, response: Response) -> Response:
    return response if response.json_object is None else _json(response, image_format="bmp")


@bending("base64 comes with something else", "sync")
def _beside(request: Request, response: Response) -> Response:
    return response if response.json_object is None else _json(response, nsfw=False)


@bending("base64 did not succeed", "sync")
def _no_success(request: Request, response: Response) -> Response:
    return response if response.json_object is None else _json(response, status="Failed")


@bending("of several images all are the first", "sync")
def _repeated(request: Request, response: Response) -> Response:
    held = (response.json_object or {}).get("image")
    return _json(response, image=[held[0]] * len(held)) if isinstance(held, list) else response


@bending("of many images three come", "sync")
def _at_most_three(request: Request, response: Response) -> Response:
    held = (response.json_object or {}).get("image")
    return _json(response, image=held[:3]) if isinstance(held, list) else response


def _ignoring(name: str, parameter: str, usual: object) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Response:
        payload = _payload(request)
        if kind_of(request) != "sync" or type(payload.get(parameter)) is not type(usual):
            return send(request)
        response = send(request)
        if response.status != 200:
            return response
        drawn = send(request._replace(body=json.dumps({**payload, parameter: usual}).encode()))
        seed = response.headers.get("x-seed-value")
        return _with(drawn, x_seed_value=seed)


_ignoring("the seed is ignored", "seed", 7)
_ignoring("the prompt is ignored", "prompt", "x")
_ignoring("steps are ignored", "steps", 30)


@asking("base64 draws another image")
def _redrawn_in_json(request: Request, send: Send) -> Response:
    payload = _payload(request)
    if kind_of(request) == "sync" and payload.get("base64") is True:
        return send(request._replace(body=json.dumps({**payload, "guidance_scale": 3}).encode()))
    return send(request)


@asking("no image comes twice")
def _never_again(request: Request, send: Send) -> Response:
    response = send(request)
    return _body(response, response.body + urandom(8)) if _is_image(response) else response


@asking("quality of WebP is ignored")
def _no_webp_quality(request: Request, send: Send) -> Response:
    payload = _payload(request)
    if kind_of(request) == "sync" and payload.get("image_format") == "webp" and "image_quality" in payload:
        return send(request._replace(body=json.dumps({**payload, "image_quality": 95}).encode()))
    return send(request)


# What is accepted.


def _lenient(name: str, kind: Kind, pardoned: str = "") -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        words = (response.json_object or {}).get("error", "")
        if kind_of(request) == kind and response.status == 400 and pardoned in words:
            tiny = "tinysd" in request.url
            payload = {name: value for name, value in _GOOD.items() if not (tiny and name == "sampler")}
            return send(request._replace(body=json.dumps(payload).encode()))
        return response


for _rule, _words in {
    "what is below a minimum": "below the minimum",
    "what is above a maximum": "above the maximum",
    "what is not listed": "is not one of",
    "what is of another type": "is not a",
    "what lacks a required parameter": "is required",
    "broken JSON": "not valid JSON",
    "what is no object": "not a JSON object",
}.items():
    _lenient(f"v1 accepts {_rule}", "sync", _words)
_lenient("v2 accepts what is wrong", "submit")
_lenient("v1 accepts what is not UTF-8", "sync", "UTF-8")
_lenient("v1 accepts NaN", "sync", "not a JSON number")


def _taking(name: str, body: bytes) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Response:
        return send(request._replace(body=json.dumps(_GOOD).encode())) if request.body == body else send(request)


_taking("null is a body", b"null")
_taking("a text is a body", b'"x"')


@asking("no body is a body")
def _bodiless(request: Request, send: Send) -> Response:
    empty = request.method == "POST" and not request.body and kind_of(request) in ("sync", "submit")
    return send(request._replace(body=json.dumps(_GOOD).encode())) if empty else send(request)


@asking("what follows the JSON is ignored")
def _loose(request: Request, send: Send) -> Response:
    return send(request._replace(body=request.body.removesuffix(b" x")))


@asking("parameters that no page shows are refused")
def _closed(request: Request, send: Send) -> Response:
    if "no_such_parameter" in _payload(request):
        return Response(400, {"content-type": "application/json"}, b'{"error":"unknown"}')
    return send(request)


def _strict(name: str, refuses: Callable[[dict[str, object]], bool]) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) == "sync" and response.status == 200 and refuses(_payload(request)):
            body = b'{"error":"no"}'
            return Response(400, {"content-type": "application/json"}, body)
        return response


_strict("refuses a documented maximum", lambda payload: payload.get("guidance_scale") in (15, 25))
_strict("refuses a documented minimum", lambda payload: payload.get("steps") == 10)
_strict("refuses a listed value", lambda payload: payload.get("scheduler") == "beta")
_strict("refuses a known value", lambda payload: payload.get("scheduler") == "PNDM")
_strict("refuses a named size", lambda payload: str(payload.get("aspect_ratio")).startswith("9:21"))
_strict("wants an optional parameter", lambda payload: "seed" not in payload)
_strict("refuses base64", lambda payload: payload.get("base64") is True)
_strict("refuses a fraction", lambda payload: isinstance(payload.get("guidance_scale"), float))
_strict("refuses the page's own example", lambda payload: payload.get("num_inference_steps") == 100)


@asking("takes no key at all")
def _keyless(request: Request, send: Send) -> Response:
    return send(
        request._replace(headers={"content-type": "application/json", "x-api-key": "contract-suite", **request.headers})
    )


@asking("takes any key")
def _any_key(request: Request, send: Send) -> Response:
    key = request.headers.get("x-api-key")
    if key is not None and not key.startswith("contract-suite"):
        return send(request._replace(headers={**request.headers, "x-api-key": "contract-suite"}))
    return send(request)


def _trusting(name: str, is_near: Callable[[str], bool]) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Response:
        if is_near(request.headers.get("x-api-key", "")):
            return send(request._replace(headers={**request.headers, "x-api-key": "contract-suite"}))
        return send(request)


_trusting("a key may be longer", lambda key: key.startswith("contract-suite") and key != "contract-suite-2")
_trusting("a key may be cut short", lambda key: key == "contract-suit")
_trusting("a key may be in capitals", lambda key: key == "CONTRACT-SUITE")


@asking("polls need no key")
def _keyless_polls(request: Request, send: Send) -> Response:
    if kind_of(request) in ("status", "result"):
        return send(request._replace(headers={"x-api-key": "contract-suite", **request.headers}))
    return send(request)


@asking("every key sees every job")
def _open_jobs(request: Request, send: Send) -> Response:
    if request.headers.get("x-api-key") == "contract-suite-2":
        return send(request._replace(headers={**request.headers, "x-api-key": "contract-suite"}))
    return send(request)


# Errors.


@bending("errors have another key", "sync", "submit", status=400)
def _message(request: Request, response: Response) -> Response:
    return _json(response, error=..., message="wrong")


@bending("errors have no words", "sync", "submit", status=400)
def _wordless(request: Request, response: Response) -> Response:
    return _json(response, error="")


@bending("errors are objects", "sync", "submit", status=400)
def _nested(request: Request, response: Response) -> Response:
    return _json(response, error={"message": "wrong"})


@bending("errors are pages", "sync", "submit", status=400)
def _page(request: Request, response: Response) -> Response:
    return _with(_body(response, b"<html>wrong</html>"), content_type="text/html")


@bending("405 is JSON", "sync", "submit", status=405)
def _json_405(request: Request, response: Response) -> Response:
    return _with(_body(response, b'{"error":"no"}'), content_type="application/json")


@bending("404 of a job has no body", "status", "result", status=404)
def _bare_404(request: Request, response: Response) -> Response:
    return _body(response, b"")


@bending("refusals list a value that the page has not", "sync", status=400)
def _telling(request: Request, response: Response) -> Response:
    words = (response.json_object or {}).get("error", "")
    return _json(response, error=words.replace("'beta'", "'beta', 'gamma'")) if "'beta'" in words else response


# The queue.

for _key in ("request_id", "status_url", "response_url", "status"):

    @bending(f"a submit lacks {_key}", "submit")
    def _lacks_key(request: Request, response: Response, key: str = _key) -> Response:
        return _json(response, **{key: ...})


for _key in ("status_url", "response_url"):

    @bending(f"{_key} has no host", "submit")
    def _relative(request: Request, response: Response, key: str = _key) -> Response:
        return _json(response, **{key: urlsplit((response.json_object or {})[key]).path})

    @bending(f"{_key} names another host", "submit")
    def _foreign(request: Request, response: Response, key: str = _key) -> Response:
        return _json(response, **{key: "https://elsewhere.invalid" + urlsplit((response.json_object or {})[key]).path})

    @bending(f"{_key} has another path", "submit")
    def _astray(request: Request, response: Response, key: str = _key) -> Response:
        return _json(response, **{key: (response.json_object or {})[key] + "/more"})


@bending("a submit has one more key", "submit")
def _cancellable(request: Request, response: Response) -> Response:
    return _json(response, cancel_url="https://api.segmind.com/v2/cancel")


@bending("a submit begins in the middle", "submit")
def _begun(request: Request, response: Response) -> Response:
    return _json(response, status="PROCESSING")


def _restate(name: str, kind: Kind, states: dict[str, object]) -> None:
    @bending(name, kind, status=None)
    def bend(request: Request, response: Response) -> Response:
        state = (response.json_object or {}).get("status")
        return _json(response, status=states[state]) if state in states else response


_restate("an unknown state", "status", {"PROCESSING": "RUNNING"})
_restate("a state in small letters", "status", {"COMPLETED": "completed"})
_restate("PROCESSING comes before QUEUED", "status", {"QUEUED": "PROCESSING", "PROCESSING": "QUEUED"})
_restate("a job never ends", "status", {"COMPLETED": "PROCESSING"})
_restate("PROCESSING is never seen", "status", {"PROCESSING": "COMPLETED"})
_restate("QUEUED is never seen", "status", {"QUEUED": "PROCESSING"})
_restate("the result is still PROCESSING", "result", {"COMPLETED": "PROCESSING"})
_restate("FAILED is COMPLETED in the status", "status", {"FAILED": "COMPLETED"})
_restate("FAILED is COMPLETED in the result", "result", {"FAILED": "COMPLETED"})


@asking("a job goes back after its end")
def _relapses(request: Request, send: Send) -> Response:
    return send(request)


def _relapsing() -> Mutation:
    ended: set[str] = set()

    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) == "status" and (response.json_object or {}).get("status") == "COMPLETED":
            if request.url in ended:
                return _json(response, status="PROCESSING")
            ended.add(request.url)
        return response

    return mutation


MUTATIONS["a job goes back after its end"] = _relapsing


@bending("FAILED as 200 in the status", "status", status=422)
def _failed_status(request: Request, response: Response) -> Response:
    return response._replace(status=200)


@bending("FAILED as 200 in the result", "result", status=422)
def _failed_result(request: Request, response: Response) -> Response:
    return response._replace(status=200)


@bending("a failed job says nothing at length", "status", "result", status=422)
def _blank(request: Request, response: Response) -> Response:
    return _json(response, error="  ")


@bending("a failed job says not why", "status", "result", status=422)
def _mute(request: Request, response: Response) -> Response:
    return _json(response, error=...)


@bending("a status tells the output", "status")
def _leaks(request: Request, response: Response) -> Response:
    return _json(response, output="https://api.segmind.com/media/x")


@bending("an early result has an output", "result")
def _early(request: Request, response: Response) -> Response:
    return (
        response
        if (response.json_object or {}).get("status") == "COMPLETED"
        else _json(response, output="https://x.invalid/")
    )


@bending("the queue answers as text", "status", "result")
def _text(request: Request, response: Response) -> Response:
    return _with(response, content_type="text/plain")


for _key in ("output", "metrics", "images", "status"):

    @bending(f"a result lacks {_key}", "result")
    def _lacks(request: Request, response: Response, key: str = _key) -> Response:
        return _json(response, **{key: ...}) if (response.json_object or {}).get("status") == "COMPLETED" else response


@bending("inference_time is a text", "result")
def _timeless(request: Request, response: Response) -> Response:
    return _json(response, metrics={"inference_time": "2.5"})


@bending("output is a path", "result")
def _pathless(request: Request, response: Response) -> Response:
    output = (response.json_object or {}).get("output")
    return _json(response, output=urlsplit(output).path) if isinstance(output, str) else response


@bending("output is a list of one", "result")
def _listed(request: Request, response: Response) -> Response:
    output = (response.json_object or {}).get("output")
    return _json(response, output=[output]) if isinstance(output, str) else response


@bending("of several results one comes", "result")
def _one_result(request: Request, response: Response) -> Response:
    output = (response.json_object or {}).get("output")
    return _json(response, output=output[0]) if isinstance(output, list) else response


def _image(name: str, **changes: object) -> None:
    @bending(name, "result")
    def bend(request: Request, response: Response) -> Response:
        images = (response.json_object or {}).get("images")
        return _json(response, images=[{**one, **changes} for one in images]) if images else response


_image("images[] has another size of file", file_size=1)
_image("images[] has another type", content_type="image/webp")
_image("images[] has no name of a file", file_name="")
_image("images[] has another URL", url="https://elsewhere.invalid/x.jpeg")


@bending("media are not found", "media")
def _lost(request: Request, response: Response) -> Response:
    return response._replace(status=404)


@asking("media want the key")
def _guarded(request: Request, send: Send) -> Response:
    if kind_of(request) == "media" and "x-api-key" not in request.headers:
        return Response(401, {"content-type": "application/json"}, b'{"error":"no key"}')
    return send(request)


@bending("media are smaller than asked for", "media")
def _shrunk(request: Request, response: Response) -> Response:
    return _body(response, _redrawn(response.body, width=32, height=32))


@bending("media are said to be PNG", "media")
def _said_png(request: Request, response: Response) -> Response:
    return _with(response, content_type="image/png")


@asking("results are kept for ever")
def _kept(request: Request, send: Send) -> Response:
    return send(request)


def _remembering() -> Mutation:
    seen: dict[str, Response] = {}

    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) in ("status", "result"):
            if response.status == 404 and request.url in seen and request.headers.get("x-api-key") == "contract-suite":
                return seen[request.url]
            seen[request.url] = response
        return response

    return mutation


MUTATIONS["results are kept for ever"] = _remembering


@asking("results are gone once read")
def _fleeting(request: Request, send: Send) -> Response:
    return send(request)


def _forgetting() -> Mutation:
    read: set[str] = set()

    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) == "status" and (response.json_object or {}).get("status") == "COMPLETED":
            if request.url in read:
                return Response(404, {"content-type": "application/json"}, b'{"error":"gone"}')
            read.add(request.url)
        return response

    return mutation


MUTATIONS["results are gone once read"] = _forgetting


# Money.


@asking("nothing is charged")
def _free(request: Request, send: Send) -> Response:
    return send(request)


def _unchanging() -> Mutation:
    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        return _with(response, x_remaining_credits="100.0") if "x-remaining-credits" in response.headers else response

    return mutation


MUTATIONS["nothing is charged"] = _unchanging


def _charging(name: str, doubled: Callable[[Request, Response], bool]) -> None:
    """Each such request is done, and charged, twice."""

    @asking(name)
    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        return send(request) if doubled(request, response) else response


_charging("v1 is charged twice", lambda request, response: kind_of(request) == "sync" and response.status == 200)
_charging("v2 is charged twice", lambda request, response: kind_of(request) == "submit" and response.status == 200)


@asking("refusals are charged")
def _costly(request: Request, send: Send) -> Response:
    response = send(request)
    if response.status == 400 and kind_of(request) == "sync":
        tiny = "tinysd" in request.url
        payload = {name: value for name, value in _GOOD.items() if not (tiny and name == "sampler")}
        paid = send(request._replace(body=json.dumps(payload).encode()))
        left = paid.headers.get("x-remaining-credits")
        return _with(response, x_remaining_credits=left) if left else response
    return response


@bending("x-cost is half of the price", "sync", "submit")
def _half(request: Request, response: Response) -> Response:
    return _with(response, x_cost=str(float(response.headers["x-cost"]) / 2))


@bending("failed jobs are charged", "status", "result", status=422)
def _kept_money(request: Request, response: Response) -> Response:
    left = float(re.sub(r"[^0-9.]", "", response.headers["x-remaining-credits"]))
    return _with(response, x_remaining_credits=f"{left - 0.01:.6f}")


@asking("the last credits are no good")
def _hoarding(request: Request, send: Send) -> Response:
    response = send(request)
    if response.status == 200 and response.headers.get("x-remaining-credits") == "0.0":
        return Response(406, {"content-type": "application/json"}, b'{"error":"no credits"}')
    return response


@asking("draws without credits")
def _generous(request: Request, send: Send) -> Response:
    response = send(request)
    return response._replace(status=200) if response.status == 406 else response
