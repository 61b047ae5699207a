"""Wrong mocks of any provider: one wrong response each, derived from the facts in its platform and its first model.

`mocks.py` has those of Segmind, which were written for its API. Each function below registers mutations by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from generated.segmind.contract.payloads import smallest_payload
from generated.segmind.contract.service.environment import KEY, OTHER_KEY
from generated.segmind.contract.service.http import NoResponse, Request, Response, Send
from generated.segmind.contract.spec.answers import enclosed, find
from generated.segmind.contract.spec.contract import Contract
from generated.segmind.contract.spec.facts import MISSING, Operation
from tests.contract.mutation.bodies import broken_base64, changed, redrawn, with_body, with_headers, without
from tests.contract.mutation.play import Mutation

Kind = Literal["sync", "submit", "status", "result", "media", "other"]
Change = Callable[[Request, Response], Response]


class WrongMocks:
    """The mutations of one provider, by name, as functions that start each afresh."""

    def __init__(self, contract: Contract) -> None:
        self.platform = contract.platform
        self.model = contract.models[0]
        self.found: dict[str, Callable[[], Mutation]] = {}
        for register in (_statuses, _headers, _bodies, _images, _requests, _keys, _money):
            register(self)
        if self.model.submit is not None:
            _jobs(self)

    def kind_of(self, request: Request) -> Kind:
        """Return which response of the service a request asks for."""
        url, path = request.url, urlsplit(request.url).path
        if path.startswith("/media/"):
            return "media"
        if self.model.submit is not None:
            job = self.platform.queue.result_path.replace("{slug}", ".+").replace("{request_id}", "[^/]+")
            if re.fullmatch(
                self.platform.queue.status_path.replace("{slug}", ".+").replace("{request_id}", "[^/]+"), path
            ):
                return "status"
            if re.fullmatch(job, path):
                return "result"
            if url == self.model.submit.base_url + self.model.submit.path:
                return "submit"
        return "sync" if self.model.sync and url == self.model.sync.base_url + self.model.sync.path else "other"

    def change(self, name: str, *kinds: Kind, status: int | None = None, change: Change) -> None:
        """Register a mutation that changes the responses of these kinds and this status (any successful one)."""

        def mutation(request: Request, send: Send) -> Response:
            response = send(request)
            meant = response.status == status if status is not None else 200 <= response.status < 300
            return change(request, response) if self.kind_of(request) in kinds and meant else response

        self.found[name] = lambda: mutation

    def ask(self, name: str, mutation: Mutation) -> None:
        """Register a mutation that decides itself what to send."""
        self.found[name] = lambda: mutation

    def payload(self, request: Request) -> dict[str, object]:
        """Return the parameters in a request; {} if there are none."""
        try:
            content = find(json.loads(request.body), self._operation(request).parameters)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def set_headers(
        self, name: str, *kinds: Kind, status: int | None = None, headers: Mapping[str, str | None]
    ) -> None:
        """Register a mutation that sets headers, or removes those that are None."""
        self.change(name, *kinds, status=status, change=lambda _, one: with_headers(one, headers))

    def set_body(self, name: str, *kinds: Kind, status: int | None = None, pointer: str, value: object) -> None:
        """Register a mutation that sets a value in the JSON body."""
        self.change(name, *kinds, status=status, change=lambda _, one: with_body(one, pointer, value))

    def remove(self, name: str, *kinds: Kind, status: int | None = None, pointer: str) -> None:
        """Register a mutation that removes a value from the JSON body."""
        self.change(name, *kinds, status=status, change=lambda _, one: without(one, pointer))

    def good(self, request: Request, **changes: object) -> Request:
        """Return a request with a valid payload in place of its own."""
        return self.with_payload(request, {**smallest_payload(self.model), **changes})

    def with_payload(self, request: Request, payload: Mapping[str, object]) -> Request:
        """Return a request with other parameters."""
        return request._replace(body=json.dumps(enclosed(self._operation(request).parameters, payload)).encode())

    def with_key(self, request: Request, key: str) -> Request:
        """Return a request with another key."""
        auth = self.platform.auth
        return request._replace(headers={**request.headers, auth.header: auth.value(key)})

    def key(self, request: Request) -> str:
        """Return the key of a request."""
        return self.platform.auth.key_in(request.headers.get(self.platform.auth.header, ""))

    def status(self, role: str) -> int | None:
        """Return the status with a role; None if the spec has none."""
        found = self.platform.status(role)
        return None if found is None else found.status

    def error(self, status: int) -> Response:
        """Return an error with the documented envelope and an empty rest."""
        body = json.dumps(changed({}, self.platform.roles["error_text"], "no")).encode()
        return Response(status, {"content-type": "application/json"}, body)

    def _operation(self, request: Request) -> Operation:
        found = self.model.submit if self.kind_of(request) == "submit" else self.model.sync or self.model.submit
        assert found is not None, "a model has one of the two"
        return found


_EVERY: tuple[Kind, ...] = ("sync", "submit", "status", "result", "other")


def _statuses(mocks: WrongMocks) -> None:
    kinds: tuple[Kind, ...] = ("sync", "submit", "status", "result") if mocks.model.submit is not None else ("sync",)
    for kind in kinds:
        mocks.change(f"{kind} returns 299", kind, change=lambda _, response: response._replace(status=299))
    for status in mocks.platform.statuses:
        mocks.change(f"{status} comes as 418", *_EVERY, status=status, change=lambda _, one: one._replace(status=418))
    mocks.ask("the service is down", lambda request, send: send(request)._replace(status=503))

    def broken(request: Request, send: Send) -> Response:
        raise NoResponse("connection reset")

    mocks.ask("the connection breaks", broken)
    if mocks.status("method_not_allowed") is not None:
        method = "PUT is accepted"
        mocks.ask(method, lambda one, send: send(one._replace(method="POST") if one.method == "PUT" else one))


def _headers(mocks: WrongMocks) -> None:
    for role, header in mocks.platform.headers.items():
        name = header.name.lower()
        on: tuple[Kind, ...] = ("sync", "submit")
        limited = mocks.status("rate_limited")
        if role == "rate_limit_reset":
            for words, value in (("lacks", None), ("is soon", "soon"), ("is over", "2001-01-01T00:00:00Z")):
                mocks.set_headers(f"{name} {words}", *on, status=limited, headers={name: value})
            continue
        for kind in on:
            if kind in header.on:
                mocks.set_headers(f"{kind} lacks {name}", kind, headers={name: None})
        if header.type == "number":
            mocks.set_headers(f"{name} is a word", *on, headers={name: "many"})
        if role == "request_id":
            mocks.set_headers(f"{name} is always the same", "sync", headers={name: "one"})
            if mocks.model.submit is not None:
                mocks.set_headers(f"{name} is of another job", "submit", headers={name: "two"})
    mocks.change("an unknown header", "sync", change=lambda _, one: with_headers(one, {"x-queue-position": "3"}))
    mocks.change(
        "another content-length",
        "sync",
        change=lambda _, one: with_headers(one, {"content-length": str(len(one.body) + 1)}),
    )


#: The responses that have each body.
_KINDS: dict[str, tuple[Kind, ...]] = {
    "media": ("sync",),
    "submitted": ("submit",),
    "status": ("status",),
    "result": ("result",),
}


def _bodies(mocks: WrongMocks) -> None:
    platform = mocks.platform
    invalid = mocks.status("invalid_request")
    text = platform.roles["error_text"]
    cases: list[tuple[str, Kind, int | None, list[str]]] = []
    for body, kinds in _KINDS.items():
        if body in platform.bodies:
            cases += [(body, kind, None, _required(platform.bodies[body])) for kind in kinds]
    cases.append(("error", "sync", invalid, _required(platform.bodies["error"])))
    for body, kind, status, pointers in cases:
        if body == "media" and platform.sync.returns != "json":
            continue
        for pointer in pointers:
            name = f"{body} lacks {pointer}"
            mocks.remove(name, kind, status=status, pointer=pointer)
            name = f"{body} has null at {pointer}"
            mocks.set_body(name, kind, status=status, pointer=pointer, value=None)
        name = f"{body} has one more key"
        mocks.change(name, kind, status=status, change=lambda _, one: with_body(one, "/one_more_key", 1))
        name = f"{body} is said to be text"
        mocks.change(name, kind, status=status, change=lambda _, one: with_headers(one, {"content-type": "text/plain"}))
    mocks.change("errors have no words", *_EVERY, status=invalid, change=lambda _, one: with_body(one, text, " "))
    mocks.change("errors are a number", *_EVERY, status=invalid, change=lambda _, one: with_body(one, text, 7))
    page = {"content-type": "text/html"}
    mocks.change(
        "errors are pages", *_EVERY, status=invalid, change=lambda _, one: with_headers(one._replace(body=b"<p>"), page)
    )
    for status in platform.statuses:
        empty = f"{status} has no body"
        mocks.change(empty, *_EVERY, status=status, change=lambda _, one: one._replace(body=b""))


def _required(schema: Mapping[str, Any], at: str = "") -> list[str]:
    found: list[str] = []
    for name in schema.get("required", ()):
        pointer = f"{at}/{name}"
        found += [pointer, *_required(schema.get("properties", {}).get(name, {}), pointer)]
    return found


def _images(mocks: WrongMocks) -> None:
    kind: Kind = "sync" if mocks.model.sync is not None else "media"
    kinds: tuple[Kind, ...] = (kind,) if mocks.model.submit is None else (kind, "media")
    pointer = mocks.platform.roles.get("base64") if mocks.platform.sync.returns == "json" else None
    for each in kinds:
        at = pointer if each == "sync" else None

        def redraw(words: str, each: Kind = each, at: str | None = at, **how: Any) -> None:
            mocks.change(f"{each}: {words}", each, change=lambda _, one: redrawn(one, at, **how))

        redraw("images are one pixel wider", wider=1)
        redraw("images are JPEG", format="JPEG")
        redraw("images are GIF", format="GIF")
        redraw("images are cut off", most=50)
        redraw("images are empty", most=0)
        redraw("images never repeat", suffix=True)
    if pointer is None:
        octets = {"content-type": "application/octet-stream"}
        mocks.change("images are said to be octets", kind, change=lambda _, one: with_headers(one, octets))
    else:
        for words in ("is broken", "is for URLs", "is a data URL", "is not padded"):
            _break_base64(mocks, pointer, words)

        def first(_: Request, one: Response) -> Response:
            held = find(one.json_object, pointer)
            return with_body(one, pointer, held[0]) if isinstance(held, list) else one

        def twice(_: Request, one: Response) -> Response:
            held = find(one.json_object, pointer)
            return with_body(one, pointer, [held[0]] * len(held)) if isinstance(held, list) else one

        mocks.change("of several images one comes", "sync", change=first)
        mocks.change("several images are copies", "sync", change=twice)
        if media_format := mocks.platform.roles.get("media_format"):
            mocks.change("another format is named", "sync", change=lambda _, one: with_body(one, media_format, "bmp"))
    for name, parameter in mocks.model.parameters.items():
        if name not in mocks.model.output.values():
            usual = smallest_payload(mocks.model).get(name, parameter.default)
            if usual is not MISSING:
                _ignored(mocks, name, usual)


def _break_base64(mocks: WrongMocks, pointer: str, how: str) -> None:
    mocks.change(f"base64 {how}", "sync", change=lambda _, one: broken_base64(one, pointer, how))


def _ignored(mocks: WrongMocks, name: str, usual: object) -> None:
    def mutation(request: Request, send: Send) -> Response:
        response, payload = send(request), mocks.payload(request)
        generated = mocks.kind_of(request) == "sync" and response.status == 200 and name in payload
        return send(mocks.with_payload(request, {**payload, name: usual})) if generated else response

    mocks.ask(f"{name} is ignored", mutation)


def _requests(mocks: WrongMocks) -> None:
    invalid = mocks.status("invalid_request")
    assert invalid is not None

    def accepted(name: str, kind: Kind, refused: Callable[[str], object]) -> None:
        def mutation(request: Request, send: Send) -> Response:
            response = send(request)
            words = find(response.json_object, mocks.platform.roles["error_text"])
            wrong = mocks.kind_of(request) == kind and response.status == invalid and isinstance(words, str)
            return send(mocks.good(request)) if wrong and refused(words) else response

        mocks.ask(f"{kind} accepts {name}", mutation)

    for kind in ("sync", "submit"):
        if (mocks.model.sync if kind == "sync" else mocks.model.submit) is None:
            continue
        accepted("everything", kind, lambda words: True)
        for name in mocks.model.parameters:
            accepted(f"any {name}", kind, re.compile(rf"\b{name}\b").search)

    def body(name: str, meant: Callable[[bytes], bool]) -> None:
        def mutation(request: Request, send: Send) -> Response:
            wrong = request.method == "POST" and mocks.kind_of(request) in ("sync", "submit") and meant(request.body)
            return send(mocks.good(request)) if wrong else send(request)

        mocks.ask(f"{name} is accepted", mutation)

    body("null as the body", lambda sent: sent == b"null")
    body("a string as the body", lambda sent: sent == b'"x"')
    body("a list as the body", lambda sent: sent == b"[]")
    body("an empty body", lambda sent: not sent)
    body("truncated JSON", lambda sent: sent == b'{"prompt": ')
    body("text after the JSON", lambda sent: sent.endswith(b" x"))
    body("a body that is not UTF-8", lambda sent: b"\xfc" in sent)
    body("NaN", lambda sent: b"NaN" in sent)

    def refuse(name: str, meant: Callable[[dict[str, object]], bool]) -> None:
        def mutation(request: Request, send: Send) -> Response:
            response = send(request)
            generated = mocks.kind_of(request) in ("sync", "submit") and 200 <= response.status < 300
            return mocks.error(invalid) if generated and meant(mocks.payload(request)) else response

        mocks.ask(f"refuses {name}", mutation)

    refuse("an unknown parameter", lambda payload: "no_such_parameter" in payload)
    refuse("the example", lambda payload: payload == mocks.model.example)
    for name, parameter in mocks.model.parameters.items():
        for rule in ("minimum", "maximum"):
            if rule in parameter.schema:
                bound = parameter.schema[rule]
                refuse(f"the {rule} of {name}", _has(name, bound))
        for value in parameter.enum:
            refuse(f"{name} {value}", _has(name, value))
        if not parameter.required:
            refuse(f"a payload without {name}", _lacks(name))


def _has(name: str, value: object) -> Callable[[dict[str, object]], bool]:
    return lambda payload: payload.get(name, MISSING) == value


def _lacks(name: str) -> Callable[[dict[str, object]], bool]:
    return lambda payload: name not in payload


def _keys(mocks: WrongMocks) -> None:
    def trust(name: str, meant: Callable[[str, Kind], bool], key: str = KEY) -> None:
        def mutation(request: Request, send: Send) -> Response:
            trusted = meant(mocks.key(request), mocks.kind_of(request))
            return send(mocks.with_key(request, key) if trusted else request)

        mocks.ask(name, mutation)

    trust("no key is needed", lambda key, kind: not key)
    trust("any key is accepted", lambda key, kind: key not in ("", KEY, OTHER_KEY))
    trust("a key may be longer", lambda key, kind: key == f"{KEY}x")
    trust("a key may be shorter", lambda key, kind: key == KEY[:-1])
    trust("a key may be in capitals", lambda key, kind: key == KEY.swapcase())
    if mocks.model.submit is not None:
        trust("polls need no key", lambda key, kind: not key and kind in ("status", "result"))
        trust("every key sees every job", lambda key, kind: key == OTHER_KEY and kind in ("status", "result"))


def _money(mocks: WrongMocks) -> None:
    header = mocks.platform.headers.get("remaining_credits")
    if header is None:
        return
    name = header.name.lower()
    mocks.change("nothing is charged", "sync", "submit", change=lambda _, one: with_headers(one, {name: "100.0"}))

    def twice(kind: Kind) -> Mutation:
        def mutation(request: Request, send: Send) -> Response:
            response = send(request)
            charged = mocks.kind_of(request) == kind and 200 <= response.status < 300
            return send(request) if charged else response

        return mutation

    for kind in ("sync", "submit"):
        mocks.ask(f"{kind} is charged twice", twice(kind))


def _jobs(mocks: WrongMocks) -> None:
    platform, queue = mocks.platform, mocks.platform.queue
    pointer = queue.acceptors[0].path
    pending, done = queue.pending, queue.done[0]
    failing = next((acceptor for acceptor in queue.acceptors if acceptor.outcome == "failed"), None)

    def restate(name: str, states: dict[str, str], kind: Kind = "status") -> None:
        def change(_: Request, one: Response) -> Response:
            state = find(one.json_object, pointer)
            if state not in states:
                return one
            accepted = next((each.http for each in queue.acceptors if each.value == states[state]), one.status)
            return with_body(one, pointer, states[state])._replace(status=accepted)

        mocks.ask(
            name,
            lambda request, send: change(request, send(request)) if mocks.kind_of(request) == kind else send(request),
        )

    restate("an unknown state", {pending[-1]: "NO-SUCH-STATE"})
    restate("a state in small letters", {done: done.lower()})
    restate("a job never ends", {done: pending[-1]})
    restate("the first state is never shown", {pending[0]: pending[-1]})
    restate("the last state is never shown", {pending[-1]: done})
    restate("states are swapped", {pending[0]: pending[-1], pending[-1]: pending[0]})
    if failing is not None:
        restate("a failed job is done", {failing.value: done})
        restate("a finished job has failed", {done: failing.value})
        for kind in ("status", "result"):
            name = f"a failed job returns 299 in the {kind}"
            mocks.change(name, kind, status=failing.http, change=lambda _, one: one._replace(status=299))
            name = f"a failed job does not say why in the {kind}"
            mocks.change(
                name, kind, status=failing.http, change=lambda _, one: with_body(one, platform.roles["error_text"], "")
            )
    for role in ("status_url", "result_url", "poll_url"):
        if at := platform.roles.get(role):
            _wrong_urls(mocks, role, at)
    odd = "the id of a job has a slash"
    mocks.change(odd, "submit", change=lambda _, one: with_body(one, platform.roles["request_id"], "a/b"))
    files = platform.roles.get("files")
    if files is not None:
        _files(mocks, files)
    mocks.change("media are not found", "media", change=lambda _, one: one._replace(status=404))
    _times(mocks)


def _wrong_urls(mocks: WrongMocks, role: str, pointer: str) -> None:
    def register(words: str, edit: Callable[[str], str]) -> None:
        def change(_: Request, one: Response) -> Response:
            return with_body(one, pointer, edit(find(one.json_object, pointer)))

        mocks.change(f"{role} {words}", "submit", change=change)

    register("has no host", lambda url: urlsplit(url).path)
    register("names another host", lambda url: f"https://elsewhere.invalid{urlsplit(url).path}")
    register("has another path", lambda url: f"{url}/more")


def _files(mocks: WrongMocks, files: str) -> None:
    roles = mocks.platform.roles

    def change(name: str, edit: Callable[[list[object]], object]) -> None:
        def edited(_: Request, one: Response) -> Response:
            held = find(one.json_object, files)
            return with_body(one, files, edit(held)) if isinstance(held, list) and held else one

        mocks.change(name, "result", change=edited)

    url = roles["file_url"]
    change("a file's URL has no host", lambda held: [changed(one, url, "/media/x") for one in held])
    change("a file's URL leads nowhere", lambda held: [changed(one, url, "https://elsewhere.invalid/") for one in held])
    change("there is one file too many", lambda held: [*held, held[0]])
    change("of several files one comes", lambda held: held[:1])
    change("files are not in a list", lambda held: held[0])
    change("there are no files", lambda held: [])
    if file_type := roles.get("file_type"):
        change("a file's type is another", lambda held: [changed(one, file_type, "image/gif") for one in held])
        change("a file's type is empty", lambda held: [changed(one, file_type, "") for one in held])


def _times(mocks: WrongMocks) -> None:
    not_found = mocks.status("not_found")
    assert not_found is not None

    def kept() -> Mutation:
        seen: dict[str, Response] = {}

        def mutation(request: Request, send: Send) -> Response:
            response = send(request)
            if mocks.kind_of(request) in ("status", "result") and mocks.key(request) == KEY:
                if response.status == not_found and request.url in seen:
                    return seen[request.url]
                seen[request.url] = response
            return response

        return mutation

    def read_once() -> Mutation:
        read: set[str] = set()

        def mutation(request: Request, send: Send) -> Response:
            if mocks.kind_of(request) == "result" and request.url in read:
                return mocks.error(not_found)
            response = send(request)
            if mocks.kind_of(request) == "result" and response.status == 200:
                read.add(request.url)
            return response

        return mutation

    mocks.found["results never expire"] = kept
    mocks.found["a result can be read once"] = read_once
    unknown = "unknown jobs are pending"
    state = mocks.platform.queue.acceptors[0]
    body = json.dumps(changed({}, state.path, state.value)).encode()
    pending = Response(state.http, {"content-type": "application/json"}, body)
    mocks.change(unknown, "status", "result", status=not_found, change=lambda _, one: pending)
