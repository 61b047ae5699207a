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
from typing import Any, Literal
from urllib.parse import urlsplit

from PIL import Image

from generated.segmind.contract.service.wire import Answer, NoAnswer, Request, Send
from tests.contract.mutation.play import Mutation

Kind = Literal["sync", "submit", "status", "result", "media", "other"]
Bend = Callable[[Request, Answer], Answer]

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
        def mutation(request: Request, send: Send) -> Answer:
            answer = send(request)
            meant = kind_of(request) in kinds and status in (None, answer.status)
            return bend(request, answer) if meant else answer

        MUTATIONS[name] = lambda: mutation
        return bend

    return register


def asking(name: str) -> Callable[[Mutation], Mutation]:
    """Registers a mutation that decides by itself what it asks the true mock."""

    def register(mutation: Mutation) -> Mutation:
        MUTATIONS[name] = lambda: mutation
        return mutation

    return register


def _payload(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(request.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _with(answer: Answer, **headers: str | None) -> Answer:
    changed = dict(answer.headers)
    for name, value in headers.items():
        if value is None:
            changed.pop(name.replace("_", "-"), None)
        else:
            changed[name.replace("_", "-")] = value
    return answer._replace(headers=changed)


def _body(answer: Answer, body: bytes) -> Answer:
    return _with(answer._replace(body=body), content_length=str(len(body)))


def _json(answer: Answer, **changes: Any) -> Answer:
    """The JSON answer with keys changed; `...` takes one away."""
    content = {**json.loads(answer.body), **changes}
    return _body(answer, json.dumps({name: value for name, value in content.items() if value is not ...}).encode())


def _redrawn(picture: bytes, width: int = 0, height: int = 0, format: str = "") -> bytes:
    with Image.open(BytesIO(picture)) as image:
        drawn = image.convert("RGB").resize((width or image.width, height or image.height))
        out = BytesIO()
        drawn.save(out, format or image.format)
    return out.getvalue()


def _is_picture(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("image/")


# Statuses.

for _kind in ("sync", "submit", "status", "result"):

    @bending(f"{_kind} answers 201 for 200", _kind)
    def _created(request: Request, answer: Answer) -> Answer:
        return answer._replace(status=201)


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
    def _renumbered(request: Request, answer: Answer, to: int = _to) -> Answer:
        return answer._replace(status=to)


for _status in (403, 410, 429, 500, 502, 503, 504):

    @bending(f"{_status} comes as 418", "sync", status=_status)
    def _teapot(request: Request, answer: Answer) -> Answer:
        return answer._replace(status=418)


@bending("the service is down", "sync", "submit", "status", "result", status=None)
def _down(request: Request, answer: Answer) -> Answer:
    return answer._replace(status=503)


@asking("the connection breaks")
def _breaks(request: Request, send: Send) -> Answer:
    if kind_of(request) == "result":
        raise NoAnswer("connection reset")
    return send(request)


@asking("PUT is as good as POST")
def _put(request: Request, send: Send) -> Answer:
    return send(request._replace(method="POST")) if request.method == "PUT" else send(request)


@asking("POST polls")
def _posted(request: Request, send: Send) -> Answer:
    polls = kind_of(request) in ("status", "result") and request.method == "POST"
    return send(request._replace(method="GET")) if polls else send(request)


@bending("405 does not say what is allowed", "sync", "submit", status=405)
def _mum(request: Request, answer: Answer) -> Answer:
    return _with(answer, allow=None)


@bending("errors do not say which", "sync", "submit", status=403)
def _vague(request: Request, answer: Answer) -> Answer:
    return _json(answer, error="Something went wrong.")


# Headers.

for _header in ("x-remaining-credits", "x-request-id", "x-generation-time", "x-seed-value", "x-cost"):

    @bending(f"v1 lacks {_header}", "sync")
    def _lacking(request: Request, answer: Answer, header: str = _header) -> Answer:
        return _with(answer, **{header.replace("-", "_"): None})


for _header in ("x-remaining-credits", "x-request-id", "x-cost"):

    @bending(f"a submit lacks {_header}", "submit")
    def _lacking_too(request: Request, answer: Answer, header: str = _header) -> Answer:
        return _with(answer, **{header.replace("-", "_"): None})


for _header in ("x-remaining-credits", "x-generation-time", "x-seed-value", "x-cost"):

    @bending(f"{_header} is no number", "sync")
    def _wordy(request: Request, answer: Answer, header: str = _header) -> Answer:
        return _with(answer, **{header.replace("-", "_"): "many"})


@bending("x-seed-value is another seed", "sync")
def _reseeded(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_seed_value="8")


@bending("429 lacks the time of the reset", "sync", "submit", status=429)
def _no_reset(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_rate_limit_reset_at_utc=None)


@bending("429 says soon for the time of the reset", "sync", "submit", status=429)
def _odd_reset(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_rate_limit_reset_at_utc="soon")


@bending("429 says a time that is over", "sync", "submit", status=429)
def _past_reset(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_rate_limit_reset_at_utc="2001-01-01T00:00:00Z")


@bending("each request has the same name", "sync")
def _one_name(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_request_id="the-one")


@bending("the model worked for less than no time", "sync")
def _before(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_generation_time="-1.5")


@bending("a header that nobody knows", "sync")
def _new_header(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_queue_position="3")


@bending("another content-length", "result")
def _longer(request: Request, answer: Answer) -> Answer:
    return _with(answer, content_length=str(len(answer.body) + 1))


@bending("a submit's x-request-id is another job's", "submit")
def _other_name(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_request_id="another")


# Pictures.


@bending("the picture is one pixel wider", "sync")
def _wider(request: Request, answer: Answer) -> Answer:
    if not _is_picture(answer):
        return answer
    with Image.open(BytesIO(answer.body)) as image:
        width = image.width + 1
    return _body(answer, _redrawn(answer.body, width=width))


@bending("width and height are swapped", "sync")
def _turned(request: Request, answer: Answer) -> Answer:
    if not _is_picture(answer):
        return answer
    with Image.open(BytesIO(answer.body)) as image:
        width, height = image.size
    return _body(answer, _redrawn(answer.body, height, width))


@asking("named sizes are ignored")
def _no_preset(request: Request, send: Send) -> Answer:
    payload = _payload(request)
    if payload.get("aspect_ratio", "custom") in ("custom", "no-such-value", "customx") or not isinstance(
        payload["aspect_ratio"], str
    ):
        return send(request)
    return send(request._replace(body=json.dumps({**payload, "aspect_ratio": "custom"}).encode()))


@bending("every picture is a PNG that says JPEG", "sync")
def _png(request: Request, answer: Answer) -> Answer:
    return _body(answer, _redrawn(answer.body, format="PNG")) if _is_picture(answer) else answer


@bending("every picture is a JPEG", "sync")
def _jpeg(request: Request, answer: Answer) -> Answer:
    if not _is_picture(answer):
        return answer
    return _with(_body(answer, _redrawn(answer.body, format="JPEG")), content_type="image/jpeg")


@bending("pictures are said to be octets", "sync")
def _octets(request: Request, answer: Answer) -> Answer:
    return _with(answer, content_type="application/octet-stream") if _is_picture(answer) else answer


@bending("pictures are cut short", "sync")
def _cut(request: Request, answer: Answer) -> Answer:
    return _body(answer, answer.body[: len(answer.body) // 2]) if _is_picture(answer) else answer


@bending("no body", "sync")
def _empty(request: Request, answer: Answer) -> Answer:
    return _body(answer, b"")


@bending("JSON for a picture", "sync")
def _as_json(request: Request, answer: Answer) -> Answer:
    return _with(
        _body(answer, json.dumps({"image": b64encode(answer.body).decode()}).encode()), content_type="application/json"
    )


@asking("quality is ignored")
def _no_quality(request: Request, send: Send) -> Answer:
    payload = _payload(request)
    if kind_of(request) == "sync" and payload.get("image_quality") in (10, 100):
        return send(request._replace(body=json.dumps({**payload, "image_quality": 95}).encode()))
    return send(request)


@bending("base64 is ignored", "sync")
def _no_base64(request: Request, answer: Answer) -> Answer:
    if answer.object is None:
        return answer
    held = answer.object["image"]
    return _with(_body(answer, b64decode(held[0] if isinstance(held, list) else held)), content_type="image/jpeg")


@bending("base64 is under another key", "sync")
def _other_key(request: Request, answer: Answer) -> Answer:
    return answer if answer.object is None else _json(answer, image=..., picture=answer.object["image"])


@bending("base64 breaks off", "sync")
def _broken_base64(request: Request, answer: Answer) -> Answer:
    return answer if answer.object is None else _json(answer, image="/9j/4*")


@bending("of several pictures one comes", "sync")
def _first_alone(request: Request, answer: Answer) -> Answer:
    held = (answer.object or {}).get("image")
    return _json(answer, image=held[0]) if isinstance(held, list) else answer


@bending("base64 comes as text", "sync")
def _plain(request: Request, answer: Answer) -> Answer:
    return answer if answer.object is None else _with(answer, content_type="text/plain")


@asking("each picture is another one")
def _dice(request: Request, send: Send) -> Answer:
    payload = _payload(request)
    if kind_of(request) == "sync" and "steps" in payload and payload["steps"] == 30:
        return send(request._replace(body=json.dumps({**payload, "steps": 31}).encode()))
    return send(request)


@bending("base64 is for URLs", "sync")
def _urlsafe(request: Request, answer: Answer) -> Answer:
    held = (answer.object or {}).get("image")
    return _json(answer, image=held.replace("/", "_").replace("+", "-")) if isinstance(held, str) else answer


@bending("base64 is a data URL", "sync")
def _data_url(request: Request, answer: Answer) -> Answer:
    held = (answer.object or {}).get("image")
    return _json(answer, image=f"data:image/jpeg;base64,{held}") if isinstance(held, str) else answer


@bending("base64 comes with another format", "sync")
def _misnamed(request: Request, answer: Answer) -> Answer:
    return answer if answer.object is None else _json(answer, image_format="bmp")


@bending("base64 comes with something else", "sync")
def _beside(request: Request, answer: Answer) -> Answer:
    return answer if answer.object is None else _json(answer, nsfw=False)


@bending("base64 did not succeed", "sync")
def _no_success(request: Request, answer: Answer) -> Answer:
    return answer if answer.object is None else _json(answer, status="Failed")


@bending("of several pictures all are the first", "sync")
def _repeated(request: Request, answer: Answer) -> Answer:
    held = (answer.object or {}).get("image")
    return _json(answer, image=[held[0]] * len(held)) if isinstance(held, list) else answer


@bending("of many pictures three come", "sync")
def _at_most_three(request: Request, answer: Answer) -> Answer:
    held = (answer.object or {}).get("image")
    return _json(answer, image=held[:3]) if isinstance(held, list) else answer


def _ignoring(name: str, parameter: str, usual: Any) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Answer:
        payload = _payload(request)
        if kind_of(request) != "sync" or type(payload.get(parameter)) is not type(usual):
            return send(request)
        answer = send(request)
        if answer.status != 200:
            return answer
        drawn = send(request._replace(body=json.dumps({**payload, parameter: usual}).encode()))
        seed = answer.headers.get("x-seed-value")
        return _with(drawn, x_seed_value=seed)


_ignoring("the seed is ignored", "seed", 7)
_ignoring("the prompt is ignored", "prompt", "x")
_ignoring("steps are ignored", "steps", 30)


@asking("base64 draws another picture")
def _redrawn_in_json(request: Request, send: Send) -> Answer:
    payload = _payload(request)
    if kind_of(request) == "sync" and payload.get("base64") is True:
        return send(request._replace(body=json.dumps({**payload, "guidance_scale": 3}).encode()))
    return send(request)


@asking("no picture comes twice")
def _never_again(request: Request, send: Send) -> Answer:
    answer = send(request)
    return _body(answer, answer.body + urandom(8)) if _is_picture(answer) else answer


@asking("quality of WebP is ignored")
def _no_webp_quality(request: Request, send: Send) -> Answer:
    payload = _payload(request)
    if kind_of(request) == "sync" and payload.get("image_format") == "webp" and "image_quality" in payload:
        return send(request._replace(body=json.dumps({**payload, "image_quality": 95}).encode()))
    return send(request)


# What is accepted.


def _lenient(name: str, kind: Kind, pardoned: str = "") -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        words = (answer.object or {}).get("error", "")
        if kind_of(request) == kind and answer.status == 400 and pardoned in words:
            tiny = "tinysd" in request.url
            payload = {name: value for name, value in _GOOD.items() if not (tiny and name == "sampler")}
            return send(request._replace(body=json.dumps(payload).encode()))
        return answer


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
_lenient("v1 accepts NaN", "sync", "not a number of JSON")


def _taking(name: str, body: bytes) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Answer:
        return send(request._replace(body=json.dumps(_GOOD).encode())) if request.body == body else send(request)


_taking("null is a body", b"null")
_taking("a text is a body", b'"x"')


@asking("no body is a body")
def _bodiless(request: Request, send: Send) -> Answer:
    empty = request.method == "POST" and not request.body and kind_of(request) in ("sync", "submit")
    return send(request._replace(body=json.dumps(_GOOD).encode())) if empty else send(request)


@asking("what follows the JSON is ignored")
def _loose(request: Request, send: Send) -> Answer:
    return send(request._replace(body=request.body.removesuffix(b" x")))


@asking("parameters that no page shows are refused")
def _closed(request: Request, send: Send) -> Answer:
    if "no_such_parameter" in _payload(request):
        return Answer(400, {"content-type": "application/json"}, b'{"error":"unknown"}')
    return send(request)


def _strict(name: str, refuses: Callable[[dict[str, Any]], bool]) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        if kind_of(request) == "sync" and answer.status == 200 and refuses(_payload(request)):
            body = b'{"error":"no"}'
            return Answer(400, {"content-type": "application/json"}, body)
        return answer


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
def _keyless(request: Request, send: Send) -> Answer:
    return send(
        request._replace(headers={"content-type": "application/json", "x-api-key": "contract-suite", **request.headers})
    )


@asking("takes any key")
def _any_key(request: Request, send: Send) -> Answer:
    key = request.headers.get("x-api-key")
    if key is not None and not key.startswith("contract-suite"):
        return send(request._replace(headers={**request.headers, "x-api-key": "contract-suite"}))
    return send(request)


def _trusting(name: str, is_near: Callable[[str], bool]) -> None:
    @asking(name)
    def mutation(request: Request, send: Send) -> Answer:
        if is_near(request.headers.get("x-api-key", "")):
            return send(request._replace(headers={**request.headers, "x-api-key": "contract-suite"}))
        return send(request)


_trusting("a key may be longer", lambda key: key.startswith("contract-suite") and key != "contract-suite-2")
_trusting("a key may be cut short", lambda key: key == "contract-suit")
_trusting("a key may be in capitals", lambda key: key == "CONTRACT-SUITE")


@asking("polls need no key")
def _keyless_polls(request: Request, send: Send) -> Answer:
    if kind_of(request) in ("status", "result"):
        return send(request._replace(headers={"x-api-key": "contract-suite", **request.headers}))
    return send(request)


@asking("every key sees every job")
def _open_jobs(request: Request, send: Send) -> Answer:
    if request.headers.get("x-api-key") == "contract-suite-2":
        return send(request._replace(headers={**request.headers, "x-api-key": "contract-suite"}))
    return send(request)


# Errors.


@bending("errors have another key", "sync", "submit", status=400)
def _message(request: Request, answer: Answer) -> Answer:
    return _json(answer, error=..., message="wrong")


@bending("errors have no words", "sync", "submit", status=400)
def _wordless(request: Request, answer: Answer) -> Answer:
    return _json(answer, error="")


@bending("errors are objects", "sync", "submit", status=400)
def _nested(request: Request, answer: Answer) -> Answer:
    return _json(answer, error={"message": "wrong"})


@bending("errors are pages", "sync", "submit", status=400)
def _page(request: Request, answer: Answer) -> Answer:
    return _with(_body(answer, b"<html>wrong</html>"), content_type="text/html")


@bending("405 is JSON", "sync", "submit", status=405)
def _json_405(request: Request, answer: Answer) -> Answer:
    return _with(_body(answer, b'{"error":"no"}'), content_type="application/json")


@bending("404 of a job has no body", "status", "result", status=404)
def _bare_404(request: Request, answer: Answer) -> Answer:
    return _body(answer, b"")


@bending("refusals list a value that the page has not", "sync", status=400)
def _telling(request: Request, answer: Answer) -> Answer:
    words = (answer.object or {}).get("error", "")
    return _json(answer, error=words.replace("'beta'", "'beta', 'gamma'")) if "'beta'" in words else answer


# The queue.

for _key in ("request_id", "status_url", "response_url", "status"):

    @bending(f"a submit lacks {_key}", "submit")
    def _lacks_key(request: Request, answer: Answer, key: str = _key) -> Answer:
        return _json(answer, **{key: ...})


for _key in ("status_url", "response_url"):

    @bending(f"{_key} has no host", "submit")
    def _relative(request: Request, answer: Answer, key: str = _key) -> Answer:
        return _json(answer, **{key: urlsplit((answer.object or {})[key]).path})

    @bending(f"{_key} names another host", "submit")
    def _foreign(request: Request, answer: Answer, key: str = _key) -> Answer:
        return _json(answer, **{key: "https://elsewhere.invalid" + urlsplit((answer.object or {})[key]).path})

    @bending(f"{_key} has another path", "submit")
    def _astray(request: Request, answer: Answer, key: str = _key) -> Answer:
        return _json(answer, **{key: (answer.object or {})[key] + "/more"})


@bending("a submit has one more key", "submit")
def _cancellable(request: Request, answer: Answer) -> Answer:
    return _json(answer, cancel_url="https://api.segmind.com/v2/cancel")


@bending("a submit begins in the middle", "submit")
def _begun(request: Request, answer: Answer) -> Answer:
    return _json(answer, status="PROCESSING")


def _restate(name: str, kind: Kind, states: dict[str, Any]) -> None:
    @bending(name, kind, status=None)
    def bend(request: Request, answer: Answer) -> Answer:
        state = (answer.object or {}).get("status")
        return _json(answer, status=states[state]) if state in states else answer


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
def _relapses(request: Request, send: Send) -> Answer:
    return send(request)


def _relapsing() -> Mutation:
    ended: set[str] = set()

    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        if kind_of(request) == "status" and (answer.object or {}).get("status") == "COMPLETED":
            if request.url in ended:
                return _json(answer, status="PROCESSING")
            ended.add(request.url)
        return answer

    return mutation


MUTATIONS["a job goes back after its end"] = _relapsing


@bending("FAILED as 200 in the status", "status", status=422)
def _failed_status(request: Request, answer: Answer) -> Answer:
    return answer._replace(status=200)


@bending("FAILED as 200 in the result", "result", status=422)
def _failed_result(request: Request, answer: Answer) -> Answer:
    return answer._replace(status=200)


@bending("a failed job says nothing at length", "status", "result", status=422)
def _blank(request: Request, answer: Answer) -> Answer:
    return _json(answer, error="  ")


@bending("a failed job says not why", "status", "result", status=422)
def _mute(request: Request, answer: Answer) -> Answer:
    return _json(answer, error=...)


@bending("a status tells the output", "status")
def _leaks(request: Request, answer: Answer) -> Answer:
    return _json(answer, output="https://api.segmind.com/media/x")


@bending("an early result has an output", "result")
def _early(request: Request, answer: Answer) -> Answer:
    return answer if (answer.object or {}).get("status") == "COMPLETED" else _json(answer, output="https://x.invalid/")


@bending("the queue answers as text", "status", "result")
def _text(request: Request, answer: Answer) -> Answer:
    return _with(answer, content_type="text/plain")


for _key in ("output", "metrics", "images", "status"):

    @bending(f"a result lacks {_key}", "result")
    def _lacks(request: Request, answer: Answer, key: str = _key) -> Answer:
        return _json(answer, **{key: ...}) if (answer.object or {}).get("status") == "COMPLETED" else answer


@bending("inference_time is a text", "result")
def _timeless(request: Request, answer: Answer) -> Answer:
    return _json(answer, metrics={"inference_time": "2.5"})


@bending("output is a path", "result")
def _pathless(request: Request, answer: Answer) -> Answer:
    output = (answer.object or {}).get("output")
    return _json(answer, output=urlsplit(output).path) if isinstance(output, str) else answer


@bending("output is a list of one", "result")
def _listed(request: Request, answer: Answer) -> Answer:
    output = (answer.object or {}).get("output")
    return _json(answer, output=[output]) if isinstance(output, str) else answer


@bending("of several results one comes", "result")
def _one_result(request: Request, answer: Answer) -> Answer:
    output = (answer.object or {}).get("output")
    return _json(answer, output=output[0]) if isinstance(output, list) else answer


def _image(name: str, **changes: Any) -> None:
    @bending(name, "result")
    def bend(request: Request, answer: Answer) -> Answer:
        images = (answer.object or {}).get("images")
        return _json(answer, images=[{**one, **changes} for one in images]) if images else answer


_image("images[] has another size of file", file_size=1)
_image("images[] has another type", content_type="image/webp")
_image("images[] has no name of a file", file_name="")
_image("images[] has another URL", url="https://elsewhere.invalid/x.jpeg")


@bending("media are not found", "media")
def _lost(request: Request, answer: Answer) -> Answer:
    return answer._replace(status=404)


@asking("media want the key")
def _guarded(request: Request, send: Send) -> Answer:
    if kind_of(request) == "media" and "x-api-key" not in request.headers:
        return Answer(401, {"content-type": "application/json"}, b'{"error":"no key"}')
    return send(request)


@bending("media are smaller than asked for", "media")
def _shrunk(request: Request, answer: Answer) -> Answer:
    return _body(answer, _redrawn(answer.body, width=32, height=32))


@bending("media are said to be PNG", "media")
def _said_png(request: Request, answer: Answer) -> Answer:
    return _with(answer, content_type="image/png")


@asking("results are kept for ever")
def _kept(request: Request, send: Send) -> Answer:
    return send(request)


def _remembering() -> Mutation:
    seen: dict[str, Answer] = {}

    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        if kind_of(request) in ("status", "result"):
            if answer.status == 404 and request.url in seen and request.headers.get("x-api-key") == "contract-suite":
                return seen[request.url]
            seen[request.url] = answer
        return answer

    return mutation


MUTATIONS["results are kept for ever"] = _remembering


@asking("results are gone once read")
def _fleeting(request: Request, send: Send) -> Answer:
    return send(request)


def _forgetting() -> Mutation:
    read: set[str] = set()

    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        if kind_of(request) == "status" and (answer.object or {}).get("status") == "COMPLETED":
            if request.url in read:
                return Answer(404, {"content-type": "application/json"}, b'{"error":"gone"}')
            read.add(request.url)
        return answer

    return mutation


MUTATIONS["results are gone once read"] = _forgetting


# Money.


@asking("nothing is charged")
def _free(request: Request, send: Send) -> Answer:
    return send(request)


def _unchanging() -> Mutation:
    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        return _with(answer, x_remaining_credits="100.0") if "x-remaining-credits" in answer.headers else answer

    return mutation


MUTATIONS["nothing is charged"] = _unchanging


def _charging(name: str, doubled: Callable[[Request, Answer], bool]) -> None:
    """Each such request is done, and charged, twice."""

    @asking(name)
    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        return send(request) if doubled(request, answer) else answer


_charging("v1 is charged twice", lambda request, answer: kind_of(request) == "sync" and answer.status == 200)
_charging("v2 is charged twice", lambda request, answer: kind_of(request) == "submit" and answer.status == 200)


@asking("refusals are charged")
def _costly(request: Request, send: Send) -> Answer:
    answer = send(request)
    if answer.status == 400 and kind_of(request) == "sync":
        tiny = "tinysd" in request.url
        payload = {name: value for name, value in _GOOD.items() if not (tiny and name == "sampler")}
        paid = send(request._replace(body=json.dumps(payload).encode()))
        left = paid.headers.get("x-remaining-credits")
        return _with(answer, x_remaining_credits=left) if left else answer
    return answer


@bending("x-cost is half of the price", "sync", "submit")
def _half(request: Request, answer: Answer) -> Answer:
    return _with(answer, x_cost=str(float(answer.headers["x-cost"]) / 2))


@bending("failed jobs are charged", "status", "result", status=422)
def _kept_money(request: Request, answer: Answer) -> Answer:
    left = float(re.sub(r"[^0-9.]", "", answer.headers["x-remaining-credits"]))
    return _with(answer, x_remaining_credits=f"{left - 0.01:.6f}")


@asking("the last credits are no good")
def _hoarding(request: Request, send: Send) -> Answer:
    answer = send(request)
    if answer.status == 200 and answer.headers.get("x-remaining-credits") == "0.0":
        return Answer(406, {"content-type": "application/json"}, b'{"error":"no credits"}')
    return answer


@asking("draws without credits")
def _generous(request: Request, send: Send) -> Answer:
    answer = send(request)
    return answer._replace(status=200) if answer.status == 406 else answer
