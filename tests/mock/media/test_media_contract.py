"""The contract suite of models of every medium: no drift against their own mock, and drift against wrong ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from generated.segmind.contract.cases import model_cases
from generated.segmind.contract.spec.contract import Contract, load
from tests.contract.mutation import media_bodies as wrong
from tests.contract.mutation.media_bodies import SMALL_JPEG, without
from tests.contract.mutation.play import MockFactory, Mutation, play_suite

MUTATIONS: dict[str, dict[str, Mutation]] = {
    "mist-text2video": {
        "an image instead of a video": wrong.content_of_files(lambda _: SMALL_JPEG),
        "an empty file": wrong.content_of_files(lambda _: b""),
        "a file that is cut short": wrong.content_of_files(lambda content: content[: len(content) // 2]),
        "another length": wrong.asking(duration="5"),
        "another size": wrong.asking(resolution="320x180"),
        "another frame rate": wrong.asking(fps=30),
        "another format": wrong.asking(format="webm"),
        "a wrong label": wrong.labelled("image/jpeg"),
        "the seed is ignored": wrong.asking(seed=5),
        "an image in base64": wrong.encoded("video", lambda _: SMALL_JPEG),
        "base64 under the name of images": wrong.answer(
            lambda content: {**without(content, "video"), "image": content["video"]}
        ),
        "a result without its description": wrong.result(lambda content: without(content, "video")),
        "a description with another size": wrong.described("video", file_size=7),
        "a description with another type": wrong.described("video", content_type="image/jpeg"),
        "a description with another address": wrong.described("video", url="https://example.com/other.mp4"),
        "a list of descriptions": wrong.result(lambda content: {**content, "video": [content["video"]]}),
        "a result without output": wrong.result(lambda content: without(content, "output")),
        "a relative address": wrong.result(lambda content: {**content, "output": "/media/0.mp4"}),
    },
    "slate-text2video": {
        "another shape": wrong.asking(aspect_ratio="1:1"),
        "the shape is ignored": wrong.asking(aspect_ratio="16:9"),
        "other lines": wrong.asking(resolution="240p"),
    },
    "lantern-img2video": {
        "another number of frames": wrong.asking(frames=25),
        "another width": wrong.asking(width=256),
    },
    "murmur-tts": {
        "an image instead of sound": wrong.content_of_files(lambda _: SMALL_JPEG),
        "another format": wrong.asking(format="wav"),
        "the text is ignored": wrong.asking(prompt="always the same"),
        "the voice is ignored": wrong.asking(voice="bert"),
        "sound that is cut short": wrong.content_of_files(lambda content: content[:40]),
        "base64 is ignored": wrong.asking(base64=False),
        "a wrong label": wrong.labelled("video/mp4"),
        "a description with another size": wrong.described("audio", file_size=7),
        "a description without address": wrong.result(
            lambda content: {**content, "audio": without(content["audio"], "url")}
        ),
    },
    "glow-music": {
        "another length": wrong.asking(duration=9.5),
        "another format": wrong.asking(output_format="flac"),
    },
    "quill-chat": {
        "an image instead of JSON": wrong.bending(
            ("/v1/",),
            lambda response: response._replace(
                body=SMALL_JPEG, headers={**response.headers, "content-type": "image/jpeg"}
            ),
        ),
        "no choices": wrong.answer(lambda content: without(content, "choices")),
        "an empty text": wrong.answer(lambda content: {**content, "choices": [{"message": {"content": ""}}]}),
        "choices without a message": wrong.answer(lambda content: {**content, "choices": [{"text": "hello"}]}),
        "a text of another type": wrong.answer(lambda content: {**content, "choices": [{"message": {"content": 7}}]}),
        "another chat format": wrong.answer(lambda content: {"content": [{"type": "text", "text": "hello"}]}),
        "tokens as texts": wrong.answer(lambda content: {**content, "usage": {"prompt_tokens": "7"}}),
        "an object as output": wrong.result(lambda content: {**content, "output": json.loads(content["output"])}),
        "an address as output": wrong.result(lambda content: {**content, "output": "https://example.com/answer.json"}),
        "broken JSON as output": wrong.result(lambda content: {**content, "output": content["output"][:-1]}),
        "the messages are ignored": wrong.asking(messages=[{"role": "user", "content": "always the same"}]),
    },
    "ember-text": {
        "another chat format": wrong.answer(lambda content: {"choices": [{"message": {"content": "hello"}}]}),
        "a text instead of parts": wrong.answer(lambda content: {**content, "content": "hello"}),
        "parts without text": wrong.answer(lambda content: {**content, "content": [{"type": "text", "text": " "}]}),
    },
    "flint-vision": {
        "no candidates": wrong.answer(lambda content: {**content, "candidates": []}),
        "parts of another type": wrong.answer(
            lambda content: {**content, "candidates": [{"content": {"parts": "hello"}}]}
        ),
    },
    "sift-embed": {
        "other keys": wrong.answer(lambda content: {"vectors": content["embeddings"]}),
        "no lists": wrong.answer(lambda content: {"embeddings": []}),
        "fewer numbers": wrong.answer(lambda content: {"embeddings": [content["embeddings"][0][:31]]}),
        "numbers as texts": wrong.answer(lambda content: {"embeddings": [["0.5"] * 32]}),
        "JSON as a string": wrong.answer(lambda content: json.dumps(content)),
        "a string as output": wrong.result(lambda content: {**content, "output": json.dumps(content["output"])}),
    },
    "tally-count": {
        "an unknown label": wrong.result(lambda content: {**content, "output": {**content["output"], "label": "cats"}}),
        "a fraction": wrong.result(lambda content: {**content, "output": {**content["output"], "count": 0.5}}),
        "a missing key": wrong.result(lambda content: {**content, "output": without(content["output"], "count")}),
    },
    "facet-3d": {
        "an image instead of a model": wrong.content_of_files(lambda _: SMALL_JPEG),
        "a model that is cut short": wrong.content_of_files(lambda content: content[:60]),
        "a wrong label": wrong.labelled("application/json"),
        "the seed is ignored": wrong.asking(seed=5),
    },
    "clay-3d": {
        "an image instead of a model": wrong.content_of_files(lambda _: SMALL_JPEG),
        "no output": wrong.result(lambda content: without(content, "output")),
    },
    "leaf-gif": {
        "a JPEG instead of a GIF": wrong.content_of_files(lambda _: SMALL_JPEG),
        "another format": wrong.asking(format="avif"),
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
def suite(media_root: Path, media_mock: ModuleType) -> Iterator[Suite]:
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
