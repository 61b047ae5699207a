"""The files that the mock makes for models of each medium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any, NamedTuple

import av
import httpx2
import pytest

#: Requests, with the media type of the answer, and the length, size and rate that were asked for.
FILES = [
    ("mist-text2video", {"duration": "5", "fps": 24}, "video/mp4", 5.0, (160, 90), 24),
    ("mist-text2video", {"format": "webm", "resolution": "320x180"}, "video/webm", 2.0, (320, 180), 12),
    ("mist-text2video", {"format": "mov", "fps": 6}, "video/quicktime", 2.0, (160, 90), 6),
    ("slate-text2video", {}, "video/mp4", 1.0, (256, 144), 24),
    ("slate-text2video", {"aspect_ratio": "9:16", "resolution": "240p"}, "video/mp4", 1.0, (240, 426), 24),
    ("slate-text2video", {"aspect_ratio": "1:1"}, "video/mp4", 1.0, (144, 144), 24),
    ("slate-text2video", {"aspect_ratio": "auto"}, "video/mp4", 1.0, (256, 144), 24),
    ("lantern-img2video", {"frames": "25", "fps": 5, "width": 256}, "video/mp4", 5.0, (256, 128), 5),
    ("murmur-tts", {"prompt": "x" * 140}, "audio/mpeg", 10.0, None, 24_000),
    ("murmur-tts", {"prompt": "x" * 28, "format": "wav"}, "audio/wav", 2.0, None, 24_000),
    ("glow-music", {"duration": 4.25}, "audio/wav", 4.25, None, 24_000),
    ("glow-music", {"duration": 4.25, "output_format": "flac"}, "audio/flac", 4.25, None, 24_000),
    ("glow-music", {"duration": 4.25, "output_format": "opus"}, "audio/ogg", 4.25, None, 48_000),
    ("glow-music", {"duration": 4.25, "output_format": "m4a"}, "audio/mp4", 4.25, None, 24_000),
    ("glow-music", {"duration": 4.25, "output_format": "mp3"}, "audio/mpeg", 4.25, None, 24_000),
]
#: How far a file may be from the asked length: a packet of MP3 or AAC.
_TOLERANCE_S = 0.05


class Service(NamedTuple):
    """A running mock and a client for it."""

    client: httpx2.Client
    mock: Any

    def generate(self, slug: str, **changes: object) -> httpx2.Response:
        return self.client.post(f"/v1/{slug}", json=self.payload(slug, changes))

    def result(self, slug: str, **changes: object) -> dict[str, Any]:
        job = self.client.post(f"/v2/{slug}", json=self.payload(slug, changes)).raise_for_status().json()
        for _ in range(5):
            if self.client.get(job["status_url"]).json()["status"] == "COMPLETED":
                break
        content: dict[str, Any] = self.client.get(job["response_url"]).raise_for_status().json()
        return content

    def payload(self, slug: str, changes: dict[str, Any]) -> dict[str, object]:
        model = import_module(f"{self.mock.__name__}.spec.catalog").get(slug)
        return {**model.example, **changes}


@pytest.fixture(scope="module")
def service(media_mock: ModuleType) -> Iterator[Service]:
    with (
        media_mock.serving() as running,
        httpx2.Client(base_url=running.url, headers={"x-api-key": "a-key-of-tests"}, timeout=60) as client,
    ):
        yield Service(client, media_mock)


def _read(content: bytes) -> tuple[float, tuple[int, int] | None, float, int]:
    """Return length, size, rate and the number of frames, as FFmpeg decodes them, with all checksums checked."""
    av_: Any = av
    with av_.open(BytesIO(content), options={"err_detect": "crccheck+explode"}) as file:
        (stream,) = file.streams
        frames = list(file.decode(stream))
        if stream.type == "video":
            return (
                len(frames) / float(stream.average_rate),
                (frames[0].width, frames[0].height),
                stream.average_rate,
                len(frames),
            )
        samples = sum(frame.samples for frame in frames)
        return samples / stream.codec_context.sample_rate, None, stream.codec_context.sample_rate, len(frames)


@pytest.mark.parametrize(("slug", "changes", "media_type", "seconds", "size", "rate"), FILES)
def test_a_file_has_the_asked_kind_length_size_and_rate(
    service: Service,
    slug: str,
    changes: dict[str, object],
    media_type: str,
    seconds: float,
    size: tuple[int, int] | None,
    rate: float,
) -> None:
    response = service.generate(slug, **changes)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == media_type
    length, got_size, got_rate, _ = _read(response.content)
    assert abs(length - seconds) <= _TOLERANCE_S
    assert (got_size, got_rate) == (size, rate)
    assert service.generate(slug, **changes).content == response.content
    assert "seed-clip" not in response.headers["x-mock-basis"]


def test_the_same_request_gives_the_same_bytes_in_another_mock(service: Service, media_mock: ModuleType) -> None:
    payload = {"duration": "2", "format": "webm"}
    first = service.generate("mist-text2video", **payload).content
    with media_mock.serving() as other:
        sent = service.payload("mist-text2video", payload)
        again = httpx2.post(f"{other.url}/v1/mist-text2video", json=sent, headers={"x-api-key": "b" * 10}, timeout=60)
    assert again.content == first


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("mist-text2video", {}),
        ("mist-text2video", {"format": "webm"}),
        ("mist-text2video", {"format": "mov"}),
        *(("glow-music", {"output_format": form}) for form in ("wav", "flac", "ogg", "m4a", "mp3")),
        ("facet-3d", {}),
        ("leaf-gif", {}),
        ("leaf-gif", {"format": "avif"}),
    ],
)
def test_every_kind_of_file_names_its_request(service: Service, slug: str, changes: dict[str, object]) -> None:
    metadata = import_module(f"{service.mock.__name__}.media.metadata")
    content = service.generate(slug, **changes, **({} if slug == "leaf-gif" else {"seed": 41})).content
    origin = metadata.examine(content).origin
    assert origin.slug == slug and len(origin.request) == 32
    assert origin.seed == 41 or slug == "leaf-gif"
    # Damage at any place gives no error but the documented one, and no wrong origin of another form.
    for cut in range(0, min(len(content), 1200), 7):
        try:
            found = metadata.examine(content[:cut]).origin
        except metadata.InvalidImage:
            continue
        assert found is None or found.slug == slug


def test_a_model_in_three_dimensions_is_a_valid_glb(service: Service) -> None:
    response = service.generate("facet-3d", seed=5)
    data = response.content
    assert response.headers["content-type"] == "model/gltf-binary"
    assert data[:4] == b"glTF" and int.from_bytes(data[8:12], "little") == len(data)
    size = int.from_bytes(data[12:16], "little")
    document = json.loads(data[20 : 20 + size])
    binary = data[20 + size + 8 :]
    assert document["buffers"][0]["byteLength"] == len(binary) and len(data) % 4 == 0
    count = document["accessors"][0]["count"]
    indices = document["accessors"][2]
    start = document["bufferViews"][2]["byteOffset"]
    used = [int.from_bytes(binary[at : at + 2], "little") for at in range(start, start + 2 * indices["count"], 2)]
    assert set(used) == set(range(count))


def test_files_come_in_json_where_base64_is_asked(service: Service) -> None:
    content = service.generate("mist-text2video", base64=True).json()
    assert {"status", "video", "video_format"} <= content.keys() and content["video_format"] == "mp4"
    assert "audio" in service.generate("murmur-tts", base64=True).json()


def test_a_result_of_the_queue_describes_its_file(service: Service) -> None:
    video = service.result("mist-text2video")
    assert video["output"] == video["video"]["url"] and video["video"]["content_type"] == "video/mp4"
    file = service.client.get(video["output"])
    assert len(file.content) == video["video"]["file_size"] and file.headers["content-type"] == "video/mp4"
    assert service.result("glow-music")["audio"]["content_type"] == "audio/wav"
    assert service.result("clay-3d").keys() == {"status", "output", "metrics"}


def test_text_has_the_shape_of_the_models_chat_format(service: Service) -> None:
    openai = service.generate("quill-chat").json()
    assert "What is fog" in openai["choices"][0]["message"]["content"]
    usage = openai["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    anthropic = service.generate("ember-text").json()
    assert anthropic["content"][0]["type"] == "text" and anthropic["stop_reason"] == "end_turn"
    gemini = service.generate("flint-vision").json()
    assert gemini["candidates"][0]["content"]["parts"][0]["text"]
    parts = [{"type": "text", "text": "Which boat"}, {"type": "text", "text": "is that?"}]
    # A page that documents only texts as content refuses lists of parts.
    assert service.generate("quill-chat", messages=[{"role": "user", "content": parts}]).status_code == 400


def test_text_costs_the_tokens_that_its_answer_states(service: Service) -> None:
    answer = service.generate("quill-chat", messages=[{"role": "user", "content": "fog " * 1000}])
    usage = answer.json()["usage"]
    assert usage["prompt_tokens"] > 900
    cost = (usage["prompt_tokens"] * 0.2 + usage["completion_tokens"] * 0.6) / 1_000_000
    assert float(answer.headers["x-cost"]) == pytest.approx(cost, abs=1e-6)


def test_text_of_the_queue_is_json_in_a_string(service: Service) -> None:
    result = service.result("quill-chat")
    assert json.loads(result["output"]) == service.generate("quill-chat").json()


def test_json_fits_the_models_schema(service: Service) -> None:
    (numbers,) = service.generate("sift-embed").json()["embeddings"]
    assert len(numbers) == 32 and all(isinstance(number, float) for number in numbers)
    output = service.result("tally-count")["output"]
    assert isinstance(output["count"], int) and output["label"] in ("boats", "gulls")


def test_a_parameter_without_a_name_decides_nothing(service: Service) -> None:
    usual = service.generate("murmur-tts", prompt="x" * 28)
    named = service.generate("murmur-tts", prompt="x" * 28, **{"": 601})
    assert (usual.status_code, named.status_code) == (200, 200)
    assert _read(named.content)[0] == _read(usual.content)[0]


def test_the_longest_texts_and_sounds_of_a_page_are_made(service: Service) -> None:
    assert service.generate("murmur-tts", format="wav", prompt="x" * 500).status_code == 200
    assert service.generate("glow-music", duration=30).status_code == 200


def test_files_that_are_too_long_or_too_large_are_refused(media_mock: ModuleType) -> None:
    requests = import_module(f"{media_mock.__name__}.api.generation_request")
    model = import_module(f"{media_mock.__name__}.spec.catalog").get("lantern-img2video")
    usual = requests.read_generation_request(model, model.example)
    assert usual.excess is None
    assert "601 s is more than the 600 s" in usual._replace(duration=601.0).excess
    assert "8000 x 4000" in usual._replace(width=8000, height=4000).excess
    assert "in this size" in usual._replace(width=3840, height=2160, duration=60.0).excess


@pytest.mark.parametrize(
    ("slug", "changes", "seconds"),
    [
        ("mist-text2video", {"duration": "5", "fps": 10}, 5.0),
        ("mist-text2video", {"format": "webm"}, 2.0),
        *(("glow-music", {"output_format": form}, 3.0) for form in ("mp3", "ogg", "m4a")),
    ],
)
def test_without_encoders_a_seed_clip_has_the_asked_length(
    media_mock: ModuleType, slug: str, changes: dict[str, object], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = import_module(f"{media_mock.__name__}.media.files")
    monkeypatch.setattr(files, "has_encoders", lambda: False)
    with (
        media_mock.serving() as running,
        httpx2.Client(base_url=running.url, headers={"x-api-key": "c" * 10}) as client,
    ):
        response = Service(client, media_mock).generate(slug, **changes)
    assert "seed-clip=inferred" in response.headers["x-mock-basis"]
    length, size, _, _ = _read(response.content)
    assert abs(length - seconds) <= _TOLERANCE_S
    assert size in (None, (160, 90))
