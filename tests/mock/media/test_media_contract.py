"""The contract suite of models of every medium: no drift against their own mock, and drift against wrong ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from generated.segmind.contract.cases import model_cases
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.spec.contract import Contract, load
from tests.contract.mutation.play import MockFactory, Mutation, play_suite

SMALL_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4z"
    "NDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJx"
    "FDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z"
)


def _asking(**changes: Any) -> Mutation:
    """A mock that generates something else than was asked for, if the request is a valid one."""

    def mutation(request: Request, send: Send) -> Response:
        if request.method == "POST" and request.body[:1] == b"{":
            payload = json.loads(request.body)
            valid = all(
                isinstance(payload.get(name, value), (type(value), str, int)) for name, value in changes.items()
            )
            if valid and send(request).status == 200:
                return send(request._replace(body=json.dumps({**payload, **changes}).encode()))
        return send(request)

    return mutation


def _bending(paths: tuple[str, ...], bend: Callable[[Response], Response]) -> Mutation:
    """A mock whose good answers below these paths are changed."""

    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        path = urlsplit(request.url).path
        meant = path.startswith(paths) and not path.endswith("/status")
        return bend(response) if meant and response.status == 200 else response

    return mutation


def _content(change: Callable[[bytes], bytes]) -> Mutation:
    """A mock whose files are changed, synchronous or not."""

    def bend(response: Response) -> Response:
        if "json" in response.declared:
            return response
        return response._replace(body=change(response.body))

    return _bending(("/v1/", "/media/"), bend)


def _answer(change: Callable[[Any], Any]) -> Mutation:
    """A mock whose synchronous answer in JSON is changed."""
    return _bending(("/v1/",), lambda response: _with_json(response, change))


def _result(change: Callable[[Any], Any]) -> Mutation:
    """A mock whose results are changed, once they have an output."""

    def changed(content: Any) -> Any:
        return change(content) if "output" in content else content

    return _bending(("/v2/requests/",), lambda response: _with_json(response, changed))


def _with_json(response: Response, change: Callable[[Any], Any]) -> Response:
    if "json" not in response.declared:
        return response
    return response._replace(body=json.dumps(change(json.loads(response.body))).encode())


def _labelled(media_type: str) -> Mutation:
    return _bending(
        ("/v1/",), lambda response: response._replace(headers={**response.headers, "content-type": media_type})
    )


def _in(name: str, **changes: Any) -> Mutation:
    """A mock that describes the file of a result wrongly."""
    return _result(lambda content: {**content, name: {**content[name], **changes}})


def _without(content: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != name}


def _encoded(name: str, change: Callable[[bytes], bytes]) -> Mutation:
    return _answer(lambda content: {**content, name: b64encode(change(b64decode(content[name]))).decode()})


MUTATIONS: dict[str, dict[str, Mutation]] = {
    "mist-text2video": {
        "an image instead of a video": _content(lambda _: SMALL_JPEG),
        "an empty file": _content(lambda _: b""),
        "a file that is cut short": _content(lambda content: content[: len(content) // 2]),
        "another length": _asking(duration="5"),
        "another size": _asking(resolution="320x180"),
        "another frame rate": _asking(fps=30),
        "another format": _asking(format="webm"),
        "a wrong label": _labelled("image/jpeg"),
        "the seed is ignored": _asking(seed=5),
        "an image in base64": _encoded("video", lambda _: SMALL_JPEG),
        "base64 under the name of images": _answer(
            lambda content: {**_without(content, "video"), "image": content["video"]}
        ),
        "a result without its description": _result(lambda content: _without(content, "video")),
        "a description with another size": _in("video", file_size=7),
        "a description with another type": _in("video", content_type="image/jpeg"),
        "a description with another address": _in("video", url="https://example.com/other.mp4"),
        "a list of descriptions": _result(lambda content: {**content, "video": [content["video"]]}),
        "a result without output": _result(lambda content: _without(content, "output")),
        "a relative address": _result(lambda content: {**content, "output": "/media/0.mp4"}),
    },
    "slate-text2video": {
        "another shape": _asking(aspect_ratio="1:1"),
        "the shape is ignored": _asking(aspect_ratio="16:9"),
        "other lines": _asking(resolution="240p"),
    },
    "lantern-img2video": {
        "another number of frames": _asking(frames=25),
        "another width": _asking(width=256),
    },
    "murmur-tts": {
        "an image instead of sound": _content(lambda _: SMALL_JPEG),
        "another format": _asking(format="wav"),
        "the text is ignored": _asking(prompt="always the same"),
        "the voice is ignored": _asking(voice="bert"),
        "sound that is cut short": _content(lambda content: content[:40]),
        "base64 is ignored": _asking(base64=False),
        "a wrong label": _labelled("video/mp4"),
        "a description with another size": _in("audio", file_size=7),
        "a description without address": _result(
            lambda content: {**content, "audio": _without(content["audio"], "url")}
        ),
    },
    "glow-music": {
        "another length": _asking(duration=9.5),
        "another format": _asking(output_format="flac"),
    },
    "quill-chat": {
        "an image instead of JSON": _bending(
            ("/v1/",),
            lambda response: response._replace(
                body=SMALL_JPEG, headers={**response.headers, "content-type": "image/jpeg"}
            ),
        ),
        "no choices": _answer(lambda content: _without(content, "choices")),
        "an empty text": _answer(lambda content: {**content, "choices": [{"message": {"content": ""}}]}),
        "choices without a message": _answer(lambda content: {**content, "choices": [{"text": "hello"}]}),
        "a text of another type": _answer(lambda content: {**content, "choices": [{"message": {"content": 7}}]}),
        "another chat format": _answer(lambda content: {"content": [{"type": "text", "text": "hello"}]}),
        "tokens as texts": _answer(lambda content: {**content, "usage": {"prompt_tokens": "7"}}),
        "an object as output": _result(lambda content: {**content, "output": json.loads(content["output"])}),
        "an address as output": _result(lambda content: {**content, "output": "https://example.com/answer.json"}),
        "broken JSON as output": _result(lambda content: {**content, "output": content["output"][:-1]}),
        "the messages are ignored": _asking(messages=[{"role": "user", "content": "always the same"}]),
    },
    "ember-text": {
        "another chat format": _answer(lambda content: {"choices": [{"message": {"content": "hello"}}]}),
        "a text instead of parts": _answer(lambda content: {**content, "content": "hello"}),
        "parts without text": _answer(lambda content: {**content, "content": [{"type": "text", "text": " "}]}),
    },
    "flint-vision": {
        "no candidates": _answer(lambda content: {**content, "candidates": []}),
        "parts of another type": _answer(lambda content: {**content, "candidates": [{"content": {"parts": "hello"}}]}),
    },
    "sift-embed": {
        "other keys": _answer(lambda content: {"vectors": content["embeddings"]}),
        "no lists": _answer(lambda content: {"embeddings": []}),
        "fewer numbers": _answer(lambda content: {"embeddings": [content["embeddings"][0][:31]]}),
        "numbers as texts": _answer(lambda content: {"embeddings": [["0.5"] * 32]}),
        "JSON as a string": _answer(lambda content: json.dumps(content)),
        "a string as output": _result(lambda content: {**content, "output": json.dumps(content["output"])}),
    },
    "tally-count": {
        "an unknown label": _result(lambda content: {**content, "output": {**content["output"], "label": "cats"}}),
        "a fraction": _result(lambda content: {**content, "output": {**content["output"], "count": 0.5}}),
        "a missing key": _result(lambda content: {**content, "output": _without(content["output"], "count")}),
    },
    "facet-3d": {
        "an image instead of a model": _content(lambda _: SMALL_JPEG),
        "a model that is cut short": _content(lambda content: content[:60]),
        "a wrong label": _labelled("application/json"),
        "the seed is ignored": _asking(seed=5),
    },
    "clay-3d": {
        "an image instead of a model": _content(lambda _: SMALL_JPEG),
        "no output": _result(lambda content: _without(content, "output")),
    },
    "leaf-gif": {
        "a JPEG instead of a GIF": _content(lambda _: SMALL_JPEG),
        "another format": _asking(format="avif"),
    },
}


class Suite(NamedTuple):
    """The contract of the invented models, and correct mocks of them."""

    contract: Contract
    mocks: MockFactory

    def play(self, slug: str, mutation: Mutation | None = None) -> str:
        model = next(model for model in self.contract.models if model.slug == slug)
        return play_suite(self.mocks, self.contract, model_cases(self.contract.platform, model), mutation)


@pytest.fixture(scope="module")
def suite(media_root: Path, media_mock: Any) -> Iterator[Suite]:
    mocks = MockFactory(mock=media_mock)
    yield Suite(load(media_root / "generated" / "segmind" / "contract"), mocks)
    mocks.close()


@pytest.mark.parametrize("slug", sorted(MUTATIONS))
def test_the_mock_of_a_model_has_no_drift(suite: Suite, slug: str) -> None:
    assert suite.play(slug) == ""


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, names in MUTATIONS.items() for name in names])
def test_a_wrong_mock_has_drift(suite: Suite, slug: str, name: str) -> None:
    words = suite.play(slug, MUTATIONS[slug][name])
    assert words and "the suite fails" not in words


def test_the_generated_suite_finds_no_drift(media_root: Path) -> None:
    paths = os.pathsep.join([str(media_root / "generated" / "segmind" / "python"), str(media_root)])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(media_root / "generated" / "segmind" / "contract"),
    ]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEGMIND", "PYTEST_XDIST"))}
    done = subprocess.run(
        command,
        env={**clean, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": paths},
        cwd=media_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 drift, 0 not available, 0 not checked" in done.stdout
